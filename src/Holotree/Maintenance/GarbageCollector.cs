using System.Diagnostics;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Templates;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Maintenance;

/// <summary>Takes away what nothing refers to any more: objects that no catalog lists, trees that were laid out for catalogs that are gone.</summary>
/// <param name="home">Whose.</param>
public sealed class GarbageCollector(Home home)
{
    /// <summary>Collects.</summary>
    /// <param name="options">What is kept all the same, and how to work.</param>
    /// <param name="cancellation">Ends the work; what was taken away by then is gone.</param>
    /// <returns>What was found and taken away.</returns>
    /// <exception cref="HolotreeException">
    /// Busy; or a catalog is damaged: then it is not known what it refers to, and nothing is taken away.
    /// </exception>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    /// <remarks>
    /// It holds the library alone, so that nobody is recording or restoring meanwhile. The roots are the catalogs. Spaces do not need
    /// the library, as each stands for itself. Link counts say nothing: a clone has one name.
    /// </remarks>
    public CollectionReport Run(CollectionOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        long start = Stopwatch.GetTimestamp();
        if (!LibraryFolder.Exists(home)) return new CollectionReport();
        using FileLock alone = LibraryFolder.Own(home, options.LockTimeout, cancellation);

        var catalogs = new CatalogCheck(home);
        catalogs.ReadAll(cancellation);
        if (catalogs.Damaged is [var damage, ..])
        {
            throw new HolotreeException(HolotreeFailure.Damaged, "catalog-damaged", $"Nothing was collected, as it is not known what a damaged catalog refers to: {damage.Reason}")
            {
                Path = damage.Path,
                Hint = $"holotree check says what is damaged; holotree remove {damage.Catalogs[0]} removes the catalog.",
            };
        }

        // A catalog that was removed must not come back by a power cut when its objects are gone.
        if (!options.DryRun)
        {
            DurableFile.SyncFolder(home.CatalogsPath);
            LibraryFolder.ClearUp(home, catalogs.Ids, cancellation);
            new SpaceDeletion(home).ClearUp(cancellation);
        }
        (int templates, int standby) = CollectTrees(catalogs.Ids, options, cancellation);
        (long removed, long bytes, long objects, long foreign) = CollectObjects(catalogs.Objects, options, cancellation);
        return new CollectionReport
        {
            Objects = objects,
            Removed = removed,
            Bytes = bytes,
            Templates = templates,
            Standby = standby,
            Foreign = foreign,
            Elapsed = Stopwatch.GetElapsedTime(start),
        };
    }

    (long Removed, long Bytes, long Objects, long Foreign) CollectObjects(Dictionary<ObjectEntry, long> listed, CollectionOptions options, CancellationToken cancellation)
    {
        using var store = new ObjectStore(home);
        var objects = new ObjectCheck(home, store, listed);
        objects.List();
        ObjectEntry[] unlisted = [.. objects.Stored.Where(entry => !listed.ContainsKey(entry))];
        DateTimeOffset before = DateTimeOffset.UtcNow - options.Grace;
        int workers = options.Workers > 0 ? options.Workers : Environment.ProcessorCount;
        long removed = 0, bytes = 0, foreign = 0;
        int next = -1;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        WorkerThreads.Run(workers, stop, _ =>
        {
            while (Interlocked.Increment(ref next) is int turn && turn < unlisted.Length && !stop.IsCancellationRequested)
            {
                bool isGone = store.Remove(unlisted[turn], before, options.DryRun, out long length, out bool isForeign);
                if (isForeign) Interlocked.Increment(ref foreign);
                if (!isGone) continue;
                Interlocked.Increment(ref removed);
                Interlocked.Add(ref bytes, length);
            }
        });
        cancellation.ThrowIfCancellationRequested();
        return (removed, bytes, objects.Objects, foreign);
    }

    /// <summary>Trees laid out for catalogs that are gone, and what processes left that died while they laid one out.</summary>
    (int Templates, int Standby) CollectTrees(HashSet<string> catalogs, CollectionOptions options, CancellationToken cancellation)
    {
        int templates = new TemplateStore(home).Collect(catalogs, options.DryRun, cancellation) + new LowerStore(home).Collect(catalogs, options.DryRun, cancellation);
        return (templates, new StandbyStore(home).Collect(catalogs, options.DryRun, cancellation));
    }
}
