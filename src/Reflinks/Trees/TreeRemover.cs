using Reflinks.Files;
using Reflinks.Platform;

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
    public static void Remove(string path, CancellationToken cancellation = default) => Remove(path, workers: 1, cancellation);

    /// <summary>The same by more than one thread.</summary>
    /// <param name="path">What to delete. Nothing happens where there is nothing.</param>
    /// <param name="workers">1, or 2 to have two threads share it out: half again as fast on ext4, no faster on btrfs and XFS, which change their trees and logs by one thread at a time.</param>
    /// <param name="cancellation">Ends the work between two entries; what is deleted by then is gone.</param>
    /// <exception cref="ArgumentException">The path ends in <c>.</c> or <c>..</c>, or is the root of all.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer or more workers.</exception>
    /// <exception cref="UnauthorizedAccessException">An entry may not be deleted.</exception>
    /// <exception cref="IOException">An entry could not be deleted.</exception>
    public static void Remove(string path, int workers, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(workers, 2);
        if (!Kernel.IsSupported) throw Reflink.Unsupported();
        NativeTreeRemover.Remove(path, workers, cancellation);
    }
}
