using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>Small files that are being written beside their final names, and those that a process left there that died.</summary>
internal static unsafe class Unfinished
{
    /// <summary>
    /// Holds a file that is being written, until its descriptor is closed. The lock is one of the open file (fcntl_locking(2)): one by
    /// flock(2) would be in the way of readers, as the framework takes such locks on all that it reads.
    /// </summary>
    /// <returns>False where somebody holds it who is about to delete it. Where there are no such locks nobody is kept out, and nobody clears up.</returns>
    internal static bool TryHold(int descriptor) => Lock(descriptor) is not (Errno.EAGAIN or Errno.EACCES);

    /// <summary>Deletes those in a folder that nobody holds.</summary>
    /// <param name="folder">The folder; nothing is done where there is none.</param>
    /// <param name="kind">Of which kind; all of them where the folder is the home's own and nobody clones into it.</param>
    internal static void Sweep(string folder, string kind = "")
    {
        if (!NativeFile.IsFolder(folder)) return;
        foreach (string path in Directory.EnumerateFiles(folder, $".reflink-{kind}*.tmp"))
        {
            int descriptor = NativeFile.Open(path, Kernel.O_RDWR | OpenFlags.O_NOFOLLOW, 0, out _);
            if (descriptor < 0) continue;
            if (Lock(descriptor) == Errno.None) NativeFile.Delete(path);
            _ = Kernel.close(descriptor);
        }
    }

    static Errno Lock(int descriptor)
    {
        var all = new Kernel.Flock { l_type = Kernel.F_WRLCK };
        return Kernel.fcntl(descriptor, Kernel.F_OFD_SETLK, &all) == 0 ? Errno.None : NativeErrors.Last;
    }
}
