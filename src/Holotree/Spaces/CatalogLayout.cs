using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Lays one catalog out, file by file: as a space, or as it was recorded, for spaces to be made of it later.</summary>
internal sealed class CatalogLayout(
    Home home, CatalogStore catalogs, CatalogInfo info, RestoreOptions options, ObjectHealer healer, IProgress<TreeProgress>? progress, CancellationToken cancellation)
{
    /// <summary>By which means the strategy lets files be made.</summary>
    internal static Rungs RungsOf(Strategy strategy) => strategy switch
    {
        Strategy.Reflink or Strategy.Snapshot => Rungs.Reflink,
        Strategy.HardLink => Rungs.HardLink | Rungs.Copy,
        Strategy.Copy => Rungs.Copy,
        _ => Rungs.Reflink | Rungs.HardLink | Rungs.Copy,
    };

    /// <summary>The whole catalog.</summary>
    internal Catalog Load() => catalogs.Load(info.Id);

    /// <summary>What has to be done for a catalog to stand at a path.</summary>
    /// <exception cref="HolotreeException">With <see cref="RestoreOptions.Strict"/>: a file does not work there.</exception>
    internal RestorePlan PlanFor(Catalog catalog, string path)
    {
        using var heads = new ObjectHeads(catalog, home, healer, options.VerifyFull);
        var plan = RestorePlan.For(catalog, Encoding.UTF8.GetBytes(path), options.HardLinkExcludes, heads.Of);
        RequireAll(plan, path);
        return plan;
    }

    /// <summary>Where that is asked for, refuses a path that some file does not work at; also what only turned out while files were written.</summary>
    internal void RequireAll(RestorePlan plan, string path)
    {
        if (options.Strict) plan.Relocated.RequireAll(path, info.Prefix);
    }

    /// <summary>How trees are written.</summary>
    internal TreeWriteOptions OptionsFor(string destination) => new(
        RungsOf(options.Strategy), Preserve.All, KeepAccessTimes: false, destination, options.Workers, RestorePlan.FileModeMask, TakeStamps: true,
        CodeSigner.For(options.CodeSigner, options.Strict));

    /// <summary>Gives each worker what the files of a plan are to hold.</summary>
    internal ObjectContent ContentOf(RestorePlan plan) => new(plan, home, options.VerifyFull, healer, options.SharesPrograms);

    /// <summary>Makes all of a plan's catalog in an empty folder.</summary>
    /// <param name="plan">What.</param>
    /// <param name="root">The folder.</param>
    /// <param name="written">How.</param>
    /// <returns>What was made, and into how much bytecode the time of its hard-linked source was written.</returns>
    internal (TreeTally Made, long Retimed) Write(RestorePlan plan, string root, TreeWriteOptions written)
    {
        TreeTally made = TreeWriter.Write(plan.Catalog.Listing, root, () => ContentOf(plan), written, progress, cancellation);
        RequireAll(plan, written.Destination);
        return (made, BytecodeTimes.Follow(plan.Catalog, made, root, written.Destination, cancellation));
    }

    /// <summary>Lays the catalog out as it was recorded, to be snapshotted: by then every file is one that came with the snapshot.</summary>
    internal (Catalog, TreeTally, long) ForSnapshots(string tree, string indexPath)
    {
        // Another subvolume is another filesystem to a hard link.
        (Catalog catalog, TreeTally made, _) = AsRecorded(tree, Rungs.Reflink | Rungs.Copy);
        var snapshot = new TreeTally { MadeBy = [.. made.MadeBy.Select(static by => by == Mechanism.Empty ? by : Mechanism.Snapshot)], Stamps = made.Stamps };
        snapshot.AddFindings(made);
        for (int i = 0; i < snapshot.MadeBy.Length; i++) snapshot.Count(snapshot.MadeBy[i], catalog.Listing.Files[i].LinkedTo < 0 ? catalog.Listing.Files[i].Size : 0);
        SpaceIndex.Settle(made.Stamps!, snapshot.MadeBy).Write(indexPath, info.Id);
        return (catalog, snapshot, 0);
    }

    /// <summary>Lays the catalog out as it was recorded, to become a space as it stands.</summary>
    internal (Catalog, TreeTally, long) ForClaims(string tree, string indexPath)
    {
        (Catalog catalog, TreeTally made, long retimed) = AsRecorded(tree, RungsOf(options.Strategy));
        SpaceIndex.Settle(made.Stamps!, made.MadeBy).Write(indexPath, info.Id);
        return (catalog, made, retimed);
    }

    /// <summary>Lays the catalog out in one folder to be seen at another path.</summary>
    internal RestorePlan ForOverlays(string tree, string mountPath)
    {
        RestorePlan plan = PlanFor(Load(), mountPath);
        Write(plan, tree, OptionsFor(mountPath));
        return plan;
    }

    (Catalog Catalog, TreeTally Made, long Retimed) AsRecorded(string tree, Rungs rungs)
    {
        Catalog catalog = Load();
        (TreeTally made, long retimed) = Write(RestorePlan.AsRecorded(catalog, options.HardLinkExcludes), tree, OptionsFor(tree) with { Rungs = rungs });
        return (catalog, made, retimed);
    }
}
