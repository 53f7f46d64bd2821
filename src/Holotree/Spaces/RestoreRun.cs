using System.Diagnostics;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Templates;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>One restore at work, by who holds the space's lock: makes a space, exchanges one, or refreshes one.</summary>
internal sealed class RestoreRun(
    Home home, string space, CatalogStore catalogs, CatalogInfo info, RestoreOptions options, IProgress<TreeProgress>? progress, CancellationToken cancellation)
{
    readonly long start = Stopwatch.GetTimestamp();

    /// <summary>Does it.</summary>
    internal RestoreReport Run()
    {
        SpaceState? before = SpaceState.Read(home, space);
        before?.Sweep(cancellation);
        if (options.Ephemeral && before is { Standing: true })
        {
            throw new HolotreeException(HolotreeFailure.Exists, "space-exists", $"The space '{space}' exists at '{before.Path}', and would be gone after the command.")
            {
                Path = before.Path,
                Hint = "Leave out --space: a space for one command has a name of its own.",
            };
        }
        string path = PathFor(before);
        bool stands = SpacePlace.Check(space, path, before);
        using var healer = new ObjectHealer(home, cancellation);
        CatalogLayout layout = LayoutWith(healer);
        if (options.Destination is null) Directory.CreateDirectory(home.SpacesPath);
        RestoreReport report = (stands && !options.Force ? Refresh(before!, path, layout) : Create(before, path, stands, layout)) with { Healed = healer.Healed };
        catalogs.TryTouch(info, DateTimeOffset.UtcNow);
        return report with { Elapsed = Stopwatch.GetElapsedTime(start) };
    }

    /// <summary>Tells what <see cref="Run"/> would do, and does none of it.</summary>
    internal RestorePreview Preview()
    {
        SpaceState? before = SpaceState.Read(home, space);
        string path = PathFor(before);
        bool stands = SpacePlace.Check(space, path, before);
        using var healer = new ObjectHealer(home, cancellation);
        CatalogLayout layout = LayoutWith(healer);
        if (!stands || options.Force) return RestorePreview.OfNew(space, path, info.Id, layout.PlanFor(layout.Load(), path));
        (RestorePlan plan, RestorePlan? made, SpaceIndex? index) = WantedAndMade(before!, path, layout);
        StandingSpace standing = StandingSpace.Look(path, made, index, options.Workers, cancellation);
        return RestorePreview.Of(space, path, info.Id, RefreshPlan.For(plan, standing, CatalogLayout.RungsOf(options.Strategy)));
    }

    CatalogLayout LayoutWith(ObjectHealer healer) => new(home, catalogs, info, options, healer, progress, cancellation);

    /// <summary>A space that stands somewhere stays there unless another place is asked for.</summary>
    string PathFor(SpaceState? before) =>
        options.Destination is { } destination ? NativePath.AbsoluteForNew(destination)
        : before is { Standing: true } ? before.Path
        : NativePath.AbsoluteForNew(Path.Join(home.SpacesPath, space));

    /// <summary>Makes a new space beside its place, and puts it there.</summary>
    RestoreReport Create(SpaceState? before, string path, bool replace, CatalogLayout layout)
    {
        // Noted before anything has the name, and again when it is known which folder that is.
        using PendingTree pending = PendingTree.Reserve(path);
        SpaceState.Begin(home, space, path, pending.Path, before, options.Ephemeral);
        bool replaced = false;
        try
        {
            using BuiltTree built = BuildOfReady(pending, path, layout, out Errno refused) ?? BuildOfObjects(pending, path, layout, refused);
            SpaceState state = SpaceState.Begin(home, space, path, pending.Path, before, options.Ephemeral);
            pending.Keep(overwrite: replace);
            replaced = replace;
            built.SaveIndex(SpacePlace.StampOfRenamed(path));
            state = state.Finish(built.Report, info.Name, built.Report.Mechanisms, built.Report.Relocated, DateTimeOffset.UtcNow, replaced ? pending.Path : null);
            pending.LeaveBehind();
            SweepReplaced(state);
            return built.Report;
        }
        catch
        {
            // What nobody will know of must not stand there: the space of before comes back.
            if (replaced) pending.Keep(overwrite: true);
            pending.Dispose();
            SpaceState.Read(home, space)?.Sweep(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Makes the tree of one that is laid out already; null where there is none, or the system refuses.</summary>
    BuiltTree? BuildOfReady(PendingTree pending, string path, CatalogLayout layout, out Errno refused)
    {
        refused = Errno.None;
        bool smart = options.Strategy == Strategy.Smart;
        if (options.Strategy == Strategy.Snapshot || (smart && MayBeSnapshot(path)))
        {
            if (SnapshotSource.Take(home, info, options, pending, layout.ForSnapshots, cancellation, out refused) is { } template) return Complete(template);
            if (!smart) throw SnapshotSource.Refused(path, refused);
        }

        // At the recorded path nothing is written into what waited. After a power cut it may name the space that it was to become then, for
        // which it is written over, and which it was not yet when its name was last written to disk.
        return smart && !options.VerifyFull && path != info.Prefix && new StandbyStore(home).TryClaim(info.Id, pending) is var (ready, part, held)
            ? Complete(new ReadySource(ready, part, LaidOutNow: false, held))
            : null;

        BuiltTree Complete(ReadySource source)
        {
            try
            {
                return new ReadyRestore(home, space, source, layout, cancellation).Build(pending.Path, path, (plan, made) => Report(path, RestoreReport.Created, plan, made));
            }
            catch
            {
                source.Dispose();
                throw;
            }
        }
    }

    /// <summary>The name of the filesystem is no more than a hint that a trial is worth its time; who asks for a snapshot gets the trial anywhere.</summary>
    bool MayBeSnapshot(string path) => Subvolume.IsOnBtrfs(home.LibraryPath) && Subvolume.IsOnBtrfs(Path.GetDirectoryName(path) ?? "/");

    /// <summary>Makes the tree file by file.</summary>
    BuiltTree BuildOfObjects(PendingTree pending, string path, CatalogLayout layout, Errno snapshotRefused)
    {
        RestorePlan plan = layout.PlanFor(layout.Load(), path);
        pending.MakeFolder();
        (TreeTally made, long retimed) = layout.Write(plan, pending.Path, layout.OptionsFor(path));
        RestoreReport report = Report(path, RestoreReport.Created, plan, made) with { RetimedBytecode = retimed };
        if (snapshotRefused != Errno.None && plan.Catalog.Listing.Files.Length > 0)
        {
            var left = new FallbackCount(Mechanism.Snapshot, Mechanism.Reflink, NativeErrors.Describe(snapshotRefused), report.Files,
                plan.Catalog.Listing.DisplayPath(plan.Catalog.Listing.Files[0]));
            report = report with { Fallbacks = [left, .. report.Fallbacks] };
        }
        return new BuiltTree(report, root => SaveIndex(made.Stamps!, made.MadeBy, root));
    }

    RestoreReport Refresh(SpaceState before, string path, CatalogLayout layout)
    {
        (RestorePlan plan, RestorePlan? made, SpaceIndex? index) = WantedAndMade(before, path, layout);
        Rungs rungs = CatalogLayout.RungsOf(options.Strategy);
        bool isComplete = before.Complete && before.Catalog == info.Id;
        if (isComplete && index is not null && UntouchedSpace.Is(path, plan, index, rungs, options.Workers, cancellation))
            return Unchanged(before, path, plan, index.BytesOf(plan.Catalog.Listing));

        StandingSpace standing = StandingSpace.Look(path, made, index, options.Workers, cancellation);
        RefreshPlan refresh = RefreshPlan.For(plan, standing, rungs);
        if (isComplete && refresh.IsEmpty) return Unchanged(before, path, plan, refresh.KeptBytes);
        AlikeNames.Check(plan.Catalog.Listing, path);       // one would be renamed over the other

        using var room = RefreshRoom.Reserve(path);
        bool wasComplete = before.Complete, begun = false;
        SpaceState state = SpaceState.Begin(home, space, path, room.Path, before);
        try
        {
            // Within the space it is an entry of the space itself.
            if (room.IsWithin) state.Touch();
            room.Open();
            ListingPart part = refresh.Part();
            RestorePlan partPlan = plan.Of(part);
            (TreeTally tally, long retimed) = layout.Write(partPlan, room.MadePath, layout.OptionsFor(path));

            if (!room.IsWithin) state.Touch();
            begun = true;
            var work = new SpaceRefresh(refresh, part, path, room);
            (TreeStamps stamps, Mechanism[] madeBy) = work.Apply(tally);
            SaveIndex(stamps, madeBy, SpacePlace.StampOf(path));
            tally.Mechanisms[Mechanism.Unchanged] += madeBy.Length - part.Files.Length;
            string mode = refresh.IsEmpty ? RestoreReport.Unchanged : RestoreReport.Refreshed;
            RestoreReport report = Report(path, mode, plan, tally, refresh.KeptBytes) with
            {
                RetimedBytecode = retimed,
                Relocated = partPlan.Relocated with { Unfit = plan.Relocated.Unfit, Shebangs = plan.Relocated.Shebangs },
                Removed = refresh.Extras.Sum(static extra => (long)extra.Entries),
                NotPreserved = [.. NotPreserved(partPlan, tally), .. work.NotPreserved],
            };
            state = state.Finish(report, info.Name, Counted(madeBy), plan.Relocated, DateTimeOffset.UtcNow, room.Path);
            room.LeaveBehind();
            SweepReplaced(state);
            return report;
        }
        catch
        {
            room.Dispose();
            if (!begun && wasComplete) state.TryUntouch();
            SpaceState.Read(home, space)?.Sweep(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Deletes what a space has replaced. The space stands by now, whatever becomes of that: it stays noted, and the next command goes on with it.</summary>
    static void SweepReplaced(SpaceState state)
    {
        try
        {
            state.Sweep(CancellationToken.None);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // As above.
        }
    }

    RestoreReport Unchanged(SpaceState before, string path, RestorePlan plan, long bytes)
    {
        var tally = new TreeTally();
        tally.Mechanisms[Mechanism.Unchanged] = plan.Catalog.Listing.Files.Length;
        before.NoteUse(DateTimeOffset.UtcNow);
        return Report(path, RestoreReport.Unchanged, plan, tally, bytes) with
        {
            Relocated = new RelocationCounts(0, 0, 0, 0, plan.Relocated.Unfit, plan.Relocated.Shebangs),
            NotPreserved = [],
        };
    }

    /// <summary>What a space shall be; what the last restore was to make of it, and how everything looked then, both null where that is not known.</summary>
    (RestorePlan Wanted, RestorePlan? Made, SpaceIndex? Index) WantedAndMade(SpaceState state, string path, CatalogLayout layout)
    {
        if (state.Catalog == info.Id)
        {
            // Both are megabytes to read and to check, and nothing can be looked at before both are there.
            Catalog? catalog = null;
            SpaceIndex? index = null;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            WorkerThreads.Run(2, stop, worker =>
            {
                if (worker == 0)
                {
                    catalog = layout.Load();
                    return;
                }
                ClosingChecksum.Prepare();      // while the other still reads what it is to hash
                index = SpaceIndex.Of(home, state);
            });
            RestorePlan plan = layout.PlanFor(catalog!, path);
            return (plan, plan, index?.OrNullUnlessOf(catalog!));
        }

        RestorePlan wanted = layout.PlanFor(layout.Load(), path);
        try
        {
            Catalog last = catalogs.Load(state.Catalog);
            return (wanted, RestorePlan.For(last, wanted.NewPrefix, options.HardLinkExcludes), SpaceIndex.Of(home, state, last));
        }
        catch (HolotreeException)
        {
            // It was removed, or is damaged: nothing is known of what stands there, so all of it is made anew.
            return (wanted, null, null);
        }
    }

    /// <param name="stamps">How everything looks.</param>
    /// <param name="madeBy">What made each file.</param>
    /// <param name="root">How the root looks now: the last rename has changed its ctime.</param>
    void SaveIndex(TreeStamps stamps, Mechanism[] madeBy, FileStamp root)
    {
        stamps.Directories[0] = root;
        SpaceIndex.Settle(stamps, madeBy).Save(home, space, info.Id);
    }

    static MechanismCounts Counted(Mechanism[] madeBy)
    {
        var counts = new MechanismCounts();
        foreach (Mechanism mechanism in madeBy) counts[mechanism]++;
        return counts;
    }

    static IReadOnlyList<NotPreserved> NotPreserved(RestorePlan plan, TreeTally tally)
    {
        NativeError notPermitted = NativeErrors.Describe(Errno.EPERM);
        return [.. tally.NotPreserved, .. plan.LostSetId.Select(file => new NotPreserved(file, NativeMetadata.SetIdBits, notPermitted))];
    }

    RestoreReport Report(string path, string mode, RestorePlan plan, TreeTally tally, long keptBytes = 0) => new()
    {
        Space = space,
        Path = path,
        Catalog = info.Id,
        Mode = mode,
        Requested = options.Strategy,
        Files = plan.Catalog.Listing.Files.Length,
        Directories = plan.Catalog.Listing.Directories.Length - 1,
        Symlinks = plan.Catalog.Listing.Symlinks.Length,
        Mechanisms = tally.Mechanisms,
        Relocated = plan.Relocated,
        Fallbacks = tally.Fallbacks(),
        NotPreserved = NotPreserved(plan, tally),
        Bytes = (tally.SharedBytes + tally.WrittenBytes + keptBytes, tally.SharedBytes, tally.WrittenBytes),
    };
}
