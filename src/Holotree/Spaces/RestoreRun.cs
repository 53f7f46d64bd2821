using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Templates;
using Reflinks.Files;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>One restore at work, by who holds the space's lock: makes a space, exchanges one, or refreshes one.</summary>
[SupportedOSPlatform("linux")]
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
        if (options.Destination is null) Directory.CreateDirectory(home.SpacesPath);
        RestoreReport report = stands && !options.Force
            ? Refresh(before!, path, PlanFor(catalogs.Load(info.Id), path, healer), healer)
            : Create(before, path, stands, healer);
        NoteUse();
        return report with { Elapsed = Stopwatch.GetElapsedTime(start) };
    }

    /// <summary>Tells what <see cref="Run"/> would do, and does none of it.</summary>
    internal RestorePreview Preview()
    {
        SpaceState? before = SpaceState.Read(home, space);
        string path = PathFor(before);
        bool stands = SpacePlace.Check(space, path, before);
        using var healer = new ObjectHealer(home, cancellation);
        RestorePlan plan = PlanFor(catalogs.Load(info.Id), path, healer);
        return stands && !options.Force
            ? RestorePreview.Of(space, path, info.Id, RefreshPlan.For(plan, Look(before!, plan), Rungs))
            : RestorePreview.OfNew(space, path, info.Id, plan);
    }

    Rungs Rungs => options.Strategy switch
    {
        Strategy.Reflink or Strategy.Snapshot => Rungs.Reflink,
        Strategy.HardLink => Rungs.HardLink | Rungs.Copy,
        Strategy.Copy => Rungs.Copy,
        _ => Rungs.Reflink | Rungs.HardLink | Rungs.Copy,
    };

    /// <summary>A space that stands somewhere stays there unless another place is asked for.</summary>
    string PathFor(SpaceState? before) =>
        options.Destination is { } destination ? LinuxPath.AbsoluteForNew(destination)
        : before is { Standing: true } ? before.Path
        : LinuxPath.AbsoluteForNew(Path.Join(home.SpacesPath, space));

    RestorePlan PlanFor(Catalog catalog, string path, ObjectHealer healer)
    {
        using var heads = new ObjectHeads(catalog, home, healer, options.VerifyFull);
        var plan = RestorePlan.For(catalog, Encoding.UTF8.GetBytes(path), options.HardLinkExcludes, heads.Of);
        if (options.Strict) plan.Relocated.RequireAll(path, info.Prefix);
        return plan;
    }

    /// <summary>Makes a new space: by one snapshot where that works, else file by file.</summary>
    RestoreReport Create(SpaceState? before, string path, bool replace, ObjectHealer healer)
    {
        Errno refused = Errno.None;
        if (TriesSnapshot(path))
        {
            TakenTree? taken = new SnapshotSource(home, info, options, (tree, index) => LayOutTemplate(tree, index, healer), cancellation).TryTake(path, out refused);
            if (taken is not null) return Finish(taken.Pending, before, path, replace, tree => BuildFromReady(taken, tree, path, healer));
            if (options.Strategy == Strategy.Snapshot) throw SnapshotSource.Refused(path, refused);
        }
        RestorePlan plan = PlanFor(catalogs.Load(info.Id), path, healer);
        return Finish(PendingTree.Create(path), before, path, replace, tree => BuildFromObjects(plan, tree, path, healer, refused));
    }

    /// <summary>The name of the filesystem is no more than a hint that a trial is worth its time; who asks for a snapshot gets the trial anywhere.</summary>
    bool TriesSnapshot(string path) => options.Strategy switch
    {
        Strategy.Snapshot => true,
        Strategy.Smart => Subvolume.IsOnBtrfs(home.LibraryPath) && Subvolume.IsOnBtrfs(Path.GetDirectoryName(path) ?? "/"),
        _ => false,
    };

    /// <summary>Builds a tree beside the place of the space, and puts it there.</summary>
    RestoreReport Finish(PendingTree tree, SpaceState? before, string path, bool replace, Func<string, BuiltTree> build)
    {
        using PendingTree pending = tree;
        SpaceState state = SpaceState.Begin(home, space, path, pending.Path, before, options.Ephemeral);
        bool replaced = false;
        BuiltTree built;
        try
        {
            built = build(pending.Path);
            pending.Keep(overwrite: replace);
            replaced = replace;
            built.SaveIndex(SpacePlace.StampOf(path));
            state = state.Finish(built.Report, info.Name, built.Report.Mechanisms, built.Report.Relocated, DateTimeOffset.UtcNow, replaced ? pending.Path : null);
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
        return built.Report;
    }

    RestoreReport Refresh(SpaceState before, string path, RestorePlan plan, ObjectHealer healer)
    {
        StandingSpace standing = Look(before, plan);
        RefreshPlan refresh = RefreshPlan.For(plan, standing, Rungs);
        if (refresh.IsEmpty && before.Complete && before.Catalog == info.Id) return Unchanged(before, path, plan, standing.Found.Listing.LogicalBytes);

        using PendingTree pending = PendingTree.Create(path);
        SpaceState state = SpaceState.Begin(home, space, path, pending.Path, before);
        try
        {
            ListingPart part = refresh.Part();
            string made = Path.Join(pending.Path, "made"), gone = Path.Join(pending.Path, "gone");
            Directory.CreateDirectory(made);
            Directory.CreateDirectory(gone);
            RestorePlan partPlan = plan.Of(part);
            (TreeTally tally, long retimed) = Write(partPlan, made, path, healer);

            state.Touch();
            var work = new SpaceRefresh(refresh, part, path, made, gone);
            (TreeStamps stamps, Mechanism[] madeBy) = work.Apply(tally);
            SaveIndex(stamps, madeBy, SpacePlace.StampOf(path));
            tally.Mechanisms[Mechanism.Unchanged] += madeBy.Length - part.Files.Length;
            string mode = refresh.IsEmpty ? RestoreReport.Unchanged : RestoreReport.Refreshed;
            RestoreReport report = Report(path, mode, plan, tally, refresh.KeptBytes) with
            {
                RetimedBytecode = retimed,
                Healed = healer.Healed,
                Relocated = partPlan.Relocated with { Unfit = plan.Relocated.Unfit, Shebangs = plan.Relocated.Shebangs },
                Removed = refresh.Extras.Sum(static extra => (long)extra.Entries),
                NotPreserved = [.. NotPreserved(partPlan, tally), .. work.NotPreserved],
            };
            state = state.Finish(report, info.Name, Counted(madeBy), plan.Relocated, DateTimeOffset.UtcNow, pending.Path);
            state.Sweep(CancellationToken.None);
            return report;
        }
        catch
        {
            pending.Dispose();
            SpaceState.Read(home, space)?.Sweep(CancellationToken.None);
            throw;
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

    BuiltTree BuildFromObjects(RestorePlan plan, string tree, string path, ObjectHealer healer, Errno snapshotRefused)
    {
        (TreeTally tally, long retimed) = Write(plan, tree, path, healer);
        RestoreReport report = Report(path, RestoreReport.Created, plan, tally) with { RetimedBytecode = retimed, Healed = healer.Healed };
        if (snapshotRefused != Errno.None && plan.Catalog.Listing.Files.Length > 0)
        {
            var left = new FallbackCount(Mechanism.Snapshot, Mechanism.Reflink, LinuxErrors.Describe(snapshotRefused), report.Files,
                plan.Catalog.Listing.DisplayPath(plan.Catalog.Listing.Files[0]));
            report = report with { Fallbacks = [left, .. report.Fallbacks] };
        }
        return new BuiltTree(report, root => SaveIndex(tally.Stamps!, tally.MadeBy, root));
    }

    /// <summary>Makes a space of a tree that stands as it was recorded: changes what has to differ.</summary>
    BuiltTree BuildFromReady(TakenTree taken, string tree, string path, ObjectHealer healer)
    {
        (_, ReadyTree ready, VariablePart part, bool laidOutNow) = taken;
        RestorePlan plan = PlanFor(part.Catalog, path, healer);
        Mechanism[] before = [.. part.MadeBy];
        using var amendment = new TreeAmendment(part.Catalog.Listing, tree, part.MadeBy, () => new ObjectContent(plan, home, options.VerifyFull, healer), WriteOptions(path));
        TreeTally made = amendment.Apply(cancellation);
        if (options.Strict) plan.Relocated.RequireAll(path, info.Prefix);     // what only turned out on the way

        MechanismCounts mechanisms = ready.Mechanisms;
        long rewritten = 0;
        ReadOnlySpan<FileEntry> files = part.Catalog.Listing.Files;
        for (int i = 0; i < files.Length; i++)
        {
            if (made.MadeBy[i] == before[i]) continue;
            mechanisms[before[i]]--;
            mechanisms[made.MadeBy[i]]++;
            if (files[i].LinkedTo < 0) rewritten += files[i].Size;
        }
        RelocationCounts relocated = plan.Relocated;
        bool moved = !part.Catalog.Facts.Prefix.AsSpan().SequenceEqual(plan.NewPrefix);
        long shared = ready.SharedBytes - rewritten, written = ready.WrittenBytes + made.WrittenBytes;
        RestoreReport report = Report(path, RestoreReport.Created, plan, made) with
        {
            Files = ready.Files,
            Directories = ready.Directories,
            Symlinks = ready.Symlinks,
            Mechanisms = mechanisms,
            Relocated = relocated with { Skipped = relocated.Skipped + (moved ? ready.Skipped : 0) },
            RetimedBytecode = ready.Retimed,
            NotPreserved = [.. ready.Lost.Concat(NotPreserved(plan, made)).Distinct()],
            Bytes = (shared + written, shared, written),
            Healed = healer.Healed,
            TemplateMade = laidOutNow,
        };
        return new BuiltTree(report, root => IndexAmendments.Of(part, amendment, made, root).Write(ready.IndexPath, SpaceIndex.PathOf(home, space)));
    }

    /// <summary>Lays the whole catalog out as it was recorded, to be snapshotted: by then every file is one that came with the snapshot.</summary>
    (Catalog, TreeTally) LayOutTemplate(string tree, string indexPath, ObjectHealer healer)
    {
        Catalog catalog = catalogs.Load(info.Id);
        (TreeTally made, _) = Write(RestorePlan.AsRecorded(catalog, options.HardLinkExcludes), tree, tree, healer, Rungs.Reflink | Rungs.Copy);
        var snapshot = new TreeTally { MadeBy = [.. made.MadeBy.Select(static by => by == Mechanism.Empty ? by : Mechanism.Snapshot)], Stamps = made.Stamps };
        snapshot.NotPreserved.AddRange(made.NotPreserved);
        for (int i = 0; i < snapshot.MadeBy.Length; i++) snapshot.Count(snapshot.MadeBy[i], catalog.Listing.Files[i].LinkedTo < 0 ? catalog.Listing.Files[i].Size : 0);
        SpaceIndex.Settle(made.Stamps!, snapshot.MadeBy).Write(indexPath, info.Id);
        return (catalog, snapshot);
    }

    /// <summary>Makes all of a plan's catalog in an empty folder.</summary>
    (TreeTally Tally, long Retimed) Write(RestorePlan plan, string root, string destination, ObjectHealer healer, Rungs? rungs = null)
    {
        TreeTally tally = TreeWriter.Write(
            plan.Catalog.Listing, root, () => new ObjectContent(plan, home, options.VerifyFull, healer),
            WriteOptions(destination) with { Rungs = rungs ?? Rungs }, progress, cancellation);
        if (options.Strict) plan.Relocated.RequireAll(destination, info.Prefix);     // what only turned out on the way
        return (tally, BytecodeTimes.Follow(plan.Catalog, tally, root, destination, cancellation));
    }

    TreeWriteOptions WriteOptions(string destination) =>
        new(Rungs, Preserve.All, KeepAccessTimes: false, destination, options.Workers, RestorePlan.FileModeMask, TakeStamps: true);

    StandingSpace Look(SpaceState state, RestorePlan wanted)
    {
        RestorePlan? made = wanted;
        if (state.Catalog != info.Id)
        {
            try
            {
                made = RestorePlan.For(catalogs.Load(state.Catalog), wanted.NewPrefix, options.HardLinkExcludes);
            }
            catch (HolotreeException)
            {
                // It was removed, or is damaged: nothing is known of what stands there, so all of it is made anew.
                made = null;
            }
        }
        return StandingSpace.Look(home, state, made, cancellation);
    }

    /// <param name="stamps">How everything looks.</param>
    /// <param name="madeBy">What made each file.</param>
    /// <param name="root">How the root looks now: the last rename has changed its ctime.</param>
    void SaveIndex(TreeStamps stamps, Mechanism[] madeBy, FileStamp root)
    {
        stamps.Directories[0] = root;
        SpaceIndex.Settle(stamps, madeBy).Save(home, space, info.Id);
    }

    void NoteUse()
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

    static MechanismCounts Counted(Mechanism[] madeBy)
    {
        var counts = new MechanismCounts();
        foreach (Mechanism mechanism in madeBy) counts[mechanism]++;
        return counts;
    }

    static IReadOnlyList<NotPreserved> NotPreserved(RestorePlan plan, TreeTally tally)
    {
        NativeError notPermitted = LinuxErrors.Describe(Errno.EPERM);
        return [.. tally.NotPreserved, .. plan.LostSetId.Select(file => new NotPreserved(file, LinuxMetadata.SetIdBits, notPermitted))];
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
