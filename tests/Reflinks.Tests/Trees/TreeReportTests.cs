using System.Net.Sockets;
using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>The report accounts for every file once, and for everything that is not as it was.</summary>
[SupportedOSPlatform("linux")]
public sealed class TreeReportTests
{
    [Theory]
    [InlineData("xfs", TreeStrategy.ReflinkOrCopy, Mechanism.Reflink)]
    [InlineData("ext4", TreeStrategy.ReflinkOrCopy, Mechanism.KernelCopy)]
    [InlineData("ext4", TreeStrategy.HardLink, Mechanism.HardLink)]
    public void Second_names_count_as_files_under_what_made_the_first_and_their_bytes_once(string volume, TreeStrategy strategy, Mechanism mechanism)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string first = place.WriteRandom("source/a/first", 10_000);
        Tool.Run("ln", first, place["source/a/second"]);
        Tool.Run("ln", first, place["source/third"]);
        place.WriteRandom("source/other", 500);
        string empty = place.Write("source/empty", []);
        Tool.Run("ln", empty, place["source/empty too"]);

        TreePlan plan = TreeCloner.Plan(place["source"], new TreeCloneOptions { Strategy = strategy });
        TreeReport report = TreeCloner.Apply(plan, place["clone"]);

        Assert.Equal((6, 6L), (plan.Files, report.Files));
        Assert.Equal((4, 2), (report.Mechanisms[mechanism], report.Mechanisms[Mechanism.Empty]));
        Assert.Equal((10_500, 10_500L), (plan.LogicalBytes, report.LogicalBytes));
        Assert.Equal(mechanism == Mechanism.KernelCopy ? (0, 10_500L) : (10_500, 0L), (report.SharedBytes, report.WrittenBytes));
        Assert.Equal(mechanism, report.Mechanisms.Highest);
        TreeComparison.AssertEqual(place["source"], place["clone"]);
    }

    [Fact]
    public void Hard_links_across_hundreds_of_folders_stay_together()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string first = place.WriteRandom("source/m/first", 10_000), other = place.WriteRandom("source/b/other", 5_000);
        for (int folder = 0; folder < 200; folder++)
        {
            place.MakeFolder($"source/{folder:D3}");
            Handles.Link(first, place[$"source/{folder:D3}/first"]);
            if (folder % 2 == 0) Handles.Link(other, place[$"source/{folder:D3}/other"]);
        }

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink });

        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Equal((302, 15_000L), (report.Mechanisms[Mechanism.Reflink], report.SharedBytes));
        Assert.Equal((201u, 101u), (Handles.Stat(place["clone/m/first"]).stx_nlink, Handles.Stat(place["clone/b/other"]).stx_nlink));
    }

    [Fact]
    public void Name_outside_of_the_tree_is_no_second_name()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string file = place.WriteRandom("source/file", 10_000);
        Handles.Link(file, place["outside"]);

        TreeCloner.Clone(place["source"], place["clone"]);

        Assert.Equal(1u, Handles.Stat(place["clone/file"]).stx_nlink);
        TreeComparison.AssertEqual(place["source"], place["clone"]);
    }

    [Fact]
    public void What_is_no_content_is_left_out_and_named()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        place.Write("source/file", "file");
        place.MakeFolder("source/below/empty");
        Tool.Run("mkfifo", place["source/below/a fifo"]);
        Tool.Run("mknod", place["source/character"], "c", "1", "3");
        Tool.Run("mknod", place["source/block"], "b", "7", "0");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(place["source/below/socket"]));

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"]);

        Assert.Equal(
            [new("below/a fifo", "fifo"), new("below/socket", "socket"), new("block", "device"), new("character", "device")],
            report.Skipped.OrderBy(entry => entry.Path, StringComparer.Ordinal));
        Assert.Equal((1, 2, 0), (report.Files, report.Directories, report.Symlinks));
        TreeComparison.AssertEqual(place["source"], place["clone"],
            new TreeComparisonOptions { Except = path => path is "below/a fifo" or "below/socket" or "block" or "character" });
    }

    [Fact]
    public void Set_id_bits_of_a_file_of_somebody_else_are_left_out_and_named()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        foreach (string name in (string[])["setuid", "setgid", "own"])
        {
            place.WriteRandom($"source/{name}", 5_000);
            if (name != "own") Tool.Run("chown", "65534:65534", place[$"source/{name}"]);
            Tool.Run("chmod", name == "setgid" ? "2755" : "4755", place[$"source/{name}"]);
        }
        place.MakeFolder("source/folder");
        Tool.Run("chown", "65534:65534", place["source/folder"]);
        Tool.Run("chmod", "2755", place["source/folder"]);

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"]);
        TreeReport modeless = TreeCloner.Clone(place["source"], place["without modes"], new TreeCloneOptions { Preserve = Preserve.Times });
        TreeReport linked = TreeCloner.Clone(place["source"], place["linked"], new TreeCloneOptions { Strategy = TreeStrategy.HardLink });

        Assert.Equal([("setgid", "set-id bits", "EPERM"), ("setuid", "set-id bits", "EPERM")],
            report.NotPreserved.OrderBy(lost => lost.Path, StringComparer.Ordinal).Select(lost => (lost.Path, lost.What, lost.Error.Name)));
        Assert.Equal("755 755 4755 2755", Modes("clone"));
        Assert.Empty(modeless.NotPreserved);
        // The very inode of the source, with all its bits.
        Assert.Equal("4755 2755 4755 2755", Modes("linked"));
        Assert.Empty(linked.NotPreserved);

        string Modes(string tree) => string.Join(' ', new[] { "setuid", "setgid", "own", "folder" }
            .Select(name => Tool.Run("stat", "-c", "%a", place[$"{tree}/{name}"]).Trim()));
    }

    [Fact]
    public void Attributes_that_the_destination_has_no_room_for_are_named()
    {
        using TemporaryFolder here = TestVolumes.Xfs.Folder(), there = TestVolumes.Ext4.Folder();
        here.Write("source/below/file", "file");
        here.Write("source/other", "other");
        // XFS keeps 64 KiB, ext4 what fits into a block.
        string value = new('v', 20_000);
        Tool.Run("setfattr", "-n", "user.large", "-v", value, here["source/below/file"]);
        Tool.Run("setfattr", "-n", "user.small", "-v", "small", here["source/below/file"]);
        Tool.Run("setfattr", "-n", "user.large", "-v", value, here["source/below"]);

        TreeReport report = TreeCloner.Clone(here["source"], there["clone"]);

        Assert.Equal(["below", "below/file"], report.NotPreserved.Select(lost => lost.Path).Order(StringComparer.Ordinal));
        Assert.All(report.NotPreserved, lost => Assert.Equal("user.large", lost.What));
        Assert.All(report.NotPreserved, lost => Assert.Contains(lost.Error.Name, new[] { "ENOSPC", "ERANGE", "E2BIG" }));
        Assert.Contains("user.small", Tool.Run("getfattr", "--absolute-names", there["clone/below/file"]), StringComparison.Ordinal);
        TreeComparison.AssertEqual(here["source"], there["clone"], new TreeComparisonOptions { Parts = TreeParts.All & ~TreeParts.Xattrs });
    }
}
