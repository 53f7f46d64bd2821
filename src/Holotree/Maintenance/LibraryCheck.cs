using System.Diagnostics;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Maintenance;

/// <summary>Verifies all that a home holds: catalogs, objects, spaces, trees laid out beforehand, small files. Heals what can be healed, if that is asked for.</summary>
/// <param name="home">Which.</param>
public sealed class LibraryCheck(Home home)
{
    /// <summary>Reads and verifies everything.</summary>
    /// <param name="options">Whether to repair, and how to work.</param>
    /// <param name="progress">Told about objects and files as they are read, from the threads that work.</param>
    /// <param name="cancellation">Ends the work; what was repaired by then stays so.</param>
    /// <returns>What was found. Damage is no exception here.</returns>
    /// <exception cref="HolotreeException">The library is of a newer format, or somebody is taking something away from it.</exception>
    /// <exception cref="IOException">The system failed: no space to repair in, an I/O error.</exception>
    /// <remarks>
    /// Who records or restores meanwhile is not kept waiting; who removes a catalog is. A space that is being made or deleted is
    /// left out and named. No content is ever deleted: a damaged object that is replaced, or that cannot be, is set aside. What can be made
    /// again from the objects, such as a template, is.
    /// </remarks>
    public CheckReport Run(CheckOptions options, IProgress<TreeProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!LibraryFolder.Exists(home))
        {
            // It is written when all else is there and before anything is stored: without it there was nothing yet, or it was lost.
            if (!Holds(home.CatalogsPath) && !Holds(home.ObjectsPath)) return new CheckReport();
            throw new HolotreeException(HolotreeFailure.Damaged, "library-unknown", $"The file '{home.FormatPath}' is missing.") { Path = home.FormatPath };
        }
        using FileLock shared = FileLock.Take(home.LibraryLockPath, exclusive: false, options.LockTimeout, "library", cancellation);
        return RunLocked(options, new ProgressTeller(progress), cancellation);
    }

    static bool Holds(string folder) => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Any();

    CheckReport RunLocked(CheckOptions options, ProgressTeller progress, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        int workers = options.Workers > 0 ? options.Workers : Environment.ProcessorCount;
        long incoming = Directory.EnumerateFileSystemEntries(home.IncomingPath).LongCount();
        string[] names = [.. SpaceState.All(home).Select(static state => state.Space)];

        var catalogs = new CatalogCheck(home);
        catalogs.ReadAll(cancellation);
        using var store = new ObjectStore(home);
        var objects = new ObjectCheck(home, store, catalogs.Objects);
        objects.List();
        progress.Expect(objects.Objects + SpaceState.All(home).Sum(static state => Math.Clamp(state.Describe().Files, 0, int.MaxValue)), bytes: 0);
        objects.ReadAll(workers, progress, cancellation);

        Dictionary<ObjectEntry, List<string>> users = catalogs.WhoLists(objects.Broken.Keys, cancellation);
        using var healer = new ObjectHealer(home, cancellation);
        long resealed = 0;
        if (options.Repair)
        {
            foreach (ObjectEntry entry in objects.Unsealed) resealed += store.SealAgain(entry) == Errno.None ? 1 : 0;
            Heal(objects, store, healer);
        }

        var spaces = new SpaceCheck(home, healer, objects.Broken.Keys, options.Repair, progress);
        foreach (string space in names) spaces.Check(space, workers, cancellation);
        var trees = new ReadyTreeCheck(home, healer, objects.Broken.Keys, options, progress);
        trees.CheckAll(workers, cancellation);
        var files = new SmallFileCheck(home, options.Repair);
        files.CheckAll(catalogs.Damaged.SelectMany(static damage => damage.Catalogs).ToHashSet());

        Damage[] broken = [.. objects.Broken.Select(found => new Damage
        {
            ObjectName = found.Key.ToString(),
            Path = store.PathOf(found.Key),
            Reason = found.Value.Reason,
            Catalogs = users[found.Key],
        }).OrderBy(static damage => damage.ObjectName, StringComparer.Ordinal)];
        HashSet<string> missing = [.. objects.Broken.Where(static found => found.Value.Condition == ObjectCondition.Missing).Select(static found => found.Key.ToString())];
        return new CheckReport
        {
            Objects = objects.Objects,
            Bytes = objects.Bytes,
            Catalogs = catalogs.Count,
            Spaces = spaces.Verified,
            ReadyTrees = trees.Verified,
            Damaged = [.. catalogs.Damaged, .. broken.Where(damage => !missing.Contains(damage.ObjectName!)), .. spaces.Damaged, .. trees.Damaged, .. files.Damaged],
            Missing = [.. broken.Where(damage => missing.Contains(damage.ObjectName!))],
            Healed = healer.Healed,
            Unsealed = objects.Unsealed.Count - resealed,
            Resealed = resealed,
            Mended = [.. spaces.Dropped, .. trees.Dropped, .. files.Mended],
            Unusable = [.. spaces.Unusable, .. files.Unusable],
            Changed = spaces.Changed,
            Skipped = spaces.Skipped,
            Unreferenced = objects.Unreferenced,
            Strange = [.. catalogs.Strange, .. objects.Strange],
            Incoming = incoming,
            Quarantined = new Quarantine(home).Count,
            Elapsed = Stopwatch.GetElapsedTime(start),
        };
    }

    /// <summary>Heals what can be healed; what cannot is set aside, so that nothing is restored from it and the next recording stores it anew.</summary>
    static void Heal(ObjectCheck objects, ObjectStore store, ObjectHealer healer)
    {
        Dictionary<ObjectEntry, ulong> wanted = objects.Broken.ToDictionary(static found => found.Key, static found => found.Value.Inode);
        healer.HealAll(wanted);
        foreach (ObjectEntry entry in objects.Broken.Keys.ToArray())
        {
            if (!wanted.ContainsKey(entry)) objects.Broken.Remove(entry);
            else if (objects.Broken[entry] is { Condition: ObjectCondition.Damaged } found && store.SetAside(entry, found.Inode))
                objects.Broken[entry] = found with { Reason = found.Reason + "; it was set aside" };
        }
    }
}
