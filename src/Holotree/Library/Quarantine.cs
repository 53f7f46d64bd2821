using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>
/// Where objects go that are not what their names say. Several workers and processes may meet the same one: who sets it aside
/// or puts another in its place holds a lock for that moment, and first makes sure that it still is the one that was looked at.
/// </summary>
internal sealed unsafe class Quarantine(Home home)
{
    /// <summary>The lock is held for a rename or two; who does not get it for so long has another problem.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Moves an object out of the way.</summary>
    /// <param name="root">The folder below which objects have their names.</param>
    /// <param name="entry">Which.</param>
    /// <param name="inode">What was looked at.</param>
    /// <param name="aside">Where it is now; null where it could not be moved or somebody else has done it.</param>
    /// <returns>False where another one has its name by now, which is to be looked at anew.</returns>
    internal bool Take(int root, in ObjectEntry entry, ulong inode, out string? aside)
    {
        byte* name = stackalloc byte[ObjectEntry.NameBytes];
        entry.WriteName(new Span<byte>(name, ObjectEntry.NameBytes));
        aside = null;
        using FileLock alone = Lock();
        if (NativeFile.StatAt(root, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx now) != Errno.None) return true;
        if (now.stx_ino != inode) return false;

        string place = NewPlace(entry);
        fixed (byte* to = NativeFile.Terminated(place))
        {
            if (Kernel.renameat2(root, name, Kernel.AT_FDCWD, to, 0) == 0) aside = place;
        }
        return true;
    }

    /// <summary>Gives a whole object its name, and sets aside what has it.</summary>
    /// <param name="root">The folder below which objects have their names.</param>
    /// <param name="entry">Which.</param>
    /// <param name="path">Its path.</param>
    /// <param name="inode">What was found damaged under the name; 0 where nothing was there.</param>
    /// <param name="whole">A sealed file on the same filesystem, on disk by now. It is gone afterwards.</param>
    /// <exception cref="IOException">It could not be done. What had the name has it still.</exception>
    internal void Replace(int root, in ObjectEntry entry, string path, ulong inode, string whole)
    {
        byte* name = stackalloc byte[ObjectEntry.NameBytes];
        entry.WriteName(new Span<byte>(name, ObjectEntry.NameBytes));
        using FileLock alone = Lock();
        Errno error = NativeFile.StatAt(root, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx now);
        string place = NewPlace(entry);
        fixed (byte* from = NativeFile.Terminated(whole), aside = NativeFile.Terminated(place))
        {
            if (error == Errno.None && now.stx_ino != inode && ObjectStore.IsSealed(entry, now))
            {
                _ = Kernel.unlinkat(Kernel.AT_FDCWD, from, 0);        // somebody else was quicker
                return;
            }
            // Exchanged, so that at no moment there is none.
            if (Kernel.renameat2(Kernel.AT_FDCWD, from, root, name, error == Errno.None ? Kernel.RENAME_EXCHANGE : 0) != 0)
                throw NativeErrors.Failure(NativeErrors.Last, "replace the object", path);
            if (error != Errno.None || Kernel.renameat2(Kernel.AT_FDCWD, from, Kernel.AT_FDCWD, aside, 0) == 0) return;

            // Content is set aside and never deleted, also that of a damaged object: it keeps the name until that can be done.
            error = NativeErrors.Last;
            _ = Kernel.renameat2(Kernel.AT_FDCWD, from, root, name, Kernel.RENAME_EXCHANGE);
            throw NativeErrors.Failure(error, "set aside the damaged object as", place);
        }
    }

    /// <summary>Everything that was set aside under the name of an object.</summary>
    internal IEnumerable<string> Of(ObjectEntry entry) =>
        NativeFile.IsFolder(home.QuarantinePath) ? Directory.EnumerateFiles(home.QuarantinePath, $"{entry}-*") : [];

    internal long Count => NativeFile.IsFolder(home.QuarantinePath) ? Directory.EnumerateFileSystemEntries(home.QuarantinePath).LongCount() : 0;

    string NewPlace(in ObjectEntry entry)
    {
        Directory.CreateDirectory(home.QuarantinePath);
        return Path.Join(home.QuarantinePath, $"{entry}-{Guid.NewGuid():n}");
    }

    FileLock Lock() => FileLock.Take(home.RepairLockPath, exclusive: true, Patience, "repair of objects", CancellationToken.None);
}
