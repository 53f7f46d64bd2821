using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>A clone is its source in everything that can be compared, whatever means made it.</summary>
[SupportedOSPlatform("linux")]
public sealed class TreeCloneTests
{
    const SampleParts Everything = SampleParts.All | SampleParts.BeyondPathMax | SampleParts.Privileged;

    static readonly TreeComparisonOptions All = TreeComparisonOptions.Default;

    [Theory]
    [CombinatorialVolumes("btrfs xfs nocow overlay bind xfs-noreflink ext4 tmpfs",
        (int)TreeStrategy.ReflinkOrCopy, (int)TreeStrategy.HardLink, (int)TreeStrategy.Copy)]
    public void Clone_is_equal_in_everything(string volume, int strategy)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], Everything, files: 60);

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = (TreeStrategy)strategy });

        TreeComparison.AssertEqual(source, place["clone"], All);
        TreeComparison.AssertEqual(source, place["source"], All);
        Reports.AssertAccountsFor(report, source);
        Assert.Empty(report.Skipped);
        Assert.Equal(["clone", "source"], place.Names());
    }

    [Theory]
    [MemberData(nameof(TestVolumes.Reflinking), MemberType = typeof(TestVolumes))]
    public void Reflinked_tree_shares_every_block_until_a_file_is_written(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], Everything, files: 60);

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink });

        TreeComparison.AssertEqual(source, place["clone"], All);
        Reports.AssertAccountsFor(report, source);
        Reports.AssertMadeBy(report, Mechanism.Reflink);
        Assert.Empty(report.Fallbacks);
        Assert.Equal(0, report.WrittenBytes);
        (int shared, int inline) = ExtentMap.AssertTreesShared(place["source"], place["clone"]);
        Assert.True(shared > 20, $"Only {shared} files have blocks of their own to share.");
        Assert.True(inline == 0 || volume == "btrfs", $"{inline} inline files on {volume}");

        string[] large = [.. Directory.GetFiles(place["clone/package-001"]).Where(path => new FileInfo(path).Length > 8 * Block.Bytes)];
        Assert.NotEmpty(large);
        foreach (string path in large)
        {
            string original = path.Replace(place["clone"], place["source"], StringComparison.Ordinal);
            Handles.WriteAt(path, 0, Content.Random((int)new FileInfo(path).Length, seed: 5));
            ExtentMap.AssertApart(original, path);
        }
        TreeComparison.AssertEqual(source, place["source"], All);
    }

    [Theory]
    [MemberData(nameof(TestVolumes.NotReflinking), MemberType = typeof(TestVolumes))]
    public void Where_nothing_can_be_shared_a_strict_clone_names_file_and_reason_and_leaves_nothing(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], files: 60);

        var exception = Assert.Throws<CloneException>(() =>
            TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink }));

        Assert.Equal(CloneFailure.UnsupportedByPair, exception.Failure);
        Assert.Equal("EOPNOTSUPP", exception.Error.Name);
        Assert.StartsWith(place["source/"], exception.SourcePath, StringComparison.Ordinal);
        Assert.Contains("EOPNOTSUPP", exception.Message, StringComparison.Ordinal);
        Assert.Contains(exception.SourcePath, exception.Message, StringComparison.Ordinal);
        Assert.Equal(["source"], place.Names());
        TreeComparison.AssertEqual(source, place["source"], All);
    }

    [Fact]
    public void Strict_clone_of_nothing_but_empty_files_works_anywhere()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        place.Write("source/a", []);
        place.Write("source/below/b", []);

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink });

        Assert.Equal(2, report.Mechanisms[Mechanism.Empty]);
        Assert.Equal(Mechanism.Empty, report.Mechanisms.Highest);
        TreeComparison.AssertEqual(place["source"], place["clone"]);
    }

    [Theory]
    [MemberData(nameof(TestVolumes.NotReflinking), MemberType = typeof(TestVolumes))]
    public void Where_nothing_can_be_shared_every_copy_is_counted_with_the_reason(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], SampleParts.Deep | SampleParts.Holes, files: 60);

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"]);

        Reports.AssertAccountsFor(report, source);
        Reports.AssertMadeBy(report, Mechanism.KernelCopy);
        Assert.Equal([$"Reflink KernelCopy EOPNOTSUPP {source.Files - source.EmptyFiles}"], Reports.Fallbacks(report));
        Assert.Contains(Assert.Single(report.Fallbacks).Example, source.Paths);
        Assert.Equal((0, source.Bytes), (report.SharedBytes, report.WrittenBytes));
    }

    [Theory]
    [InlineData("btrfs", "btrfs2")]
    [InlineData("btrfs", "xfs")]
    [InlineData("xfs", "overlay")]
    [InlineData("ext4", "tmpfs")]
    [InlineData("tmpfs", "btrfs")]
    public void Tree_goes_to_another_filesystem_and_every_rung_left_is_counted(string from, string to)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        // A file of nothing but a hole has no byte that must cross; without them the count is plain.
        TreeSnapshot source = SampleTree.Make(here["source"], Everything & ~SampleParts.Holes, files: 60);

        TreeReport report = TreeCloner.Clone(here["source"], there["clone"]);

        TreeComparison.AssertEqual(source, there["clone"], All);
        Reports.AssertAccountsFor(report, source);
        Reports.AssertMadeBy(report, Mechanism.PlainCopy);
        Assert.Equal(["EXDEV", "EXDEV"], report.Fallbacks.Select(fallback => fallback.Error.Name));
        Assert.Equal([Mechanism.Reflink, Mechanism.KernelCopy], report.Fallbacks.Select(fallback => fallback.From));
        Assert.Equal([Mechanism.KernelCopy, Mechanism.PlainCopy], report.Fallbacks.Select(fallback => fallback.To));
    }

    [Fact]
    public void Second_view_that_xfs_has_of_its_acls_becomes_no_attribute_elsewhere()
    {
        Root.IsNeededFor("see trusted attributes");
        using TemporaryFolder here = TestVolumes.Xfs.Folder(), there = TestVolumes.Btrfs.Folder();
        SampleTree.Make(here["source"], SampleParts.Acls, files: 0);
        Assert.Contains("trusted.SGI_ACL_FILE", Attributes(here["source/acl"]), StringComparison.Ordinal);

        TreeCloner.Clone(here["source"], there["clone"]);
        TreeCloner.Clone(here["source"], here["without"], new TreeCloneOptions { Preserve = Preserve.All & ~Preserve.AccessControlLists });

        Assert.DoesNotContain("trusted", Attributes(there["clone/acl"]), StringComparison.Ordinal);
        Assert.Contains("system.posix_acl_default", Attributes(there["clone/acl"]), StringComparison.Ordinal);
        Assert.Empty(Attributes(here["without/acl"]));

        static string Attributes(string path) => Tool.Run("getfattr", "--absolute-names", "-m", "-", path);
    }

    [Fact]
    public void Two_mounts_of_one_filesystem_share()
    {
        using TemporaryFolder here = TestVolumes.Xfs.Folder(), there = TestVolumes.Bind.Folder();
        TreeSnapshot source = SampleTree.Make(here["source"], files: 60);

        TreeReport report = TreeCloner.Clone(here["source"], there["clone"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink });

        TreeComparison.AssertEqual(source, there["clone"], All);
        Reports.AssertMadeBy(report, Mechanism.Reflink);
        ExtentMap.AssertTreesShared(here["source"], there["clone"]);
    }

    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs-noreflink")]
    [InlineData("tmpfs")]
    public void Copied_tree_is_a_tree_of_its_own(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], SampleParts.None, files: 60);

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.Copy });

        Assert.Empty(report.Fallbacks);
        Assert.Equal((0, source.Bytes), (report.SharedBytes, report.WrittenBytes));
        foreach (string path in Directory.EnumerateFiles(place["clone"], "*", SearchOption.AllDirectories))
        {
            string original = path.Replace(place["clone"], place["source"], StringComparison.Ordinal);
            Assert.NotEqual(Handles.Stat(original).stx_ino, Handles.Stat(path).stx_ino);
            if (volume != "tmpfs") ExtentMap.AssertApart(original, path);
            File.WriteAllBytes(path, [1]);
        }
        TreeComparison.AssertEqual(source, place["source"], All);
    }

    [Theory]
    [MemberData(nameof(TestVolumes.All), MemberType = typeof(TestVolumes))]
    public void Hard_linked_tree_has_the_inodes_of_its_source_for_all_but_empty_files(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], SampleParts.HardLinks, files: 60);

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.HardLink });

        Reports.AssertAccountsFor(report, source);
        Reports.AssertMadeBy(report, Mechanism.HardLink);
        Assert.Equal(0, report.WrittenBytes);
        Assert.Empty(report.Fallbacks);
        foreach (string path in Directory.EnumerateFiles(place["source"], "*", SearchOption.AllDirectories).Where(path => File.ResolveLinkTarget(path, false) is null))
        {
            string clone = path.Replace(place["source"], place["clone"], StringComparison.Ordinal);
            bool empty = new FileInfo(path).Length == 0;
            Assert.True(empty != (Handles.Stat(path).stx_ino == Handles.Stat(clone).stx_ino), path);
        }
    }

    [Theory]
    [InlineData("btrfs", "xfs", Mechanism.PlainCopy, "KernelCopy PlainCopy EXDEV")]
    [InlineData("xfs", "bind", Mechanism.KernelCopy, null)]
    [InlineData("ext4", "tmpfs", Mechanism.PlainCopy, "KernelCopy PlainCopy EXDEV")]
    public void Where_no_hard_link_is_possible_each_file_is_copied_and_counted(string from, string to, Mechanism made, string? further)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        TreeSnapshot source = SampleTree.Make(here["source"], SampleParts.OddNames, files: 60);

        TreeReport report = TreeCloner.Clone(here["source"], there["clone"], new TreeCloneOptions { Strategy = TreeStrategy.HardLink });

        TreeComparison.AssertEqual(source, there["clone"], All);
        Reports.AssertAccountsFor(report, source);
        Reports.AssertMadeBy(report, made);
        int files = source.Files - source.EmptyFiles;
        string[] expected = further is null ? [$"HardLink KernelCopy EXDEV {files}"] : [$"HardLink KernelCopy EXDEV {files}", $"{further} {files}"];
        Assert.Equal(expected, Reports.Fallbacks(report));
    }

    [Theory]
    [CombinatorialVolumes("btrfs ext4", 1, 2, 7, 64)]
    public void Any_number_of_workers_makes_the_same_tree(string volume, int workers)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], files: 60);

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Workers = workers });

        TreeComparison.AssertEqual(source, place["clone"], All);
        Reports.AssertAccountsFor(report, source);
    }

    [Fact]
    public void Access_times_of_files_are_kept()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string file = place.Write("source/file", Content.Random(5000));
        var read = new DateTime(2019, 3, 4, 5, 6, 7, DateTimeKind.Utc);
        File.SetLastAccessTimeUtc(file, read);

        TreeCloner.Clone(place["source"], place["clone"]);

        Assert.Equal(read, File.GetLastAccessTimeUtc(place["clone/file"]));
    }

    [Fact]
    public void Nothing_but_bytes_is_kept_when_nothing_is_asked_for()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["source"], SampleParts.All & ~SampleParts.Modes, files: 60);
        Tool.Run("chmod", "-R", "700", place["source"]);
        DateTime before = DateTime.UtcNow.AddSeconds(-1);

        TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Preserve = Preserve.None });

        var bytesOnly = new TreeComparisonOptions { Parts = TreeParts.Content | TreeParts.LinkTargets | TreeParts.HardLinks | TreeParts.Holes };
        TreeComparison.AssertEqual(place["source"], place["clone"], bytesOnly);
        int umask = Platform.Kernel.Umask();
        Assert.Equal((UnixFileMode)(0x1FF & ~umask), File.GetUnixFileMode(place["clone"]));
        Assert.Equal((UnixFileMode)(0x1FF & ~umask), File.GetUnixFileMode(place["clone/acl"]));
        Assert.Equal((UnixFileMode)(0x1B6 & ~umask), File.GetUnixFileMode(place["clone/acl/file"]));
        Assert.Empty(Tool.Run("getfattr", "--absolute-names", "-R", "-m", "-", place["clone/attributes"], place["clone/acl"]));
        Assert.True(File.GetLastWriteTimeUtc(place["clone/times/2200"]) >= before);
        Assert.True(Directory.GetLastWriteTimeUtc(place["clone"]) >= before);
    }

    [Theory]
    [InlineData("source")]
    [InlineData("source/")]
    [InlineData("link")]
    [InlineData("link/")]
    [InlineData("./source//")]
    [InlineData("elsewhere/../source")]
    public void Source_may_be_named_in_any_way(string name)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["source"], SampleParts.Links, files: 5);
        place.MakeFolder("elsewhere");
        File.CreateSymbolicLink(place["link"], "source");

        TreeCloner.Clone(place[name], place["clone/"]);

        TreeComparison.AssertEqual(place["source"], place["clone"]);
    }

    [Fact]
    public void A_path_goes_up_from_where_a_link_leads_and_not_from_where_it_stands()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.Write("a/source/file", "right");
        place.MakeFolder("a/below");
        place.Write("source/file", "wrong");
        File.CreateSymbolicLink(place["link"], "a/below");

        TreeCloner.Clone(place["link/../source"], place["link/../clone"]);

        Assert.Equal("right", File.ReadAllText(place["a/clone/file"]));
        Assert.False(Directory.Exists(place["clone"]));
    }

    [Fact]
    public void Empty_tree_is_a_tree()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        place.MakeFolder("source");
        File.SetUnixFileMode(place["source"], (UnixFileMode)0x1C0);

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink });

        Assert.Equal((0L, 0, 0, null), (report.Files, report.Directories, report.Symlinks, report.Mechanisms.Highest));
        TreeComparison.AssertEqual(place["source"], place["clone"]);
    }

    [Fact]
    public void Plan_reads_only_and_says_what_will_be_made()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], SampleParts.Links | SampleParts.Special, files: 60);

        TreePlan plan = TreeCloner.Plan(place["source"] + "/");

        Assert.Equal((source.Files, source.Folders, source.Links), (plan.Files, plan.Directories, plan.Symlinks));
        Assert.Equal(source.Bytes, plan.LogicalBytes);
        Assert.Equal(["special/fifo", "special/socket"], plan.Skipped.Select(entry => entry.Path));
        Assert.Equal(place["source"], plan.Source);
        Assert.Equal(["source"], place.Names());
        TreeComparison.AssertEqual(source, place["source"]);

        TreeReport report = TreeCloner.Apply(plan, place["clone"]);
        Assert.Equal((plan.Files, plan.LogicalBytes), (report.Files, report.LogicalBytes));
    }
}
