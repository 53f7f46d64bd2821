using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Maintenance;

/// <summary>Checks the spaces of a home, one after the other, each under its own lock.</summary>
/// <param name="home">Whose spaces.</param>
/// <param name="healer">Opens objects.</param>
/// <param name="broken">Objects that are damaged or missing.</param>
/// <param name="repair">Whether indexes that cannot be used are deleted.</param>
/// <param name="progress">Told of each file.</param>
internal sealed class SpaceCheck(
    Home home, ObjectHealer healer, IReadOnlyCollection<ObjectEntry> broken, bool repair, ProgressTeller progress)
{
    readonly CatalogStore catalogs = new(home);

    internal long Verified { get; private set; }

    internal List<Damage> Damaged { get; } = [];

    internal List<SpaceChanges> Changed { get; } = [];

    internal List<SkippedSpace> Skipped { get; } = [];

    /// <summary>Indexes that do not agree with their checksum or their space. A power cut leaves that too: they are not written through to the disk.</summary>
    internal List<Damage> Unusable { get; } = [];

    /// <summary>Such indexes that were deleted.</summary>
    internal List<Damage> Dropped { get; } = [];

    internal void Check(string space, int workers, CancellationToken cancellation)
    {
        // Shared, so that a space may be used and looked at meanwhile.
        using FileLock? own = FileLock.TryTake(SpaceState.LockOf(home, space), exclusive: false);
        if (own is null)
        {
            Skipped.Add(new SkippedSpace(space, "it is in use by another process"));
            return;
        }
        if (SpaceState.Read(home, space) is not { } state) return;      // deleted since it was listed
        SpaceInfo info = state.Describe();
        if (state.IsDamaged)
        {
            Add(space, SpaceState.PathOf(home, space), "it does not agree with its checksum", string.Empty);
            return;
        }
        if (Stands(state, info) && LoadCatalog(info) is { } catalog) Verify(info, catalog, workers, cancellation);
    }

    /// <summary>Whether there is a complete space to be looked at; otherwise it is noted why there is none.</summary>
    bool Stands(SpaceState state, SpaceInfo info)
    {
        if (info.Complete || info.InDoubt) return true;
        if (state.Standing)
            Skipped.Add(new SkippedSpace(info.Space, "its refresh was cut off; the next one completes it"));
        else if (state.MayHaveLostBytes)
            Skipped.Add(new SkippedSpace(info.Space, "it was made shortly before the machine stopped, and got lost"));
        else if (state.Pending.Length > 0)
            Skipped.Add(new SkippedSpace(info.Space, "it was not finished; the next command on it takes away what is left of it"));
        else if (info.Path.Length == 0 || info.Catalog.Length == 0)
            Add(info.Space, SpaceState.PathOf(home, info.Space), "its state says neither where it is nor what it was made from", info.Catalog);
        else
            Add(info.Space, info.Path, "it does not stand there any more", info.Catalog);
        return false;
    }

    Catalog? LoadCatalog(SpaceInfo info)
    {
        try
        {
            return catalogs.Load(info.Catalog);
        }
        catch (HolotreeException unusable)
        {
            Skipped.Add(new SkippedSpace(info.Space, unusable.Failure == HolotreeFailure.NotFound ? "its catalog was removed" : "its catalog is damaged"));
            return null;
        }
    }

    void Verify(SpaceInfo info, Catalog catalog, int workers, CancellationToken cancellation)
    {
        var plan = RestorePlan.For(catalog, Encoding.UTF8.GetBytes(info.Path), []);
        CheckIndex(info, catalog);
        var verification = new SpaceVerification(plan, info.Path, home, healer, broken, progress);
        verification.Run(workers, cancellation);
        Verified++;

        if (info.InDoubt && verification.DamagedFiles.Count > 0)
        {
            // Known to be possible, and nothing is handed out of it: that is not what damage means.
            Skipped.Add(new SkippedSpace(info.Space, "it was made shortly before the machine stopped, and lost bytes; the next init makes it good"));
            return;
        }
        foreach (int file in verification.DamagedFiles)
        {
            string path = Path.Join(info.Path, catalog.Listing.DisplayPath(catalog.Listing.Files[file]));
            Add(info.Space, path, "it has the length and the time it was restored with, and other content", info.Catalog);
        }
        foreach (int link in verification.DamagedLinks)
        {
            string path = Path.Join(info.Path, catalog.Listing.DisplayPath(catalog.Listing.Symlinks[link]));
            Add(info.Space, path, "it has the time it was restored with, and leads elsewhere", info.Catalog);
        }
        if (verification.Example is { } example)
            Changed.Add(new SpaceChanges(info.Space, verification[Verdict.Changed], verification[Verdict.Removed], verification[Verdict.Unverified], example));
    }

    void CheckIndex(SpaceInfo info, Catalog catalog)
    {
        string path = SpaceIndex.PathOf(home, info.Space);
        if (NativeFile.IsMissing(path) || SpaceIndex.Read(path, info.Catalog, catalog) is not null) return;
        var wrong = new Damage { Space = info.Space, Path = path, Reason = "it does not agree with its checksum, or is of something else", Catalogs = [info.Catalog] };
        if (repair) NativeFile.Delete(path);
        (repair ? Dropped : Unusable).Add(wrong);
    }

    void Add(string space, string path, string reason, string catalog) =>
        Damaged.Add(new Damage { Space = space, Path = path, Reason = reason, Catalogs = catalog.Length == 0 ? [] : [catalog] });
}
