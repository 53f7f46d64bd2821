using Reflinks.Files;
using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>
/// Replaces a small file that belongs to a person in one step: its mode, access control list and attributes stay, and a link to it stays a
/// link. It is on disk when this returns.
/// </summary>
public static class HandwrittenFile
{
    /// <summary>The place of the file may be any folder, where others make files that are not held; these can be told from those.</summary>
    const string Kind = "edit-";

    /// <summary>Replaces the file, or makes it. Takes away what a process left there that died in this.</summary>
    /// <param name="path">The file; links are followed.</param>
    /// <param name="content">What it is to hold.</param>
    /// <param name="isAgreed">Asked when all is written, whether the file still is what the content was made from.</param>
    /// <returns>False where it was not agreed to, or somebody else has made the file meanwhile. Nothing is changed then.</returns>
    /// <exception cref="IOException">It could not be written. The old file stands, and nothing lies beside it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written. The same.</exception>
    public static bool Replace(string path, ReadOnlySpan<byte> content, Func<bool> isAgreed)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(isAgreed);
        string target = NativeReflink.FollowLinks(path);
        int old = NativeFile.Open(target, Kernel.O_RDONLY | Kernel.O_NONBLOCK, 0, out Errno error);
        if (old < 0 && error != Errno.ENOENT) throw NativeErrors.Failure(error, "open", target);
        try
        {
            SweepBeside(target);
            using PendingFile pending = DurableFile.Begin(target, Kind);
            if (old >= 0) KeepMetadata(old, pending.Descriptor, target);
            error = NativeFile.Write(pending.Descriptor, content, 0);
            if (error == Errno.None && Kernel.fsync(pending.Descriptor) != 0) error = NativeErrors.Last;
            if (error != Errno.None) throw NativeErrors.Failure(error, "write", target);
            if (!isAgreed()) return false;
            pending.Keep(overwrite: old >= 0);
        }
        catch (IOException taken) when (old < 0 && NativeErrors.Of(taken) == Errno.EEXIST)
        {
            return false;
        }
        finally
        {
            if (old >= 0) _ = Kernel.close(old);
        }
        DurableFile.SyncFolder(Path.GetDirectoryName(target)!);
        return true;
    }

    static void KeepMetadata(int old, int made, string path)
    {
        Errno error = NativeFile.Stat(old, out Kernel.Statx before);
        Kernel.Statx now = default;
        if (error == Errno.None) error = NativeFile.Stat(made, out now);
        if (error != Errno.None) throw NativeErrors.Failure(error, "examine", path);
        NativeReflink.PreserveMetadata(old, before, made, now, Preserve.All & ~Preserve.Times, path, []);
    }

    static void SweepBeside(string path)
    {
        try
        {
            Unfinished.Sweep(Path.GetDirectoryName(path)!, Kind);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be listed, or another user's file: no matter of who wants to change this one.
        }
    }
}
