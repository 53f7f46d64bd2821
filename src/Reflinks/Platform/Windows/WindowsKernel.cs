using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Reflinks.Platform.Windows;

/// <summary>The calls of <see cref="Kernel"/> on Windows, made of those of its native interface, with the flags, layouts and error numbers of Linux.</summary>
/// <remarks>
/// A descriptor is a handle: those have 32 significant bits. Every file is opened to be read, written and deleted by others meanwhile, as on Linux.
/// Names are bytes (<see cref="WindowsNames"/>). In an open folder a slash separates and a backslash is refused, so that no name of a tree leads out of it.
/// </remarks>
[SupportedOSPlatform("windows")]
internal static unsafe partial class WindowsKernel
{
    const uint ShareAll = WindowsInterop.FILE_SHARE_READ | WindowsInterop.FILE_SHARE_WRITE | WindowsInterop.FILE_SHARE_DELETE;

    /// <summary>Options of every handle: it waits for what it asks for, and who may back up files may open all of them, folders too.</summary>
    const uint Waiting = WindowsInterop.FILE_SYNCHRONOUS_IO_NONALERT | WindowsInterop.FILE_OPEN_FOR_BACKUP_INTENT;

    const uint ToLookAt = WindowsInterop.FILE_READ_ATTRIBUTES | WindowsInterop.SYNCHRONIZE;

    /// <summary>Opens or makes what has a name, and comes again where another program is in the way for a moment.</summary>
    static uint Open(
        in WindowsPlace place, uint access, uint attributes, uint disposition, uint options, out nint handle, bool deniedMayPass = false, bool patient = true)
    {
        nint made = 0;
        uint status;
        int repetitions = 0;
        fixed (char* letters = place.Name)
        {
            var name = new WindowsInterop.UnicodeString { Length = (ushort)(place.Name.Length * 2), MaximumLength = (ushort)(place.Name.Length * 2), Buffer = letters };
            var where = new WindowsInterop.ObjectAttributes
            {
                Length = (uint)Unsafe.SizeOf<WindowsInterop.ObjectAttributes>(),
                RootDirectory = place.Root,
                ObjectName = &name,
                Attributes = WindowsInterop.OBJ_CASE_INSENSITIVE,
            };
            do
            {
                WindowsInterop.IoStatusBlock result;
                status = WindowsInterop.NtCreateFile(
                    &made, access | WindowsInterop.SYNCHRONIZE, &where, &result, null, attributes, ShareAll, disposition, options | Waiting, null, 0);
            }
            while (patient && WindowsErrors.ShallRepeat(status, ref repetitions, deniedMayPass));
        }
        handle = WindowsErrors.IsError(status) ? 0 : made;
        return status;
    }

    /// <summary>Opens what a handle stands for once more, with other rights.</summary>
    static uint Reopen(nint handle, uint access, uint options, out nint reopened) =>
        Open(new WindowsPlace(handle, string.Empty), access, 0, WindowsInterop.FILE_OPEN, options, out reopened);

    /// <summary>Asks something of an open file, once more by a handle with other rights where this one has not got them.</summary>
    static uint WithAccess<T>(nint handle, uint access, T argument, delegate*<nint, T, uint> ask)
    {
        uint status = ask(handle, argument);
        if (status != WindowsErrors.STATUS_ACCESS_DENIED || WindowsErrors.IsError(Reopen(handle, access, WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint able)))
            return status;
        status = ask(able, argument);
        _ = WindowsInterop.NtClose(able);
        return status;
    }

    static uint Query<T>(nint handle, int kind, out T information) where T : unmanaged
    {
        WindowsInterop.IoStatusBlock result;
        fixed (T* start = &information) return WindowsInterop.NtQueryInformationFile(handle, &result, start, (uint)sizeof(T), kind);
    }

    static uint Set<T>(nint handle, int kind, T information) where T : unmanaged
    {
        WindowsInterop.IoStatusBlock result;
        return WindowsInterop.NtSetInformationFile(handle, &result, &information, (uint)sizeof(T), kind);
    }

    /// <summary>Sends a control code and waits for the answer, also from a handle that does not.</summary>
    static uint Control(nint handle, uint code, void* input, int inputLength, void* output, int outputLength, out int written)
    {
        WindowsInterop.IoStatusBlock result = default;
        uint status = WindowsInterop.NtFsControlFile(handle, Completion.Event, null, null, &result, code, input, (uint)inputLength, output, (uint)outputLength);
        status = Completion.Wait(status, result);
        written = (int)result.Information;
        return status;
    }

    /// <summary>The tag of a reparse point: 0 for what is none.</summary>
    static uint TagOf(nint handle, uint attributes) =>
        (attributes & WindowsInterop.FILE_ATTRIBUTE_REPARSE_POINT) != 0
        && !WindowsErrors.IsError(Query(handle, WindowsInterop.FileAttributeTagInformation, out WindowsInterop.AttributeTagInformation known)) ? known.ReparseTag : 0;

    /// <summary>Whether a reparse point leads elsewhere by a path that it holds. All others stand for a file or folder of their own, as those of OneDrive do.</summary>
    static bool IsLink(uint tag) => tag is WindowsInterop.IO_REPARSE_TAG_SYMLINK or WindowsInterop.IO_REPARSE_TAG_MOUNT_POINT;

    static uint AttributesOf(nint handle, out uint attributes, out uint tag)
    {
        uint status = Query(handle, WindowsInterop.FileAttributeTagInformation, out WindowsInterop.AttributeTagInformation known);
        (attributes, tag) = (known.FileAttributes, known.ReparseTag);
        if (!WindowsErrors.IsError(status)) return status;

        // Filesystems without reparse points need not answer that.
        status = Query(handle, WindowsInterop.FileBasicInformation, out WindowsInterop.BasicInformation basic);
        (attributes, tag) = (basic.FileAttributes, 0);
        return status;
    }

    internal static int close(int descriptor) => WindowsErrors.Result(WindowsInterop.NtClose(descriptor));

    /// <summary>One user has everything here: what a file's owner may do, its access control list says.</summary>
    internal static uint geteuid() => OnlyUser;

    internal static uint getegid() => OnlyUser;

    /// <summary>Not 0, which would be the one that may do everything.</summary>
    const uint OnlyUser = 1000;

    /// <summary>No bits are left out: of a mode there is only whether the owner may write, and that is as it was asked for.</summary>
    internal static int Umask() => 0;

    internal static int clock_gettime(int clock, Kernel.Timespec* time)
    {
        // The clock that filesystems take their times from, which ticks every few milliseconds.
        long now;
        if (clock == Kernel.CLOCK_REALTIME_COARSE) WindowsInterop.GetSystemTimeAsFileTime(&now);
        else WindowsInterop.GetSystemTimePreciseAsFileTime(&now);
        Kernel.StatxTimestamp stamp = WindowsTime.ToTimestamp(now);
        *time = new Kernel.Timespec { tv_sec = stamp.tv_sec, tv_nsec = stamp.tv_nsec };
        return 0;
    }

    /// <summary>The path behind a descriptor; by the volume's own name where it has no letter.</summary>
    internal static string? PathBehind(int descriptor) => FinalPath(descriptor) is { } path ? WindowsNames.Written(path) : null;

    static string? FinalPath(nint handle)
    {
        Span<char> room = stackalloc char[512];
        foreach (uint form in (ReadOnlySpan<uint>)[WindowsInterop.VOLUME_NAME_DOS, WindowsInterop.VOLUME_NAME_GUID])
        {
            while (true)
            {
                uint length;
                fixed (char* start = room) length = WindowsInterop.GetFinalPathNameByHandleW(handle, start, (uint)room.Length, form);
                if (length == 0) break;
                if (length < room.Length) return new string(room[..(int)length]);
                room = new char[length + 1];
            }
        }
        return null;
    }

    internal static Errno FileSystemOf(string path, out string name)
    {
        const int room = 64;
        name = string.Empty;
        if (!WindowsPlace.TryFind(path, out WindowsPlace place)) return NativeErrors.Last;
        uint status = Open(place, ToLookAt, 0, WindowsInterop.FILE_OPEN, 0, out nint handle);
        if (!WindowsErrors.IsError(status))
        {
            int header = sizeof(WindowsInterop.VolumeAttributeInformation);
            byte* bytes = stackalloc byte[header + (room * 2)];
            WindowsInterop.IoStatusBlock result;
            status = WindowsInterop.NtQueryVolumeInformationFile(handle, &result, bytes, (uint)(header + (room * 2)), WindowsInterop.FileFsAttributeInformation);
            _ = WindowsInterop.NtClose(handle);
            if (!WindowsErrors.IsError(status))
            {
                uint length = ((WindowsInterop.VolumeAttributeInformation*)bytes)->FileSystemNameLength;
                name = new string((char*)(bytes + header), 0, (int)Math.Min(length / 2, room));
                return Errno.None;
            }
        }
        _ = WindowsErrors.Fail(status);
        return NativeErrors.Last;
    }

    internal static string MountPointOf(string path)
    {
        if (!WindowsPlace.TryFind(path, out WindowsPlace place)) return string.Empty;
        char[] root = new char[Math.Max(place.Name.Length + 2, 260)];
        fixed (char* name = $@"\\?\{place.Name[WindowsNames.NtPrefix.Length..]}", start = root)
        {
            return WindowsInterop.GetVolumePathNameW(name, start, (uint)root.Length) == 0
                ? string.Empty : WindowsNames.Written(new string(root, 0, Math.Max(Array.IndexOf(root, '\0'), 0)));
        }
    }
}
