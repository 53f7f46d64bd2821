using System.Runtime.InteropServices;

namespace Reflinks.Platform.Windows;

/// <summary>Opening, reading, writing, seeking.</summary>
internal static unsafe partial class WindowsKernel
{
    const uint ToRead = WindowsInterop.FILE_READ_DATA | WindowsInterop.FILE_READ_EA | WindowsInterop.FILE_READ_ATTRIBUTES | WindowsInterop.READ_CONTROL;
    const uint ToAppend = WindowsInterop.FILE_APPEND_DATA | WindowsInterop.FILE_READ_ATTRIBUTES;
    const uint ToWrite = WindowsInterop.FILE_WRITE_DATA | ToAppend;
    const uint ToChangeLooks = WindowsInterop.FILE_WRITE_ATTRIBUTES | WindowsInterop.READ_CONTROL;

    /// <summary>The most that is moved in one call, as in Linux (MAX_RW_COUNT).</summary>
    const uint MostBytes = 0x7FFF_F000;

    /// <summary>A file that grows by less than this with nothing written is no sparse one.</summary>
    const long LeastHole = 64 * 1024;

    internal static int openat(int directory, byte* path, int flags, uint mode)
    {
        if (!WindowsPlace.TryFind(directory, path, out WindowsPlace place)) return -1;
        return OpenAt(place, flags, mode);
    }

    static int OpenAt(in WindowsPlace place, int flags, uint mode)
    {
        bool onlyFolder = (flags & OpenFlags.O_DIRECTORY) != 0, noFollow = (flags & OpenFlags.O_NOFOLLOW) != 0, named = (flags & Kernel.O_PATH) != 0;
        int access = named ? Kernel.O_RDONLY : flags & Kernel.O_ACCMODE;
        bool writes = access != Kernel.O_RDONLY;
        bool creates = !named && (flags & Kernel.O_CREAT) != 0, exclusive = creates && (flags & Kernel.O_EXCL) != 0;
        if (creates && onlyFolder) return WindowsErrors.Fail(Errno.EINVAL);

        uint rights = named ? ToLookAt : (access == Kernel.O_WRONLY ? 0 : ToRead) | (!writes ? 0 : (flags & Kernel.O_APPEND) != 0 ? ToAppend : ToWrite);
        if (onlyFolder) rights |= WindowsInterop.FILE_TRAVERSE;
        uint options = writes || creates ? WindowsInterop.FILE_NON_DIRECTORY_FILE : 0;
        uint disposition = exclusive ? WindowsInterop.FILE_CREATE : creates ? WindowsInterop.FILE_OPEN_IF : WindowsInterop.FILE_OPEN;
        if (noFollow || exclusive) options |= WindowsInterop.FILE_OPEN_REPARSE_POINT;

        // What the looks are changed with is asked for where it may be had, and the file opened without it where not.
        uint attributes = creates && (mode & OwnerMayWrite) == 0 ? WindowsInterop.FILE_ATTRIBUTE_READONLY : WindowsInterop.FILE_ATTRIBUTE_NORMAL;
        nint handle;
        uint status = Open(place, rights | (named ? 0 : writes ? ToChangeLooks | WindowsInterop.WRITE_DAC : onlyFolder ? ToChangeLooks : 0), attributes, disposition, options, out handle);
        if (status == WindowsErrors.STATUS_ACCESS_DENIED && writes)
            status = Open(place, rights | ToChangeLooks, attributes, disposition, options, out handle);
        if (status == WindowsErrors.STATUS_ACCESS_DENIED && !named && (writes || onlyFolder))
            status = Open(place, rights, attributes, disposition, options, out handle);
        if (WindowsErrors.IsError(status)) return RefusedOpening(status, place, noFollow);
        return noFollow || onlyFolder ? CheckKind(handle, rights, onlyFolder, noFollow, named) : (int)handle;
    }

    /// <summary>Says of a link to a folder that it is a link, and not that it is a folder.</summary>
    static int RefusedOpening(uint status, in WindowsPlace place, bool noFollow)
    {
        if (noFollow && status == WindowsErrors.STATUS_FILE_IS_A_DIRECTORY
            && !WindowsErrors.IsError(Open(place, ToLookAt, 0, WindowsInterop.FILE_OPEN, WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint handle)))
        {
            bool link = !WindowsErrors.IsError(AttributesOf(handle, out _, out uint tag)) && IsLink(tag);
            _ = WindowsInterop.NtClose(handle);
            if (link) return WindowsErrors.Fail(Errno.ELOOP);
        }
        return WindowsErrors.Fail(status);
    }

    /// <summary>Refuses a link, and what is no folder where one is asked for. Any other reparse point is opened as the file or folder that it stands for.</summary>
    static int CheckKind(nint handle, uint rights, bool onlyFolder, bool noFollow, bool named)
    {
        uint status = AttributesOf(handle, out uint attributes, out uint tag);
        if (WindowsErrors.IsError(status)) return CloseAndFail(handle, status);
        bool link = noFollow && IsLink(tag), folder = (attributes & WindowsInterop.FILE_ATTRIBUTE_DIRECTORY) != 0;
        if (onlyFolder && (link || !folder)) return CloseAndFail(handle, WindowsErrors.STATUS_NOT_A_DIRECTORY);
        if (link && !named)
        {
            _ = WindowsInterop.NtClose(handle);
            return WindowsErrors.Fail(Errno.ELOOP);
        }
        if (tag == 0 || link || !noFollow) return (int)handle;
        status = Reopen(handle, rights, 0, out nint behind);
        _ = WindowsInterop.NtClose(handle);
        return WindowsErrors.IsError(status) ? WindowsErrors.Fail(status) : (int)behind;
    }

    static int CloseAndFail(nint handle, uint status)
    {
        _ = WindowsInterop.NtClose(handle);
        return WindowsErrors.Fail(status);
    }

    /// <summary>Makes a file with a name that goes with it: there is none without on Windows.</summary>
    internal static int memfd_create(byte* name, uint flags)
    {
        if (!WindowsPlace.TryFind(Path.Join(Path.GetTempPath(), PendingTree.NameBeside("x")), out WindowsPlace place)) return -1;
        uint status = Open(place, ToRead | ToWrite | ToChangeLooks | WindowsInterop.DELETE, WindowsInterop.FILE_ATTRIBUTE_TEMPORARY,
            WindowsInterop.FILE_CREATE, WindowsInterop.FILE_NON_DIRECTORY_FILE | WindowsInterop.FILE_DELETE_ON_CLOSE, out nint handle);
        return WindowsErrors.IsError(status) ? WindowsErrors.Fail(status) : (int)handle;
    }

    /// <summary>F_GETFL, from the rights of the handle.</summary>
    internal static int fcntl(int descriptor, int command)
    {
        if (command != Kernel.F_GETFL) return WindowsErrors.Fail(Errno.EINVAL);
        uint status = Query(descriptor, WindowsInterop.FileAccessInformation, out uint rights);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        bool reads = (rights & WindowsInterop.FILE_READ_DATA) != 0, writes = (rights & WindowsInterop.FILE_WRITE_DATA) != 0;
        bool appends = !writes && (rights & WindowsInterop.FILE_APPEND_DATA) != 0;
        return !reads && !writes && !appends ? Kernel.O_PATH
            : (writes || appends ? reads ? Kernel.O_RDWR : Kernel.O_WRONLY : Kernel.O_RDONLY) | (appends ? Kernel.O_APPEND : 0);
    }

    /// <summary>Reads at the handle's own position, which a call with an offset moves on Windows.</summary>
    internal static nint read(int descriptor, void* buffer, nuint count) => Read(descriptor, buffer, count, UseFilePosition);

    internal static nint pread(int descriptor, void* buffer, nuint count, long offset) =>
        offset < 0 ? WindowsErrors.Fail(Errno.EINVAL) : Read(descriptor, buffer, count, offset);

    /// <summary>FILE_USE_FILE_POINTER_POSITION with a high part of -1 (ntifs.h).</summary>
    const long UseFilePosition = -2;

    static nint Read(nint handle, void* buffer, nuint count, long offset)
    {
        WindowsInterop.IoStatusBlock result = default;
        uint status = WindowsInterop.NtReadFile(handle, Completion.Event, null, null, &result, buffer, (uint)Math.Min(count, MostBytes), &offset, null);
        status = Completion.Wait(status, result);
        if (status == WindowsErrors.STATUS_END_OF_FILE) return 0;
        if (!WindowsErrors.IsError(status)) return (nint)result.Information;
        bool folder = !WindowsErrors.IsError(AttributesOf(handle, out uint attributes, out _)) && (attributes & WindowsInterop.FILE_ATTRIBUTE_DIRECTORY) != 0;
        return folder ? WindowsErrors.Fail(WindowsErrors.STATUS_FILE_IS_A_DIRECTORY) : FailedTransfer(status);
    }

    internal static nint pwrite(int descriptor, void* buffer, nuint count, long offset)
    {
        if (offset < 0) return WindowsErrors.Fail(Errno.EINVAL);
        if (count == 0) return 0;
        WindowsInterop.IoStatusBlock result = default;
        uint status = WindowsInterop.NtWriteFile(descriptor, Completion.Event, null, null, &result, buffer, (uint)Math.Min(count, MostBytes), &offset, null);
        status = Completion.Wait(status, result);
        return WindowsErrors.IsError(status) ? FailedTransfer(status) : (nint)result.Information;
    }

    /// <summary>A handle without the right says "access denied" on Windows, and EBADF on Linux, where that was settled when it was opened.</summary>
    static int FailedTransfer(uint status) => status == WindowsErrors.STATUS_ACCESS_DENIED ? WindowsErrors.Fail(Errno.EBADF) : WindowsErrors.Fail(status);

    internal static long lseek(int descriptor, long offset, int whence)
    {
        uint status = AttributesOf(descriptor, out uint attributes, out _);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        if ((attributes & WindowsInterop.FILE_ATTRIBUTE_DIRECTORY) != 0) return SeekFolder(descriptor, offset, whence);

        status = Query(descriptor, WindowsInterop.FileStandardInformation, out WindowsInterop.StandardInformation standard);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        if (whence is Kernel.SEEK_DATA or Kernel.SEEK_HOLE)
        {
            if (offset < 0 || offset >= standard.EndOfFile) return WindowsErrors.Fail(Errno.ENXIO);
            if ((attributes & WindowsInterop.FILE_ATTRIBUTE_SPARSE_FILE) == 0) return whence == Kernel.SEEK_DATA ? offset : standard.EndOfFile;
            return SeekAllocated(descriptor, offset, standard.EndOfFile, data: whence == Kernel.SEEK_DATA);
        }
        long from = 0;
        if (whence == Kernel.SEEK_END) from = standard.EndOfFile;
        if (whence == Kernel.SEEK_CUR)
        {
            // A handle that does not wait has no position.
            status = Query(descriptor, WindowsInterop.FilePositionInformation, out from);
            if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        }
        if (offset == 0 && whence == Kernel.SEEK_CUR) return from;
        if (from + offset < 0) return WindowsErrors.Fail(Errno.EINVAL);
        status = Set(descriptor, WindowsInterop.FilePositionInformation, from + offset);
        return WindowsErrors.IsError(status) ? WindowsErrors.Fail(status) : from + offset;
    }

    /// <summary>Finds the next data or hole of a sparse file. What the system cannot tell is EINVAL, and everything data.</summary>
    static long SeekAllocated(nint handle, long offset, long size, bool data)
    {
        long at = offset;
        while (true)
        {
            var asked = new WindowsInterop.AllocatedRange { FileOffset = at, Length = size - at };
            WindowsInterop.AllocatedRange found;
            uint status = Control(handle, WindowsInterop.FSCTL_QUERY_ALLOCATED_RANGES, &asked, sizeof(WindowsInterop.AllocatedRange),
                &found, sizeof(WindowsInterop.AllocatedRange), out int written);
            if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(Errno.EINVAL);
            if (written == 0) return data ? WindowsErrors.Fail(Errno.ENXIO) : at;
            if (data) return Math.Max(found.FileOffset, offset);
            if (found.FileOffset > at) return at;
            at = found.FileOffset + found.Length;
            if (at >= size) return size;
        }
    }

    /// <summary>Sets the length. A file that grows much becomes a sparse one, as on Linux, where the filesystem has those.</summary>
    internal static int ftruncate(int descriptor, long length)
    {
        if (length < 0) return WindowsErrors.Fail(Errno.EINVAL);
        uint status = WithAccess(descriptor, WindowsInterop.FILE_WRITE_DATA, length, &SetLength);
        return WindowsErrors.Result(status);
    }

    static uint SetLength(nint handle, long length)
    {
        if (!WindowsErrors.IsError(Query(handle, WindowsInterop.FileStandardInformation, out WindowsInterop.StandardInformation standard))
            && length - standard.EndOfFile >= LeastHole)
        {
            _ = Control(handle, WindowsInterop.FSCTL_SET_SPARSE, null, 0, null, 0, out _);
        }
        return Set(handle, WindowsInterop.FileEndOfFileInformation, length);
    }

    /// <summary>Writes a file's data and looks to the disk. Takes a right to write, which a handle to read gets by being opened again.</summary>
    internal static int fsync(int descriptor)
    {
        uint status = WithAccess(descriptor, WindowsInterop.FILE_WRITE_DATA, 0, &Flush);
        return WindowsErrors.Result(status);
    }

    static uint Flush(nint handle, int nothing)
    {
        WindowsInterop.IoStatusBlock result;
        return WindowsInterop.NtFlushBuffersFile(handle, &result);
    }

    /// <summary>Only an administrator may flush a volume: whoever asks has to flush file by file.</summary>
    internal static int syncfs(int descriptor) => WindowsErrors.Fail(Errno.ENOSYS);

    /// <summary>There is no such call: a server may copy between two of its files, and CopyFileEx has it do that by path (<see cref="CopyInto"/>).</summary>
    internal static nint copy_file_range(int source, long* sourceOffset, int target, long* targetOffset, nuint length, uint flags) =>
        WindowsErrors.Fail(Errno.EOPNOTSUPP);
}
