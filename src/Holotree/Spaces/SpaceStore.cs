using System.Text;
using Holotree.Catalogs;
using Holotree.Journal;
using Holotree.Library;
using Holotree.Running;
using Holotree.Templates;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>The spaces of a home: makes them from catalogs, lists them, deletes them.</summary>
/// <param name="home">Whose spaces.</param>
public sealed class SpaceStore(Home home)
{
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
        Names.Check(space, "space");
        new SpaceDeletion(home).SweepEphemeral(cancellation);
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
    public SpaceUse Use(string space, TimeSpan lockTimeout, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(space);
        Names.Check(space, "space");
        new SpaceDeletion(home).SweepEphemeral(cancellation);
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
    public SpaceUse MakeEphemeral(
        string? space, string catalogReference, RestoreOptions options, IProgress<TreeProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        while (true)
        {
            string name = space ?? $"run-{NativeFile.FreshName()[..8]}";
            FileLock own = RestoreAndHold(name, catalogReference, options with { Ephemeral = true }, progress, cancellation, out RestoreReport report);

            // Shared, so that commands within the space can use it as any other. Who sweeps in that very moment has taken it for left alone.
            if (own.TryShare() && SpaceState.Read(home, name) is { } state)
                return new SpaceUse(state.Describe(), own, held => new SpaceDeletion(home).Delete(name, held, CancellationToken.None), report);
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
    public LowerTree UseLower(string catalogReference, RestoreOptions options, IProgress<TreeProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(catalogReference);
        ArgumentNullException.ThrowIfNull(options);
        new SpaceDeletion(home).SweepEphemeral(cancellation);
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

    /// <summary>All spaces of the home, by name, also those that are not complete.</summary>
    public IReadOnlyList<SpaceInfo> List()
    {
        new SpaceDeletion(home).SweepEphemeral(CancellationToken.None);
        var found = new List<SpaceInfo>();
        foreach (SpaceState state in SpaceState.All(home)) found.Add(state.Describe());
        return found;
    }

    /// <summary>One space by its name, complete or not; null where there is none.</summary>
    public SpaceInfo? Find(string space)
    {
        ArgumentException.ThrowIfNullOrEmpty(space);
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
        Names.Check(space, "space");
        if (SpaceState.Read(home, space) is null) throw Unknown(space);
        var deletion = new SpaceDeletion(home);
        deletion.SweepEphemeral(cancellation);

        // It may have been one of those.
        if (SpaceState.Read(home, space) is null) return;
        using FileLock own = FileLock.Take(SpaceState.LockOf(home, space), exclusive: true, lockTimeout, $"space '{space}'", cancellation);
        if (SpaceState.Read(home, space) is null) throw Unknown(space);
        deletion.Delete(space, own, cancellation);
    }

    /// <summary>Deletes what is left of deleted spaces and of private runs whose program has died.</summary>
    /// <param name="time">How long it may take; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
    /// <param name="cancellation">Ends the work; what is left is deleted another time.</param>
    /// <returns>Whether nothing is left. What cannot be deleted, for want of rights, is left and is no error.</returns>
    public bool Sweep(TimeSpan time, CancellationToken cancellation = default)
    {
        return new SpaceDeletion(home).Sweep(time, cancellation);
    }

    /// <summary>
    /// Waits until all complete spaces are on disk, and notes that: a power cut afterwards leaves nothing about them in doubt. A space that
    /// is in somebody's hands is left out.
    /// </summary>
    public void Sync()
    {
        new SpaceProof(home).SyncAll();
    }

    HolotreeException Unknown(string space) =>
        new(HolotreeFailure.NotFound, "space-unknown", $"There is no space '{space}' in '{home.Path}'.")
        {
            Path = home.SpacesPath,
            Hint = "The command 'holotree list' lists what there is.",
        };
}
