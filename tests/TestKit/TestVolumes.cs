using Xunit;

namespace TestKit;

/// <summary>The volumes made by <c>tests/volumes.sh</c>, on Windows by <c>build.ps1</c>.</summary>
/// <remarks>Without them a test skips and says why. With them there is no excuse: a volume that is missing, or is not what its
/// name says, fails the test.</remarks>
public static class TestVolumes
{
    private const uint BtrfsMagic = 0x9123_683E, XfsMagic = 0x5846_5342, ExtMagic = 0xEF53, TmpfsMagic = 0x0102_1994, OverlayMagic = 0x794C_7630;

    private static readonly (string Name, string Folder, uint Magic, bool CanReflink)[] Known =
    [
        ("btrfs", "btrfs", BtrfsMagic, true),
        ("btrfs2", "btrfs2", BtrfsMagic, true),
        ("xfs", "xfs", XfsMagic, true),
        ("nocow", "btrfs/nocow", BtrfsMagic, true),
        ("overlay", "overlay", OverlayMagic, true),
        ("bind", "bind", XfsMagic, true),
        ("xfs-noreflink", "xfs-noreflink", XfsMagic, false),
        ("ext4", "ext4", ExtMagic, false),
        ("tmpfs", "tmpfs", TmpfsMagic, false),
        ("small", "small", ExtMagic, false),
        ("smallxfs", "smallxfs", XfsMagic, true),
        ("smallbtrfs", "smallbtrfs", BtrfsMagic, true),
    ];

    /// <summary>Those of other systems, by the name that the system itself gives the filesystem.</summary>
    private static readonly (string Name, string System, string FileSystem, bool CanReflink)[] Elsewhere =
    [
        ("apfs", "macOS", "apfs", true),
        ("hfs", "macOS", "hfs", false),
        ("refs", "Windows", "ReFS", true),
        ("ntfs", "Windows", "NTFS", false),
    ];

    /// <summary>btrfs.</summary>
    public static Volume Btrfs => Get("btrfs");

    /// <summary>A second btrfs: another superblock of the same kind.</summary>
    public static Volume Btrfs2 => Get("btrfs2");

    /// <summary>XFS that can clone.</summary>
    public static Volume Xfs => Get("xfs");

    /// <summary>XFS made with reflink=0.</summary>
    public static Volume XfsWithoutReflink => Get("xfs-noreflink");

    /// <summary>ext4.</summary>
    public static Volume Ext4 => Get("ext4");

    /// <summary>tmpfs.</summary>
    public static Volume Tmpfs => Get("tmpfs");

    /// <summary>A folder of <see cref="Btrfs"/> with chattr +C: what is made in it is not copy-on-write.</summary>
    public static Volume NoCow => Get("nocow");

    /// <summary>overlayfs whose upper folder is on <see cref="Xfs"/>; it starts with <c>below/file</c> from its lower folder.</summary>
    public static Volume Overlay => Get("overlay");

    /// <summary>A bind mount of a folder of <see cref="Xfs"/>: the same superblock through another mount.</summary>
    public static Volume Bind => Get("bind");

    /// <summary>An ext4 of 16 MiB, to be filled up. Shared by all tests of one assembly: keep what uses it in one collection.</summary>
    public static Volume Small => Get("small");

    /// <summary>An XFS of 300 MiB that can clone, to be filled up; see <see cref="Small"/>.</summary>
    public static Volume SmallXfs => Get("smallxfs");

    /// <summary>A btrfs of 128 MiB, to be filled up; see <see cref="Small"/>.</summary>
    public static Volume SmallBtrfs => Get("smallbtrfs");

    /// <summary>For <c>[MemberData]</c>: the names of the volumes on which cloning has to work.</summary>
    public static TheoryData<string> Reflinking() => new("btrfs", "xfs", "nocow", "overlay", "bind");

    /// <summary>For <c>[MemberData]</c>: the names of the volumes on which cloning cannot work.</summary>
    public static TheoryData<string> NotReflinking() => new("xfs-noreflink", "ext4", "tmpfs");

    /// <summary>For <c>[MemberData]</c>: the names of all volumes but the small ones and the second btrfs.</summary>
    public static TheoryData<string> All() => [.. Reflinking(), .. NotReflinking()];

    /// <summary>A volume by its name. Skips the calling test where there are no volumes; fails it where this one is wrong.</summary>
    public static Volume Get(string name)
    {
        if (Array.Find(Elsewhere, volume => volume.Name == name) is { Name: not null } other) return GetElsewhere(other.Name, other.System, other.FileSystem, other.CanReflink);
        (_, string folder, uint magic, bool canReflink) = Array.Find(Known, volume => volume.Name == name);
        if (folder is null) throw new ArgumentException($"No test volume is called '{name}'.", nameof(name));

        if (!OperatingSystem.IsLinux()) Assert.Skip($"{name} is a test volume of Linux.");
        string path = PathOf(name, folder, "run under tests/volumes.sh run -- as root");
        uint actual = Native.FileSystemMagic(path);
        Assert.True(actual == magic, $"The test volume {name} at {path} is not what it should be: magic 0x{actual:X}, expected 0x{magic:X}.");
        VolumeUse.Note(name);
        return new Volume(name, path, canReflink);
    }

    private static Volume GetElsewhere(string name, string system, string fileSystem, bool canReflink)
    {
        if (!OperatingSystem.IsOSPlatform(system)) Assert.Skip($"{name} is a test volume of {system}.");
        string path = PathOf(name, name, system == "Windows" ? "run by build.ps1 test as an administrator" : "run under tests/volumes.sh run --");
        string actual = OperatingSystem.IsWindows() ? WindowsVolume.FileSystemOf(path) : new DriveInfo(path).DriveFormat;
        Assert.True(actual == fileSystem, $"The test volume {name} at {path} is not what it should be: {actual}, expected {fileSystem}.");
        VolumeUse.Note(name);
        return new Volume(name, path, canReflink);
    }

    private static string PathOf(string name, string folder, string remedy)
    {
        string? root = Environment.GetEnvironmentVariable("HOLOTREE_TEST_VOLUMES");
        if (string.IsNullOrEmpty(root)) Assert.Skip($"There are no test volumes here: {remedy}.");
        string? chosen = Environment.GetEnvironmentVariable("HOLOTREE_VOLUMES");
        if (!string.IsNullOrEmpty(chosen) && !chosen.Split(' ').Contains(name)) Assert.Skip($"HOLOTREE_VOLUMES leaves out {name}.");
        string path = Path.Combine(root, folder);
        Assert.True(Directory.Exists(path), $"The test volume {name} is missing: there is no folder {path}.");
        return path;
    }
}
