
namespace Reflinks.Platform;

/// <summary>Paths as the system takes them: <c>..</c> goes up from where a link leads, and <see cref="Path.GetFullPath(string)"/> from where it stands.</summary>
internal static unsafe class NativePath
{
    /// <summary>An absolute path to what <paramref name="path"/> leads to, without a slash at its end.</summary>
    internal static string Absolute(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        // Windows itself takes "link\.." away before it looks.
        if (OperatingSystem.IsWindows() || !path.Split('/').Contains("..")) return full;

        string asGiven = Path.Join(Path.IsPathRooted(path) ? null : Environment.CurrentDirectory, path);
        return Identity(asGiven) is not { } there ? asGiven
            : there == Identity(full) ? full
            : RealPath(asGiven) ?? asGiven;
    }

    /// <summary>An absolute path for something that is to be made: its folder as it exists, and the name as it is.</summary>
    internal static string AbsoluteForNew(string path)
    {
        if (OperatingSystem.IsWindows()) return Absolute(path);
        string bare = path.TrimEnd('/');
        string name = Path.GetFileName(bare);
        if (name is "" or "." or "..") return Absolute(path);
        string parent = bare[..^name.Length];
        return Path.Join(Absolute(parent.Length == 0 ? "." : parent), name);
    }

    /// <summary>Whether a folder is another one or lies below it: found by going up, so that neither a link nor a second mount hides it.</summary>
    internal static bool IsInside(string path, string folder)
    {
        if (Identity(folder) is not { } wanted) return false;
        int at = NativeFile.Open(path, Kernel.O_PATH | OpenFlags.O_DIRECTORY, 0, out _);
        (ulong, ulong)? below = null;
        while (at >= 0 && NativeFile.Stat(at, out Kernel.Statx stat) == Errno.None && Identity(stat) is var here && here != below)
        {
            if (here == wanted)
            {
                _ = Kernel.close(at);
                return true;
            }
            below = here;
            int up;
            fixed (byte* parent = "..\0"u8) up = NativeFile.OpenAt(at, parent, Kernel.O_PATH | OpenFlags.O_DIRECTORY, 0, out _);
            _ = Kernel.close(at);
            at = up;
        }
        if (at >= 0) _ = Kernel.close(at);
        return false;
    }

    /// <summary>What stands at a path; null where that cannot be told.</summary>
    /// <param name="path">The path.</param>
    /// <param name="flags"><see cref="Kernel.AT_SYMLINK_NOFOLLOW"/> for a link itself.</param>
    internal static (ulong Device, ulong Inode)? Identity(string path, int flags = 0)
    {
        fixed (byte* name = NativeFile.Terminated(path))
            return NativeFile.StatAt(Kernel.AT_FDCWD, name, flags, out Kernel.Statx stat) == Errno.None ? Identity(stat) : null;
    }

    static (ulong Device, ulong Inode) Identity(in Kernel.Statx stat) => (NativeFile.Device(stat), stat.stx_ino);

    static string? RealPath(string path)
    {
        int descriptor = NativeFile.Open(path, Kernel.O_PATH, 0, out _);
        if (descriptor < 0) return null;
        string? real = Kernel.PathBehind(descriptor);
        _ = Kernel.close(descriptor);
        return real;
    }
}
