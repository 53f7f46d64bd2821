using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>However a clone ends before its time, it leaves nothing; and on its way it tells the truth.</summary>
[SupportedOSPlatform("linux")]
public sealed class TreeInterruptionTests
{
    static readonly TreeComparisonOptions All = TreeComparisonOptions.Default;

    [Theory]
    [CombinatorialVolumes("btrfs ext4", 1, 4)]
    public void Progress_never_goes_back_and_ends_with_all(string volume, int workers)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        SampleTree.Make(place["source"], SampleParts.HardLinks | SampleParts.Holes, files: 1_000);
        var told = new Told(_ => Thread.Sleep(1));

        TreePlan plan = TreeCloner.Plan(place["source"], new TreeCloneOptions { Workers = workers });
        TreeReport report = TreeCloner.Apply(plan, place["clone"], told);

        Assert.Equal(new TreeProgress(report.Files, report.Files, report.LogicalBytes, report.LogicalBytes), told.All[^1]);
        Assert.Equal((plan.Files, plan.LogicalBytes), (told.All[^1].FilesTotal, told.All[^1].BytesTotal));
        Assert.True(told.All.Count > 1, $"Told {told.All.Count} times.");
        foreach ((TreeProgress earlier, TreeProgress later) in told.All.Zip(told.All.Skip(1)))
        {
            Assert.True(later.FilesDone >= earlier.FilesDone && later.BytesDone >= earlier.BytesDone, $"{earlier}, then {later}");
            Assert.Equal((plan.Files, plan.LogicalBytes), (later.FilesTotal, later.BytesTotal));
        }
    }

    [Fact]
    public void Empty_tree_has_its_progress_too()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.MakeFolder("source");
        var told = new Told();

        TreeCloner.Clone(place["source"], place["clone"], progress: told);

        Assert.Equal([default], told.All);
    }

    [Fact]
    public void Cancelled_before_it_began_nothing_is_made()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["source"], SampleParts.None, files: 50);
        var token = new CancellationToken(canceled: true);

        Assert.Throws<OperationCanceledException>(() => TreeCloner.Plan(place["source"], cancellation: token));
        Assert.Throws<OperationCanceledException>(() => TreeCloner.Clone(place["source"], place["clone"], cancellation: token));
        Assert.Throws<OperationCanceledException>(() => TreeCloner.Apply(TreeCloner.Plan(place["source"]), place["clone"], cancellation: token));

        Assert.Equal(["source"], place.Names());
    }

    /// <summary>Where in the making something happens.</summary>
    public enum Moment
    {
        FirstFile,
        MiddleOfFiles,
        LastFile,
        FirstFolderFinished,
        LastFolderFinished,
    }

    public static TheoryData<string, Moment, int> Moments()
    {
        var data = new TheoryData<string, Moment, int>();
        foreach (string volume in (string[])["xfs", "ext4"])
        {
            foreach (Moment moment in Enum.GetValues<Moment>())
            {
                data.Add(volume, moment, 1);
                data.Add(volume, moment, 4);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public void Cancelled_at_any_moment_nothing_is_left(string volume, Moment moment, int workers)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], files: 100);
        using var cancel = new CancellationTokenSource();

        var exception = Assert.Throws<OperationCanceledException>(() => Clone(place, moment, workers, cancel.Cancel, cancel.Token));

        Assert.Equal(cancel.Token, exception.CancellationToken);
        Assert.Equal(["source"], place.Names());
        TreeComparison.AssertEqual(source, place["source"], All);
    }

    [Theory]
    [MemberData(nameof(Moments))]
    public void Failure_of_a_worker_arrives_as_it_was_thrown_and_nothing_is_left(string volume, Moment moment, int workers)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], files: 100);
        var thrown = new InvalidTimeZoneException("The tree could not be made, for a reason of its own.");

        var exception = Assert.Throws<InvalidTimeZoneException>(() => Clone(place, moment, workers, () => throw thrown));

        Assert.Same(thrown, exception);
        Assert.Equal(["source"], place.Names());
        TreeComparison.AssertEqual(source, place["source"], All);
    }

    static TreeReport Clone(TemporaryFolder place, Moment moment, int workers, Action then, CancellationToken cancellation = default)
    {
        TreePlan plan = TreeCloner.Plan(place["source"], new TreeCloneOptions { Workers = workers }, CancellationToken.None);
        int files = 0, folders = 0, filesAll = plan.Scan.Listing.Files.Length - 1, foldersAll = plan.Directories + 1;
        foreach (FileEntry file in plan.Scan.Listing.Files) filesAll -= file.LinkedTo >= 0 ? 1 : 0;
        bool Now(bool isFile) => moment switch
        {
            Moment.FirstFile => isFile && Interlocked.Increment(ref files) == 1,
            Moment.MiddleOfFiles => isFile && Interlocked.Increment(ref files) == filesAll / 2,
            Moment.LastFile => isFile && Interlocked.Increment(ref files) == filesAll,
            Moment.FirstFolderFinished => !isFile && Interlocked.Increment(ref folders) == 1,
            _ => !isFile && Interlocked.Increment(ref folders) == foldersAll,
        };
        return TreeCloner.Apply(plan, place["clone"], () => new WatchedContent(plan, isFile =>
        {
            if (Now(isFile)) then();
        }), progress: null, cancellation);
    }

    /// <summary>The tree's own content, with somebody looking over the shoulder of whoever takes it.</summary>
    sealed class WatchedContent(TreePlan plan, Action<bool> seen) : ClonedContent(plan.Scan.Listing, plan.Source, plan.Options.Preserve)
    {
        internal override int Open(int file, out Kernel.Statx stat)
        {
            int descriptor = base.Open(file, out stat);
            try
            {
                seen(true);
            }
            catch
            {
                _ = Kernel.close(descriptor);
                throw;
            }
            return descriptor;
        }

        internal override void SetDirectoryAttributes(int directory, int target, Action<string, Errno> lost)
        {
            seen(false);
            base.SetDirectoryAttributes(directory, target, lost);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Failure_of_who_is_told_of_the_progress_arrives_and_nothing_is_left(int workers)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["source"], files: 100);

        Assert.Throws<InvalidTimeZoneException>(() => TreeCloner.Clone(
            place["source"], place["clone"], new TreeCloneOptions { Workers = workers }, new Told(_ => throw new InvalidTimeZoneException())));

        Assert.Equal(["source"], place.Names());
    }

    [Fact]
    public void Long_copy_is_left_between_two_pieces_when_it_is_cancelled()
    {
        using TemporaryFolder here = TestVolumes.Xfs.Folder(), there = TestVolumes.Ext4.Folder();
        here.MakeFolder("source");
        // Allocated as a whole, so that there is no hole to leap over.
        Tool.Run("fallocate", "--length", "4G", here["source/large"]);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        Assert.Throws<OperationCanceledException>(() => TreeCloner.Clone(here["source"], there["clone"], cancellation: soon.Token));

        Assert.Empty(there.Names());
    }

    [Fact]
    public void Open_files_are_all_closed_again()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        SampleTree.Make(place["source"], files: 100);
        string[] OpenBelow() => [.. Directory.GetFiles("/proc/self/fd").Select(path => NativeFile.ReadLink(path, out string target) == Errno.None ? target : "")
            .Where(target => target.StartsWith(place.Path, StringComparison.Ordinal))];

        TreeCloner.Clone(place["source"], place["clone"]);
        Assert.Throws<CloneException>(() => TreeCloner.Clone(place["source"], place["strict"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink }));
        foreach (Moment moment in Enum.GetValues<Moment>())
        {
            using var cancel = new CancellationTokenSource();
            TreeRemover.Remove(place["clone"]);
            Assert.Throws<OperationCanceledException>(() => Clone(place, moment, workers: 3, cancel.Cancel, cancel.Token));
        }

        Assert.Empty(OpenBelow());
    }
}
