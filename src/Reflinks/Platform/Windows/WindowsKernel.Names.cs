using System.Runtime.InteropServices;

namespace Reflinks.Platform.Windows;

/// <summary>Giving names, and links that hold a path.</summary>
internal static unsafe partial class WindowsKernel
{
    internal static int renameat2(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, uint flags)
    {
        if (!WindowsPlace.TryFind(oldDirectory, oldPath, out WindowsPlace from) || !WindowsPlace.TryFind(newDirectory, newPath, out WindowsPlace to)) return -1;
        if (from.Name.Length == 0 || to.Name.Length == 0) return WindowsErrors.Fail(Errno.EBUSY);
        return flags switch
        {
            0 => WindowsErrors.Result(Rename(from, to, replaces: true)),
            Kernel.RENAME_NOREPLACE => WindowsErrors.Result(Rename(from, to, replaces: false)),
            Kernel.RENAME_EXCHANGE => Exchange(from, to),
            _ => WindowsErrors.Fail(Errno.EINVAL),
        };
    }

    /// <summary>Exchanges two names by way of a third one, as Windows cannot do it in one step.</summary>
    /// <remarks>
    /// If the power fails between the steps, what had the first name has one like <c>.reflink-0123456789abcdef.partial</c> beside it, and the first name
    /// is missing or belongs to what had the second. Who exchanges trees deletes one of the two afterwards; which one is left can be told by that.
    /// </remarks>
    static int Exchange(in WindowsPlace one, in WindowsPlace other)
    {
        WindowsPlace between = FreshBeside(one);
        uint status = Open(other, ToLookAt, 0, WindowsInterop.FILE_OPEN, WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint there);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        _ = WindowsInterop.NtClose(there);

        status = Rename(one, between, replaces: false);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        status = Rename(other, one, replaces: false);
        if (!WindowsErrors.IsError(status))
        {
            status = Rename(between, other, replaces: false);
            if (!WindowsErrors.IsError(status)) return 0;
            _ = Rename(one, other, replaces: false);
        }
        _ = Rename(between, one, replaces: false);
        return WindowsErrors.Fail(status);
    }

    static uint Rename(in WindowsPlace from, in WindowsPlace to, bool replaces)
    {
        int repetitions = 0;
        while (true)
        {
            uint status = Open(from, WindowsInterop.DELETE | WindowsInterop.FILE_READ_ATTRIBUTES, 0, WindowsInterop.FILE_OPEN,
                WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint handle);
            if (WindowsErrors.IsError(status)) return status;
            status = replaces && IsRealFolder(handle) && IsFile(to) ? WindowsErrors.STATUS_NOT_A_DIRECTORY : Rename(handle, to, replaces);
            if (replaces && WindowsErrors.IsError(status)) status = ReplaceOddly(handle, to, status);
            _ = WindowsInterop.NtClose(handle);
            if (!WindowsErrors.ShallRepeat(status, ref repetitions, deniedMayPass: true)) return status;
        }
    }

    static uint Rename(nint handle, in WindowsPlace to, bool replaces)
    {
        // Windows 10 1709 and later: over files that are open, and read-only ones.
        uint status = SetName(handle, to, WindowsInterop.FileRenameInformationEx, WindowsInterop.FILE_RENAME_POSIX_SEMANTICS
            | WindowsInterop.FILE_RENAME_IGNORE_READONLY_ATTRIBUTE | (replaces ? WindowsInterop.FILE_RENAME_REPLACE_IF_EXISTS : 0));
        return IsUnknownClass(status) ? SetName(handle, to, WindowsInterop.FileRenameInformation, replaces ? 1u : 0) : status;
    }

    /// <summary>What Linux allows and some filesystems and versions of Windows refuse: to replace an empty folder by a folder, and a file that is open or read-only.</summary>
    /// <remarks>What stands in the way is deleted first, a file moved away, so that for a moment nothing has the name.</remarks>
    static uint ReplaceOddly(nint handle, in WindowsPlace to, uint refused)
    {
        if (refused is not (WindowsErrors.STATUS_ACCESS_DENIED or WindowsErrors.STATUS_OBJECT_NAME_COLLISION or WindowsErrors.STATUS_FILE_IS_A_DIRECTORY)) return refused;
        if (WindowsErrors.IsError(Open(to, WindowsInterop.DELETE | WindowsInterop.FILE_READ_ATTRIBUTES, 0, WindowsInterop.FILE_OPEN,
            WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint there)))
        {
            return refused;
        }
        bool folder = IsRealFolder(handle), overFolder = IsRealFolder(there);
        uint status;
        if (folder != overFolder)
        {
            status = overFolder ? WindowsErrors.STATUS_FILE_IS_A_DIRECTORY : WindowsErrors.STATUS_NOT_A_DIRECTORY;
        }
        else if (folder)
        {
            status = Delete(there, folder);
            _ = WindowsInterop.NtClose(there);
            return WindowsErrors.IsError(status) ? status : Rename(handle, to, replaces: true);
        }
        else
        {
            status = Rename(there, FreshBeside(to), replaces: false);
            if (!WindowsErrors.IsError(status))
            {
                status = Rename(handle, to, replaces: false);
                if (WindowsErrors.IsError(status)) _ = Rename(there, to, replaces: false);
                else _ = Delete(there, folder);
            }
        }
        _ = WindowsInterop.NtClose(there);
        return status;
    }

    /// <summary>A name that nothing has yet, beside another.</summary>
    static WindowsPlace FreshBeside(in WindowsPlace place) =>
        place with { Name = place.Name[..(place.Name.LastIndexOf('\\') + 1)] + Path.GetFileName(PendingTree.NameBeside("x")) };

    /// <summary>Whether something is there that is no folder, over which Windows would put one.</summary>
    static bool IsFile(in WindowsPlace place)
    {
        if (WindowsErrors.IsError(Open(place, ToLookAt, 0, WindowsInterop.FILE_OPEN, WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint handle))) return false;
        bool folder = IsRealFolder(handle);
        _ = WindowsInterop.NtClose(handle);
        return !folder;
    }

    static bool IsRealFolder(nint handle) => !WindowsErrors.IsError(AttributesOf(handle, out uint attributes, out uint tag))
        && (attributes & WindowsInterop.FILE_ATTRIBUTE_DIRECTORY) != 0 && !IsLink(tag);

    internal static int linkat(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, int flags)
    {
        WindowsPlace from;
        if (*oldPath == 0 && (flags & Kernel.AT_EMPTY_PATH) != 0) from = new WindowsPlace(oldDirectory, string.Empty);
        else if (!WindowsPlace.TryFind(oldDirectory, oldPath, out from)) return -1;
        if (!WindowsPlace.TryFind(newDirectory, newPath, out WindowsPlace to)) return -1;

        uint options = (flags & Kernel.AT_SYMLINK_FOLLOW) != 0 ? 0 : WindowsInterop.FILE_OPEN_REPARSE_POINT;
        uint status = Open(from, WindowsInterop.FILE_READ_ATTRIBUTES | WindowsInterop.FILE_WRITE_ATTRIBUTES, 0, WindowsInterop.FILE_OPEN, options, out nint handle);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        // As on Linux, a folder has one name; Windows says so in several ways.
        if (IsRealFolder(handle))
        {
            _ = WindowsInterop.NtClose(handle);
            return WindowsErrors.Fail(Errno.EPERM);
        }
        status = SetName(handle, to, WindowsInterop.FileLinkInformation, 0);
        _ = WindowsInterop.NtClose(handle);
        return WindowsErrors.Result(status);
    }

    static uint SetName(nint handle, in WindowsPlace to, int kind, uint flags)
    {
        int header = (2 * sizeof(nint)) + sizeof(uint);     // offsetof(FILE_RENAME_INFORMATION, FileName)
        int length = Math.Max(header + (to.Name.Length * sizeof(char)), sizeof(WindowsInterop.RenameInformation));
        byte[] request = new byte[length];
        fixed (byte* start = request)
        {
            var information = (WindowsInterop.RenameInformation*)start;
            information->Flags = flags;
            information->RootDirectory = to.Root;
            information->FileNameLength = (uint)(to.Name.Length * sizeof(char));
            to.Name.CopyTo(new Span<char>(start + header, to.Name.Length));
            WindowsInterop.IoStatusBlock result;
            return WindowsInterop.NtSetInformationFile(handle, &result, start, (uint)length, kind);
        }
    }

    /// <summary>Makes a link that holds a path: a junction for one of the object manager (<c>\??\C:\…</c>, as <see cref="readlinkat"/> tells junctions), a symbolic link otherwise.</summary>
    /// <remarks>A slash in the target becomes a backslash, as Windows follows no other. Whether it leads to a folder is looked up, as a link here is for one or for a file.</remarks>
    internal static int symlinkat(byte* target, int directory, byte* path)
    {
        string? text = WindowsNames.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(target));
        if (text is null) return WindowsErrors.Fail(Errno.EILSEQ);
        if (text.Length == 0) return WindowsErrors.Fail(Errno.ENOENT);
        if (!WindowsPlace.TryFind(directory, path, out WindowsPlace place)) return -1;
        text = text.Replace('/', '\\');
        return text.StartsWith(WindowsNames.NtPrefix, StringComparison.Ordinal) ? MakeJunction(text, place) : MakeSymbolicLink(text, place);
    }

    static int MakeSymbolicLink(string target, in WindowsPlace place)
    {
        if (place.WholePath() is not { } whole) return WindowsErrors.Fail(Errno.ENOENT);
        uint flags = WindowsInterop.SYMBOLIC_LINK_FLAG_ALLOW_UNPRIVILEGED_CREATE | (LeadsToFolder(target, whole) ? WindowsInterop.SYMBOLIC_LINK_FLAG_DIRECTORY : 0);
        Win32Error error = CreateSymbolicLink(whole, target, flags);
        // Before Windows 10 1703 the flag for users without the privilege is not known.
        if (error == Win32Error.INVALID_PARAMETER) error = CreateSymbolicLink(whole, target, flags & WindowsInterop.SYMBOLIC_LINK_FLAG_DIRECTORY);
        if (error != Win32Error.SUCCESS) return WindowsErrors.Fail(error);

        // Wine says that it has made one and has not.
        uint status = Open(place, ToLookAt, 0, WindowsInterop.FILE_OPEN, WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint made);
        bool link = !WindowsErrors.IsError(status) && !WindowsErrors.IsError(AttributesOf(made, out _, out uint tag)) && IsLink(tag);
        if (!WindowsErrors.IsError(status)) _ = WindowsInterop.NtClose(made);
        return link ? 0 : WindowsErrors.Fail(Errno.EOPNOTSUPP);
    }

    static Win32Error CreateSymbolicLink(string path, string target, uint flags)
    {
        fixed (char* name = path, leadsTo = target)
            return WindowsInterop.CreateSymbolicLinkW(name, leadsTo, flags) != 0 ? Win32Error.SUCCESS : (Win32Error)Marshal.GetLastPInvokeError();
    }

    static bool LeadsToFolder(string target, string link)
    {
        string full = Path.IsPathRooted(target) ? target : $@"{link[..link.LastIndexOf('\\')]}\{target}";
        if (!WindowsPlace.TryFind(full, out WindowsPlace place)) return false;
        if (WindowsErrors.IsError(Open(place, ToLookAt, 0, WindowsInterop.FILE_OPEN, 0, out nint handle))) return false;
        bool folder = IsFolder(handle);
        _ = WindowsInterop.NtClose(handle);
        return folder;
    }

    static int MakeJunction(string target, in WindowsPlace place)
    {
        uint status = Open(place, WindowsInterop.FILE_WRITE_DATA | WindowsInterop.FILE_WRITE_ATTRIBUTES | WindowsInterop.DELETE, WindowsInterop.FILE_ATTRIBUTE_NORMAL,
            WindowsInterop.FILE_CREATE, WindowsInterop.FILE_DIRECTORY_FILE | WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint handle);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        byte[] buffer = ReparseBuffer.Junction(target);
        fixed (byte* start = buffer) status = Control(handle, WindowsInterop.FSCTL_SET_REPARSE_POINT, start, buffer.Length, null, 0, out _);
        if (WindowsErrors.IsError(status)) _ = Set(handle, WindowsInterop.FileDispositionInformation, (byte)1);
        _ = WindowsInterop.NtClose(handle);
        return WindowsErrors.Result(status);
    }

    internal static nint readlinkat(int directory, byte* path, byte* buffer, nuint size)
    {
        WindowsPlace place;
        if (*path == 0 && directory != Kernel.AT_FDCWD) place = new WindowsPlace(directory, string.Empty);
        else if (!WindowsPlace.TryFind(directory, path, out place)) return -1;
        uint status = Open(place, ToLookAt, 0, WindowsInterop.FILE_OPEN, WindowsInterop.FILE_OPEN_REPARSE_POINT, out nint handle);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);

        byte[] data = System.Buffers.ArrayPool<byte>.Shared.Rent(WindowsInterop.MAXIMUM_REPARSE_DATA_BUFFER_SIZE);
        try
        {
            int length;
            fixed (byte* start = data)
            {
                status = Control(handle, WindowsInterop.FSCTL_GET_REPARSE_POINT, null, 0, start, WindowsInterop.MAXIMUM_REPARSE_DATA_BUFFER_SIZE, out length);
                bool isLink = !WindowsErrors.IsError(AttributesOf(handle, out _, out uint tag)) && IsLink(tag);
                _ = WindowsInterop.NtClose(handle);
                if (!isLink) return WindowsErrors.Fail(Errno.EINVAL);
                if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
            }
            if (ReparseBuffer.Target(data.AsSpan(0, length)) is not { } target) return WindowsErrors.Fail(Errno.EINVAL);
            byte[] text = WindowsNames.Encode(target);
            int copied = (int)Math.Min((nuint)text.Length, size);
            text.AsSpan(0, copied).CopyTo(new Span<byte>(buffer, copied));
            return copied;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(data);
        }
    }
}
