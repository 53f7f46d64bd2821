namespace Holotree.Cli;

/// <summary>What stands at a path. The framework's File.Exists and Directory.Exists say no where they could not look; here that is a failure.</summary>
internal static class PathKind
{
    /// <summary>What it is, a link being followed; null where there is nothing, or where this user may not look.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    internal static FileAttributes? Of(string path)
    {
        try
        {
            return File.GetAttributes(path);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether it is a folder, or a link to one.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    internal static bool IsFolder(string path) => Of(path)?.HasFlag(FileAttributes.Directory) == true;

    /// <summary>Whether it is something else than a folder, or a link to that.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    internal static bool IsFile(string path) => Of(path)?.HasFlag(FileAttributes.Directory) == false;
}
