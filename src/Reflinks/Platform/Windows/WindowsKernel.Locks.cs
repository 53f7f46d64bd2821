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
        uint status = Unlock(descriptor, WholeFileByte, 1);
        return WindowsErrors.Result(kind == Kernel.LOCK_UN || WindowsErrors.IsError(status)
            ? status : Lock(descriptor, WholeFileByte, 1, (operation & Kernel.LOCK_NB) != 0, kind == Kernel.LOCK_EX));
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
        uint status = Unlock(descriptor, start, length);
        return WindowsErrors.Result(range->l_type == unlock || WindowsErrors.IsError(status)
            ? status : Lock(descriptor, start, length, atOnce: true, range->l_type == Kernel.F_WRLCK));
    }

    static uint Lock(nint handle, long offset, long length, bool atOnce, bool exclusive)
    {
        WindowsInterop.IoStatusBlock result = default;
        uint status = WindowsInterop.NtLockFile(
            handle, Completion.Event, null, null, &result, &offset, &length, 0, atOnce ? (byte)1 : (byte)0, exclusive ? (byte)1 : (byte)0);
        return Completion.Wait(status, result);
    }

    static uint Unlock(nint handle, long offset, long length)
    {
        WindowsInterop.IoStatusBlock result;
        uint status = WindowsInterop.NtUnlockFile(handle, &result, &offset, &length, 0);
        return status == WindowsErrors.STATUS_RANGE_NOT_LOCKED ? 0 : status;
    }
}
