using System.Runtime.InteropServices;
using Reflinks.Platform.Linux;
using Reflinks.Platform.MacOS;
using Reflinks.Platform.Windows;

namespace Reflinks.Platform;

/// <summary>
/// The system calls that everything else is written against, in the shape that Linux gives them: its names, flags, layouts and error numbers.
/// On Linux they are its calls and nothing lies between; the other systems have a backend each with the same members, which translates.
/// </summary>
/// <remarks>
/// Numbers stand as the manual pages and kernel headers write them; <c>AbiTests</c> compiles every constant and layout against the machine's
/// own headers. A call returns -1 on failure and leaves the <see cref="Errno"/> in <see cref="Marshal.GetLastPInvokeError"/>, on every system.
/// </remarks>
internal static unsafe class Kernel
{
    /// <summary>Whether this system has a backend.</summary>
    internal static bool IsSupported => OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() || OperatingSystem.IsWindows();

    // fcntl.h, asm-generic/fcntl.h; O_DIRECTORY, O_NOFOLLOW and O_TMPFILE differ on arm and powerpc: see OpenFlags.
    internal const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2;
    internal const int O_ACCMODE = 3, O_CREAT = 0x40, O_EXCL = 0x80, O_APPEND = 0x400, O_NONBLOCK = 0x800, O_CLOEXEC = 0x8_0000, O_PATH = 0x20_0000;
    internal const int F_GETFL = 3;
    internal const int AT_FDCWD = -100;
    internal const uint MFD_CLOEXEC = 1;

    internal const int AT_SYMLINK_NOFOLLOW = 0x100, AT_REMOVEDIR = 0x200, AT_SYMLINK_FOLLOW = 0x400, AT_EMPTY_PATH = 0x1000;
    internal const int SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2, SEEK_DATA = 3, SEEK_HOLE = 4;

    // linux/fs.h, linux/stat.h, sys/file.h, sys/xattr.h
    internal const uint RENAME_NOREPLACE = 1, RENAME_EXCHANGE = 2;
    internal const int LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8;
    internal const int F_OFD_SETLK = 37;                // fcntl.h
    internal const short F_WRLCK = 1;
    internal const long UTIME_NOW = 0x3FFF_FFFF, UTIME_OMIT = 0x3FFF_FFFE;
    internal const int CLOCK_REALTIME_COARSE = 5;       // linux/time.h
    internal const uint STATX_BASIC_STATS = 0x7FF, STATX_BTIME = 0x800, STATX_MNT_ID = 0x1000;
    internal const int S_IFMT = 0xF000, S_IFSOCK = 0xC000, S_IFLNK = 0xA000, S_IFREG = 0x8000, S_IFBLK = 0x6000,
        S_IFDIR = 0x4000, S_IFCHR = 0x2000, S_IFIFO = 0x1000;

    internal static int openat(int directory, byte* path, int flags, uint mode) =>
        OperatingSystem.IsLinux() ? Interop.openat(directory, path, flags, mode)
        : OperatingSystem.IsMacOS() ? MacKernel.openat(directory, path, flags, mode)
        : OperatingSystem.IsWindows() ? WindowsKernel.openat(directory, path, flags, mode)
        : throw Unsupported();

    internal static int fcntl(int descriptor, int command) =>
        OperatingSystem.IsLinux() ? Interop.fcntl(descriptor, command)
        : OperatingSystem.IsMacOS() ? MacKernel.fcntl(descriptor, command)
        : OperatingSystem.IsWindows() ? WindowsKernel.fcntl(descriptor, command)
        : throw Unsupported();

    internal static int fcntl(int descriptor, int command, Flock* range) =>
        OperatingSystem.IsLinux() ? Interop.fcntl(descriptor, command, range)
        : OperatingSystem.IsMacOS() ? MacKernel.fcntl(descriptor, command, range)
        : OperatingSystem.IsWindows() ? WindowsKernel.fcntl(descriptor, command, range)
        : throw Unsupported();

    internal static int close(int descriptor) =>
        OperatingSystem.IsLinux() ? Interop.close(descriptor)
        : OperatingSystem.IsMacOS() ? MacKernel.close(descriptor)
        : OperatingSystem.IsWindows() ? WindowsKernel.close(descriptor)
        : throw Unsupported();

    internal static nint read(int descriptor, void* buffer, nuint count) =>
        OperatingSystem.IsLinux() ? Interop.read(descriptor, buffer, count)
        : OperatingSystem.IsMacOS() ? MacKernel.read(descriptor, buffer, count)
        : OperatingSystem.IsWindows() ? WindowsKernel.read(descriptor, buffer, count)
        : throw Unsupported();

    internal static nint pread(int descriptor, void* buffer, nuint count, long offset) =>
        OperatingSystem.IsLinux() ? Interop.pread(descriptor, buffer, count, offset)
        : OperatingSystem.IsMacOS() ? MacKernel.pread(descriptor, buffer, count, offset)
        : OperatingSystem.IsWindows() ? WindowsKernel.pread(descriptor, buffer, count, offset)
        : throw Unsupported();

    internal static nint pwrite(int descriptor, void* buffer, nuint count, long offset) =>
        OperatingSystem.IsLinux() ? Interop.pwrite(descriptor, buffer, count, offset)
        : OperatingSystem.IsMacOS() ? MacKernel.pwrite(descriptor, buffer, count, offset)
        : OperatingSystem.IsWindows() ? WindowsKernel.pwrite(descriptor, buffer, count, offset)
        : throw Unsupported();

    internal static long lseek(int descriptor, long offset, int whence) =>
        OperatingSystem.IsLinux() ? Interop.lseek(descriptor, offset, whence)
        : OperatingSystem.IsMacOS() ? MacKernel.lseek(descriptor, offset, whence)
        : OperatingSystem.IsWindows() ? WindowsKernel.lseek(descriptor, offset, whence)
        : throw Unsupported();

    internal static int ftruncate(int descriptor, long length) =>
        OperatingSystem.IsLinux() ? Interop.ftruncate(descriptor, length)
        : OperatingSystem.IsMacOS() ? MacKernel.ftruncate(descriptor, length)
        : OperatingSystem.IsWindows() ? WindowsKernel.ftruncate(descriptor, length)
        : throw Unsupported();

    internal static int statx(int directory, byte* path, int flags, uint mask, Statx* result) =>
        OperatingSystem.IsLinux() ? Interop.statx(directory, path, flags, mask, result)
        : OperatingSystem.IsMacOS() ? MacKernel.statx(directory, path, flags, mask, result)
        : OperatingSystem.IsWindows() ? WindowsKernel.statx(directory, path, flags, mask, result)
        : throw Unsupported();

    internal static nint copy_file_range(int source, long* sourceOffset, int target, long* targetOffset, nuint length, uint flags) =>
        OperatingSystem.IsLinux() ? Interop.copy_file_range(source, sourceOffset, target, targetOffset, length, flags)
        : OperatingSystem.IsMacOS() ? MacKernel.copy_file_range(source, sourceOffset, target, targetOffset, length, flags)
        : OperatingSystem.IsWindows() ? WindowsKernel.copy_file_range(source, sourceOffset, target, targetOffset, length, flags)
        : throw Unsupported();

    internal static int mkdirat(int directory, byte* path, uint mode) =>
        OperatingSystem.IsLinux() ? Interop.mkdirat(directory, path, mode)
        : OperatingSystem.IsMacOS() ? MacKernel.mkdirat(directory, path, mode)
        : OperatingSystem.IsWindows() ? WindowsKernel.mkdirat(directory, path, mode)
        : throw Unsupported();

    internal static int unlinkat(int directory, byte* path, int flags) =>
        OperatingSystem.IsLinux() ? Interop.unlinkat(directory, path, flags)
        : OperatingSystem.IsMacOS() ? MacKernel.unlinkat(directory, path, flags)
        : OperatingSystem.IsWindows() ? WindowsKernel.unlinkat(directory, path, flags)
        : throw Unsupported();

    internal static int linkat(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, int flags) =>
        OperatingSystem.IsLinux() ? Interop.linkat(oldDirectory, oldPath, newDirectory, newPath, flags)
        : OperatingSystem.IsMacOS() ? MacKernel.linkat(oldDirectory, oldPath, newDirectory, newPath, flags)
        : OperatingSystem.IsWindows() ? WindowsKernel.linkat(oldDirectory, oldPath, newDirectory, newPath, flags)
        : throw Unsupported();

    internal static int symlinkat(byte* target, int directory, byte* path) =>
        OperatingSystem.IsLinux() ? Interop.symlinkat(target, directory, path)
        : OperatingSystem.IsMacOS() ? MacKernel.symlinkat(target, directory, path)
        : OperatingSystem.IsWindows() ? WindowsKernel.symlinkat(target, directory, path)
        : throw Unsupported();

    internal static nint readlinkat(int directory, byte* path, byte* buffer, nuint size) =>
        OperatingSystem.IsLinux() ? Interop.readlinkat(directory, path, buffer, size)
        : OperatingSystem.IsMacOS() ? MacKernel.readlinkat(directory, path, buffer, size)
        : OperatingSystem.IsWindows() ? WindowsKernel.readlinkat(directory, path, buffer, size)
        : throw Unsupported();

    internal static int renameat2(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, uint flags) =>
        OperatingSystem.IsLinux() ? Interop.renameat2(oldDirectory, oldPath, newDirectory, newPath, flags)
        : OperatingSystem.IsMacOS() ? MacKernel.renameat2(oldDirectory, oldPath, newDirectory, newPath, flags)
        : OperatingSystem.IsWindows() ? WindowsKernel.renameat2(oldDirectory, oldPath, newDirectory, newPath, flags)
        : throw Unsupported();

    internal static int fchmod(int descriptor, uint mode) =>
        OperatingSystem.IsLinux() ? Interop.fchmod(descriptor, mode)
        : OperatingSystem.IsMacOS() ? MacKernel.fchmod(descriptor, mode)
        : OperatingSystem.IsWindows() ? WindowsKernel.fchmod(descriptor, mode)
        : throw Unsupported();

    internal static int futimens(int descriptor, Timespec* times) =>
        OperatingSystem.IsLinux() ? Interop.futimens(descriptor, times)
        : OperatingSystem.IsMacOS() ? MacKernel.futimens(descriptor, times)
        : OperatingSystem.IsWindows() ? WindowsKernel.futimens(descriptor, times)
        : throw Unsupported();

    internal static int utimensat(int directory, byte* path, Timespec* times, int flags) =>
        OperatingSystem.IsLinux() ? Interop.utimensat(directory, path, times, flags)
        : OperatingSystem.IsMacOS() ? MacKernel.utimensat(directory, path, times, flags)
        : OperatingSystem.IsWindows() ? WindowsKernel.utimensat(directory, path, times, flags)
        : throw Unsupported();

    internal static int fsync(int descriptor) =>
        OperatingSystem.IsLinux() ? Interop.fsync(descriptor)
        : OperatingSystem.IsMacOS() ? MacKernel.fsync(descriptor)
        : OperatingSystem.IsWindows() ? WindowsKernel.fsync(descriptor)
        : throw Unsupported();

    internal static int syncfs(int descriptor) =>
        OperatingSystem.IsLinux() ? Interop.syncfs(descriptor)
        : OperatingSystem.IsMacOS() ? MacKernel.syncfs(descriptor)
        : OperatingSystem.IsWindows() ? WindowsKernel.syncfs(descriptor)
        : throw Unsupported();

    internal static int flock(int descriptor, int operation) =>
        OperatingSystem.IsLinux() ? Interop.flock(descriptor, operation)
        : OperatingSystem.IsMacOS() ? MacKernel.flock(descriptor, operation)
        : OperatingSystem.IsWindows() ? WindowsKernel.flock(descriptor, operation)
        : throw Unsupported();

    internal static nint getdents64(int descriptor, byte* buffer, nuint size) =>
        OperatingSystem.IsLinux() ? Interop.getdents64(descriptor, buffer, size)
        : OperatingSystem.IsMacOS() ? MacKernel.getdents64(descriptor, buffer, size)
        : OperatingSystem.IsWindows() ? WindowsKernel.getdents64(descriptor, buffer, size)
        : throw Unsupported();

    internal static int memfd_create(byte* name, uint flags) =>
        OperatingSystem.IsLinux() ? Interop.memfd_create(name, flags)
        : OperatingSystem.IsMacOS() ? MacKernel.memfd_create(name, flags)
        : OperatingSystem.IsWindows() ? WindowsKernel.memfd_create(name, flags)
        : throw Unsupported();

    internal static nint flistxattr(int descriptor, byte* list, nuint size) =>
        OperatingSystem.IsLinux() ? Interop.flistxattr(descriptor, list, size)
        : OperatingSystem.IsMacOS() ? MacKernel.flistxattr(descriptor, list, size)
        : OperatingSystem.IsWindows() ? WindowsKernel.flistxattr(descriptor, list, size)
        : throw Unsupported();

    internal static nint fgetxattr(int descriptor, byte* name, byte* value, nuint size) =>
        OperatingSystem.IsLinux() ? Interop.fgetxattr(descriptor, name, value, size)
        : OperatingSystem.IsMacOS() ? MacKernel.fgetxattr(descriptor, name, value, size)
        : OperatingSystem.IsWindows() ? WindowsKernel.fgetxattr(descriptor, name, value, size)
        : throw Unsupported();

    internal static int fsetxattr(int descriptor, byte* name, byte* value, nuint size, int flags) =>
        OperatingSystem.IsLinux() ? Interop.fsetxattr(descriptor, name, value, size, flags)
        : OperatingSystem.IsMacOS() ? MacKernel.fsetxattr(descriptor, name, value, size, flags)
        : OperatingSystem.IsWindows() ? WindowsKernel.fsetxattr(descriptor, name, value, size, flags)
        : throw Unsupported();

    internal static int fremovexattr(int descriptor, byte* name) =>
        OperatingSystem.IsLinux() ? Interop.fremovexattr(descriptor, name)
        : OperatingSystem.IsMacOS() ? MacKernel.fremovexattr(descriptor, name)
        : OperatingSystem.IsWindows() ? WindowsKernel.fremovexattr(descriptor, name)
        : throw Unsupported();

    internal static int clock_gettime(int clock, Timespec* time) =>
        OperatingSystem.IsLinux() ? Interop.clock_gettime(clock, time)
        : OperatingSystem.IsMacOS() ? MacKernel.clock_gettime(clock, time)
        : OperatingSystem.IsWindows() ? WindowsKernel.clock_gettime(clock, time)
        : throw Unsupported();

    internal static uint geteuid() =>
        OperatingSystem.IsLinux() ? Interop.geteuid()
        : OperatingSystem.IsMacOS() ? MacKernel.geteuid()
        : OperatingSystem.IsWindows() ? WindowsKernel.geteuid()
        : throw Unsupported();

    internal static uint getegid() =>
        OperatingSystem.IsLinux() ? Interop.getegid()
        : OperatingSystem.IsMacOS() ? MacKernel.getegid()
        : OperatingSystem.IsWindows() ? WindowsKernel.getegid()
        : throw Unsupported();

    /// <summary>Makes the whole of <paramref name="target"/> share the blocks of <paramref name="source"/>. A longer target keeps its tail.</summary>
    internal static Errno Clone(int source, int target) =>
        OperatingSystem.IsLinux() ? LinuxKernel.Clone(source, target)
        : OperatingSystem.IsMacOS() ? MacKernel.Clone(source, target)
        : OperatingSystem.IsWindows() ? WindowsKernel.Clone(source, target)
        : throw Unsupported();

    /// <summary>Another text each time the machine is started; null where no call tells it.</summary>
    internal static string? BootSession() => OperatingSystem.IsMacOS() ? MacKernel.BootSession() : null;

    /// <summary>Whether a clone is always a new file under a name (clonefile(2)), and an open file can be given no other's blocks.</summary>
    internal static bool ClonesByName => OperatingSystem.IsMacOS();

    /// <summary>Whether the volume of a path says that it clones; null where the system has no question for that.</summary>
    internal static bool? SaysItClones(string path) => OperatingSystem.IsMacOS() && MacKernel.SaysItClones(path, out bool clones) == Errno.None ? clones : null;

    /// <summary>Makes a new file that shares the blocks of an open one. It has the other's mode, times and attributes as well.</summary>
    internal static Errno CloneInto(int source, int directory, byte* name) => OperatingSystem.IsMacOS() ? MacKernel.CloneInto(source, directory, name) : Errno.ENOSYS;

    /// <summary>
    /// Lets what is read and written by a descriptor into the system's cache, or keeps it out: for copies so large that they would drive out
    /// all else. Where the system has no such switch nothing happens, and what it refuses does not matter.
    /// </summary>
    internal static void SetCaching(int descriptor, bool cached)
    {
        if (OperatingSystem.IsMacOS()) _ = MacKernel.SetCaching(descriptor, cached);
    }

    /// <summary>Whether trees may share the inodes of programs: not where the system remembers by inode what it found of a program's signature.</summary>
    internal static bool SharesPrograms => !OperatingSystem.IsMacOS();

    /// <summary>Whether a folder can be cloned with everything below it by one call.</summary>
    internal static bool ClonesTrees => OperatingSystem.IsMacOS();

    /// <summary>Makes a new folder that is a clone of another with everything below it, or nothing.</summary>
    internal static Errno CloneTreeInto(byte* source, byte* target) => OperatingSystem.IsMacOS() ? MacKernel.CloneTreeInto(source, target) : Errno.ENOSYS;

    /// <summary>Whether the system copies a file under a name with all that it carries, and not into an open one (copyfile(3), CopyFileEx).</summary>
    internal static bool CopiesByName => OperatingSystem.IsMacOS() || OperatingSystem.IsWindows();

    /// <summary>Makes a new file with the bytes of an open one, and with whatever else it carries.</summary>
    /// <param name="cloned">Whether the system says that it shares the other's blocks; Windows does not say.</param>
    internal static Errno CopyInto(int source, int directory, byte* name, out bool cloned, CancellationToken cancellation)
    {
        cloned = false;
        return OperatingSystem.IsMacOS() ? MacKernel.CopyInto(source, directory, name, out cloned)
            : OperatingSystem.IsWindows() ? WindowsKernel.CopyInto(source, directory, name, cancellation)
            : Errno.ENOSYS;
    }

    /// <summary>Whether the system copies an open file as a whole, and not in ranges (fcopyfile(3)).</summary>
    internal static bool CopiesWholeFiles => OperatingSystem.IsMacOS();

    /// <summary>Copies the bytes of an open file into an empty one, and leaves its holes.</summary>
    internal static Errno CopyWhole(int source, int target) => OperatingSystem.IsMacOS() ? MacKernel.CopyData(source, target) : Errno.ENOSYS;

    /// <summary>Shares one range of a length above 0.</summary>
    internal static Errno CloneRange(int source, long sourceOffset, int target, long targetOffset, long length) =>
        OperatingSystem.IsLinux() ? LinuxKernel.CloneRange(source, sourceOffset, target, targetOffset, length)
        : OperatingSystem.IsMacOS() ? MacKernel.CloneRange(source, sourceOffset, target, targetOffset, length)
        : OperatingSystem.IsWindows() ? WindowsKernel.CloneRange(source, sourceOffset, target, targetOffset, length)
        : throw Unsupported();

    /// <summary>Shares one range of files that hold the same bytes there. <paramref name="shared"/> is 0 where they do not.</summary>
    internal static Errno Deduplicate(int source, long sourceOffset, int target, long targetOffset, long length, out long shared) =>
        OperatingSystem.IsLinux() ? LinuxKernel.Deduplicate(source, sourceOffset, target, targetOffset, length, out shared)
        : OperatingSystem.IsMacOS() ? MacKernel.Deduplicate(source, sourceOffset, target, targetOffset, length, out shared)
        : OperatingSystem.IsWindows() ? WindowsKernel.Deduplicate(source, sourceOffset, target, targetOffset, length, out shared)
        : throw Unsupported();

    /// <summary>The path behind a descriptor; null where the system does not tell it.</summary>
    internal static string? PathBehind(int descriptor) =>
        OperatingSystem.IsLinux() ? LinuxKernel.PathBehind(descriptor)
        : OperatingSystem.IsMacOS() ? MacKernel.PathBehind(descriptor)
        : OperatingSystem.IsWindows() ? WindowsKernel.PathBehind(descriptor)
        : throw Unsupported();

    /// <summary>Bits that a creating call leaves out: the umask of this process, read without changing it.</summary>
    internal static int Umask() =>
        OperatingSystem.IsLinux() ? LinuxKernel.Umask()
        : OperatingSystem.IsMacOS() ? MacKernel.Umask()
        : OperatingSystem.IsWindows() ? WindowsKernel.Umask()
        : throw Unsupported();

    /// <summary>Sets the mode of a name in a directory: of a file or directory. A link is not followed but refused (ELOOP).</summary>
    internal static Errno SetModeAt(int directory, byte* name, int mode) =>
        OperatingSystem.IsLinux() ? LinuxKernel.SetModeAt(directory, name, mode)
        : OperatingSystem.IsMacOS() ? MacKernel.SetModeAt(directory, name, mode)
        : OperatingSystem.IsWindows() ? WindowsKernel.SetModeAt(directory, name, mode)
        : throw Unsupported();

    /// <summary>The names of the attributes of a symbolic link, which no copy can have.</summary>
    internal static IReadOnlyList<string> AttributesOfLink(int directory, ReadOnlySpan<byte> name) =>
        OperatingSystem.IsLinux() ? LinuxKernel.AttributesOfLink(directory, name)
        : OperatingSystem.IsMacOS() ? MacKernel.AttributesOfLink(directory, name)
        : OperatingSystem.IsWindows() ? WindowsKernel.AttributesOfLink(directory, name)
        : throw Unsupported();

    /// <summary>The name of the filesystem that a path is on: a label, and no statement of what it can do.</summary>
    internal static Errno FileSystemOf(string path, out string name) =>
        OperatingSystem.IsLinux() ? LinuxKernel.FileSystemOf(path, out name)
        : OperatingSystem.IsMacOS() ? MacKernel.FileSystemOf(path, out name)
        : OperatingSystem.IsWindows() ? WindowsKernel.FileSystemOf(path, out name)
        : throw Unsupported();

    /// <summary>Whether what SEEK_HOLE and SEEK_DATA say of an open file is taken for true.</summary>
    internal static bool TellsHoles(int descriptor) => !OperatingSystem.IsLinux() || LinuxKernel.TellsHoles(descriptor);

    /// <summary>Takes the room that an empty file is going to need, where the filesystem can; its length stays 0. Says nothing where it cannot.</summary>
    /// <returns>ENOSPC, EDQUOT or EFBIG where there is not enough, else none.</returns>
    internal static Errno Reserve(int descriptor, long length) => OperatingSystem.IsLinux() ? LinuxKernel.Reserve(descriptor, length) : Errno.None;

    /// <summary>Where the filesystem of a path is mounted; empty where that is not told.</summary>
    internal static string MountPointOf(string path) =>
        OperatingSystem.IsLinux() ? LinuxKernel.MountPointOf(path)
        : OperatingSystem.IsMacOS() ? MacKernel.MountPointOf(path)
        : OperatingSystem.IsWindows() ? WindowsKernel.MountPointOf(path)
        : throw Unsupported();

    static PlatformNotSupportedException Unsupported() => Files.Reflink.Unsupported();

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
