using System.Runtime.InteropServices;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>How an entry looked at one moment: while all of this stays, so does what is in it.</summary>
/// <remarks>Blittable, little-endian, 40 bytes: files of a library hold these records as they are (docs/format.md).</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct FileStamp(
    ulong Inode, long Size, long ModifiedSeconds, uint ModifiedNanoseconds, long ChangedSeconds, uint ChangedNanoseconds)
{
    internal static FileStamp Of(in Kernel.Statx stat) => new(
        stat.stx_ino, (long)stat.stx_size, stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec, stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec);

    /// <summary>Whether this is the same inode, changed later.</summary>
    internal bool IsLaterLookOf(in FileStamp other) => Inode == other.Inode && IsChangedAfter(other);

    /// <summary>Whether this was changed later than something else was.</summary>
    internal bool IsChangedAfter(in FileStamp other) =>
        ChangedSeconds > other.ChangedSeconds || (ChangedSeconds == other.ChangedSeconds && ChangedNanoseconds > other.ChangedNanoseconds);

    /// <summary>How an open file or directory looks now.</summary>
    internal static Errno Take(int descriptor, out FileStamp stamp)
    {
        Errno error = NativeFile.Stat(descriptor, out Kernel.Statx stat);
        stamp = error == Errno.None ? Of(stat) : default;
        return error;
    }
}
