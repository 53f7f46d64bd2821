using System.Globalization;

namespace Reflinks.Volumes;

/// <summary>The name of a filesystem, from the number statfs(2) gives: a label for people. What it can do is found by trying.</summary>
public static class FileSystemKind
{
    /// <summary>The usual name of a filesystem: <c>btrfs</c>, <c>xfs</c>; the number in hexadecimal where it is not known.</summary>
    /// <param name="magic">The field <c>f_type</c>; the numbers are those of linux/magic.h and of statfs(2).</param>
    public static string NameOf(uint magic) => magic switch
    {
        0x9123_683E => "btrfs",
        0x5846_5342 => "xfs",
        0x0000_EF53 => "ext4",
        0xCA45_1A4E => "bcachefs",
        0x2FC1_2FC1 => "zfs",
        0x0102_1994 => "tmpfs",
        0x794C_7630 => "overlay",
        0x0000_6969 => "nfs",
        0xFF53_4D42 or 0xFE53_4D42 or 0x0000_517B => "cifs",
        0x7461_636F => "ocfs2",
        0xF2F5_2010 => "f2fs",
        0x6573_5546 => "fuse",
        0x0102_1997 => "9p",
        0x00C3_6400 => "ceph",
        0xE0F5_E1E2 => "erofs",
        0x7371_7368 => "squashfs",
        0x2011_BAB0 => "exfat",
        0x0000_4D44 => "vfat",
        0x0000_9FA0 => "proc",
        0x6265_6572 => "sysfs",
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{magic:x}"),
    };

    /// <summary>How far it was verified what this version does on a filesystem of this system.</summary>
    /// <param name="fileSystem">Its name, as <see cref="VolumeCapabilities.FileSystem"/> gives it.</param>
    public static SupportEvidence EvidenceFor(string fileSystem) => EvidenceFor(
        OperatingSystem.IsLinux() ? "Linux" : OperatingSystem.IsMacOS() ? "macOS" : OperatingSystem.IsWindows() ? "Windows" : "other", fileSystem);

    /// <summary>The table of docs/platforms.md, which a test holds against this one.</summary>
    internal static SupportEvidence EvidenceFor(string system, string fileSystem) => (system, fileSystem) switch
    {
        ("Linux", "btrfs" or "xfs" or "ext4" or "tmpfs" or "overlay") => SupportEvidence.Tested,
        ("Linux", "zfs" or "bcachefs" or "ocfs2" or "cifs" or "nfs" or "fuse") => SupportEvidence.Simulated,
        ("macOS", "apfs" or "hfs") => SupportEvidence.Simulated,
        ("Windows", "NTFS") => SupportEvidence.Emulated,
        ("Windows", "ReFS") => SupportEvidence.Simulated,
        _ => SupportEvidence.CompiledOnly,
    };
}
