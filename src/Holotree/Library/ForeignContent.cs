using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>Content that another user may change at any time, and put back whatever could tell: it is copied before anything is believed of it.</summary>
/// <param name="home">Whose library.</param>
internal sealed class ForeignContent(Home home)
{
    readonly TransferLadder ladder = new();

    /// <summary>
    /// Puts a nameless copy in the place of an open file of somebody else: what is hashed then, and what is made of it, are the same
    /// bytes. It shares them where the filesystem can.
    /// </summary>
    /// <param name="size">The length it has to have; of another length nothing is copied.</param>
    /// <param name="descriptor">The file; then the copy, and the file is closed.</param>
    /// <param name="stat">How it looks.</param>
    /// <returns>Whether it arrived.</returns>
    internal bool TryTake(long size, ref int descriptor, ref Kernel.Statx stat)
    {
        if ((long)stat.stx_size != size) return false;
        string path = Path.Join(home.IncomingPath, Guid.NewGuid().ToString("n"));
        int copy = NativeFile.Open(path, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL | OpenFlags.O_NOFOLLOW, 0x180, out Errno error);
        if (copy < 0) throw NativeErrors.Failure(error, "create", path);

        // Its name goes at once: whatever happens to this process, nothing is left.
        NativeFile.Delete(path);
        Transfer transfer = ladder.Fill(Rungs.Reflink | Rungs.Copy, descriptor, stat, copy, NativeFile.Device(stat), CancellationToken.None);
        _ = Kernel.close(descriptor);
        descriptor = copy;
        return !transfer.Failed && NativeFile.Stat(copy, out stat) == Errno.None;
    }
}
