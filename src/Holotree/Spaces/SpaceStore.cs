using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Files;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>The spaces of a home: makes them from catalogs, lists them, deletes them.</summary>
/// <param name="home">Whose spaces.</param>
public sealed class SpaceStore(Home home)
{
    /// <summary>Makes a space.</summary>
    /// <param name="space">Its name.</param>
    /// <param name="catalogReference">A catalog's name, its id, or the unique start of the id.</param>
    /// <param name="options">How and where.</param>
    /// <param name="progress">Told about files as they are made, from the threads that work.</param>
    /// <param name="cancellation">Ends the work; nothing is left of it.</param>
    /// <returns>What was done, file by file in sum.</returns>
    /// <exception cref="HolotreeException">The catalog is unknown, the space exists, the strategy cannot be followed here, something is damaged or busy.</exception>
    /// <exception cref="CloneException">With <see cref="Strategy.Reflink"/>: a file cannot be shared. Nothing was made.</exception>
    /// <exception cref="IOException">The system failed: no space, an I/O error. Nothing was made.</exception>
    /// <remarks>
    /// The space is built beside its final path and renamed: it is complete or it is not there. With
    /// <see cref="RestoreOptions.Force"/> an existing one is exchanged in one step and deleted after.
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
        if (options.Strategy == Strategy.Snapshot)
        {
            throw new HolotreeException(HolotreeFailure.Unsupported, "snapshot-unsupported", "This version cannot make spaces by snapshot.")
            {
                Hint = "Use --strategy smart, which shares blocks file by file where the filesystem can.",
            };
        }

        SweepEphemeral(cancellation);
        var catalogs = new CatalogStore(home);
        CatalogInfo info = catalogs.Find(catalogReference);
        using FileLock shared = LibraryFolder.Share(home, options.LockTimeout, cancellation);
        Directory.CreateDirectory(home.StatesPath);
        FileLock own = FileLock.Take(SpaceState.LockOf(home, space), exclusive: true, options.LockTimeout, $"space '{space}'", cancellation);
        try
        {
            report = RestoreLocked(space, catalogs, info, options, progress, cancellation);
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
    /// <exception cref="HolotreeException">There is no such space, it is not complete, or it is busy.</exception>
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
            if (!state.Complete)
            {
                throw new HolotreeException(HolotreeFailure.NotFound, "space-incomplete",
                    $"The space '{space}' was not finished, or is no longer at '{state.Path}'.")
                {
                    Path = state.Path,
                    Hint = $"Delete it (holotree delete {space}) and make it again (holotree init).",
                };
            }
            state.NoteUse(DateTimeOffset.UtcNow);
            return new SpaceUse(state.Describe(), shared);
        }
        catch
        {
            shared.Dispose();
            throw;
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
        string name = space ?? $"run-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        FileLock own = RestoreAndHold(name, catalogReference, options with { Ephemeral = true }, progress, cancellation, out RestoreReport report);
        return new SpaceUse(SpaceState.Read(home, name)!.Describe(), own, held => DeleteLocked(name, held, CancellationToken.None), report);
    }

    /// <summary>Deletes the spaces of uses whose processes have all died.</summary>
    [SupportedOSPlatform("linux")]
    void SweepEphemeral(CancellationToken cancellation)
    {
        foreach (SpaceState state in SpaceState.All(home).Where(static state => state.Ephemeral))
        {
            try
            {
                using FileLock? alone = FileLock.TryTake(SpaceState.LockOf(home, state.Space), exclusive: true);
                if (alone is not null && SpaceState.Read(home, state.Space) is { Ephemeral: true }) DeleteLocked(state.Space, alone, cancellation);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // It stays in the list of spaces, and is no matter of the command that came across it.
            }
        }
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

    /// <summary>Deletes a space with everything in it.</summary>
    /// <param name="space">Its name.</param>
    /// <param name="lockTimeout">How long to wait for who is making it.</param>
    /// <param name="cancellation">Ends the deletion; the space is gone already, and what is left of it is deleted by the next command on that name.</param>
    /// <exception cref="HolotreeException">There is no such space, or it is busy.</exception>
    public void Delete(string space, TimeSpan lockTimeout, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(space);
        if (!OperatingSystem.IsLinux()) throw CatalogStore.Unsupported();
        Names.Check(space, "space");
        SweepEphemeral(cancellation);
        if (SpaceState.Read(home, space) is null) throw Unknown(space);
        using FileLock own = FileLock.Take(SpaceState.LockOf(home, space), exclusive: true, lockTimeout, $"space '{space}'", cancellation);
        DeleteLocked(space, own, cancellation);
    }

    [SupportedOSPlatform("linux")]
    void DeleteLocked(string space, FileLock own, CancellationToken cancellation)
    {
        if (SpaceState.Read(home, space) is not { } state) throw Unknown(space);

        state.Sweep(cancellation);
        if (state.Complete)
        {
            // Under another name first: from here on the space is either there as a whole or not there.
            SpaceState buried = Bury(space, state);
            TreeRemover.Remove(buried.Pending, cancellation);
            buried.Forget();
        }
        else
        {
            state.Forget();
        }
        own.Delete();
    }

    /// <summary>Moves a space away from its path, and notes where to.</summary>
    [SupportedOSPlatform("linux")]
    SpaceState Bury(string space, SpaceState state)
    {
        PendingTree grave = PendingTree.Create(state.Path);
        try
        {
            SpaceState buried = SpaceState.Begin(home, space, state.Path, grave.Path, state);
            grave.TakeOver(state.Path);
            return buried;
        }
        catch
        {
            grave.Dispose();
            SpaceState.Read(home, space)?.Sweep(CancellationToken.None);
            throw;
        }
    }

    [SupportedOSPlatform("linux")]
    RestoreReport RestoreLocked(
        string space, CatalogStore catalogs, CatalogInfo info, RestoreOptions options, IProgress<TreeProgress>? progress, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        string path = LinuxPath.AbsoluteForNew(options.Destination ?? Path.Join(home.SpacesPath, space));
        SpaceState? before = SpaceState.Read(home, space);
        before?.Sweep(cancellation);
        if (options.Ephemeral && before is { Complete: true })
        {
            throw new HolotreeException(HolotreeFailure.Exists, "space-exists", $"The space '{space}' exists at '{before.Path}', and would be gone after the command.")
            {
                Path = before.Path,
                Hint = "Leave out --space: a space for one command has a name of its own.",
            };
        }
        bool replace = CheckDestination(space, path, before, options.Force);

        Catalog catalog = catalogs.Load(info.Id);
        var plan = RestorePlan.For(catalog, Encoding.UTF8.GetBytes(path), options.HardLinkExcludes);
        if (options.Strict && plan.Relocated.Unfit is [var first, ..])
        {
            throw new HolotreeException(HolotreeFailure.Unsupported, "relocation-unfit",
                $"The path '{path}' is longer than the recorded '{info.Prefix}' and does not fit into {plan.Relocated.Unfit.Count} files, such as '{first}'.")
            {
                Path = first,
                Hint = $"Use a path of at most {catalog.Facts.Prefix.Length} bytes, or leave out --strict to keep such files as recorded.",
            };
        }

        if (options.Destination is null) Directory.CreateDirectory(home.SpacesPath);
        using PendingTree pending = PendingTree.Create(path);
        SpaceState state = SpaceState.Begin(home, space, path, pending.Path, before, options.Ephemeral);
        RestoreReport report;
        bool replaced = false;
        try
        {
            TreeTally tally = TreeWriter.Write(
                catalog.Listing, pending.Path, () => new ObjectContent(plan, home, options.VerifyFull),
                new TreeWriteOptions(RungsOf(options.Strategy), Preserve.All, KeepAccessTimes: false, path, options.Workers, FileModeMask: 0x3FF),
                progress, cancellation);
            long retimed = BytecodeTimes.Follow(catalog, tally.MadeBy, pending.Path, path, cancellation);
            pending.Keep(overwrite: replace);
            replaced = replace;
            report = Report(space, path, info, options, plan, tally) with { RetimedBytecode = retimed };
            state = state.Finish(report, info.Name, DateTimeOffset.UtcNow, replaced ? pending.Path : null);
        }
        catch
        {
            // What nobody will know of must not stand there: the space of before comes back.
            if (replaced) pending.Keep(overwrite: true);
            pending.Dispose();
            SpaceState.Read(home, space)?.Sweep(CancellationToken.None);
            throw;
        }
        state.Sweep(CancellationToken.None);
        NoteUse(catalogs, info);
        return report with { Elapsed = Stopwatch.GetElapsedTime(start) };
    }

    [SupportedOSPlatform("linux")]
    static void NoteUse(CatalogStore catalogs, CatalogInfo info)
    {
        try
        {
            catalogs.Touch(info, DateTimeOffset.UtcNow);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The space stands, and that is what was asked for; a full disk may have no room for this.
        }
    }

    /// <summary>Refuses a destination that is taken. Returns whether what stands there is this very space, to be replaced.</summary>
    [SupportedOSPlatform("linux")]
    static bool CheckDestination(string space, string path, SpaceState? before, bool force)
    {
        bool complete = before is { Complete: true };
        if (complete && before!.Path != path)
        {
            throw new HolotreeException(HolotreeFailure.Exists, "space-exists", $"The space '{space}' exists at '{before.Path}'.")
            {
                Path = before.Path,
                Hint = $"Delete it first (holotree delete {space}), or use another name.",
            };
        }
        if (complete && !force)
        {
            throw new HolotreeException(HolotreeFailure.Exists, "space-exists", $"The space '{space}' exists at '{path}'.")
            {
                Path = path,
                Hint = "Use --force to replace it, whatever was changed in it, or another name.",
            };
        }
        if (complete) return true;
        if (Directory.Exists(path) || File.Exists(path) || new FileInfo(path).LinkTarget is not null)
        {
            throw new HolotreeException(HolotreeFailure.Exists, "destination-exists", $"'{path}' exists and is not the space '{space}'.")
            {
                Path = path,
                Error = NativeError.FromErrno((int)Errno.EEXIST),
                Hint = "Move it away, or choose another place with --to.",
            };
        }
        return false;
    }

    static Rungs RungsOf(Strategy strategy) => strategy switch
    {
        Strategy.Reflink => Rungs.Reflink,
        Strategy.HardLink => Rungs.HardLink | Rungs.Copy,
        Strategy.Copy => Rungs.Copy,
        _ => Rungs.Reflink | Rungs.HardLink | Rungs.Copy,
    };

    [SupportedOSPlatform("linux")]
    static RestoreReport Report(
        string space, string path, CatalogInfo info, RestoreOptions options, RestorePlan plan, TreeTally tally)
    {
        NativeError notPermitted = LinuxErrors.Describe(Errno.EPERM);
        return new RestoreReport
        {
            Space = space,
            Path = path,
            Catalog = info.Id,
            Mode = "created",
            Requested = options.Strategy,
            Files = tally.Mechanisms.Total,
            Directories = plan.Catalog.Listing.Directories.Length - 1,
            Symlinks = plan.Catalog.Listing.Symlinks.Length,
            Mechanisms = tally.Mechanisms,
            Relocated = plan.Relocated,
            Fallbacks = tally.Fallbacks(),
            NotPreserved = [.. tally.NotPreserved, .. plan.LostSetId.Select(file => new NotPreserved(file, LinuxMetadata.SetIdBits, notPermitted))],
            Bytes = (tally.SharedBytes + tally.WrittenBytes, tally.SharedBytes, tally.WrittenBytes),
        };
    }

    HolotreeException Unknown(string space) =>
        new(HolotreeFailure.NotFound, "space-unknown", $"There is no space '{space}' in '{home.Path}'.")
        {
            Path = home.SpacesPath,
            Hint = "The command 'holotree list' lists what there is.",
        };
}
