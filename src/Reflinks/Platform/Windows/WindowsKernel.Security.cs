using System.Buffers.Binary;

namespace Reflinks.Platform.Windows;

/// <summary>Access control lists, of which <see cref="AccessList"/> says what is kept.</summary>
internal static unsafe partial class WindowsKernel
{
    /// <summary>Larger than most, and smaller than the largest, which is asked for again.</summary>
    const int UsualDescriptor = 1024;

    /// <summary>What is to be kept of a file's list; nothing where there is nothing, or where the filesystem has no lists.</summary>
    static uint ReadSecurity(nint handle, out byte[] kept)
    {
        kept = [];
        byte[] room = new byte[UsualDescriptor];
        uint status;
        fixed (byte* start = room) status = WithAccess(handle, WindowsInterop.READ_CONTROL, ((nint)start, room.Length), &QuerySecurity);
        if (status == WindowsErrors.STATUS_BUFFER_TOO_SMALL)
        {
            room = new byte[2 * LongestValue];
            fixed (byte* start = room) status = WithAccess(handle, WindowsInterop.READ_CONTROL, ((nint)start, room.Length), &QuerySecurity);
        }
        if (!WindowsErrors.IsError(status)) kept = AccessList.Kept(room);
        return status;
    }

    static uint QuerySecurity(nint handle, (nint Start, int Length) room)
    {
        uint needed;
        return WindowsInterop.NtQuerySecurityObject(handle, WindowsInterop.DACL_SECURITY_INFORMATION, (void*)room.Start, (uint)room.Length, &needed);
    }

    /// <summary>Gives a file a list, and what its folder has for it unless it is protected from that.</summary>
    static int WriteSecurity(nint handle, ReadOnlySpan<byte> list, bool isProtected)
    {
        uint what = WindowsInterop.DACL_SECURITY_INFORMATION
            | (isProtected ? WindowsInterop.PROTECTED_DACL_SECURITY_INFORMATION : WindowsInterop.UNPROTECTED_DACL_SECURITY_INFORMATION);
        const uint rights = WindowsInterop.WRITE_DAC | WindowsInterop.READ_CONTROL | WindowsInterop.FILE_READ_ATTRIBUTES;
        uint status = Reopen(handle, rights, WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint able);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        uint error;
        // It is measured by its own field of length, which counts room behind the entries too.
        byte[] own = list.ToArray();
        if (own.Length > 0) BinaryPrimitives.WriteUInt16LittleEndian(own.AsSpan(2), (ushort)own.Length);
        fixed (byte* start = own) error = WindowsInterop.SetSecurityInfo(able, WindowsInterop.SE_FILE_OBJECT, what, null, null, own.Length == 0 ? null : start, null);
        _ = WindowsInterop.NtClose(able);
        return error == 0 ? 0 : WindowsErrors.Fail((Win32Error)error);
    }
}
