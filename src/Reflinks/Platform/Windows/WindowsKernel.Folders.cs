using System.Collections.Concurrent;

namespace Reflinks.Platform.Windows;

/// <summary>Making, listing and emptying folders.</summary>
internal static unsafe partial class WindowsKernel
{
    /// <summary>struct linux_dirent64, getdents64(2): inode and offset, 8 bytes each, then the record's length, the type, the name.</summary>
    const int DirentLength = 16, DirentType = 18, DirentName = 19, DirentAlignment = 8;

    const byte DT_UNKNOWN = 0, DT_DIR = 4, DT_REG = 8, DT_LNK = 10;

    /// <summary>Folders that are to be listed from their start at the next call: Windows takes that with the call alone.</summary>
    static readonly ConcurrentDictionary<int, bool> FromTheStart = new();

    /// <summary>Makes a folder. Who may enter it, its parent says; a mode does not.</summary>
    internal static int mkdirat(int directory, byte* path, uint mode)
    {
        if (!WindowsPlace.TryFind(directory, path, out WindowsPlace place)) return -1;
        if (place.Name.Length == 0) return WindowsErrors.Fail(Errno.EEXIST);
        uint status = Open(place, WindowsInterop.FILE_LIST_DIRECTORY, WindowsInterop.FILE_ATTRIBUTE_NORMAL, WindowsInterop.FILE_CREATE,
            WindowsInterop.FILE_DIRECTORY_FILE | WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint handle);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        _ = WindowsInterop.NtClose(handle);
        return 0;
    }

    static long SeekFolder(int descriptor, long offset, int whence)
    {
        if (offset != 0 || whence != Kernel.SEEK_SET) return WindowsErrors.Fail(Errno.EINVAL);
        FromTheStart[descriptor] = true;
        return 0;
    }

    internal static nint getdents64(int descriptor, byte* buffer, nuint size)
    {
        // A name grows by no more than a half where it becomes bytes, so that what was listed always has room, and nothing is listed twice.
        int room = (int)Math.Min(size, 64 * 1024) * 2 / 3;
        byte[] records = System.Buffers.ArrayPool<byte>.Shared.Rent(room);
        try
        {
            fixed (byte* start = records)
            {
                bool again = FromTheStart.TryRemove(descriptor, out _);
                WindowsInterop.IoStatusBlock result = default;
                uint status = WindowsInterop.NtQueryDirectoryFile(
                    descriptor, 0, null, null, &result, start, (uint)room, WindowsInterop.FileIdFullDirectoryInformation, 0, null, again ? (byte)1 : (byte)0);
                if (status is WindowsInterop.STATUS_NO_MORE_FILES or WindowsErrors.STATUS_NO_SUCH_FILE) return 0;
                if (status == WindowsErrors.STATUS_INVALID_PARAMETER && !IsFolder(descriptor)) return WindowsErrors.Fail(WindowsErrors.STATUS_NOT_A_DIRECTORY);
                if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
                return result.Information == 0 ? 0 : WriteRecords(start, buffer);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(records);
        }
    }

    static bool IsFolder(nint handle) =>
        !WindowsErrors.IsError(AttributesOf(handle, out uint attributes, out _)) && (attributes & WindowsInterop.FILE_ATTRIBUTE_DIRECTORY) != 0;

    static nint WriteRecords(byte* from, byte* to)
    {
        nint written = 0;
        while (true)
        {
            var entry = (WindowsInterop.IdFullDirectoryInformation*)from;
            byte* record = to + written;
            var name = new ReadOnlySpan<char>(from + sizeof(WindowsInterop.IdFullDirectoryInformation), (int)entry->FileNameLength / 2);
            int length = WindowsNames.Encode(name, new Span<byte>(record + DirentName, name.Length * 3));
            record[DirentName + length] = 0;
            int whole = (DirentName + length + 1 + DirentAlignment - 1) / DirentAlignment * DirentAlignment;
            *(ulong*)record = entry->FileId;
            *(long*)(record + 8) = 0;
            *(ushort*)(record + DirentLength) = (ushort)whole;
            record[DirentType] = TypeOf(*entry);
            written += whole;
            if (entry->NextEntryOffset == 0) return written;
            from += entry->NextEntryOffset;
        }
    }

    static byte TypeOf(in WindowsInterop.IdFullDirectoryInformation entry) =>
        (entry.FileAttributes & WindowsInterop.FILE_ATTRIBUTE_REPARSE_POINT) != 0 ? IsLink(entry.EaSize) ? DT_LNK : DT_UNKNOWN
        : (entry.FileAttributes & WindowsInterop.FILE_ATTRIBUTE_DIRECTORY) != 0 ? DT_DIR : DT_REG;

    internal static int unlinkat(int directory, byte* path, int flags)
    {
        if (!WindowsPlace.TryFind(directory, path, out WindowsPlace place)) return -1;
        if (place.Name.Length == 0) return WindowsErrors.Fail(Errno.EINVAL);
        int repetitions = 0;
        while (true)
        {
            uint status = Open(place, WindowsInterop.DELETE | WindowsInterop.FILE_READ_ATTRIBUTES, 0, WindowsInterop.FILE_OPEN,
                WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint handle);
            // What is about to go is gone.
            if (status == WindowsErrors.STATUS_DELETE_PENDING) return WindowsErrors.Fail(Errno.ENOENT);
            if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
            status = Delete(handle, (flags & Kernel.AT_REMOVEDIR) != 0);
            _ = WindowsInterop.NtClose(handle);
            if (!WindowsErrors.ShallRepeat(status, ref repetitions, deniedMayPass: true)) return WindowsErrors.Result(status);
        }
    }

    /// <summary>Takes the name of what is open away: at once where the system can, when the last handle is closed elsewhere.</summary>
    static uint Delete(nint handle, bool folder)
    {
        uint status = AttributesOf(handle, out uint attributes, out uint tag);
        if (WindowsErrors.IsError(status)) return status;
        bool isFolder = (attributes & WindowsInterop.FILE_ATTRIBUTE_DIRECTORY) != 0 && !IsLink(tag);
        if (folder != isFolder) return isFolder ? WindowsErrors.STATUS_FILE_IS_A_DIRECTORY : WindowsErrors.STATUS_NOT_A_DIRECTORY;

        // Windows 10 1709 and later, on NTFS and on new versions of ReFS.
        status = Set(handle, WindowsInterop.FileDispositionInformationEx, WindowsInterop.FILE_DISPOSITION_DELETE
            | WindowsInterop.FILE_DISPOSITION_POSIX_SEMANTICS | WindowsInterop.FILE_DISPOSITION_IGNORE_READONLY_ATTRIBUTE);
        if (!IsUnknownClass(status)) return status;

        bool isReadOnly = (attributes & WindowsInterop.FILE_ATTRIBUTE_READONLY) != 0;
        if (isReadOnly) _ = WithAccess(handle, WindowsInterop.FILE_WRITE_ATTRIBUTES | WindowsInterop.FILE_READ_ATTRIBUTES, false, &SetReadOnly);
        status = Set(handle, WindowsInterop.FileDispositionInformation, (byte)1);
        if (isReadOnly && WindowsErrors.IsError(status))
            _ = WithAccess(handle, WindowsInterop.FILE_WRITE_ATTRIBUTES | WindowsInterop.FILE_READ_ATTRIBUTES, true, &SetReadOnly);
        return status;
    }

    /// <summary>Whether a status says that the system or the filesystem does not have this kind of request, older ones than the one that we ask first.</summary>
    static bool IsUnknownClass(uint status) => status is WindowsErrors.STATUS_INVALID_INFO_CLASS or WindowsErrors.STATUS_INVALID_PARAMETER
        or WindowsErrors.STATUS_NOT_SUPPORTED or WindowsErrors.STATUS_NOT_IMPLEMENTED or WindowsErrors.STATUS_INVALID_DEVICE_REQUEST;
}
