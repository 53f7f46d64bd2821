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
internal static unsafe partial class Kernel
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

    static PlatformNotSupportedException Unsupported() => Files.Reflink.Unsupported();
}
