using Reflinks.Files;
using Reflinks.Platform.Linux;

namespace Reflinks.Trees;

/// <summary>Deletes trees, whatever their names, depth and modes are.</summary>
public static class TreeRemover
{
    /// <summary>Deletes a file, a link or a directory with everything below it. Links are deleted, never followed.</summary>
    /// <param name="path">What to delete. Nothing happens where there is nothing.</param>
    /// <param name="cancellation">Ends the work between two entries; what is deleted by then is gone.</param>
    /// <exception cref="ArgumentException">The path ends in <c>.</c> or <c>..</c>, or is the root of all.</exception>
    /// <exception cref="UnauthorizedAccessException">An entry may not be deleted.</exception>
    /// <exception cref="IOException">An entry could not be deleted.</exception>
    /// <remarks>Directories that their owner has locked (no write or search permission) are unlocked on the way.</remarks>
    public static void Remove(string path, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!OperatingSystem.IsLinux()) throw Reflink.Unsupported();
        LinuxTreeRemover.Remove(path, cancellation);
    }
}
