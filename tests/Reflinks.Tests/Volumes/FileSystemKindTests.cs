using System.Text.RegularExpressions;
using Reflinks.Volumes;

namespace Reflinks.Tests.Volumes;

/// <summary>Names of filesystems are those of the kernel's own list.</summary>
public sealed class FileSystemKindTests
{
    [Theory]
    [InlineData("BTRFS_SUPER_MAGIC", "btrfs")]
    [InlineData("XFS_SUPER_MAGIC", "xfs")]
    [InlineData("EXT4_SUPER_MAGIC", "ext4")]
    [InlineData("TMPFS_MAGIC", "tmpfs")]
    [InlineData("OVERLAYFS_SUPER_MAGIC", "overlay")]
    [InlineData("NFS_SUPER_MAGIC", "nfs")]
    [InlineData("CIFS_SUPER_MAGIC", "cifs")]
    [InlineData("SMB2_SUPER_MAGIC", "cifs")]
    [InlineData("SMB_SUPER_MAGIC", "cifs")]
    [InlineData("OCFS2_SUPER_MAGIC", "ocfs2")]
    [InlineData("F2FS_SUPER_MAGIC", "f2fs")]
    [InlineData("FUSE_SUPER_MAGIC", "fuse")]
    [InlineData("V9FS_MAGIC", "9p")]
    [InlineData("CEPH_SUPER_MAGIC", "ceph")]
    [InlineData("EROFS_SUPER_MAGIC_V1", "erofs")]
    [InlineData("SQUASHFS_MAGIC", "squashfs")]
    [InlineData("EXFAT_SUPER_MAGIC", "exfat")]
    [InlineData("MSDOS_SUPER_MAGIC", "vfat")]
    [InlineData("PROC_SUPER_MAGIC", "proc")]
    [InlineData("SYSFS_MAGIC", "sysfs")]
    public void Name_belongs_to_the_number_the_kernel_gives_it(string constant, string name)
    {
        const string header = "/usr/include/linux/magic.h";
        Assert.SkipUnless(File.Exists(header), $"There is no {header} here.");

        Match line = Regex.Match(File.ReadAllText(header), $@"^#define\s+{constant}\s+(?:\(__u32\))?0x([0-9A-Fa-f]+)", RegexOptions.Multiline);

        Assert.True(line.Success, $"{header} has no {constant}.");
        Assert.Equal(name, FileSystemKind.NameOf(Convert.ToUInt32(line.Groups[1].Value, 16)));
    }

    [Theory]
    [InlineData(0x2FC1_2FC1u, "zfs")]
    [InlineData(0xCA45_1A4Eu, "bcachefs")]
    [InlineData(0x1234_ABCDu, "0x1234abcd")]
    [InlineData(0u, "0x0")]
    public void Number_that_is_not_known_is_its_own_name(uint magic, string name) => Assert.Equal(name, FileSystemKind.NameOf(magic));
}
