using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>A tree of which one part cannot do what the rest can: it is cloned in one go, and only that part is an exception.</summary>
[SupportedOSPlatform("linux")]
public sealed class MixedTreeTests
{
    const int Files = 50;

    /// <summary>A tree with ordinary files before and behind a part of another kind, in the order in which they are made.</summary>
    static void Make(TemporaryFolder place, Action<string> makePart)
    {
        SampleTree.Make(place["source"], SampleParts.None, files: 0);
        makePart(place["source/m"]);
        foreach (string name in (string[])["a", "m", "z"])
        {
            for (int file = 0; file < Files; file++) place.WriteRandom($"source/{name}/{file:D3}", 10_000, seed: file + 1);
        }
    }

    static long CountShared(TemporaryFolder place, string name) =>
        Directory.GetFiles(place[$"clone/{name}"]).Count(file => ExtentMap.Of(file) == Sharing.Shared);

    [Fact]
    public void Files_without_copy_on_write_are_copied_and_all_others_shared()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        Make(place, part =>
        {
            Directory.CreateDirectory(part);
            Tool.Run("chattr", "+C", part);
        });

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"]);

        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Equal((2 * Files, Files), (report.Mechanisms[Mechanism.Reflink], report.Mechanisms[Mechanism.KernelCopy]));
        Assert.Equal([$"Reflink KernelCopy EINVAL {Files}"], Reports.Fallbacks(report));
        Assert.StartsWith("m/", report.Fallbacks[0].Example, StringComparison.Ordinal);
        Assert.Equal((2L * Files * 10_000, Files * 10_000L), (report.SharedBytes, report.WrittenBytes));
        Assert.Equal((Files, 0, Files), (CountShared(place, "a"), CountShared(place, "m"), CountShared(place, "z")));
    }

    [Fact]
    public void One_file_that_cannot_be_shared_ends_a_strict_clone()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        Make(place, part =>
        {
            Directory.CreateDirectory(part);
            Tool.Run("chattr", "+C", part);
        });

        var exception = Assert.Throws<CloneException>(() =>
            TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink }));

        Assert.Equal((CloneFailure.UnsupportedByFile, "EINVAL"), (exception.Failure, exception.Error.Name));
        Assert.StartsWith(place["source/m/"], exception.SourcePath, StringComparison.Ordinal);
        Assert.Equal(["source"], place.Names());
    }

    [Theory]
    [InlineData("btrfs", "btrfs2", "KernelCopy PlainCopy EXDEV 50")]
    [InlineData("xfs", "ext4", "KernelCopy PlainCopy EXDEV 50")]
    [InlineData("btrfs", "xfs", "KernelCopy PlainCopy EXDEV 50")]
    public void Another_filesystem_below_is_copied_and_all_others_shared(string volume, string other, string further)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder(), elsewhere = TestVolumes.Get(other).Folder();
        Mount? mount = null;
        Make(place, part => mount = Mount.Bind(elsewhere.Path, part));
        using (mount)
        {
            TreeReport report = TreeCloner.Clone(place["source"], place["clone"]);

            TreeComparison.AssertEqual(place["source"], place["clone"]);
            Assert.Equal((2 * Files, Files), (report.Mechanisms[Mechanism.Reflink], report.Mechanisms[Mechanism.PlainCopy]));
            Assert.Equal([$"Reflink KernelCopy EXDEV {Files}", further], Reports.Fallbacks(report));
            Assert.Equal((Files, 0, Files), (CountShared(place, "a"), CountShared(place, "m"), CountShared(place, "z")));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Another_filesystem_below_is_copied_and_all_others_hard_linked(int workers)
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder(), elsewhere = TestVolumes.Xfs.Folder();
        Mount? mount = null;
        Make(place, part => mount = Mount.Bind(elsewhere.Path, part));
        using (mount)
        {
            TreeReport report = TreeCloner.Clone(
                place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.HardLink, Workers = workers });

            TreeComparison.AssertEqual(place["source"], place["clone"]);
            Assert.Equal((2 * Files, Files), (report.Mechanisms[Mechanism.HardLink], report.Mechanisms[Mechanism.PlainCopy]));
            Assert.Equal([$"HardLink KernelCopy EXDEV {Files}", $"KernelCopy PlainCopy EXDEV {Files}"], Reports.Fallbacks(report));
        }
    }

    [Fact]
    public void Another_filesystem_below_is_no_reason_to_link_what_can_be_shared()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder(), elsewhere = TestVolumes.Btrfs2.Folder();
        Mount? mount = null;
        Make(place, part => mount = Mount.Bind(elsewhere.Path, part));
        using (mount)
        {
            // What a restore asks for that may use any means.
            TreeListing listing = TreeScanner.Scan(place["source"], filter: null, workers: 2, CancellationToken.None).Listing;
            TreeTally tally = TreeWriter.Write(
                listing, place.MakeFolder("clone"), () => new ClonedContent(listing, place["source"], Preserve.All),
                new TreeWriteOptions(Rungs.Reflink | Rungs.HardLink | Rungs.Copy, Preserve.All, KeepAccessTimes: true, place["clone"], Workers: 1),
                progress: null, CancellationToken.None);

            TreeComparison.AssertEqual(place["source"], place["clone"]);
            Assert.Equal((2 * Files, 0, Files),
                (tally.Mechanisms[Mechanism.Reflink], tally.Mechanisms[Mechanism.HardLink], tally.Mechanisms[Mechanism.PlainCopy]));
        }
    }

    [Fact]
    public void Another_mount_of_the_same_filesystem_below_is_shared_like_the_rest()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        Mount? mount = null;
        Make(place, part => mount = Mount.Bind(place.MakeFolder("elsewhere"), part));
        using (mount)
        {
            TreeReport report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink });

            Assert.Equal(3 * Files, report.Mechanisms[Mechanism.Reflink]);
            ExtentMap.AssertTreesShared(place["source"], place["clone"]);
        }
    }

    [Fact]
    public void Subvolume_below_is_shared_like_the_rest_but_cannot_be_hard_linked()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        Make(place, part => BtrfsTool.Create(part));

        TreeReport shared = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink });
        TreeReport linked = TreeCloner.Clone(place["source"], place["linked"], new TreeCloneOptions { Strategy = TreeStrategy.HardLink });

        Assert.Equal(3 * Files, shared.Mechanisms[Mechanism.Reflink]);
        ExtentMap.AssertTreesShared(place["source"], place["clone"]);
        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Equal((2 * Files, Files), (linked.Mechanisms[Mechanism.HardLink], linked.Mechanisms[Mechanism.KernelCopy]));
        Assert.Equal([$"HardLink KernelCopy EXDEV {Files}"], Reports.Fallbacks(linked));
        TreeComparison.AssertEqual(place["source"], place["linked"]);
    }

    [Fact]
    public void Same_inode_number_on_another_filesystem_is_another_file()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        // Fresh filesystems of one kind number their inodes alike.
        using Mount one = Mount.Tmpfs(place["source/one"], "size=1M"), other = Mount.Tmpfs(place["source/other"], "size=1M");
        foreach (string name in (string[])["one", "other"])
        {
            place.Write($"source/{name}/file", name);
            Tool.Run("ln", place[$"source/{name}/file"], place[$"source/{name}/second"]);
        }
        Assert.Equal(Handles.Stat(place["source/one/file"]).stx_ino, Handles.Stat(place["source/other/file"]).stx_ino);

        TreeCloner.Clone(place["source"], place["clone"]);

        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Equal(["one", "other"], new[] { "one", "other" }.Select(name => File.ReadAllText(place[$"clone/{name}/second"])));
    }

    [Fact]
    public void Immutable_source_can_be_cloned_but_not_hard_linked()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        Make(place, part => Directory.CreateDirectory(part));
        string locked = place["source/m/007"];
        Tool.Run("chattr", "+i", locked);
        try
        {
            TreeReport shared = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink });
            TreeReport linked = TreeCloner.Clone(place["source"], place["linked"], new TreeCloneOptions { Strategy = TreeStrategy.HardLink });

            Assert.Equal(3 * Files, shared.Mechanisms[Mechanism.Reflink]);
            FallbackCount left = Assert.Single(linked.Fallbacks);
            Assert.Equal((Mechanism.HardLink, Mechanism.KernelCopy, "EPERM", 1, "m/007"), (left.From, left.To, left.Error.Name, left.Files, left.Example));
            TreeComparison.AssertEqual(place["source"], place["linked"]);
        }
        finally
        {
            Tool.Run("chattr", "-i", locked);
        }
    }
}
