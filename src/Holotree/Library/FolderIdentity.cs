using System.Globalization;
using Reflinks.Platform;
using Reflinks.Platform.Linux;

namespace Holotree.Library;

/// <summary>Tells one folder from another, whatever name either has.</summary>
internal static unsafe class FolderIdentity
{
    /// <summary>
    /// Inode and time of birth of a folder, which stay while it is renamed; null where there is nothing. The inode alone is given
    /// again to the next folder (ext4 does so at once), and the number of a device is another one after a reboot. The root of a
    /// snapshot has both from what it is a snapshot of, and is told by the subvolume's own UUID. On Windows the number of a file has one in
    /// it that counts how often it was given (NTFS: the sequence number of its record), and the time of creation is anybody's to set.
    /// </summary>
    /// <exception cref="IOException">It cannot be told what is there: that is not to be taken for nothing.</exception>
    internal static string? Of(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)) return null;      // it may stand in a file that anybody wrote
        Kernel.Statx stat;
        fixed (byte* name = NativeFile.Terminated(path))
        {
            if (Kernel.statx(Kernel.AT_FDCWD, name, Kernel.AT_SYMLINK_NOFOLLOW, Kernel.STATX_BASIC_STATS | Kernel.STATX_BTIME, &stat) != 0)
            {
                Errno error = NativeErrors.Last;
                return error is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP or Errno.ENAMETOOLONG ? null : throw NativeErrors.Failure(error, "examine", path);
            }
        }
        if (Subvolume.IsRoot(stat) && Subvolume.IdentityOf(path) is { } subvolume) return subvolume.Uuid;
        return (stat.stx_mask & Kernel.STATX_BTIME) != 0 && !OperatingSystem.IsWindows()
            ? string.Create(CultureInfo.InvariantCulture, $"{stat.stx_ino} {stat.stx_btime.tv_sec}.{stat.stx_btime.tv_nsec:D9}")
            : string.Create(CultureInfo.InvariantCulture, $"{stat.stx_ino}");
    }
}
