using System.Runtime.Versioning;
using Reflinks.Platform;
using Reflinks.Platform.MacOS;

namespace Reflinks.Tests.MacOS;

/// <summary>Clones under a name, made through the simulation (<see cref="Simulation"/>) and proven by the extent map of a real volume.</summary>
[SupportedOSPlatform("macos")]
[Collection(nameof(Simulation))]
public sealed unsafe class MacCloneTests
{
    const int Size = 300_000;

    public MacCloneTests() => Simulation.Need();

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    public void Clone_shares_its_blocks_and_has_the_mode_time_and_attributes_of_its_source(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.WriteRandom("source", Size);
        File.SetUnixFileMode(source, (UnixFileMode)0x9ED);         // rwsr-xr-x
        File.SetLastWriteTimeUtc(source, new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        Assert.Equal(0, MacAttributesTests.Set(source, "com.example.note", "value"u8));

        Assert.Equal(Errno.None, Clone(source, place.Path, "made"));
        Assert.Equal(Sharing.Shared, ExtentMap.Of(place["made"]));
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(place["made"]));
        Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(place["made"]));
        Assert.Equal(File.GetLastWriteTimeUtc(source), File.GetLastWriteTimeUtc(place["made"]));
        Assert.Equal("value"u8.ToArray(), MacAttributesTests.Get(place["made"], "com.example.note"));
    }

    [Fact]
    public void Sharing_is_told_and_ends_with_a_write()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.WriteRandom("source", Size);
        SharedBlocks before = SharingOf(source);
        Assert.Equal(Errno.None, Clone(source, place.Path, "made"));

        Assert.NotEqual(0, before.OwnBytes);
        Assert.Equal((0, 0), (SharingOf(source).OwnBytes, SharingOf(place["made"]).OwnBytes));
        Assert.Equal(SharingOf(source).CloneId, SharingOf(place["made"]).CloneId);
        place.WriteRandom("made", Size, seed: 2);
        Assert.NotEqual(0, SharingOf(place["made"]).OwnBytes);
        Assert.NotEqual(SharingOf(source).CloneId, SharingOf(place["made"]).CloneId);
    }

    [Fact]
    public void Name_that_is_taken_is_left_alone()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size);
        place.Write("made", "old");

        Assert.Equal(Errno.EEXIST, Clone(source, place.Path, "made"));
        Assert.Equal("old", File.ReadAllText(place["made"]));
    }

    [Fact]
    public void Clone_that_cannot_be_leaves_nothing()
    {
        using TemporaryFolder plain = TestVolumes.Ext4.Folder(), other = TestVolumes.Xfs.Folder();
        string source = plain.WriteRandom("source", Size), elsewhere = other.WriteRandom("source", Size);

        Assert.Equal(Errno.EOPNOTSUPP, Clone(source, plain.Path, "made"));
        Assert.Equal(Errno.EXDEV, Clone(elsewhere, plain.Path, "made"));
        Assert.Equal(["source"], Directory.EnumerateFileSystemEntries(plain.Path).Select(Path.GetFileName));
        Assert.Equal(Errno.ENOENT, Clone(elsewhere, other["absent"], "made"));
    }

    [Fact]
    public void Only_what_can_be_read_is_cloned_and_only_files()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        place.WriteRandom("source", Size);

        Assert.Equal(Errno.EBADF, Clone(place["source"], place.Path, "made", Kernel.O_WRONLY));
        Assert.Equal(Errno.EINVAL, Clone("/dev/null", place.Path, "made"));
    }

    [Fact]
    public void Clone_of_a_file_that_may_not_be_changed_can_be_finished()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size);
        int file = MacKernelTests.Open(source, Kernel.O_RDWR, 0);
        Assert.Equal(0, MacInterop.fchflags(file, MacInterop.UF_IMMUTABLE | MacInterop.UF_HIDDEN));
        _ = MacKernel.close(file);

        Assert.Equal(Errno.None, Clone(source, place.Path, "made"));
        Assert.Equal(BitConverter.GetBytes(MacInterop.UF_HIDDEN), MacAttributesTests.Get(place["made"], "macos.flags"));
        Assert.Equal(BitConverter.GetBytes(MacInterop.UF_HIDDEN | MacInterop.UF_IMMUTABLE), MacAttributesTests.Get(source, "macos.flags"));
    }

    [Fact]
    public void Tree_is_cloned_whole_or_not_at_all()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder(), plain = TestVolumes.Ext4.Folder();
        foreach (TemporaryFolder folder in (TemporaryFolder[])[place, plain])
        {
            folder.WriteRandom("tree/a/file", Size);
            folder.Write("tree/b/other", "x");
            File.CreateSymbolicLink(folder["tree/link"], "a/file");
        }

        Assert.Equal(Errno.None, CloneTree(place["tree"], place["made"]));
        Assert.Equal(Sharing.Shared, ExtentMap.Of(place["made/a/file"]));
        Assert.Equal(("x", "a/file"), (File.ReadAllText(place["made/b/other"]), new FileInfo(place["made/link"]).LinkTarget));
        Assert.Equal(Errno.EEXIST, CloneTree(place["tree"], place["made"]));
        Assert.Equal(Errno.EOPNOTSUPP, CloneTree(plain["tree"], plain["made"]));
        Assert.False(Directory.Exists(plain["made"]));
    }

    [Fact]
    public void Copy_keeps_holes_and_where_the_caller_stood()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string source = place["source"];
        using (FileStream sparse = File.Create(source))
        {
            sparse.SetLength(10 << 20);
            sparse.Position = 5 << 20;
            sparse.Write("in the middle"u8);
        }
        int from = MacKernelTests.Open(source, Kernel.O_RDONLY, 0), to = MacKernelTests.Open(place["made"], Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL, 0x180);
        _ = MacKernel.lseek(from, 77, Kernel.SEEK_SET);

        Assert.Equal(Errno.None, MacKernel.CopyData(from, to));
        Assert.Equal(77, MacKernel.lseek(from, 0, Kernel.SEEK_CUR));
        Assert.True(MacKernelTests.Look(to).stx_blocks < 1000);
        Assert.Equal(Errno.None, MacKernel.SetCaching(to, cached: false));
        Assert.Equal(1, Simulation.Counter("uncached"));
        Assert.Equal(Errno.None, MacKernel.SetCaching(to, cached: true));
        _ = MacKernel.close(from);
        _ = MacKernel.close(to);
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(place["made"]));
    }

    [Theory]
    [InlineData("btrfs", true, nameof(Errno.None), true)]
    [InlineData("btrfs", false, nameof(Errno.None), true)]
    [InlineData("ext4", true, nameof(Errno.EOPNOTSUPP), false)]
    [InlineData("ext4", false, nameof(Errno.None), false)]
    public void Copy_by_path_tells_whether_it_is_a_clone(string volume, bool mustClone, string outcome, bool clone)
    {
        Errno expected = Enum.Parse<Errno>(outcome);
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.WriteRandom("source", Size);

        Assert.Equal((expected, clone), (MacKernel.CopyFile(source, place["made"], mustClone, out bool cloned), cloned));
        Assert.Equal(expected == Errno.None, File.Exists(place["made"]));
        if (expected == Errno.None) Assert.Equal(clone ? Sharing.Shared : Sharing.Apart, ExtentMap.Of(place["made"]));
    }

    internal static Errno Clone(string source, string folder, string name, int flags = Kernel.O_RDONLY)
    {
        int from = MacKernelTests.Open(source, flags, 0);
        Assert.True(from >= 0);
        int directory = MacKernelTests.Open(folder, Kernel.O_PATH | OpenFlags.O_DIRECTORY, 0);
        Errno error = NativeErrors.Last;
        if (directory >= 0)
        {
            fixed (byte* made = NativeFile.Terminated(name)) error = MacKernel.CloneInto(from, directory, made);
            _ = MacKernel.close(directory);
        }
        _ = MacKernel.close(from);
        return error;
    }

    internal static Errno CloneTree(string source, string target)
    {
        fixed (byte* from = NativeFile.Terminated(source), to = NativeFile.Terminated(target))
            return MacKernel.CloneTreeInto(from, to);
    }

    static SharedBlocks SharingOf(string path)
    {
        int file = MacKernelTests.Open(path, Kernel.O_RDONLY, 0);
        Assert.Equal(Errno.None, MacKernel.SharingOf(file, out SharedBlocks sharing));
        _ = MacKernel.close(file);
        return sharing;
    }
}
