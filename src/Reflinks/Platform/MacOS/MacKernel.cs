using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Reflinks.Platform.MacOS;

/// <summary>The calls of <see cref="Kernel"/> on this system. None is made yet: each says ENOSYS.</summary>
[SupportedOSPlatform("macos")]
internal static unsafe class MacKernel
{
    internal static int openat(int directory, byte* path, int flags, uint mode) => Absent();

    internal static int fcntl(int descriptor, int command) => Absent();

    internal static int fcntl(int descriptor, int command, Kernel.Flock* range) => Absent();

    internal static int close(int descriptor) => Absent();

    internal static nint read(int descriptor, void* buffer, nuint count) => Absent();

    internal static nint pread(int descriptor, void* buffer, nuint count, long offset) => Absent();

    internal static nint pwrite(int descriptor, void* buffer, nuint count, long offset) => Absent();

    internal static long lseek(int descriptor, long offset, int whence) => Absent();

    internal static int ftruncate(int descriptor, long length) => Absent();

    internal static int statx(int directory, byte* path, int flags, uint mask, Kernel.Statx* result) => Absent();

    internal static nint copy_file_range(int source, long* sourceOffset, int target, long* targetOffset, nuint length, uint flags) => Absent();

    internal static int mkdirat(int directory, byte* path, uint mode) => Absent();

    internal static int unlinkat(int directory, byte* path, int flags) => Absent();

    internal static int linkat(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, int flags) => Absent();

    internal static int symlinkat(byte* target, int directory, byte* path) => Absent();

    internal static nint readlinkat(int directory, byte* path, byte* buffer, nuint size) => Absent();

    internal static int renameat2(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, uint flags) => Absent();

    internal static int fchmod(int descriptor, uint mode) => Absent();

    internal static int futimens(int descriptor, Kernel.Timespec* times) => Absent();

    internal static int utimensat(int directory, byte* path, Kernel.Timespec* times, int flags) => Absent();

    internal static int fsync(int descriptor) => Absent();

    internal static int syncfs(int descriptor) => Absent();

    internal static int flock(int descriptor, int operation) => Absent();

    internal static nint getdents64(int descriptor, byte* buffer, nuint size) => Absent();

    internal static int memfd_create(byte* name, uint flags) => Absent();

    internal static nint flistxattr(int descriptor, byte* list, nuint size) => Absent();

    internal static nint fgetxattr(int descriptor, byte* name, byte* value, nuint size) => Absent();

    internal static int fsetxattr(int descriptor, byte* name, byte* value, nuint size, int flags) => Absent();

    internal static int fremovexattr(int descriptor, byte* name) => Absent();

    internal static int clock_gettime(int clock, Kernel.Timespec* time) => Absent();

    internal static uint geteuid() => 0;

    internal static uint getegid() => 0;

    internal static Errno Clone(int source, int target) => Errno.ENOSYS;

    internal static Errno CloneRange(int source, long sourceOffset, int target, long targetOffset, long length) => Errno.ENOSYS;

    internal static Errno Deduplicate(int source, long sourceOffset, int target, long targetOffset, long length, out long shared)
    {
        shared = 0;
        return Errno.ENOSYS;
    }

    internal static string? PathBehind(int descriptor) => null;

    internal static int Umask() => 0;

    internal static Errno SetModeAt(int directory, byte* name, int mode) => Errno.ENOSYS;

    internal static IReadOnlyList<string> AttributesOfLink(int directory, ReadOnlySpan<byte> name) => [];

    internal static Errno FileSystemOf(string path, out string name)
    {
        name = string.Empty;
        return Errno.ENOSYS;
    }

    internal static string MountPointOf(string path) => string.Empty;

    static int Absent()
    {
        Marshal.SetLastPInvokeError((int)Errno.ENOSYS);
        return -1;
    }
}
