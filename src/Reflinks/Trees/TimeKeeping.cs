using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>
/// Finds times that the place of a new tree cannot hold. The kernel cuts them to the filesystem's range and unit and says
/// nothing (timestamp_truncate, fs/inode.c): ext4 ends in 2446, or in 2038 and without nanoseconds where its inodes are small.
/// </summary>
internal sealed class TimeKeeping
{
    /// <summary>What it is called in reports.</summary>
    internal const string Lost = "modification time";

    /// <summary>Finer than this no other filesystem counts that does not count every nanosecond.</summary>
    const int CoarseNanoseconds = 100;

    volatile bool keepsNanoseconds;

    /// <summary>Whether a time that was set has to be looked at: those between 1901 and 2038 can be held everywhere, and nanoseconds are tried once.</summary>
    internal bool IsInDoubt(long seconds, int nanoseconds) =>
        seconds is <= int.MinValue or >= int.MaxValue || (nanoseconds != 0 && !keepsNanoseconds);

    /// <summary>Why an entry does not have the time that it was given; none where it has it.</summary>
    internal Errno Check(in Kernel.Statx made, long seconds, int nanoseconds)
    {
        if (made.stx_mtime.tv_sec != seconds) return Errno.ERANGE;
        if (made.stx_mtime.tv_nsec != nanoseconds) return Errno.EOPNOTSUPP;
        if (nanoseconds % CoarseNanoseconds != 0) keepsNanoseconds = true;
        return Errno.None;
    }
}
