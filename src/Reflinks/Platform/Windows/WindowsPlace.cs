using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Reflinks.Platform.Windows;

/// <summary>Where a name stands: an open folder and the name in it, or none and the whole path of the object manager.</summary>
/// <param name="Root">The folder's handle, or 0. With an empty name the handle means what it stands for itself.</param>
/// <param name="Name">Backslashes between its parts.</param>
[SupportedOSPlatform("windows")]
internal readonly record struct WindowsPlace(nint Root, string Name)
{
    const int LongestPart = 255;

    /// <summary>The place that a system call of Linux means by a descriptor and a path. Leaves EILSEQ, EINVAL, ENOENT or ENAMETOOLONG where it is none.</summary>
    internal static unsafe bool TryFind(int directory, byte* path, out WindowsPlace place)
    {
        place = default;
        string? text = WindowsNames.Decode(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(path));
        if (text is null) return Refuse(Errno.EILSEQ);
        if (text.Length == 0) return Refuse(Errno.ENOENT);
        if (directory == Kernel.AT_FDCWD) return TryFind(text, out place);
        if (text[0] == '/' || !WindowsNames.IsPlain(text)) return Refuse(Win32Error.INVALID_NAME);

        string name = text;
        if (text[0] == '.' || text.Contains('/', StringComparison.Ordinal))
        {
            string[] parts = text.Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (Array.IndexOf(parts, "..") >= 0)
            {
                // The object manager knows no way up from a handle.
                return WindowsKernel.PathBehind(directory) is { } folder ? TryFind($@"{folder}\{text}", out place) : Refuse(Errno.ENOENT);
            }
            name = string.Join('\\', parts.Where(static part => part != "."));
        }
        if (IsTooLong(name)) return Refuse(Errno.ENAMETOOLONG);
        place = new WindowsPlace(directory, name);
        return true;
    }

    /// <summary>The place of a path that a caller gave.</summary>
    internal static bool TryFind(string path, out WindowsPlace place)
    {
        place = default;
        string? name = WindowsNames.NtPath(path, static drive => drive == '\0' ? Environment.CurrentDirectory : Path.GetFullPath($"{drive}:"));
        if (name is null) return Refuse(Win32Error.INVALID_NAME);
        if (IsTooLong(name)) return Refuse(Errno.ENAMETOOLONG);
        place = new WindowsPlace(0, name);
        return true;
    }

    /// <summary>The whole path, as the calls take it that know no handles.</summary>
    internal string? WholePath()
    {
        string? folder = Root == 0 ? null : WindowsKernel.PathBehind((int)Root);
        if (Root != 0 && folder is null) return null;
        string? path = Root == 0 ? Name : WindowsNames.NtPath(Name.Length == 0 ? folder! : $@"{folder}\{Name}", static _ => @"C:\");
        return path is null ? null : $@"\\?\{path[WindowsNames.NtPrefix.Length..]}";
    }

    static bool IsTooLong(string name)
    {
        if (name.Length > WindowsNames.LongestPath) return true;
        foreach (Range part in name.AsSpan().Split('\\'))
        {
            if (name.AsSpan()[part].Length > LongestPart) return true;
        }
        return false;
    }

    static bool Refuse(Errno error)
    {
        _ = WindowsErrors.Fail(error);
        return false;
    }

    static bool Refuse(Win32Error error)
    {
        _ = WindowsErrors.Fail(error);
        return false;
    }
}
