using System.Runtime.Versioning;

namespace Reflinks.Platform.Linux;

/// <summary>Paths as the system takes them: <c>..</c> goes up from where a link leads, and <see cref="Path.GetFullPath(string)"/> from where it stands.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class LinuxPath
{
    /// <summary>An absolute path to what <paramref name="path"/> leads to, without a slash at its end.</summary>
    internal static string Absolute(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!path.Split('/').Contains("..")) return full;

        string asGiven = Path.Join(Path.IsPathRooted(path) ? null : Environment.CurrentDirectory, path);
        return Identity(asGiven) is not { } there ? asGiven
            : there == Identity(full) ? full
            : RealPath(asGiven) ?? asGiven;
    }

    /// <summary>An absolute path for something that is to be made: its folder as it exists, and the name as it is.</summary>
    internal static string AbsoluteForNew(string path)
    {
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
        int at = LinuxFile.Open(path, Interop.O_PATH | OpenFlags.O_DIRECTORY, 0, out _);
        (ulong, ulong)? below = null;
        while (at >= 0 && LinuxFile.Stat(at, out Interop.Statx stat) == Errno.None && Identity(stat) is var here && here != below)
        {
            if (here == wanted)
            {
                _ = Interop.close(at);
                return true;
            }
            below = here;
            int up;
            fixed (byte* parent = "..\0"u8) up = LinuxFile.OpenAt(at, parent, Interop.O_PATH | OpenFlags.O_DIRECTORY, 0, out _);
            _ = Interop.close(at);
            at = up;
        }
        if (at >= 0) _ = Interop.close(at);
        return false;
    }

    static (ulong Device, ulong Inode)? Identity(string path)
    {
        fixed (byte* name = LinuxFile.Terminated(path))
            return LinuxFile.StatAt(Interop.AT_FDCWD, name, 0, out Interop.Statx stat) == Errno.None ? Identity(stat) : null;
    }

    static (ulong Device, ulong Inode) Identity(in Interop.Statx stat) => (LinuxFile.Device(stat), stat.stx_ino);

    static string? RealPath(string path)
    {
        int descriptor = LinuxFile.Open(path, Interop.O_PATH, 0, out _);
        if (descriptor < 0) return null;
        string? real = LinuxFile.PathBehind(descriptor);
        _ = Interop.close(descriptor);
        return real;
    }
}
