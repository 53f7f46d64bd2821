using System.Runtime.InteropServices;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Reflinks.Platform;

/// <summary>Deletes a tree relative to open directories, so that depth and links cannot lead it astray.</summary>
internal static unsafe class NativeTreeRemover
{
    const int DirentLength = 16, DirentType = 18, DirentName = 19, RecordsLength = 32 * 1024;

    /// <summary>Records are aligned to 8 bytes (struct linux_dirent64, getdents(2)): the fields, one byte of a name and its end.</summary>
    const int ShortestRecord = 24;

    const byte DT_DIR = 4;

    /// <summary>How many levels stay open. What lies deeper is first moved up to the root of the tree, so that depth does not run into the limit of open files.</summary>
    const int HeldLevels = 64;

    /// <summary>A directory being emptied, and the name by which its parent will let it go.</summary>
    /// <param name="Descriptor">The open directory.</param>
    /// <param name="Name">Its name, ended by NUL.</param>
    /// <param name="IsListedAgain">Whether it was said to be full when it had been emptied, and is gone through once more.</param>
    readonly record struct Level(int Descriptor, byte[] Name, bool IsListedAgain = false);

    /// <param name="workers">1 or 2. Of two each deletes what it meets, one from the front and one from the back of every listing, and they end in the middle.</param>
    internal static void Remove(string path, int workers, CancellationToken cancellation)
    {
        // With a slash behind it a link would be followed; and what has no name its parent cannot let go, whatever was emptied before.
        string bare = path.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        if (Path.GetFileName(bare) is "" or "." or "..") throw new ArgumentException($"'{path}' does not end in a name that can be deleted.", nameof(path));

        byte[] name = NativeFile.Terminated(bare);
        Errno error = Unlink(Kernel.AT_FDCWD, name, 0);
        if (error is Errno.None or Errno.ENOENT or Errno.ENOTDIR) return;

        // A read-only filesystem says so first, also of what is not there.
        if (error == Errno.EROFS && !NativeFile.Exists(bare)) return;
        if (error is not (Errno.EISDIR or Errno.EPERM or Errno.EACCES)) throw NativeErrors.Failure(error, "delete", path);

        // A subvolume goes at once where that is allowed; where it is not, or another one lies in it, it is emptied like any folder.
        if (Subvolume.TryDestroy(bare)) return;

        if (workers > 1)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            WorkerThreads.Run(2, stop, worker => Walk(path, name, error, backwards: worker == 1, isShared: true, stop.Token));
            cancellation.ThrowIfCancellationRequested();
        }
        Walk(path, name, error, backwards: false, isShared: false, cancellation);
    }

    /// <summary>Deletes a folder with everything below it. Where another one is at work on it too, what that one has at hand may be left.</summary>
    /// <param name="path">The folder, to name it.</param>
    /// <param name="name">The same for the system.</param>
    /// <param name="refused">Why it could not be deleted as a file.</param>
    /// <param name="backwards">Whether each piece of a listing is taken from its end.</param>
    /// <param name="isShared">Whether another one is at work on it.</param>
    /// <param name="cancellation">Ends the work between two pieces of a listing.</param>
    static void Walk(string path, byte[] name, Errno refused, bool backwards, bool isShared, CancellationToken cancellation)
    {
        var levels = new Stack<Level>();
        try
        {
            if (!Enter(Kernel.AT_FDCWD, name, levels, out Errno error))
            {
                if (error == Errno.ENOENT) return;
                throw NativeErrors.Failure(error == Errno.ENOTDIR ? refused : error, "delete", path);
            }
            byte[] records = GC.AllocateUninitializedArray<byte>(RecordsLength, pinned: true);
            bool movedUp = false;
            while (levels.TryPeek(out Level level))
            {
                if (Empty(level.Descriptor, records, levels, backwards, ref movedUp, cancellation)) continue;
                levels.Pop();
                _ = Kernel.close(level.Descriptor);
                if (levels.Count == 0 && movedUp)
                {
                    // What came into the root since it was opened is listed for sure by who opens it anew: Wine tells what was there at first.
                    movedUp = false;
                    if (Enter(Kernel.AT_FDCWD, name, levels, out _)) continue;
                }
                int parent = levels.TryPeek(out Level above) ? above.Descriptor : Kernel.AT_FDCWD;
                error = Unlink(parent, level.Name, Kernel.AT_REMOVEDIR);
                bool isFull = error is Errno.ENOTEMPTY or Errno.EEXIST;
                if (isFull && !isShared && !level.IsListedAgain && Enter(parent, level.Name, levels, out _))
                {
                    // A listing may pass over entries while others go (APFS); when none goes any more it names them all.
                    levels.Push(levels.Pop() with { IsListedAgain = true });
                    continue;
                }
                if (error is Errno.None or Errno.ENOENT || (isFull && isShared)) continue;
                throw NativeErrors.Failure(error, "delete folder", Describe(parent, level.Name, path));
            }
        }
        finally
        {
            foreach (Level level in levels) _ = Kernel.close(level.Descriptor);
        }
    }

    /// <summary>Deletes the entries of one directory. Stops at the first subdirectory that has to be emptied, enters it and returns true.</summary>
    static bool Empty(int directory, byte[] records, Stack<Level> levels, bool backwards, ref bool movedUp, CancellationToken cancellation)
    {
        // From the start each time: entries have gone since the last look.
        if (Kernel.lseek(directory, 0, Kernel.SEEK_SET) != 0) throw NativeErrors.Failure(NativeErrors.Last, "list folder", NativeFile.NameOf(directory));
        byte* buffer = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(records, 0);
        Span<ushort> places = stackalloc ushort[RecordsLength / ShortestRecord];
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            nint length = Kernel.getdents64(directory, buffer, (nuint)records.Length);
            if (length == 0) return false;
            if (length < 0)
            {
                Errno failed = NativeErrors.Last;
                if (failed == Errno.EINTR) continue;
                if (failed == Errno.ENOENT) return false;       // it was deleted itself meanwhile
                throw NativeErrors.Failure(failed, "list folder", NativeFile.NameOf(directory));
            }
            int count = 0;
            for (int at = 0; at < length; at += *(ushort*)(buffer + at + DirentLength)) places[count++] = (ushort)at;
            for (int i = 0; i < count; i++)
            {
                int at = places[backwards ? count - 1 - i : i];
                ReadOnlySpan<byte> bare = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + DirentName);
                if (bare is [(byte)'.'] or [(byte)'.', (byte)'.']) continue;

                Errno error = buffer[at + DirentType] == DT_DIR ? Errno.EISDIR : UnlinkAt(directory, buffer + at + DirentName, 0);
                if (error is Errno.None or Errno.ENOENT) continue;

                byte[] name = [.. bare, 0];
                if (error == Errno.EISDIR)
                {
                    error = Unlink(directory, name, Kernel.AT_REMOVEDIR);
                    if (error is Errno.None or Errno.ENOENT) continue;
                    if (error is Errno.ENOTEMPTY or Errno.EEXIST or Errno.EACCES && Enter(directory, name, levels, out error))
                    {
                        if (levels.Count <= HeldLevels || !MoveUp(directory, levels)) return true;
                        movedUp = true;
                        continue;
                    }
                    if (error == Errno.ENOENT) continue;
                }
                throw NativeErrors.Failure(error, "delete", Describe(directory, name, string.Empty));
            }
        }
    }

    static bool Enter(int parent, byte[] name, Stack<Level> levels, out Errno error)
    {
        fixed (byte* entry = name)
        {
            int flags = Kernel.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW;
            int descriptor = NativeFile.OpenAt(parent, entry, flags, 0, out error);
            if (descriptor < 0 && error == Errno.EACCES && Kernel.SetModeAt(parent, entry, 0x1C0) == Errno.None)
                descriptor = NativeFile.OpenAt(parent, entry, flags, 0, out error);
            if (descriptor < 0) return false;

            // Write and search permission are needed to empty it, and of a subvolume that it is writable; who may not set them will be
            // told by the first entry.
            if (NativeFile.Stat(descriptor, out Kernel.Statx stat) == Errno.None)
            {
                if (Subvolume.IsRoot(stat)) _ = Subvolume.SetReadOnly(descriptor, readOnly: false);
                if ((stat.stx_mode & 0x1C0) != 0x1C0) _ = NativeMetadata.SetMode(descriptor, 0x1C0);
            }
            levels.Push(new Level(descriptor, name));
            return true;
        }
    }

    /// <summary>Moves the directory just entered from its parent to the root of the tree, where it will be met again, and leaves it.</summary>
    static bool MoveUp(int parent, Stack<Level> levels)
    {
        Level entered = levels.Peek();
        byte[] name = NativeFile.Terminated($".reflink-{NativeFile.FreshName()}.partial");
        fixed (byte* from = entered.Name, to = name)
        {
            if (Kernel.renameat2(parent, from, levels.Last().Descriptor, to, 0) != 0) return false;
        }
        _ = Kernel.close(levels.Pop().Descriptor);
        return true;
    }

    static Errno Unlink(int directory, byte[] name, int flags)
    {
        fixed (byte* entry = name) return UnlinkAt(directory, entry, flags);
    }

    static Errno UnlinkAt(int directory, byte* name, int flags) =>
        Kernel.unlinkat(directory, name, flags) == 0 ? Errno.None : NativeErrors.Last;

    static string Describe(int directory, byte[] name, string fallback) =>
        directory == Kernel.AT_FDCWD ? fallback
            : Path.Join(NativeFile.NameOf(directory), System.Text.Encoding.UTF8.GetString(name.AsSpan(0, name.Length - 1)));
}
