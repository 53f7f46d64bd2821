using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;
using Reflinks.Volumes;

namespace Reflinks.Tests.Volumes;

/// <summary>What a place can do is what it did when it was tried, and the trial leaves nothing behind.</summary>
[SupportedOSPlatform("linux")]
public sealed class VolumeProbeTests
{
    [Theory]
    [InlineData("btrfs", "btrfs", true)]
    [InlineData("nocow", "btrfs", true)]
    [InlineData("xfs", "xfs", true)]
    [InlineData("bind", "xfs", true)]
    [InlineData("overlay", "overlay", true)]
    [InlineData("xfs-noreflink", "xfs", false)]
    [InlineData("ext4", "ext4", false)]
    [InlineData("tmpfs", "tmpfs", false)]
    public void Place_can_what_is_known_of_it(string volume, string fileSystem, bool reflink)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        bool btrfs = fileSystem == "btrfs";

        VolumeCapabilities can = VolumeProbe.Probe(place.Path);

        Assert.Equal((place.Path, fileSystem), (can.Path, can.FileSystem));
        Assert.Equal(volume == "nocow" ? TestVolumes.Btrfs.Path : TestVolumes.Get(volume).Path, can.MountPoint);
        Assert.Equal((reflink, reflink, btrfs), (can.Reflink, can.RangeClone, can.Snapshot));
        Assert.Equal((true, true, true), (can.HardLink, can.KernelCopy, can.ExtendedAttributes));
        string[] refused = reflink ? (btrfs ? [] : ["Snapshot"]) : ["RangeClone", "Reflink", "Snapshot"];
        Assert.Equal(refused, can.Refusals.Keys.Order(StringComparer.Ordinal));
        Assert.All(refused.Where(what => what != "Snapshot"), what => Assert.Equal("EOPNOTSUPP", can.Refusals[what].Name));
        Assert.Empty(place.Names());
    }

    [Theory]
    [MemberData(nameof(TestVolumes.All), MemberType = typeof(TestVolumes))]
    public void Ordinary_user_finds_the_same_and_leaves_nothing(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        VolumeCapabilities asRoot = VolumeProbe.Probe(place.Path);
        place.GiveToUnprivileged();

        VolumeCapabilities? can = null;
        Unprivileged.Run(() => can = VolumeProbe.Probe(place.Path));

        Assert.Equal(asRoot with { Refusals = can!.Refusals }, can);
        Assert.Equal(asRoot.Refusals.Keys.Order(StringComparer.Ordinal), can.Refusals.Keys.Order(StringComparer.Ordinal));
        Assert.Empty(place.Names());
    }

    [Theory]
    [InlineData("btrfs", "btrfs2", false, false, false, "EXDEV")]
    [InlineData("btrfs", "xfs", false, false, false, "EXDEV")]
    [InlineData("overlay", "xfs", false, false, false, "EXDEV")]
    [InlineData("xfs", "bind", true, false, true, "EXDEV")]
    [InlineData("xfs", "ext4", false, false, false, "EXDEV")]
    [InlineData("btrfs", "nocow", false, true, true, "EINVAL")]
    public void Pair_of_places_is_tried_as_a_pair(string from, string to, bool reflink, bool hardLink, bool kernelCopy, string errno)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();

        VolumeCapabilities can = VolumeProbe.Probe(here.Path, there.Path);

        Assert.Equal(there.Path, can.Path);
        Assert.Equal((reflink, reflink, hardLink, kernelCopy), (can.Reflink, can.RangeClone, can.HardLink, can.KernelCopy));
        Assert.Equal(errno, can.Refusals[reflink ? "HardLink" : "Reflink"].Name);
        Assert.Equal(to is "btrfs2" or "nocow", can.Snapshot);
        Assert.Empty(here.Names());
        Assert.Empty(there.Names());
    }

    [Fact]
    public void Two_subvolumes_share_blocks_but_no_inode()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string one = BtrfsTool.Create(place["one"]), other = BtrfsTool.Create(place["other"]);

        VolumeCapabilities can = VolumeProbe.Probe(one, other);

        Assert.Equal((true, true, false), (can.Reflink, can.RangeClone, can.HardLink));
        Assert.Equal("EXDEV", can.Refusals["HardLink"].Name);
    }

    [Theory]
    [InlineData("missing", typeof(DirectoryNotFoundException), "ENOENT")]
    [InlineData("dangling", typeof(DirectoryNotFoundException), "ENOENT")]
    [InlineData("file", typeof(IOException), "ENOTDIR")]
    [InlineData("sealed", typeof(UnauthorizedAccessException), "EACCES")]
    public void Place_that_cannot_be_tried_is_named_with_the_reason(string name, Type type, string errno)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.GiveToUnprivileged();
        place.Write("file", "file");
        place.MakeFolder("sealed");
        place.MakeFolder("good");
        Tool.Run("chmod", "777", place["good"]);
        File.CreateSymbolicLink(place["dangling"], "nowhere");
        string[] before = place.Names();

        foreach ((string from, string to) in ((string, string)[])[(name, name), (name, "good"), ("good", name)])
        {
            Exception? failure = null;
            Unprivileged.Run(() => failure = Record.Exception(() => VolumeProbe.Probe(place[from], place[to])));

            Assert.IsType(type, failure);
            Assert.Equal(errno, NativeError.Of(failure)?.Name);
            Assert.Contains($"'{place[name]}'", failure.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, place.Names());
        Assert.Empty(Directory.GetFileSystemEntries(place["good"]));
        Assert.Empty(Directory.GetFileSystemEntries(place["sealed"]));
    }

    [Fact]
    public void Full_place_is_an_error_and_keeps_nothing()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        using Mount full = Mount.Tmpfs(place["full"], "size=64K");

        var failure = Assert.Throws<IOException>(() => VolumeProbe.Probe(place["full"]));

        Assert.Equal("ENOSPC", NativeError.Of(failure)?.Name);
        Assert.Empty(Directory.GetFileSystemEntries(place["full"]));
        Assert.Throws<IOException>(() => VolumeProbe.Probe(place["full"], place.Path));
        Assert.Equal(["full"], place.Names());
    }

    [Fact]
    public void Read_only_place_is_an_error()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        using Mount sealedMount = Mount.Tmpfs(place["sealed"], "size=1M,ro");

        Assert.Equal("EROFS", NativeError.Of(Assert.Throws<IOException>(() => VolumeProbe.Probe(place["sealed"])))?.Name);
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("tab\tand\nline")]
    [InlineData(@"back\040slash\")]
    [InlineData("ümläut #")]
    public void Mount_point_is_told_as_it_is_called(string name)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        using Mount mount = Mount.Tmpfs(place[name], "size=1M");
        Directory.CreateDirectory(place[name + "/below"]);

        VolumeCapabilities can = VolumeProbe.Probe(place[name + "/below/"]);

        Assert.Equal((place[name], "tmpfs"), (can.MountPoint, can.FileSystem));
        Assert.Equal(place[name + "/below"], can.Path);
    }

    [Fact]
    public void Link_to_a_place_is_that_place()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder(), other = TestVolumes.Btrfs.Folder();
        File.CreateSymbolicLink(place["link"], other.Path);

        VolumeCapabilities can = VolumeProbe.Probe(place["link"]);

        Assert.Equal(("btrfs", true), (can.FileSystem, can.Reflink));
        Assert.Empty(other.Names());
    }

    [Fact]
    public void What_stands_in_the_place_is_not_touched()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        SampleTree.Make(place["tree"], SampleParts.None, files: 10);
        foreach (string name in (string[])["probe", "source", "reflink", "subvolume"]) place.Write(name, name);
        var before = TreeSnapshot.Take(place.Path);

        VolumeProbe.Probe(place.Path);

        TreeComparison.AssertEqual(before, place.Path, new TreeComparisonOptions { Parts = TreeParts.All & ~TreeParts.Times });
    }
}
