using System.Runtime.InteropServices;

namespace Reflinks.Platform.Windows;

/// <summary>Locks that only those respect who ask for them, as on Linux: of bytes far behind any that a file can have.</summary>
internal static unsafe partial class WindowsKernel
{
    /// <summary>Where flock's byte is, and where those of fcntl begin. Files end before 2^48 on NTFS and 2^60 on ReFS.</summary>
    const long WholeFileByte = 0x7000_0000_0000_0000, RangesBegin = 0x7100_0000_0000_0000;

    internal static int flock(int descriptor, int operation)
    {
        int kind = operation & ~Kernel.LOCK_NB;
        if (kind is not (Kernel.LOCK_SH or Kernel.LOCK_EX or Kernel.LOCK_UN)) return WindowsErrors.Fail(Errno.EINVAL);
        // What is held already would stay beside the new one; to give it back first is what flock(2) does too, and calls "not atomic".
        Win32Error error = Unlock(descriptor, WholeFileByte, 1);
        return Result(kind == Kernel.LOCK_UN || error != Win32Error.SUCCESS
            ? error : Lock(descriptor, WholeFileByte, 1, (operation & Kernel.LOCK_NB) != 0, kind == Kernel.LOCK_EX));
    }

    /// <summary>F_OFD_SETLK: one lock of a range, which belongs to the handle; with a type that is none of the two it is given back.</summary>
    internal static int fcntl(int descriptor, int command, Kernel.Flock* range)
    {
        const short shared = 0, unlock = 2;     // F_RDLCK, F_UNLCK, fcntl.h
        if (command != Kernel.F_OFD_SETLK || range->l_whence != Kernel.SEEK_SET || range->l_start < 0 || range->l_len < 0
            || range->l_type is not (shared or Kernel.F_WRLCK or unlock))
        {
            return WindowsErrors.Fail(Errno.EINVAL);
        }
        long start = RangesBegin + range->l_start, length = range->l_len == 0 ? long.MaxValue - start : range->l_len;
        Win32Error error = Unlock(descriptor, start, length);
        return Result(range->l_type == unlock || error != Win32Error.SUCCESS
            ? error : Lock(descriptor, start, length, atOnce: true, range->l_type == Kernel.F_WRLCK));
    }

    static Win32Error Lock(nint handle, long offset, long length, bool atOnce, bool exclusive)
    {
        var place = new WindowsInterop.Overlapped { Offset = (uint)offset, OffsetHigh = (uint)(offset >> 32), hEvent = Completion.Event };
        uint flags = (atOnce ? WindowsInterop.LOCKFILE_FAIL_IMMEDIATELY : 0) | (exclusive ? WindowsInterop.LOCKFILE_EXCLUSIVE_LOCK : 0);
        if (WindowsInterop.LockFileEx(handle, flags, 0, (uint)length, (uint)(length >> 32), &place) != 0) return Win32Error.SUCCESS;
        var error = (Win32Error)Marshal.GetLastPInvokeError();
        if (error != Win32Error.IO_PENDING) return error;

        // A handle that does not wait: what became of it stands where the status of the kernel's call is.
        _ = Completion.Wait(WindowsInterop.STATUS_PENDING, *(WindowsInterop.IoStatusBlock*)&place);
        return (Win32Error)WindowsInterop.RtlNtStatusToDosError((uint)place.Internal);
    }

    static Win32Error Unlock(nint handle, long offset, long length)
    {
        var place = new WindowsInterop.Overlapped { Offset = (uint)offset, OffsetHigh = (uint)(offset >> 32) };
        if (WindowsInterop.UnlockFileEx(handle, 0, (uint)length, (uint)(length >> 32), &place) != 0) return Win32Error.SUCCESS;
        // The second is how Wine says the first.
        return (Win32Error)Marshal.GetLastPInvokeError() is var error && error is Win32Error.NOT_LOCKED or Win32Error.LOCK_VIOLATION ? Win32Error.SUCCESS : error;
    }

    static int Result(Win32Error error) => error is Win32Error.SUCCESS ? 0 : WindowsErrors.Fail(error);
}
