using System.Runtime.Versioning;

namespace Reflinks.Platform.MacOS;

/// <summary>Flags and kinds in Linux' numbers turned into those of macOS and back; no call is made here.</summary>
[SupportedOSPlatform("macos")]
internal static class MacFlags
{
    /// <summary>Flags of open(2).</summary>
    /// <remarks>
    /// macOS has no O_PATH. For standing in a folder O_SEARCH serves, which asks for search permission alone (since macOS 13:
    /// before, its bit was ignored and the folder had to be readable). For anything else O_EVTONLY, which does not stand in the way of
    /// an unmount but asks for read permission; not blocking, as it might be a FIFO. A link that is not to be followed is opened itself
    /// by O_PATH on Linux, and by O_SYMLINK on macOS, where O_NOFOLLOW would be ELOOP.
    /// </remarks>
    internal static int Open(int flags)
    {
        int result = flags & Kernel.O_ACCMODE;
        bool place = (flags & Kernel.O_PATH) != 0, directory = (flags & OpenFlags.O_DIRECTORY) != 0;
        if (place) result = directory ? MacInterop.O_SEARCH : MacInterop.O_EVTONLY | MacInterop.O_NONBLOCK;
        if (directory) result |= MacInterop.O_DIRECTORY;
        if ((flags & OpenFlags.O_NOFOLLOW) != 0) result |= place && !directory ? MacInterop.O_SYMLINK : MacInterop.O_NOFOLLOW;
        if ((flags & Kernel.O_CREAT) != 0) result |= MacInterop.O_CREAT;
        if ((flags & Kernel.O_EXCL) != 0) result |= MacInterop.O_EXCL;
        if ((flags & Kernel.O_APPEND) != 0) result |= MacInterop.O_APPEND;
        if ((flags & Kernel.O_NONBLOCK) != 0) result |= MacInterop.O_NONBLOCK;
        if ((flags & Kernel.O_CLOEXEC) != 0) result |= MacInterop.O_CLOEXEC;
        return result;
    }

    /// <summary>What F_GETFL tells of an open file, as far as anything here asks for it.</summary>
    internal static int Opened(int flags)
    {
        bool place = (flags & (MacInterop.O_EXEC | MacInterop.O_EVTONLY)) != 0;
        int result = place ? Kernel.O_PATH : flags & MacInterop.O_ACCMODE;
        if ((flags & MacInterop.O_APPEND) != 0) result |= Kernel.O_APPEND;
        if ((flags & MacInterop.O_NONBLOCK) != 0) result |= Kernel.O_NONBLOCK;
        return result;
    }

    /// <summary>Flags of the calls whose names end in "at".</summary>
    internal static int At(int flags)
    {
        int result = 0;
        if ((flags & Kernel.AT_SYMLINK_NOFOLLOW) != 0) result |= MacInterop.AT_SYMLINK_NOFOLLOW;
        if ((flags & Kernel.AT_SYMLINK_FOLLOW) != 0) result |= MacInterop.AT_SYMLINK_FOLLOW;
        if ((flags & Kernel.AT_REMOVEDIR) != 0) result |= MacInterop.AT_REMOVEDIR;
        return result;
    }

    /// <summary>A descriptor of a folder, or the current one.</summary>
    internal static int Directory(int descriptor) => descriptor == Kernel.AT_FDCWD ? MacInterop.AT_FDCWD : descriptor;

    /// <summary>Flags of renameat2(2).</summary>
    internal static uint Rename(uint flags)
    {
        uint result = 0;
        if ((flags & Kernel.RENAME_NOREPLACE) != 0) result |= MacInterop.RENAME_EXCL;
        if ((flags & Kernel.RENAME_EXCHANGE) != 0) result |= MacInterop.RENAME_SWAP;
        return result;
    }

    /// <summary>The kind of a lock: 0 for reading, 1 for writing, 2 for none on Linux (asm-generic/fcntl.h).</summary>
    internal static short Lock(short type) => type switch { 0 => MacInterop.F_RDLCK, Kernel.F_WRLCK => MacInterop.F_WRLCK, _ => MacInterop.F_UNLCK };

    /// <summary>A time to be set, whose nanoseconds may say "now" or "as it is".</summary>
    internal static MacInterop.Timespec Time(in Kernel.Timespec time) => new()
    {
        tv_sec = time.tv_sec,
        tv_nsec = time.tv_nsec switch { Kernel.UTIME_NOW => MacInterop.UTIME_NOW, Kernel.UTIME_OMIT => MacInterop.UTIME_OMIT, long set => set },
    };

    /// <summary>What stat(2) told, as statx(2) tells it.</summary>
    /// <remarks>Of a device number the upper eight bits are the major one (sys/types.h).</remarks>
    internal static Kernel.Statx Status(in MacInterop.Stat stat) => new()
    {
        stx_mask = Kernel.STATX_BASIC_STATS | Kernel.STATX_BTIME,
        stx_blksize = (uint)stat.st_blksize,
        stx_nlink = stat.st_nlink,
        stx_uid = stat.st_uid,
        stx_gid = stat.st_gid,
        stx_mode = stat.st_mode,
        stx_ino = stat.st_ino,
        stx_size = (ulong)stat.st_size,
        stx_blocks = (ulong)stat.st_blocks,
        stx_atime = Time(stat.st_atimespec),
        stx_btime = Time(stat.st_birthtimespec),
        stx_ctime = Time(stat.st_ctimespec),
        stx_mtime = Time(stat.st_mtimespec),
        stx_rdev_major = Major(stat.st_rdev),
        stx_rdev_minor = Minor(stat.st_rdev),
        stx_dev_major = Major(stat.st_dev),
        stx_dev_minor = Minor(stat.st_dev),
    };

    /// <summary>The kind of a directory entry (DT_*, dirent.h) for the kind of a vnode.</summary>
    internal static byte EntryKind(uint vnode) => vnode switch
    {
        MacInterop.VREG => 8,
        MacInterop.VDIR => 4,
        MacInterop.VBLK => 6,
        MacInterop.VCHR => 2,
        MacInterop.VLNK => 10,
        MacInterop.VSOCK => 12,
        MacInterop.VFIFO => 1,
        _ => 0,
    };

    static Kernel.StatxTimestamp Time(in MacInterop.Timespec time) => new() { tv_sec = time.tv_sec, tv_nsec = (uint)time.tv_nsec };

    static uint Major(int device) => (uint)device >> 24;

    static uint Minor(int device) => (uint)device & 0xFF_FFFF;
}
