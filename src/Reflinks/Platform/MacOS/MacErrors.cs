using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Reflinks.Files;

namespace Reflinks.Platform.MacOS;

/// <summary>Error numbers of this system (sys/errno.h), and what they are in those that the code decides by.</summary>
[SupportedOSPlatform("macos")]
internal static class MacErrors
{
    /// <summary>What is added to a number that Linux has no like of, so that it is taken for none of Linux' and can be turned back.</summary>
    internal const int Unknown = 0x1000;

    /// <summary>By number, from 0 on: the name here, and the number on Linux (asm-generic/errno.h) or 0 where it has none.</summary>
    static readonly (string Name, int Linux)[] Known =
    [
        ("0", 0), ("EPERM", 1), ("ENOENT", 2), ("ESRCH", 3), ("EINTR", 4), ("EIO", 5), ("ENXIO", 6), ("E2BIG", 7), ("ENOEXEC", 8), ("EBADF", 9),
        ("ECHILD", 10), ("EDEADLK", 35), ("ENOMEM", 12), ("EACCES", 13), ("EFAULT", 14), ("ENOTBLK", 15), ("EBUSY", 16), ("EEXIST", 17),
        ("EXDEV", 18), ("ENODEV", 19), ("ENOTDIR", 20), ("EISDIR", 21), ("EINVAL", 22), ("ENFILE", 23), ("EMFILE", 24), ("ENOTTY", 25),
        ("ETXTBSY", 26), ("EFBIG", 27), ("ENOSPC", 28), ("ESPIPE", 29), ("EROFS", 30), ("EMLINK", 31), ("EPIPE", 32), ("EDOM", 33), ("ERANGE", 34),
        ("EAGAIN", 11), ("EINPROGRESS", 115), ("EALREADY", 114), ("ENOTSOCK", 88), ("EDESTADDRREQ", 89), ("EMSGSIZE", 90), ("EPROTOTYPE", 91),
        ("ENOPROTOOPT", 92), ("EPROTONOSUPPORT", 93), ("ESOCKTNOSUPPORT", 94),
        ("ENOTSUP", 95),                                            // Linux has one number for it and EOPNOTSUPP
        ("EPFNOSUPPORT", 96), ("EAFNOSUPPORT", 97), ("EADDRINUSE", 98), ("EADDRNOTAVAIL", 99), ("ENETDOWN", 100), ("ENETUNREACH", 101),
        ("ENETRESET", 102), ("ECONNABORTED", 103), ("ECONNRESET", 104), ("ENOBUFS", 105), ("EISCONN", 106), ("ENOTCONN", 107), ("ESHUTDOWN", 108),
        ("ETOOMANYREFS", 109), ("ETIMEDOUT", 110), ("ECONNREFUSED", 111), ("ELOOP", 40), ("ENAMETOOLONG", 36), ("EHOSTDOWN", 112),
        ("EHOSTUNREACH", 113), ("ENOTEMPTY", 39), ("EPROCLIM", 0), ("EUSERS", 87), ("EDQUOT", 122), ("ESTALE", 116), ("EREMOTE", 66), ("EBADRPC", 0),
        ("ERPCMISMATCH", 0), ("EPROGUNAVAIL", 0), ("EPROGMISMATCH", 0), ("EPROCUNAVAIL", 0), ("ENOLCK", 37), ("ENOSYS", 38), ("EFTYPE", 0),
        ("EAUTH", 0), ("ENEEDAUTH", 0), ("EPWROFF", 0), ("EDEVERR", 0), ("EOVERFLOW", 75), ("EBADEXEC", 0), ("EBADARCH", 0), ("ESHLIBVERS", 0),
        ("EBADMACHO", 0), ("ECANCELED", 125), ("EIDRM", 43), ("ENOMSG", 42), ("EILSEQ", 84),
        ("ENOATTR", 61),                                            // Linux says ENODATA where there is no such attribute
        ("EBADMSG", 74), ("EMULTIHOP", 72), ("ENODATA", 61), ("ENOLINK", 67), ("ENOSR", 63), ("ENOSTR", 60), ("EPROTO", 71), ("ETIME", 62),
        ("EOPNOTSUPP", 95), ("ENOPOLICY", 0), ("ENOTRECOVERABLE", 131), ("EOWNERDEAD", 130), ("EQFULL", 0),
    ];

    /// <summary>The number Linux has for one of this system; one above <see cref="Unknown"/> where it has none.</summary>
    internal static int ToLinux(int code) => code == 0 ? 0 : code > 0 && code < Known.Length && Known[code].Linux is not 0 and int linux ? linux : Unknown + code;

    /// <summary>The number of this system for one of Linux, for the system's own words.</summary>
    internal static int FromLinux(int code)
    {
        if (code is 0 or >= Unknown) return Math.Max(0, code - Unknown);
        int found = Array.FindIndex(Known, known => known.Linux == code);
        return found < 0 ? code : found;
    }

    /// <summary>Names a number of this system.</summary>
    internal static NativeError Describe(int code) =>
        new(code, code > 0 && code < Known.Length ? Known[code].Name : code.ToString(CultureInfo.InvariantCulture), Marshal.GetPInvokeErrorMessage(code))
        {
            Errno = (Errno)ToLinux(code),
        };

    /// <summary>Puts an error into the words of this system.</summary>
    internal static NativeError Describe(Errno error) => Describe(FromLinux((int)error)) with { Errno = error };
}
