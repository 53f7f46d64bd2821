using System.Runtime.InteropServices;

namespace Reflinks.Platform;

/// <content>What the calls fill and read, in Linux's layouts.</content>
internal static unsafe partial class Kernel
{
    /// <summary><c>struct statx_timestamp</c>, linux/stat.h: seconds since the epoch (may be negative), nanoseconds 0 to 999,999,999.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct StatxTimestamp
    {
        internal long tv_sec;
        internal uint tv_nsec;
        internal int reserved;
    }

    /// <summary><c>struct statx</c>, linux/stat.h: one layout on every architecture, which <c>struct stat</c> does not have.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    internal struct Statx
    {
        internal uint stx_mask;
        internal uint stx_blksize;
        internal ulong stx_attributes;
        internal uint stx_nlink;
        internal uint stx_uid;
        internal uint stx_gid;
        internal ushort stx_mode;
        internal ushort spare0;
        internal ulong stx_ino;
        internal ulong stx_size;
        internal ulong stx_blocks;
        internal ulong stx_attributes_mask;
        internal StatxTimestamp stx_atime;
        internal StatxTimestamp stx_btime;
        internal StatxTimestamp stx_ctime;
        internal StatxTimestamp stx_mtime;
        internal uint stx_rdev_major;
        internal uint stx_rdev_minor;
        internal uint stx_dev_major;
        internal uint stx_dev_minor;
        internal ulong stx_mnt_id;
    }

    /// <summary><c>struct timespec</c>, time.h, for 64-bit time: seconds and nanoseconds, or <see cref="UTIME_OMIT"/> in the second.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Timespec
    {
        internal long tv_sec;
        internal long tv_nsec;
    }

    /// <summary><c>struct flock</c>, fcntl.h: a range of bytes to be locked; of a length of 0, up to the end.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Flock
    {
        internal short l_type;
        internal short l_whence;
        internal long l_start;
        internal long l_len;
        internal int l_pid;
    }
}
