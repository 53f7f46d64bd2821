using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
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
        RestorePlan plan = PlanFor(path, healer);
        if (options.Destination is null) Directory.CreateDirectory(home.SpacesPath);
        RestoreReport report = stands && !options.Force ? Refresh(before!, path, plan, healer) : Create(before, path, plan, replace: stands, healer);
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
        RestorePlan plan = PlanFor(path, healer);
        return stands && !options.Force
            ? RestorePreview.Of(space, path, info.Id, RefreshPlan.For(plan, Look(before!, plan), Rungs))
            : RestorePreview.OfNew(space, path, info.Id, plan);
    }

    Rungs Rungs => options.Strategy switch
    {
        Strategy.Reflink => Rungs.Reflink,
        Strategy.HardLink => Rungs.HardLink | Rungs.Copy,
        Strategy.Copy => Rungs.Copy,
        _ => Rungs.Reflink | Rungs.HardLink | Rungs.Copy,
    };

    /// <summary>A space that stands somewhere stays there unless another place is asked for.</summary>
    string PathFor(SpaceState? before) =>
        options.Destination is { } destination ? LinuxPath.AbsoluteForNew(destination)
        : before is { Standing: true } ? before.Path
        : LinuxPath.AbsoluteForNew(Path.Join(home.SpacesPath, space));

    RestorePlan PlanFor(string path, ObjectHealer healer)
    {
        Catalog catalog = catalogs.Load(info.Id);
        using var heads = new ObjectHeads(catalog, home, healer, options.VerifyFull);
        var plan = RestorePlan.For(catalog, Encoding.UTF8.GetBytes(path), options.HardLinkExcludes, heads.Of);
        if (options.Strict) plan.Relocated.RequireAll(path, info.Prefix);
        return plan;
    }

    RestoreReport Create(SpaceState? before, string path, RestorePlan plan, bool replace, ObjectHealer healer)
    {
        using PendingTree pending = PendingTree.Create(path);
        SpaceState state = SpaceState.Begin(home, space, path, pending.Path, before, options.Ephemeral);
        RestoreReport report;
        bool replaced = false;
        try
        {
            (TreeTally tally, long retimed) = Build(plan, pending.Path, path, healer);
            pending.Keep(overwrite: replace);
            replaced = replace;
            report = Report(path, RestoreReport.Created, plan, tally) with { RetimedBytecode = retimed, Healed = healer.Healed };
            SaveIndex(path, tally.Stamps!, tally.MadeBy);
            state = state.Finish(report, info.Name, tally.Mechanisms, plan.Relocated, DateTimeOffset.UtcNow, replaced ? pending.Path : null);
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
        return report;
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
            (TreeTally tally, long retimed) = Build(partPlan, made, path, healer);

            state.Touch();
            var work = new SpaceRefresh(refresh, part, path, made, gone);
            (TreeStamps stamps, Mechanism[] madeBy) = work.Apply(tally);
            SaveIndex(path, stamps, madeBy);
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

    /// <summary>Makes all of a plan's catalog in an empty folder.</summary>
    (TreeTally Tally, long Retimed) Build(RestorePlan plan, string root, string destination, ObjectHealer healer)
    {
        TreeTally tally = TreeWriter.Write(
            plan.Catalog.Listing, root, () => new ObjectContent(plan, home, options.VerifyFull, healer),
            new TreeWriteOptions(Rungs, Preserve.All, KeepAccessTimes: false, destination, options.Workers, RestorePlan.FileModeMask, TakeStamps: true),
            progress, cancellation);
        if (options.Strict) plan.Relocated.RequireAll(destination, info.Prefix);     // what only turned out on the way
        return (tally, BytecodeTimes.Follow(plan.Catalog, tally, root, destination, cancellation));
    }

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

    void SaveIndex(string path, TreeStamps stamps, Mechanism[] madeBy)
    {
        // The last rename has changed the root's ctime.
        stamps.Directories[0] = SpacePlace.StampOf(path);
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
