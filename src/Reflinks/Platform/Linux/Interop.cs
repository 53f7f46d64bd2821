using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

[assembly: DisableRuntimeMarshalling]

namespace Reflinks.Platform.Linux;

/// <summary>Declarations of the Linux system calls in use, and nothing else: no policy, no messages, no exceptions. Called through <see cref="Kernel"/>.</summary>
/// <remarks>
/// Names and numbers stand as the manual pages and kernel headers write them; <c>AbiTests</c> compiles every constant and
/// layout against the machine's own headers. <c>openat</c>, <c>fcntl</c> and <c>ioctl</c> are variadic in C: an import of fixed arity is
/// right for the Linux calling conventions (x64, arm64, riscv64, s390x) and wrong for macOS on arm64.
/// Every call returns -1 on failure and leaves errno in <see cref="Marshal.GetLastPInvokeError"/>.
/// </remarks>
[SupportedOSPlatform("linux")]
internal static unsafe partial class Interop
{
    /// <summary><c>_IOW(0x94, 9, int)</c>, linux/fs.h. Powerpc, mips, sparc and alpha encode the direction otherwise.</summary>
    internal const uint FICLONE = 0x4004_9409;

    /// <summary><c>_IOW(0x94, 13, struct file_clone_range)</c>, linux/fs.h.</summary>
    internal const uint FICLONERANGE = 0x4020_940D;

    /// <summary><c>_IOWR(0x94, 54, struct file_dedupe_range)</c>, linux/fs.h.</summary>
    internal const uint FIDEDUPERANGE = 0xC018_9436;

    /// <summary>linux/btrfs.h: create a subvolume, destroy one; each takes a <c>btrfs_ioctl_vol_args</c>.</summary>
    internal const uint BTRFS_IOC_SUBVOL_CREATE = 0x5000_940E, BTRFS_IOC_SNAP_DESTROY = 0x5000_940F;

    /// <summary>linux/btrfs.h: snapshot the subvolume whose descriptor is in a <c>btrfs_ioctl_vol_args_v2</c>.</summary>
    internal const uint BTRFS_IOC_SNAP_CREATE_V2 = 0x5000_9417;

    /// <summary>linux/btrfs.h: read and set the flags of a subvolume, a u64; read a <c>btrfs_ioctl_get_subvol_info_args</c>.</summary>
    internal const uint BTRFS_IOC_SUBVOL_GETFLAGS = 0x8008_9419, BTRFS_IOC_SUBVOL_SETFLAGS = 0x4008_941A, BTRFS_IOC_GET_SUBVOL_INFO = 0x81F8_943C;

    /// <summary>linux/btrfs.h: which filesystem it is, a <c>btrfs_ioctl_fs_info_args</c>.</summary>
    internal const uint BTRFS_IOC_FS_INFO = 0x8400_941F;

    /// <summary>The flag for read-only: as the ioctls take it (linux/btrfs.h), and as it stands in a root (linux/btrfs_tree.h).</summary>
    internal const ulong BTRFS_SUBVOL_RDONLY = 2, BTRFS_ROOT_SUBVOL_RDONLY = 1;

    internal const int BTRFS_PATH_NAME_MAX = 4087, BTRFS_SUBVOL_NAME_MAX = 4039, BTRFS_VOL_NAME_MAX = 255, BTRFS_UUID_SIZE = 16, BTRFS_FSID_SIZE = 16;

    internal const int FILE_DEDUPE_RANGE_SAME = 0, FILE_DEDUPE_RANGE_DIFFERS = 1;

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    internal static partial int openat(int directory, byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int fcntl(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    internal static partial nint pread(int descriptor, void* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    internal static partial nint pwrite(int descriptor, void* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    internal static partial long lseek(int descriptor, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    internal static partial int ftruncate(int descriptor, long length);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    internal static partial int statx(int directory, byte* path, int flags, uint mask, Kernel.Statx* result);

    /// <summary>linux/falloc.h: room is taken, the length of the file stays.</summary>
    internal const int FALLOC_FL_KEEP_SIZE = 1;

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    internal static partial int fallocate(int descriptor, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    internal static partial int fstatfs(int descriptor, StatfsPrefix* result);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true)]
    internal static partial int statfs(byte* path, StatfsPrefix* result);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int ioctl(int descriptor, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "copy_file_range", SetLastError = true)]
    internal static partial nint copy_file_range(int source, long* sourceOffset, int target, long* targetOffset, nuint length, uint flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    internal static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    internal static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true)]
    internal static partial int linkat(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, int flags);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    internal static partial int symlinkat(byte* target, int directory, byte* path);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    internal static partial nint readlinkat(int directory, byte* path, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    internal static partial int renameat2(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, uint flags);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    internal static partial int fchmod(int descriptor, uint mode);

    [LibraryImport("libc", EntryPoint = "fchmodat", SetLastError = true)]
    internal static partial int fchmodat(int directory, byte* path, uint mode, int flags);

    [LibraryImport("libc", EntryPoint = "futimens", SetLastError = true)]
    internal static partial int futimens(int descriptor, Kernel.Timespec* times);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    internal static partial int utimensat(int directory, byte* path, Kernel.Timespec* times, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    internal static partial int fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    internal static partial int syncfs(int descriptor);

    /// <summary>Variadic in C; with a pointer behind the command a fixed signature is right on Linux.</summary>
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int fcntl(int descriptor, int command, Kernel.Flock* range);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int flock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    internal static partial nint getdents64(int descriptor, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    internal static partial int memfd_create(byte* name, uint flags);

    [LibraryImport("libc", EntryPoint = "flistxattr", SetLastError = true)]
    internal static partial nint flistxattr(int descriptor, byte* list, nuint size);

    [LibraryImport("libc", EntryPoint = "llistxattr", SetLastError = true)]
    internal static partial nint llistxattr(byte* path, byte* list, nuint size);

    [LibraryImport("libc", EntryPoint = "fgetxattr", SetLastError = true)]
    internal static partial nint fgetxattr(int descriptor, byte* name, byte* value, nuint size);

    [LibraryImport("libc", EntryPoint = "fsetxattr", SetLastError = true)]
    internal static partial int fsetxattr(int descriptor, byte* name, byte* value, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "fremovexattr", SetLastError = true)]
    internal static partial int fremovexattr(int descriptor, byte* name);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    internal static partial int clock_gettime(int clock, Kernel.Timespec* time);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint geteuid();

    [LibraryImport("libc", EntryPoint = "getegid")]
    internal static partial uint getegid();

    /// <summary><c>struct file_clone_range</c>, linux/fs.h: offsets and length in bytes; a length of 0 means to the end of the source.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FileCloneRange
    {
        internal long src_fd;
        internal ulong src_offset;
        internal ulong src_length;
        internal ulong dest_offset;
    }

    /// <summary><c>struct file_dedupe_range</c> with one <c>file_dedupe_range_info</c> behind it, linux/fs.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FileDedupeRange
    {
        internal ulong src_offset;          // (in) bytes
        internal ulong src_length;          // (in) bytes
        internal ushort dest_count;         // (in) 1
        internal ushort reserved1;
        internal uint reserved2;
        internal long dest_fd;              // (in)
        internal ulong dest_offset;         // (in) bytes
        internal ulong bytes_deduped;       // (out) bytes
        internal int status;                // (out) 0 same, 1 differs, below 0 the negative errno
        internal uint reserved3;
    }

    /// <summary><c>struct btrfs_ioctl_vol_args</c>, linux/btrfs.h: a name in the folder that the call is made on.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct BtrfsIoctlVolArgs
    {
        internal long fd;
        internal fixed byte name[BTRFS_PATH_NAME_MAX + 1];
    }

    /// <summary><c>struct btrfs_ioctl_vol_args_v2</c>, linux/btrfs.h; its unions are room here.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct BtrfsIoctlVolArgsV2
    {
        internal long fd;
        internal ulong transid;
        internal ulong flags;
        internal fixed ulong unused[4];
        internal fixed byte name[BTRFS_SUBVOL_NAME_MAX + 1];
    }

    /// <summary><c>struct btrfs_ioctl_get_subvol_info_args</c>, linux/btrfs.h; times and what is reserved are room here.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 504)]
    internal struct BtrfsIoctlGetSubvolInfoArgs
    {
        internal ulong treeid;
        internal fixed byte name[BTRFS_VOL_NAME_MAX + 1];
        internal ulong parent_id;
        internal ulong dirid;
        internal ulong generation;
        internal ulong flags;                           // BTRFS_ROOT_SUBVOL_RDONLY
        internal fixed byte uuid[BTRFS_UUID_SIZE];
        internal fixed byte parent_uuid[BTRFS_UUID_SIZE];
        internal fixed byte received_uuid[BTRFS_UUID_SIZE];
        internal ulong ctransid;                        // of the last change of an inode in it
        internal ulong otransid;                        // of its making
    }

    /// <summary><c>struct btrfs_ioctl_fs_info_args</c>, linux/btrfs.h; what is behind the identity is room here.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 1024)]
    internal struct BtrfsIoctlFsInfoArgs
    {
        internal ulong max_id;
        internal ulong num_devices;
        internal fixed byte fsid[BTRFS_FSID_SIZE];
    }

    /// <summary>The first word of <c>struct statfs</c>: the only field whose place is the same everywhere; the rest is room.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    internal struct StatfsPrefix
    {
        internal nint f_type;
    }
}
