using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Journal;
using Holotree.Library;
using Holotree.Running;
using Holotree.Templates;
using Reflinks.Files;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>The spaces of a home: makes them from catalogs, lists them, deletes them.</summary>
/// <param name="home">Whose spaces.</param>
public sealed class SpaceStore(Home home)
{
    /// <summary>How long a command spends on what another one that died has left; what is more waits for the next.</summary>
    static readonly TimeSpan SweepTime = TimeSpan.FromSeconds(1);

    /// <summary>Makes a space, or brings one that stands back to its catalog or over to another.</summary>
    /// <param name="space">Its name.</param>
    /// <param name="catalogReference">A catalog's name, its id, or the unique start of the id.</param>
    /// <param name="options">How and where.</param>
    /// <param name="progress">Told about files as they are made, from the threads that work.</param>
    /// <param name="cancellation">Ends the work; nothing is left of it.</param>
    /// <returns>What was done, file by file in sum.</returns>
    /// <exception cref="HolotreeException">
    /// The catalog is unknown, the place is taken by something else, the strategy cannot be followed here, something is damaged or busy.
    /// </exception>
    /// <exception cref="CloneException">With <see cref="Strategy.Reflink"/>: a file cannot be shared. Nothing was made or changed.</exception>
    /// <exception cref="IOException">The system failed: no space, an I/O error. Nothing was made.</exception>
    /// <remarks>
    /// A new space is built beside its final path and renamed: it is complete or it is not there. In a space that stands only what
    /// differs from the catalog is touched: what is new is built beside it first, then put into place by renames. Cut off in
    /// between, it is not complete, and the next restore completes it. With <see cref="RestoreOptions.Force"/> a standing space
    /// is exchanged for a new one in one step and deleted after.
    /// </remarks>
    public RestoreReport Restore(
        string space, string catalogReference, RestoreOptions options, IProgress<TreeProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        using FileLock own = RestoreAndHold(space, catalogReference, options, progress, cancellation, out RestoreReport report);
        return report;
    }

    /// <summary>Makes a space and keeps its lock.</summary>
    FileLock RestoreAndHold(
        string space, string catalogReference, RestoreOptions options, IProgress<TreeProgress>? progress, CancellationToken cancellation,
        out RestoreReport report)
    {
        ArgumentException.ThrowIfNullOrEmpty(space);
        ArgumentException.ThrowIfNullOrEmpty(catalogReference);
        ArgumentNullException.ThrowIfNull(options);
        if (!OperatingSystem.IsLinux()) throw CatalogStore.Unsupported();
        Names.Check(space, "space");
        SweepEphemeral(cancellation);
        var catalogs = new CatalogStore(home);
        CatalogInfo info = catalogs.Find(catalogReference);
        using FileLock shared = LibraryFolder.Share(home, options.LockTimeout, cancellation);
        Directory.CreateDirectory(home.StatesPath);
        FileLock own = FileLock.Take(SpaceState.LockOf(home, space), exclusive: true, options.LockTimeout, $"space '{space}'", cancellation);
        try
        {
            report = new RestoreJournal(home).Keep(
                space, info, options.Strategy, new RestoreRun(home, space, catalogs, info, options, progress, cancellation).Run);
            return own;
        }
        catch
        {
            if (SpaceState.Read(home, space) is null) own.Delete();
            own.Dispose();
            throw;
        }
    }

    /// <summary>Takes a space into use: until that is over, nobody refreshes or deletes it. Others may use it too.</summary>
    /// <param name="space">Its name.</param>
    /// <param name="lockTimeout">How long to wait for who is making it.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="HolotreeException">There is no such space, it is not complete, a power cut took bytes from it, or it is busy.</exception>
    [SupportedOSPlatform("linux")]
    public SpaceUse Use(string space, TimeSpan lockTimeout, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(space);
        Names.Check(space, "space");
        SweepEphemeral(cancellation);
        if (SpaceState.Read(home, space) is null) throw Unknown(space);
        FileLock shared = FileLock.Take(SpaceState.LockOf(home, space), exclusive: false, lockTimeout, $"space '{space}'", cancellation);
        try
        {
            if (SpaceState.Read(home, space) is not { } state) throw Unknown(space);
            if (state.InDoubt) new SpaceProof(home).Verify(state, lockTimeout, cancellation);
            if (!state.Complete)
            {
                throw new HolotreeException(HolotreeFailure.NotFound, "space-incomplete",
                    $"The space '{space}' was not finished, or is no longer at '{state.Path}'.")
                {
                    Path = state.Path,
                    Hint = $"holotree init --space {space} completes it; holotree delete {space} forgets it.",
                };
            }
            SpaceProof.SyncOnce(state);
            NoteUse(state);
            return new SpaceUse(state.Describe(), shared);
        }
        catch
        {
            shared.Dispose();
            throw;
        }
    }

    [SupportedOSPlatform("linux")]
    static void NoteUse(SpaceState state)
    {
        try
        {
            state.NoteUse(DateTimeOffset.UtcNow);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // A full or read-only disk is no reason not to work in the space.
        }
    }

    /// <summary>Makes a space that lasts as long as its use, and where this process dies, until the next command.</summary>
    /// <param name="space">Its name; null for one of its own.</param>
    /// <param name="catalogReference">A catalog's name, its id, or the unique start of the id.</param>
    /// <param name="options">How and where.</param>
    /// <param name="progress">Told about files as they are made, from the threads that work.</param>
    /// <param name="cancellation">Ends the work; nothing is left of it.</param>
    /// <exception cref="HolotreeException">As <see cref="Restore"/>; a space of that name exists.</exception>
    [SupportedOSPlatform("linux")]
    public SpaceUse MakeEphemeral(
        string? space, string catalogReference, RestoreOptions options, IProgress<TreeProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        while (true)
        {
            string name = space ?? $"run-{LinuxFile.FreshName()[..8]}";
            FileLock own = RestoreAndHold(name, catalogReference, options with { Ephemeral = true }, progress, cancellation, out RestoreReport report);

            // Shared, so that commands within the space can use it as any other. Who sweeps in that very moment has taken it for left alone.
            if (own.TryShare() && SpaceState.Read(home, name) is { } state)
                return new SpaceUse(state.Describe(), own, held => DeleteLocked(name, held, CancellationToken.None), report);
            own.Dispose();
        }
    }

    /// <summary>Takes the tree into use that lies under the overlays of a catalog's runs; it is laid out if it is not there.</summary>
    /// <param name="catalogReference">A catalog's name, its id, or the unique start of the id.</param>
    /// <param name="options">How it is laid out, by the best means that works.</param>
    /// <param name="progress">Told about files as they are made, from the threads that work.</param>
    /// <param name="cancellation">Ends the work; nothing is left of it.</param>
    /// <exception cref="HolotreeException">The catalog is unknown, something is damaged or busy; with <see cref="RestoreOptions.Strict"/>, a file does not work there.</exception>
    /// <exception cref="IOException">The system failed: no space, an I/O error.</exception>
    [SupportedOSPlatform("linux")]
    public LowerTree UseLower(string catalogReference, RestoreOptions options, IProgress<TreeProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(catalogReference);
        ArgumentNullException.ThrowIfNull(options);
        SweepEphemeral(cancellation);
        var catalogs = new CatalogStore(home);
        CatalogInfo info = catalogs.Find(catalogReference);
        using FileLock shared = LibraryFolder.Share(home, options.LockTimeout, cancellation);
        using var healer = new ObjectHealer(home, cancellation);
        var layout = new CatalogLayout(home, catalogs, info, options with { Strategy = Strategy.Smart }, healer, progress, cancellation);
        RelocationCounts? laidOut = null;
        (string tree, string mountPath, FileLock held) = new LowerStore(home).Use(
            info.Id, (folder, seenAt) => laidOut = layout.ForOverlays(folder, seenAt).Relocated, options.LockTimeout, cancellation);
        try
        {
            if (options.Strict && laidOut is null) layout.PlanFor(layout.Load(), mountPath);
            catalogs.TryTouch(info, DateTimeOffset.UtcNow);
            return new LowerTree(info, tree, mountPath, held, laidOut);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Deletes the spaces of uses whose processes have all died, and what is left of private runs.</summary>
    [SupportedOSPlatform("linux")]
    void SweepEphemeral(CancellationToken cancellation)
    {
        RunScratch.SweepDead(home, cancellation);
        foreach (SpaceState state in SpaceState.All(home).Where(static state => state.Ephemeral))
        {
            try
            {
                using FileLock? alone = FileLock.TryTake(SpaceState.LockOf(home, state.Space), exclusive: true);
                if (alone is null || SpaceState.Read(home, state.Space) is not { Ephemeral: true }) continue;
                DeleteLocked(state.Space, alone, cancellation);
                Sweep(SweepTime, cancellation);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // It stays in the list of spaces, and is no matter of the command that came across it.
            }
        }
    }

    /// <summary>
    /// Clears away what processes left that died while they made or deleted a space, of all spaces, whether anybody ever names them again
    /// or not. Those that are in somebody's hands are left alone.
    /// </summary>
    [SupportedOSPlatform("linux")]
    internal void ClearUp(CancellationToken cancellation)
    {
        SweepEphemeral(cancellation);
        if (!LinuxFile.IsFolder(home.StatesPath)) return;
        string[] spaces = [.. Directory.EnumerateFiles(home.StatesPath).Where(static path => Path.GetExtension(path) is ".state" or ".index" or ".lock")
            .Select(static path => Path.GetFileNameWithoutExtension(path)).Distinct()];
        foreach (string space in spaces)
        {
            if (SpaceState.Read(home, space) is { Pending.Length: 0 }) continue;
            using FileLock? own = FileLock.TryTake(SpaceState.LockOf(home, space), exclusive: true);
            if (own is null) continue;
            if (SpaceState.Read(home, space) is { } state) state.Sweep(cancellation);
            else LinuxFile.Delete(SpaceIndex.PathOf(home, space));
            if (SpaceState.Read(home, space) is null) own.Delete();
        }
        Unfinished.Sweep(home.StatesPath);
        new Graveyard(home).ClearUp(cancellation);
    }

    /// <summary>All spaces of the home, by name, also those that are not complete.</summary>
    public IReadOnlyList<SpaceInfo> List()
    {
        if (!OperatingSystem.IsLinux()) throw CatalogStore.Unsupported();
        SweepEphemeral(CancellationToken.None);
        var found = new List<SpaceInfo>();
        foreach (SpaceState state in SpaceState.All(home)) found.Add(state.Describe());
        return found;
    }

    /// <summary>One space by its name, complete or not; null where there is none.</summary>
    public SpaceInfo? Find(string space)
    {
        ArgumentException.ThrowIfNullOrEmpty(space);
        if (!OperatingSystem.IsLinux()) throw CatalogStore.Unsupported();
        Names.Check(space, "space");
        return SpaceState.Read(home, space)?.Describe();
    }

    /// <summary>Tells what <see cref="Restore"/> would do with the same arguments. Makes and changes nothing.</summary>
    /// <param name="space">The space's name.</param>
    /// <param name="catalogReference">A catalog's name, its id, or the unique start of the id.</param>
    /// <param name="options">How and where.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="HolotreeException">The catalog is unknown, the place is taken by something else, something is damaged or busy.</exception>
    public RestorePreview Preview(string space, string catalogReference, RestoreOptions options, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(space);
        ArgumentException.ThrowIfNullOrEmpty(catalogReference);
        ArgumentNullException.ThrowIfNull(options);
        if (!OperatingSystem.IsLinux()) throw CatalogStore.Unsupported();
        Names.Check(space, "space");
        var catalogs = new CatalogStore(home);
        var run = new RestoreRun(home, space, catalogs, catalogs.Find(catalogReference), options, progress: null, cancellation);
        using FileLock shared = LibraryFolder.Share(home, options.LockTimeout, cancellation);
        using FileLock? own = SpaceState.Read(home, space) is null ? null
            : FileLock.Take(SpaceState.LockOf(home, space), exclusive: false, options.LockTimeout, $"space '{space}'", cancellation);
        return run.Preview();
    }

    /// <summary>Tells what was changed in a space since it was made. Changes nothing.</summary>
    /// <param name="space">Its name.</param>
    /// <param name="lockTimeout">How long to wait for who is making it.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="HolotreeException">There is no such space, its catalog was removed or is damaged, or it is busy.</exception>
    public SpaceDifference Diff(string space, TimeSpan lockTimeout, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(space);
        if (!OperatingSystem.IsLinux()) throw CatalogStore.Unsupported();
        Names.Check(space, "space");
        if (SpaceState.Read(home, space) is null) throw Unknown(space);
        using FileLock shared = LibraryFolder.Share(home, lockTimeout, cancellation);
        using FileLock own = FileLock.Take(SpaceState.LockOf(home, space), exclusive: false, lockTimeout, $"space '{space}'", cancellation);
        if (SpaceState.Read(home, space) is not { } state) throw Unknown(space);
        if (!state.Standing)
        {
            throw new HolotreeException(HolotreeFailure.NotFound, "space-gone", $"The space '{space}' does not stand at '{state.Path}' any more.")
            {
                Path = state.Path,
                Hint = $"Make it again (holotree init --space {space}), or forget it (holotree delete {space}).",
            };
        }
        var plan = RestorePlan.For(new CatalogStore(home).Load(state.Catalog), Encoding.UTF8.GetBytes(state.Path), []);
        var standing = StandingSpace.Look(state.Path, plan, SpaceIndex.Of(home, state, plan.Catalog), workers: 0, cancellation);
        using var diff = new SpaceDiff(home, state.Path, plan, standing, cancellation);
        return diff.Run(state);
    }

    /// <summary>Deletes a space with everything in it: it is gone when this returns, its blocks are freed by <see cref="Sweep"/>.</summary>
    /// <param name="space">Its name.</param>
    /// <param name="lockTimeout">How long to wait for who is making it or working in it.</param>
    /// <param name="cancellation">Ends the waiting. A space that is gone stays gone.</param>
    /// <exception cref="HolotreeException">There is no such space, or it is busy.</exception>
    public void Delete(string space, TimeSpan lockTimeout, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(space);
        if (!OperatingSystem.IsLinux()) throw CatalogStore.Unsupported();
        Names.Check(space, "space");
        if (SpaceState.Read(home, space) is null) throw Unknown(space);
        SweepEphemeral(cancellation);

        // It may have been one of those.
        if (SpaceState.Read(home, space) is null) return;
        using FileLock own = FileLock.Take(SpaceState.LockOf(home, space), exclusive: true, lockTimeout, $"space '{space}'", cancellation);
        DeleteLocked(space, own, cancellation);
    }

    [SupportedOSPlatform("linux")]
    void DeleteLocked(string space, FileLock own, CancellationToken cancellation)
    {
        if (SpaceState.Read(home, space) is not { } state) throw Unknown(space);

        state.Sweep(cancellation);
        if (state.Standing)
        {
            // One rename: the space is either there as a whole or not there. Until the grave is noted the state knows of it.
            string grave = PendingTree.NameBeside(state.Path);
            if (NoteGrave(space, state, grave) is not { } buried)
            {
                state.Forget();
                TreeRemover.Remove(state.Path, cancellation);
                own.Delete();
                return;
            }
            PendingTree.MoveAway(state.Path, grave);
            try
            {
                new Graveyard(home).Add(grave);
            }
            catch (IOException)
            {
                // No room for a note: then the files go now.
                TreeRemover.Remove(grave, cancellation);
            }
            buried.Forget();
        }
        else
        {
            state.Forget();
        }
        own.Delete();
    }

    /// <summary>
    /// Notes where a space goes that is about to be deleted. On a full disk the index makes room for that; null where there is none even
    /// then, and the space has to be deleted where it stands: what makes room must not need any.
    /// </summary>
    [SupportedOSPlatform("linux")]
    SpaceState? NoteGrave(string space, SpaceState state, string grave)
    {
        for (bool again = false; ; again = true)
        {
            try
            {
                return SpaceState.Begin(home, space, state.Path, grave, state);
            }
            catch (IOException full) when (NativeError.Of(full)?.Code is (int)Errno.ENOSPC or (int)Errno.EDQUOT)
            {
                if (again) return null;
                state.ForgetIndex();
            }
        }
    }

    /// <summary>Deletes what is left of deleted spaces and of private runs whose program has died.</summary>
    /// <param name="time">How long it may take; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
    /// <param name="cancellation">Ends the work; what is left is deleted another time.</param>
    /// <returns>Whether nothing is left. What cannot be deleted, for want of rights, is left and is no error.</returns>
    public bool Sweep(TimeSpan time, CancellationToken cancellation = default)
    {
        if (!OperatingSystem.IsLinux()) throw CatalogStore.Unsupported();
        if (time != TimeSpan.Zero) RunScratch.SweepDead(home, cancellation);
        return new Graveyard(home).Sweep(time, cancellation);
    }

    /// <summary>
    /// Waits until all complete spaces are on disk, and notes that: a power cut afterwards leaves nothing about them in doubt. A space that
    /// is in somebody's hands is left out.
    /// </summary>
    public void Sync()
    {
        if (!OperatingSystem.IsLinux()) throw CatalogStore.Unsupported();
        new SpaceProof(home).SyncAll();
    }

    HolotreeException Unknown(string space) =>
        new(HolotreeFailure.NotFound, "space-unknown", $"There is no space '{space}' in '{home.Path}'.")
        {
            Path = home.SpacesPath,
            Hint = "The command 'holotree list' lists what there is.",
        };
}
