using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Reflinks.Platform.Windows;

/// <summary>How files look: kinds, modes, times.</summary>
internal static unsafe partial class WindowsKernel
{
    /// <summary>Windows has none of these but the owner's right to write, as the attribute "read-only" of a file; all others are always there.</summary>
    const int OwnerMayWrite = 0x80, FolderMode = 0x1ED, FileMode = 0x1A4, ReadOnlyMode = 0x124, LinkMode = 0x1FF;

    const uint BytesPerBlock = 512;

    /// <summary>Bytes of a cluster by volume.</summary>
    static readonly ConcurrentDictionary<ulong, uint> ClusterSizes = new();

    internal static int statx(int directory, byte* path, int flags, uint mask, Kernel.Statx* result)
    {
        if (*path == 0 && (flags & Kernel.AT_EMPTY_PATH) != 0 && directory != Kernel.AT_FDCWD) return WindowsErrors.Result(Look(directory, result));
        if (!WindowsPlace.TryFind(directory, path, out WindowsPlace place)) return -1;
        uint options = (flags & Kernel.AT_SYMLINK_NOFOLLOW) != 0 ? WindowsInterop.FILE_OPEN_REPARSE_POINT : 0;
        uint status = Open(place, ToLookAt, 0, WindowsInterop.FILE_OPEN, options, out nint handle);
        // A reparse point whose filter is not there, as those of the store's programs: it can be looked at and not be followed.
        if (options == 0 && status == WindowsErrors.STATUS_IO_REPARSE_TAG_NOT_HANDLED)
            status = Open(place, ToLookAt, 0, WindowsInterop.FILE_OPEN, WindowsInterop.FILE_OPEN_REPARSE_POINT, out handle);
        if (status == WindowsErrors.STATUS_DELETE_PENDING) return WindowsErrors.Fail(Errno.ENOENT);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        status = Look(handle, result);
        _ = WindowsInterop.NtClose(handle);
        return WindowsErrors.Result(status);
    }

    static uint Look(nint handle, Kernel.Statx* result)
    {
        *result = default;
        uint status = Query(handle, WindowsInterop.FileBasicInformation, out WindowsInterop.BasicInformation basic);
        if (WindowsErrors.IsError(status)) return status;
        status = Query(handle, WindowsInterop.FileStandardInformation, out WindowsInterop.StandardInformation standard);
        if (WindowsErrors.IsError(status)) return status;
        status = Identify(handle, out ulong volume, out ulong file);
        if (WindowsErrors.IsError(status)) return status;

        bool link = IsLink(TagOf(handle, basic.FileAttributes)), folder = (basic.FileAttributes & WindowsInterop.FILE_ATTRIBUTE_DIRECTORY) != 0;
        int mode = link ? Kernel.S_IFLNK | LinkMode
            : folder ? Kernel.S_IFDIR | FolderMode
            : Kernel.S_IFREG | ((basic.FileAttributes & WindowsInterop.FILE_ATTRIBUTE_READONLY) != 0 ? ReadOnlyMode : FileMode);
        result->stx_mask = Kernel.STATX_BASIC_STATS | Kernel.STATX_BTIME;
        result->stx_blksize = ClusterSizes.TryGetValue(volume, out uint known) ? known : ClusterSizes.GetOrAdd(volume, ClusterSizeOf(handle));
        result->stx_nlink = Math.Max(standard.NumberOfLinks, 1);
        (result->stx_uid, result->stx_gid) = (OnlyUser, OnlyUser);
        result->stx_mode = (ushort)mode;
        result->stx_ino = file;
        result->stx_size = (ulong)standard.EndOfFile;
        result->stx_blocks = (ulong)standard.AllocationSize / BytesPerBlock;
        result->stx_atime = WindowsTime.ToTimestamp(basic.LastAccessTime);
        result->stx_btime = WindowsTime.ToTimestamp(basic.CreationTime);
        result->stx_ctime = WindowsTime.ToTimestamp(basic.ChangeTime);
        result->stx_mtime = WindowsTime.ToTimestamp(basic.LastWriteTime);
        (result->stx_dev_major, result->stx_dev_minor) = ((uint)(volume >> 32), (uint)volume);
        return status;
    }

    /// <summary>Which file on which volume. The identifiers of ReFS have 128 bits, which become 64 here; those of NTFS fit as they are.</summary>
    static uint Identify(nint handle, out ulong volume, out ulong file)
    {
        uint status = Query(handle, WindowsInterop.FileIdInformation, out WindowsInterop.IdInformation known);
        (volume, file) = (known.VolumeSerialNumber, known.FileIdLow ^ unchecked(known.FileIdHigh * 0x9E37_79B9_7F4A_7C15));
        if (!WindowsErrors.IsError(status)) return status;

        // FAT and some servers have 64 bits only.
        status = Query(handle, WindowsInterop.FileInternalInformation, out long index);
        if (WindowsErrors.IsError(status)) return status;
        WindowsInterop.VolumeInformation label;
        WindowsInterop.IoStatusBlock result;
        status = WindowsInterop.NtQueryVolumeInformationFile(handle, &result, &label, (uint)sizeof(WindowsInterop.VolumeInformation), WindowsInterop.FileFsVolumeInformation);
        (volume, file) = (label.VolumeSerialNumber, (ulong)index);
        return status;
    }

    static uint ClusterSizeOf(nint handle)
    {
        const uint usual = 4096;
        WindowsInterop.SizeInformation size;
        WindowsInterop.IoStatusBlock result;
        uint status = WindowsInterop.NtQueryVolumeInformationFile(handle, &result, &size, (uint)sizeof(WindowsInterop.SizeInformation), WindowsInterop.FileFsSizeInformation);
        uint bytes = size.SectorsPerAllocationUnit * size.BytesPerSector;
        return WindowsErrors.IsError(status) || bytes == 0 ? usual : bytes;
    }

    internal static int fchmod(int descriptor, uint mode) => WindowsErrors.Result(SetMode(descriptor, mode));

    static uint SetMode(nint handle, uint mode)
    {
        uint status = AttributesOf(handle, out uint attributes, out _);
        if (WindowsErrors.IsError(status)) return status;
        bool readOnly = (mode & OwnerMayWrite) == 0;
        // Of a folder the attribute says nothing about who may write to it.
        if ((attributes & WindowsInterop.FILE_ATTRIBUTE_DIRECTORY) != 0 || readOnly == ((attributes & WindowsInterop.FILE_ATTRIBUTE_READONLY) != 0)) return 0;
        return WithAccess(handle, WindowsInterop.FILE_WRITE_ATTRIBUTES | WindowsInterop.FILE_READ_ATTRIBUTES, readOnly, &SetReadOnly);
    }

    static uint SetReadOnly(nint handle, bool readOnly)
    {
        uint status = AttributesOf(handle, out uint attributes, out _);
        return WindowsErrors.IsError(status) ? status : SetAttributes(handle,
            readOnly ? attributes | WindowsInterop.FILE_ATTRIBUTE_READONLY : attributes & ~WindowsInterop.FILE_ATTRIBUTE_READONLY);
    }

    /// <summary>Sets attributes and leaves all times as they are. None at all would mean "leave those too", so that "normal" stands for none.</summary>
    static uint SetAttributes(nint handle, uint attributes) => Set(handle, WindowsInterop.FileBasicInformation, new WindowsInterop.BasicInformation
    {
        FileAttributes = (attributes & ~WindowsInterop.FILE_ATTRIBUTE_NORMAL) is var some && some == 0 ? WindowsInterop.FILE_ATTRIBUTE_NORMAL : some,
    });

    internal static Errno SetModeAt(int directory, byte* name, int mode)
    {
        uint status = OpenForLooks(directory, name, noFollow: true, out nint handle);
        if (status == NoPlace) return NativeErrors.Last;
        if (!WindowsErrors.IsError(status))
        {
            bool link = !WindowsErrors.IsError(AttributesOf(handle, out _, out uint tag)) && IsLink(tag);
            if (!link) status = SetMode(handle, (uint)mode);
            _ = WindowsInterop.NtClose(handle);
            if (link) return Errno.ELOOP;
        }
        return WindowsErrors.Result(status) == 0 ? Errno.None : NativeErrors.Last;
    }

    /// <summary>Not a status: the name was none, and errno says why.</summary>
    const uint NoPlace = uint.MaxValue;

    static uint OpenForLooks(int directory, byte* name, bool noFollow, out nint handle)
    {
        handle = 0;
        return !WindowsPlace.TryFind(directory, name, out WindowsPlace place) ? NoPlace : Open(place,
            WindowsInterop.FILE_WRITE_ATTRIBUTES | WindowsInterop.FILE_READ_ATTRIBUTES, 0, WindowsInterop.FILE_OPEN,
            noFollow ? WindowsInterop.FILE_OPEN_REPARSE_POINT : 0, out handle);
    }

    internal static int futimens(int descriptor, Kernel.Timespec* times) =>
        !TryTimes(times, out (long Access, long Write) ticks) ? WindowsErrors.Fail(Errno.EINVAL)
        : WindowsErrors.Result(WithAccess(descriptor, WindowsInterop.FILE_WRITE_ATTRIBUTES, ticks, &SetTimes));

    internal static int utimensat(int directory, byte* path, Kernel.Timespec* times, int flags)
    {
        if (!TryTimes(times, out (long Access, long Write) ticks)) return WindowsErrors.Fail(Errno.EINVAL);
        uint status = OpenForLooks(directory, path, (flags & Kernel.AT_SYMLINK_NOFOLLOW) != 0, out nint handle);
        if (status == NoPlace) return -1;
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        status = SetTimes(handle, ticks);
        _ = WindowsInterop.NtClose(handle);
        return WindowsErrors.Result(status);
    }

    static uint SetTimes(nint handle, (long Access, long Write) ticks) => Set(handle, WindowsInterop.FileBasicInformation, new WindowsInterop.BasicInformation
    {
        LastAccessTime = ticks.Access,
        LastWriteTime = ticks.Write,
    });

    static bool TryTimes(Kernel.Timespec* times, out (long Access, long Write) ticks)
    {
        ticks = default;
        return TryTime(times[0], out ticks.Access) && TryTime(times[1], out ticks.Write);

        static bool TryTime(in Kernel.Timespec time, out long ticks)
        {
            ticks = 0;
            if (time.tv_nsec == Kernel.UTIME_OMIT) return true;
            if (time.tv_nsec != Kernel.UTIME_NOW) return WindowsTime.TryToTicks(time.tv_sec, time.tv_nsec, out ticks);
            long now;
            WindowsInterop.GetSystemTimePreciseAsFileTime(&now);
            ticks = now;
            return true;
        }
    }
}
