using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Reflinks.Files;

namespace Reflinks.Platform.Windows;

/// <summary>The one place where what Windows says becomes an <see cref="Errno"/>, and an errno what Windows would say.</summary>
/// <remarks>
/// A status of the kernel is turned into a Win32 error by the system's own table, and that by <see cref="ErrnoOf(Win32Error)"/>. Where that table
/// throws together what has to be told apart (nine of its statuses mean "access denied"), the status decides.
/// </remarks>
[SupportedOSPlatform("windows")]
internal static class WindowsErrors
{
    // ntstatus.h
    internal const uint STATUS_NOT_IMPLEMENTED = 0xC000_0002, STATUS_INVALID_INFO_CLASS = 0xC000_0003, STATUS_INVALID_PARAMETER = 0xC000_000D, STATUS_NO_SUCH_FILE = 0xC000_000F,
        STATUS_INVALID_DEVICE_REQUEST = 0xC000_0010, STATUS_END_OF_FILE = 0xC000_0011, STATUS_ACCESS_DENIED = 0xC000_0022, STATUS_BUFFER_TOO_SMALL = 0xC000_0023,
        STATUS_OBJECT_NAME_INVALID = 0xC000_0033, STATUS_OBJECT_NAME_NOT_FOUND = 0xC000_0034, STATUS_OBJECT_NAME_COLLISION = 0xC000_0035,
        STATUS_SHARING_VIOLATION = 0xC000_0043,
        STATUS_FILE_LOCK_CONFLICT = 0xC000_0054, STATUS_LOCK_NOT_GRANTED = 0xC000_0055, STATUS_DELETE_PENDING = 0xC000_0056,
        STATUS_FILE_IS_A_DIRECTORY = 0xC000_00BA, STATUS_MEDIA_WRITE_PROTECTED = 0xC000_00A2, STATUS_NOT_SUPPORTED = 0xC000_00BB, STATUS_DIRECTORY_NOT_EMPTY = 0xC000_0101,
        STATUS_NOT_A_DIRECTORY = 0xC000_0103, STATUS_CANNOT_DELETE = 0xC000_0121, STATUS_NOT_A_REPARSE_POINT = 0xC000_0275,
        STATUS_IO_REPARSE_TAG_NOT_HANDLED = 0xC000_0279;

    /// <summary>How often a call is repeated that another program is in the way of: 1, 2, 4… milliseconds apart, half a second in all.</summary>
    const int MostRepetitions = 9;

    /// <summary>The Win32 error of the last call of this thread that failed, for a message in the system's own words.</summary>
    [ThreadStatic]
    static Win32Error last;

    /// <summary>Leaves an errno as a system call of Linux does, and returns -1.</summary>
    internal static int Fail(Errno error)
    {
        last = CodeOf(error);
        Marshal.SetLastPInvokeError((int)error);
        return -1;
    }

    /// <summary>The same for what a call of ntdll returned; 0 where that is no error.</summary>
    internal static int Result(uint status) => IsError(status) ? Fail(status) : 0;

    /// <summary>The same for an error status.</summary>
    internal static int Fail(uint status)
    {
        last = (Win32Error)WindowsInterop.RtlNtStatusToDosError(status);
        Marshal.SetLastPInvokeError((int)ErrnoOf(status, last));
        return -1;
    }

    /// <summary>The same for an error of a call of kernel32.</summary>
    internal static int Fail(Win32Error error)
    {
        last = error;
        Marshal.SetLastPInvokeError((int)ErrnoOf(error));
        return -1;
    }

    /// <summary>Whether a status is an error: neither success nor one of the warnings that come with all that was asked for.</summary>
    internal static bool IsError(uint status) => (int)status < 0 && status != WindowsInterop.STATUS_BUFFER_OVERFLOW;

    /// <summary>What a status means, where its Win32 error does not say it.</summary>
    internal static Errno ErrnoOf(uint status, Win32Error error) => status switch
    {
        STATUS_FILE_IS_A_DIRECTORY => Errno.EISDIR,
        STATUS_NOT_A_DIRECTORY => Errno.ENOTDIR,
        STATUS_DELETE_PENDING => Errno.EBUSY,                       // its name is still taken
        STATUS_CANNOT_DELETE => Errno.EBUSY,                        // a program that is running, a file that is mapped
        STATUS_SHARING_VIOLATION => Errno.EBUSY,
        STATUS_FILE_LOCK_CONFLICT or STATUS_LOCK_NOT_GRANTED => Errno.EAGAIN,
        STATUS_OBJECT_NAME_INVALID => Errno.EINVAL,
        STATUS_IO_REPARSE_TAG_NOT_HANDLED => Errno.EOPNOTSUPP,
        _ => ErrnoOf(error),
    };

    /// <summary>What a Win32 error means.</summary>
    internal static Errno ErrnoOf(Win32Error error) => error switch
    {
        Win32Error.SUCCESS => Errno.None,
        Win32Error.FILE_NOT_FOUND or Win32Error.PATH_NOT_FOUND or Win32Error.INVALID_DRIVE or Win32Error.NO_MORE_FILES
            or Win32Error.BAD_NETPATH or Win32Error.BAD_NET_NAME => Errno.ENOENT,
        Win32Error.ACCESS_DENIED => Errno.EACCES,
        Win32Error.PRIVILEGE_NOT_HELD => Errno.EPERM,
        Win32Error.INVALID_HANDLE => Errno.EBADF,
        Win32Error.NOT_ENOUGH_MEMORY or Win32Error.OUTOFMEMORY or Win32Error.NO_SYSTEM_RESOURCES or Win32Error.COMMITMENT_LIMIT => Errno.ENOMEM,
        Win32Error.TOO_MANY_OPEN_FILES => Errno.EMFILE,
        Win32Error.BAD_FORMAT => Errno.ENOEXEC,
        Win32Error.NOT_SAME_DEVICE => Errno.EXDEV,
        Win32Error.WRITE_PROTECT => Errno.EROFS,
        Win32Error.SHARING_VIOLATION or Win32Error.BUSY or Win32Error.DELETE_PENDING => Errno.EBUSY,
        Win32Error.LOCK_VIOLATION => Errno.EAGAIN,
        Win32Error.INVALID_FUNCTION or Win32Error.NOT_SUPPORTED or Win32Error.CANT_ACCESS_FILE => Errno.EOPNOTSUPP,
        Win32Error.CALL_NOT_IMPLEMENTED => Errno.ENOSYS,
        Win32Error.FILE_EXISTS or Win32Error.ALREADY_EXISTS => Errno.EEXIST,
        Win32Error.INVALID_PARAMETER or Win32Error.INVALID_NAME or Win32Error.BAD_PATHNAME or Win32Error.NOT_A_REPARSE_POINT
            or Win32Error.REPARSE_TAG_INVALID => Errno.EINVAL,
        Win32Error.DISK_FULL or Win32Error.HANDLE_DISK_FULL => Errno.ENOSPC,
        Win32Error.DISK_QUOTA_EXCEEDED => Errno.EDQUOT,
        Win32Error.INSUFFICIENT_BUFFER or Win32Error.MORE_DATA => Errno.ERANGE,
        Win32Error.DIR_NOT_EMPTY => Errno.ENOTEMPTY,
        Win32Error.DIRECTORY => Errno.ENOTDIR,
        Win32Error.FILENAME_EXCED_RANGE => Errno.ENAMETOOLONG,
        Win32Error.FILE_TOO_LARGE or Win32Error.FILE_SYSTEM_LIMITATION => Errno.EFBIG,
        Win32Error.BLOCK_TOO_MANY_REFERENCES or Win32Error.TOO_MANY_LINKS => Errno.EMLINK,
        Win32Error.CANT_RESOLVE_FILENAME => Errno.ELOOP,
        Win32Error.NO_UNICODE_TRANSLATION => Errno.EILSEQ,
        Win32Error.OPERATION_ABORTED or Win32Error.REQUEST_ABORTED => Errno.EINTR,
        _ => Errno.EIO,                                             // a disk's errors, and whatever is not known
    };

    /// <summary>The Win32 error that says the same as an errno.</summary>
    internal static Win32Error CodeOf(Errno error) => error switch
    {
        Errno.None => Win32Error.SUCCESS,
        Errno.ENOENT => Win32Error.FILE_NOT_FOUND,
        Errno.EACCES => Win32Error.ACCESS_DENIED,
        Errno.EPERM => Win32Error.PRIVILEGE_NOT_HELD,
        Errno.EBADF => Win32Error.INVALID_HANDLE,
        Errno.ENOMEM => Win32Error.NOT_ENOUGH_MEMORY,
        Errno.EMFILE or Errno.ENFILE => Win32Error.TOO_MANY_OPEN_FILES,
        Errno.ENOEXEC => Win32Error.BAD_FORMAT,
        Errno.EXDEV => Win32Error.NOT_SAME_DEVICE,
        Errno.EROFS => Win32Error.WRITE_PROTECT,
        Errno.EBUSY => Win32Error.SHARING_VIOLATION,
        Errno.EAGAIN => Win32Error.LOCK_VIOLATION,
        Errno.EOPNOTSUPP => Win32Error.NOT_SUPPORTED,
        Errno.ENOSYS => Win32Error.CALL_NOT_IMPLEMENTED,
        Errno.EEXIST => Win32Error.ALREADY_EXISTS,
        Errno.EINVAL => Win32Error.INVALID_PARAMETER,
        Errno.ENOSPC => Win32Error.DISK_FULL,
        Errno.EDQUOT => Win32Error.DISK_QUOTA_EXCEEDED,
        Errno.ERANGE => Win32Error.INSUFFICIENT_BUFFER,
        Errno.ENOTEMPTY => Win32Error.DIR_NOT_EMPTY,
        Errno.ENOTDIR => Win32Error.DIRECTORY,
        Errno.ENAMETOOLONG => Win32Error.FILENAME_EXCED_RANGE,
        Errno.EFBIG => Win32Error.FILE_TOO_LARGE,
        Errno.EMLINK => Win32Error.TOO_MANY_LINKS,
        Errno.ELOOP => Win32Error.CANT_RESOLVE_FILENAME,
        Errno.EILSEQ => Win32Error.NO_UNICODE_TRANSLATION,
        Errno.EINTR => Win32Error.OPERATION_ABORTED,
        Errno.EISDIR => Win32Error.ACCESS_DENIED,                   // what the Win32 calls say of a folder
        Errno.E2BIG or Errno.EOVERFLOW => Win32Error.MORE_DATA,
        Errno.ENXIO => Win32Error.HANDLE_EOF,
        _ => Win32Error.GEN_FAILURE,
    };

    /// <summary>An errno in the words of Windows: of the call that last failed in this thread where that is what it said, else of the error that means the same.</summary>
    internal static NativeError Describe(Errno error) =>
        Describe((int)(last != Win32Error.SUCCESS && (ErrnoOf(last) == error || CodeOf(error) == last) ? last : CodeOf(error))) with { Errno = error };

    /// <summary>Names a Win32 error and gives the system's words for it.</summary>
    internal static NativeError Describe(int code) => new(
        code,
        Enum.GetName((Win32Error)code) is { } known ? $"ERROR_{known}" : code.ToString(CultureInfo.InvariantCulture),
        Marshal.GetPInvokeErrorMessage(code).TrimEnd('.', ' ', '\r', '\n'))
    { Errno = ErrnoOf((Win32Error)code) };

    /// <summary>Whether a call is to be made again, after a pause: programs that look into every new file, as virus scanners do, hold it for a moment.</summary>
    /// <param name="status">What it said.</param>
    /// <param name="repetitions">How often it was repeated.</param>
    /// <param name="deniedMayPass">Whether "access denied" may mean such a program too, as it does where a name is to be taken away or replaced.</param>
    internal static bool ShallRepeat(uint status, ref int repetitions, bool deniedMayPass = false)
    {
        bool passes = status is STATUS_SHARING_VIOLATION or STATUS_DELETE_PENDING or STATUS_CANNOT_DELETE || (deniedMayPass && status == STATUS_ACCESS_DENIED);
        if (!passes || repetitions == MostRepetitions) return false;
        Thread.Sleep(1 << repetitions++);
        return true;
    }
}
