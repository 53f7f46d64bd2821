using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Templates;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Maintenance;

/// <summary>
/// Holds the trees that were laid out beforehand against their catalogs: templates, trees under overlays, spaces in waiting. All of them can
/// be laid out again, so where that is asked for the damaged ones are deleted. What has no facts was never finished, and nobody uses it.
/// </summary>
/// <param name="home">Whose.</param>
/// <param name="healer">Opens objects.</param>
/// <param name="broken">Objects that are damaged or missing.</param>
/// <param name="options">Whether to repair, and how long to wait for who lays a tree out just now.</param>
/// <param name="progress">Told of each file.</param>
internal sealed class ReadyTreeCheck(
    Home home, ObjectHealer healer, IReadOnlyCollection<ObjectEntry> broken, CheckOptions options, ProgressTeller progress)
{
    const string FactsSuffix = ".facts", LockSuffix = ".lock";

    readonly CatalogStore catalogs = new(home);
    readonly LowerStore lowers = new(home);

    /// <summary>Trees that were read.</summary>
    internal long Verified { get; private set; }

    internal List<Damage> Damaged { get; } = [];

    /// <summary>What was damaged and is deleted.</summary>
    internal List<Damage> Dropped { get; } = [];

    internal void CheckAll(int workers, CancellationToken cancellation)
    {
        foreach (string path in WithFacts(home.TemplatesPath)) CheckLocked(path, "template", TemplateBreach, RecordedPlan, workers, cancellation);
        foreach (string path in WithFacts(home.LowersPath)) CheckLocked(path, "tree", LowerBreach, LowerPlan, workers, cancellation);
        foreach (string id in new StandbyStore(home).Catalogs())
        {
            foreach (string path in WithFacts(Path.Join(home.StandbyPath, id))) CheckWaiting(id, path, workers, cancellation);
        }
    }

    /// <summary>The trees in a folder of which something is known. What begins with a dot is none, and could be the folder itself.</summary>
    static string[] WithFacts(string folder) => !NativeFile.IsFolder(folder) ? []
        : [.. Directory.EnumerateFiles(folder, "*" + FactsSuffix).Where(static path => Path.GetFileName(path)[0] != '.')
            .Select(static path => path[..^FactsSuffix.Length]).Order(StringComparer.Ordinal)];

    /// <summary>Checks a tree that has a lock of its own, which its users share.</summary>
    void CheckLocked(string path, string what, Func<string, string, Catalog, Damage?> breach, Func<string, Catalog, RestorePlan> plan, int workers, CancellationToken cancellation)
    {
        string id = Path.GetFileName(path);
        Damage? found;
        using (FileLock.Take(path + LockSuffix, exclusive: false, options.LockTimeout, $"{what} of catalog {id}", cancellation))
            found = NativeFile.IsMissing(path + FactsSuffix) ? null : Look(id, path, breach, plan, workers, cancellation);
        if (found is not null) Settle(found, path, path + LockSuffix, cancellation);
    }

    /// <summary>Checks a space in waiting. Somebody may take it at any moment; then it is none any more.</summary>
    void CheckWaiting(string id, string path, int workers, CancellationToken cancellation)
    {
        Damage? found;
        using (FileLock? held = ReadyTree.TryHold(path))
        {
            try
            {
                found = held is null ? null : Look(id, path, WaitingBreach, RecordedPlan, workers, cancellation);
            }
            catch (IOException) when (NativeFile.IsMissing(path))
            {
                return;
            }
            if (NativeFile.IsMissing(path)) return;
        }
        if (found is not null) Settle(found, path, ReadyTree.FactsOf(path), cancellation);
    }

    void Settle(Damage found, string path, string lockPath, CancellationToken cancellation)
    {
        if (!options.Repair || !Drop(path, lockPath, cancellation)) Damaged.Add(found);
        else Dropped.Add(found);
    }

    /// <summary>Deletes a tree, if nobody uses it.</summary>
    static bool Drop(string path, string lockPath, CancellationToken cancellation)
    {
        using FileLock? alone = FileLock.TryTake(lockPath, exclusive: true);
        if (alone is null) return false;
        ReadyTree.Delete(path, cancellation);
        return true;
    }

    Damage? Look(string id, string path, Func<string, string, Catalog, Damage?> breach, Func<string, Catalog, RestorePlan> plan, int workers, CancellationToken cancellation)
    {
        Catalog catalog;
        try
        {
            catalog = catalogs.Load(id);
        }
        catch (HolotreeException)
        {
            return null;        // it is gone, or named as damaged already, and nothing is made of its tree without it
        }
        Verified++;
        return breach(id, path, catalog) ?? Tree(id, path, plan(id, catalog), workers, cancellation);
    }

    /// <summary>What is wrong with what is known of a tree, or with what says whether it was changed; null where nothing is.</summary>
    static Damage? TemplateBreach(string id, string path, Catalog catalog) =>
        KnownBreach(id, path, catalog, out ReadyTree? template) ?? (TemplateStore.IsAsSealed(template!) ? null : Wrong(id, path, "it was changed, or is another folder than the one that was laid out"));

    static Damage? WaitingBreach(string id, string path, Catalog catalog) =>
        KnownBreach(id, path, catalog, out ReadyTree? waiting) ?? (waiting!.Seal == FolderIdentity.Of(path) ? null : Wrong(id, path, "it is another folder than the one that was laid out"));

    Damage? LowerBreach(string id, string path, Catalog catalog) => FactFile.Read(ReadyTree.FactsOf(path)) is not { IsSealed: true } facts || facts["catalog"] != id
        ? Wrong(id, ReadyTree.FactsOf(path), "it does not agree with its checksum")
        : lowers.AreOf(facts, id) ? null : Wrong(id, path, "it is another folder than the one that was laid out");

    static Damage? KnownBreach(string id, string path, Catalog catalog, out ReadyTree? known)
    {
        known = ReadyTree.Read(path, id);
        if (known is null)
            return Wrong(id, ReadyTree.FactsOf(path), "it does not agree with its checksum, or with the index beside it");
        if (SpaceIndex.Read(known.IndexPath, id, catalog) is null) return Wrong(id, known.IndexPath, "it does not agree with its checksum");
        return known.ReadPart() is null ? Wrong(id, path + ".part", "it does not agree with its checksum") : null;
    }

    static RestorePlan RecordedPlan(string id, Catalog catalog) => RestorePlan.AsRecorded(catalog, []);

    RestorePlan LowerPlan(string id, Catalog catalog) => RestorePlan.For(catalog, Encoding.UTF8.GetBytes(lowers.MountPathOf(id)), []);

    /// <summary>Reads the tree: nobody may have changed anything in it, however openly.</summary>
    Damage? Tree(string id, string path, RestorePlan plan, int workers, CancellationToken cancellation)
    {
        var verification = new SpaceVerification(plan, path, home, healer, broken, progress, byContentAlone: true);
        verification.Run(workers, cancellation);
        long wrong = verification[Verdict.Damaged] + verification[Verdict.Changed] + verification[Verdict.Removed];
        if (wrong > 0)
        {
            TreeListing listing = plan.Catalog.Listing;
            string example = verification.DamagedFiles.Count > 0 ? listing.DisplayPath(listing.Files[verification.DamagedFiles.Min])
                : verification.DamagedLinks.Count > 0 ? listing.DisplayPath(listing.Symlinks[verification.DamagedLinks.Min]) : verification.Example ?? string.Empty;
            return Wrong(id, Path.Join(path, example), wrong == 1 ? "it is not what was recorded" : $"it and {wrong - 1} more are not what was recorded");
        }
        return Added(path, plan, workers, cancellation) is { } added ? Wrong(id, added, "it was added; nothing of the kind was recorded") : null;
    }

    /// <summary>Something in a tree that its catalog does not have: whoever gets the tree would get it too.</summary>
    static string? Added(string path, RestorePlan plan, int workers, CancellationToken cancellation)
    {
        try
        {
            TreeScan scan = TreeScanner.ScanWithStamps(path, workers, cancellation);
            IReadOnlyList<ExtraEntry> extras = ExtraEntry.FindAll(scan, ListingMatch.Of(plan.Catalog.Listing, scan.Listing));
            return extras is [var extra, ..]
                ? Path.Join(path, plan.Catalog.Listing.DisplayDirectory(extra.Directory), Encoding.UTF8.GetString(extra.Name.AsSpan(..^1))) : null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;        // a folder that locks its owner out, as it was recorded
        }
    }

    static Damage Wrong(string id, string path, string reason) => new() { Path = path, Reason = reason, Catalogs = [id] };
}
