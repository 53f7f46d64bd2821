using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>What an ordinary user may and may not: the exception names what stands in the way, and nothing is left.</summary>
[SupportedOSPlatform("linux")]
public sealed class TreePermissionTests
{
    static TemporaryFolder Make(string volume)
    {
        TemporaryFolder place = TestVolumes.Get(volume).Folder();
        SampleTree.Make(place["source"], SampleParts.None, files: 60);
        place.Write("source/package-001/below/secret", "secret");
        place.GiveToUnprivileged();
        return place;
    }

    static UnauthorizedAccessException Refused(Action body)
    {
        Exception? failure = null;
        Unprivileged.Run(() => failure = Record.Exception(body));
        return Assert.IsType<UnauthorizedAccessException>(failure);
    }

    [Theory]
    [CombinatorialVolumes("btrfs ext4", (int)TreeStrategy.ReflinkOrCopy, (int)TreeStrategy.Reflink, (int)TreeStrategy.Copy)]
    public void Unreadable_file_is_named_and_nothing_is_left(string volume, int strategy)
    {
        using TemporaryFolder place = Make(volume);
        string secret = place["source/package-001/below/secret"];
        File.SetUnixFileMode(secret, UnixFileMode.None);
        if (volume == "ext4" && strategy == (int)TreeStrategy.Reflink) File.Delete(place["source/package-000/file-00001.js"]);

        Exception? failure = null;
        Unprivileged.Run(() => failure = Record.Exception(() =>
            TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = (TreeStrategy)strategy })));

        // A strict clone on ext4 may meet a file that cannot be shared first.
        if (!(volume == "ext4" && failure is CloneException))
        {
            Assert.Contains($"'{secret}'", Assert.IsType<UnauthorizedAccessException>(failure).Message, StringComparison.Ordinal);
            Assert.Equal(("EACCES", secret), (NativeError.Of(failure)?.Name, NativeError.PathOf(failure)));
        }
        Assert.Equal(["source"], place.Names());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x100)]
    [InlineData(0x40)]
    public void Folder_that_may_not_be_listed_is_named_and_nothing_is_left(int mode)
    {
        using TemporaryFolder place = Make("btrfs");
        string folder = place["source/package-001/below"];
        File.SetUnixFileMode(folder, (UnixFileMode)mode);
        Tool.Run("chown", "65534", folder);

        UnauthorizedAccessException failure = Refused(() => TreeCloner.Clone(place["source"], place["clone"]));

        Assert.Contains(folder, failure.Message, StringComparison.Ordinal);
        Assert.Equal("EACCES", NativeError.Of(failure)?.Name);
        Assert.Equal(["source"], place.Names());
    }

    [Fact]
    public void Root_clones_what_nobody_may_read()
    {
        using TemporaryFolder place = Make("xfs");
        File.SetUnixFileMode(place["source/package-001/below/secret"], UnixFileMode.None);
        File.SetUnixFileMode(place["source/package-001/below"], UnixFileMode.None);
        File.SetUnixFileMode(place["source"], UnixFileMode.None);

        TreeCloner.Clone(place["source"], place["clone"]);

        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(place["clone/package-001/below/secret"]));
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("ext4")]
    public void Ordinary_user_clones_read_only_folders_of_somebody_else(string volume)
    {
        using TemporaryFolder place = Make(volume);
        Tool.Run("chmod", "-R", "a-w,a+rX", place["source"]);
        Tool.Run("chmod", "444", place["source/package-001/file-00030.js"]);

        TreeReport? report = null;
        Unprivileged.Run(() => report = TreeCloner.Clone(place["source"], place["clone"]));

        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Equal((uint)Unprivileged.UserId, Handles.Stat(place["clone/package-001/below/secret"]).stx_uid);
        Assert.Empty(report!.NotPreserved);
    }

    [Fact]
    public void Folder_that_may_not_be_written_is_named()
    {
        using TemporaryFolder place = Make("btrfs");
        place.MakeFolder("locked");

        UnauthorizedAccessException failure = Refused(() => TreeCloner.Clone(place["source"], place["locked/clone"]));

        Assert.Contains($"'{place["locked"]}'", failure.Message, StringComparison.Ordinal);
        Assert.Equal("EACCES", NativeError.Of(failure)?.Name);
        Assert.Empty(Directory.GetFileSystemEntries(place["locked"]));
    }

    [Fact]
    public void Hard_link_that_the_system_protects_is_a_counted_copy()
    {
        Assert.SkipUnless(File.ReadAllText("/proc/sys/fs/protected_hardlinks").Trim() == "1", "fs.protected_hardlinks is off here.");
        using TemporaryFolder place = Make("ext4");
        // Links to what one does not own and may not write are refused (proc_sys_fs(5)).
        Tool.Run("chown", "-R", "65534", place["source"]);
        Tool.Run("chown", "-R", "root", place["source/package-001"]);
        Tool.Run("chmod", "-R", "go-w", place["source/package-001"]);
        long refused = Directory.EnumerateFiles(place["source/package-001"], "*", SearchOption.AllDirectories).Count(path => new FileInfo(path).Length > 0);

        TreeReport? report = null;
        Unprivileged.Run(() => report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Strategy = TreeStrategy.HardLink }));

        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Equal([$"HardLink KernelCopy EPERM {refused}"], Reports.Fallbacks(report!));
        Assert.Equal(refused, report!.Mechanisms[Mechanism.KernelCopy]);
        Assert.True(report.Mechanisms[Mechanism.HardLink] > 20);
    }

    [Fact]
    public void Attribute_that_only_root_may_set_is_named()
    {
        using TemporaryFolder place = Make("btrfs");
        string secret = place["source/package-001/below/secret"];
        Tool.Run("setcap", "cap_net_raw+ep", secret);

        TreeReport? report = null;
        Unprivileged.Run(() => report = TreeCloner.Clone(place["source"], place["clone"]));
        TreeReport asRoot = TreeCloner.Clone(place["source"], place["by root"]);

        NotPreserved lost = Assert.Single(report!.NotPreserved);
        Assert.Equal(("package-001/below/secret", "security.capability", "EPERM"), (lost.Path, lost.What, lost.Error.Name));
        Assert.Empty(asRoot.NotPreserved);
        TreeComparison.AssertEqual(place["source"], place["by root"]);
    }
}
