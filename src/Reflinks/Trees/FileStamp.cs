using System.Runtime.InteropServices;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>How an entry looked at one moment, or has to look: while all of this stays, so does what is in it.</summary>
/// <remarks>Blittable, little-endian, 40 bytes: files of a library hold these records as they are (docs/format.md).</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct FileStamp(
    ulong Inode, long Size, long ModifiedSeconds, uint ModifiedNanoseconds, long ChangedSeconds, uint ChangedNanoseconds)
{
    internal static FileStamp Of(in Kernel.Statx stat) => new(
        stat.stx_ino, (long)stat.stx_size, stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec, stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec);

    /// <summary>
    /// How a file has to look that was made and that nobody has looked at: it has this length and time, and was changed last within the
    /// <see cref="ExpectedWithin">second</see> before a moment. Which inode it is, is not known.
    /// </summary>
    internal static FileStamp Expected(long size, long modifiedSeconds, uint modifiedNanoseconds, Moment made) =>
        new(0, size, modifiedSeconds, modifiedNanoseconds, made.Seconds, (uint)made.Nanoseconds);

    /// <summary>Seconds.</summary>
    internal const int ExpectedWithin = 1;

    /// <summary>Whether somebody has looked; if not, this is what is <see cref="Expected"/>.</summary>
    internal bool WasSeen => Inode != 0;

    /// <summary>Whether a file with these looks is the one that was seen, or expected, and was not changed since.</summary>
    internal bool Admits(in FileStamp now) =>
        WasSeen ? now == this
        : AdmitsButForChange(now) && !now.IsChangedAfter(this) && !IsChangedAfter(now with { ChangedSeconds = now.ChangedSeconds + ExpectedWithin });

    /// <summary>The same, where the time of its last change does not count.</summary>
    internal bool AdmitsButForChange(in FileStamp now) =>
        now with { Inode = WasSeen ? now.Inode : 0, ChangedSeconds = ChangedSeconds, ChangedNanoseconds = ChangedNanoseconds } == this;

    /// <summary>Whether this is the same inode, changed later.</summary>
    internal bool IsLaterLookOf(in FileStamp other) => WasSeen && Inode == other.Inode && IsChangedAfter(other);

    /// <summary>Whether this was changed later than something else was.</summary>
    internal bool IsChangedAfter(in FileStamp other) =>
        ChangedSeconds > other.ChangedSeconds || (ChangedSeconds == other.ChangedSeconds && ChangedNanoseconds > other.ChangedNanoseconds);

    /// <summary>Whether it was changed last before a moment.</summary>
    internal bool IsChangedBefore(in Moment moment) =>
        ChangedSeconds < moment.Seconds || (ChangedSeconds == moment.Seconds && ChangedNanoseconds < moment.Nanoseconds);

    /// <summary>How an open file or directory looks now.</summary>
    internal static Errno Take(int descriptor, out FileStamp stamp)
    {
        Errno error = NativeFile.Stat(descriptor, out Kernel.Statx stat);
        stamp = error == Errno.None ? Of(stat) : default;
        return error;
    }
}
