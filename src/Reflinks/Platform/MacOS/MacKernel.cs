using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace Reflinks.Platform.MacOS;

/// <summary>The calls of <see cref="Kernel"/> on this system: on descriptors, in this part.</summary>
/// <remarks>
/// They take and give the numbers of Linux. No Mac has run them: what vouches for them are Apple's headers and manual pages, and tests
/// against a simulation (docs/platforms.md).
/// </remarks>
[SupportedOSPlatform("macos")]
internal static unsafe partial class MacKernel
{
    /// <summary>Whether variadic arguments go onto the stack: see <see cref="MacInterop"/>.</summary>
    static readonly bool OnStack = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    internal static int openat(int directory, byte* path, int flags, uint mode)
    {
        int descriptor = Open(MacFlags.Directory(directory), path, MacFlags.Open(flags), mode);
        if (descriptor < 0) return Refused();
        const int made = Kernel.O_CREAT | Kernel.O_EXCL;
        if ((flags & made) == made && Quarantine.MarksNewFiles) Quarantine.Remove(descriptor);
        return descriptor;
    }

    internal static int fcntl(int descriptor, int command)
    {
        if (command != Kernel.F_GETFL) return Refuse(Errno.EINVAL);
        int flags = Control(descriptor, MacInterop.F_GETFL, 0);
        return flags >= 0 ? MacFlags.Opened(flags) : Refused();
    }

    internal static int fcntl(int descriptor, int command, Kernel.Flock* range)
    {
        if (command != Kernel.F_OFD_SETLK) return Refuse(Errno.EINVAL);
        var translated = new MacInterop.Flock
        {
            l_start = range->l_start,
            l_len = range->l_len,
            l_type = MacFlags.Lock(range->l_type),
            l_whence = range->l_whence,
        };
        return Result(Control(descriptor, MacInterop.F_OFD_SETLK, (nint)(&translated)));
    }

    internal static int close(int descriptor) => Result(MacInterop.close(descriptor));

    internal static nint read(int descriptor, void* buffer, nuint count) => Result(MacInterop.read(descriptor, buffer, count));

    internal static nint pread(int descriptor, void* buffer, nuint count, long offset) => Result(MacInterop.pread(descriptor, buffer, count, offset));

    internal static nint pwrite(int descriptor, void* buffer, nuint count, long offset) => Result(MacInterop.pwrite(descriptor, buffer, count, offset));

    /// <summary>Holes are not looked for: every file counts as full.</summary>
    /// <remarks>
    /// APFS answers ENXIO, which says "nothing but a hole follows", for files whose holes it does not tell, and has named data a hole
    /// that was not yet on disk (coreutils issue 68): a copy would be zeros. A clone keeps holes, and so does <see cref="CopyData"/>.
    /// </remarks>
    internal static long lseek(int descriptor, long offset, int whence) => whence switch
    {
        Kernel.SEEK_SET => Result(MacInterop.lseek(descriptor, offset, MacInterop.SEEK_SET)),
        Kernel.SEEK_CUR => Result(MacInterop.lseek(descriptor, offset, MacInterop.SEEK_CUR)),
        Kernel.SEEK_END => Result(MacInterop.lseek(descriptor, offset, MacInterop.SEEK_END)),
        _ => Refuse(Errno.EINVAL),
    };

    internal static int ftruncate(int descriptor, long length) => Result(MacInterop.ftruncate(descriptor, length));

    internal static int flock(int descriptor, int operation) => Result(MacInterop.flock(descriptor, operation));

    /// <summary>Makes a file durable.</summary>
    /// <remarks>
    /// fsync(2) here hands data to the drive and leaves it in the drive's cache; after F_FULLFSYNC it is on the medium, with
    /// everything synced on that device before (fcntl(2)). F_BARRIERFSYNC costs less and keeps only the order: a record that said it was
    /// done could be gone after a loss of power, so it is not used. Filesystems that know neither, network ones, get the plain call.
    /// </remarks>
    internal static int fsync(int descriptor) =>
        Control(descriptor, MacInterop.F_FULLFSYNC, 0) >= 0 ? 0
        : Last() is Errno.EOPNOTSUPP or Errno.ENOTTY or Errno.EINVAL ? Result(MacInterop.fsync(descriptor))
        : Refused();

    /// <summary>Makes the whole volume durable.</summary>
    internal static int syncfs(int descriptor)
    {
        int result = MacInterop.fsync_volume_np(descriptor, MacInterop.SYNC_VOLUME_FULLSYNC | MacInterop.SYNC_VOLUME_WAIT);
        return result <= 0 ? Result(result) : Refuse((Errno)MacErrors.ToLinux(result));
    }

    /// <summary>There is no coarse clock here; the fine one is never behind the time that a filesystem has just given a file.</summary>
    internal static int clock_gettime(int clock, Kernel.Timespec* time)
    {
        if (clock != Kernel.CLOCK_REALTIME_COARSE) return Refuse(Errno.EINVAL);
        MacInterop.Timespec now;
        if (MacInterop.clock_gettime(MacInterop.CLOCK_REALTIME, &now) != 0) return Refused();
        *time = new Kernel.Timespec { tv_sec = now.tv_sec, tv_nsec = now.tv_nsec };
        return 0;
    }

    internal static uint geteuid() => MacInterop.geteuid();

    internal static uint getegid() => MacInterop.getegid();

    /// <summary>The path behind a descriptor; null where the system does not tell it.</summary>
    internal static string? PathBehind(int descriptor)
    {
        byte* path = stackalloc byte[MacInterop.MAXPATHLEN];
        return Control(descriptor, MacInterop.F_GETPATH, (nint)path) >= 0
            ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(path)) : null;
    }

    /// <summary>Keeps what is read and written by a descriptor out of the cache, or lets it in again: for files so large that they would drive out all else.</summary>
    internal static Errno SetCaching(int descriptor, bool cached) => Control(descriptor, MacInterop.F_NOCACHE, cached ? 0 : 1) >= 0 ? Errno.None : Last();

    static int Open(int directory, byte* path, int flags, uint mode) =>
        OnStack ? MacInterop.openat(directory, path, flags, 0, 0, 0, 0, 0, (nint)mode) : MacInterop.openat(directory, path, flags, mode);

    static int Control(int descriptor, int command, nint argument) =>
        OnStack ? MacInterop.fcntl(descriptor, command, 0, 0, 0, 0, 0, 0, argument) : MacInterop.fcntl(descriptor, command, argument);

    /// <summary>What the call just made was refused with.</summary>
    static Errno Last() => (Errno)MacErrors.ToLinux(Marshal.GetLastPInvokeError());

    /// <summary>Puts the number of the call just made into that of Linux.</summary>
    static int Refused() => Refuse(Last());

    static int Refuse(Errno error)
    {
        Marshal.SetLastPInvokeError((int)error);
        return -1;
    }

    static int Result(int result) => result >= 0 ? result : Refused();

    static nint Result(nint result) => result >= 0 ? result : Refused();

    static long Result(long result) => result >= 0 ? result : Refused();
}
