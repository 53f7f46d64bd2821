using System.Runtime.InteropServices;
using System.Text;

namespace Reflinks.Platform.MacOS;

/// <content>Calls on names in directories.</content>
internal static unsafe partial class MacKernel
{
    internal static int mkdirat(int directory, byte* path, uint mode) => Result(MacInterop.mkdirat(MacFlags.Directory(directory), path, mode));

    /// <remarks>Asked to delete a folder as a file, this system says EPERM and Linux EISDIR.</remarks>
    internal static int unlinkat(int directory, byte* path, int flags)
    {
        if (MacInterop.unlinkat(MacFlags.Directory(directory), path, MacFlags.At(flags)) == 0) return 0;
        Errno error = Last();
        if (error == Errno.EPERM && (flags & Kernel.AT_REMOVEDIR) == 0 && IsFolder(directory, path)) error = Errno.EISDIR;
        return Refuse(error);
    }

    internal static int linkat(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, int flags) =>
        Result(MacInterop.linkat(MacFlags.Directory(oldDirectory), oldPath, MacFlags.Directory(newDirectory), newPath, MacFlags.At(flags)));

    internal static int symlinkat(byte* target, int directory, byte* path) => Result(MacInterop.symlinkat(target, MacFlags.Directory(directory), path));

    internal static nint readlinkat(int directory, byte* path, byte* buffer, nuint size) =>
        Result(MacInterop.readlinkat(MacFlags.Directory(directory), path, buffer, size));

    /// <remarks>A filesystem that cannot swap, or rename without replacing, says ENOTSUP here and EINVAL on Linux.</remarks>
    internal static int renameat2(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, uint flags)
    {
        if (MacInterop.renameatx_np(MacFlags.Directory(oldDirectory), oldPath, MacFlags.Directory(newDirectory), newPath, MacFlags.Rename(flags)) == 0) return 0;
        Errno error = Last();
        return Refuse(error == Errno.EOPNOTSUPP && flags != 0 ? Errno.EINVAL : error);
    }

    internal static int utimensat(int directory, byte* path, Kernel.Timespec* times, int flags)
    {
        MacInterop.Timespec* translated = stackalloc MacInterop.Timespec[] { MacFlags.Time(times[0]), MacFlags.Time(times[1]) };
        return Result(MacInterop.utimensat(MacFlags.Directory(directory), path, translated, MacFlags.At(flags)));
    }

    /// <summary>Sets the mode of a name in a directory: of a file or directory. A link is not followed but refused (ELOOP).</summary>
    /// <remarks>Who puts a link there between the two calls has the mode of the link set, which nobody asks for.</remarks>
    internal static Errno SetModeAt(int directory, byte* name, int mode)
    {
        Kernel.Statx stat;
        if (statx(directory, name, Kernel.AT_SYMLINK_NOFOLLOW, 0, &stat) != 0) return NativeErrors.Last;
        if ((stat.stx_mode & Kernel.S_IFMT) == Kernel.S_IFLNK) return Errno.ELOOP;
        return MacInterop.fchmodat(MacFlags.Directory(directory), name, (uint)mode, MacInterop.AT_SYMLINK_NOFOLLOW) == 0 ? Errno.None : Last();
    }

    /// <summary>Lists a directory as getdents64(2) does, but for its own name and its parent's, from where the last call ended.</summary>
    /// <remarks>
    /// getattrlistbulk(2) keeps the place in the descriptor, as getdents64 does; readdir(3) keeps it in memory of its own and takes
    /// the descriptor away. Its records are longer than those they become, so the caller's own buffer serves for both.
    /// </remarks>
    internal static nint getdents64(int descriptor, byte* buffer, nuint size)
    {
        var wanted = new MacInterop.Attrlist
        {
            bitmapcount = MacInterop.ATTR_BIT_MAP_COUNT,
            commonattr = MacInterop.ATTR_CMN_RETURNED_ATTRS | MacInterop.ATTR_CMN_ERROR | MacInterop.ATTR_CMN_NAME | MacInterop.ATTR_CMN_OBJTYPE | MacInterop.ATTR_CMN_FILEID,
        };
        int count = MacInterop.getattrlistbulk(descriptor, &wanted, buffer, size, 0);
        return count < 0 ? Refused() : DirectoryRecords.Rewrite(new Span<byte>(buffer, checked((int)size)), count);
    }

    /// <summary>The names of the attributes of a symbolic link, which no copy can have.</summary>
    internal static IReadOnlyList<string> AttributesOfLink(int directory, ReadOnlySpan<byte> name)
    {
        const int room = 4096;
        byte* list = stackalloc byte[room];
        nint length;
        fixed (byte* path = (byte[])[.. name, 0])
        {
            int link = Open(MacFlags.Directory(directory), path, MacInterop.O_RDONLY | MacInterop.O_SYMLINK | MacInterop.O_CLOEXEC, 0);
            if (link < 0) return [];
            length = MacInterop.flistxattr(link, list, room, 0);
            bool large = length < 0 && Last() == Errno.ERANGE;
            _ = MacInterop.close(link);
            if (length <= 0) return large ? ["extended attributes"] : [];
        }

        // The system gives that one to every file that a program makes.
        return [.. Encoding.UTF8.GetString(list, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(static found => found != "com.apple.provenance")];
    }

    static bool IsFolder(int directory, byte* path)
    {
        Kernel.Statx stat;
        return statx(directory, path, Kernel.AT_SYMLINK_NOFOLLOW, 0, &stat) == 0 && (stat.stx_mode & Kernel.S_IFMT) == Kernel.S_IFDIR;
    }
}
