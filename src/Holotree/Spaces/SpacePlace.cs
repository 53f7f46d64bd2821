using Holotree.Library;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Looks at the place of a space: whether it is free, and what stands there.</summary>
internal static unsafe class SpacePlace
{
    /// <summary>Refuses a place that is taken. Returns whether what stands there is this very space.</summary>
    internal static bool Check(string space, string path, SpaceState? before)
    {
        bool stands = before is { Standing: true };
        if (stands && before!.Path != path)
        {
            throw new HolotreeException(HolotreeFailure.Exists, "space-exists", $"The space '{space}' exists at '{before.Path}'.")
            {
                Path = before.Path,
                Hint = $"Leave out --to, delete the space first (holotree delete {space}), or use another name.",
            };
        }
        if (!stands && NativeFile.Exists(path))
        {
            throw new HolotreeException(HolotreeFailure.Exists, "destination-exists", $"'{path}' exists and is not the space '{space}'.")
            {
                Path = path,
                Error = NativeErrors.Describe(Errno.EEXIST),
                Hint = "Move it away, or choose another place with --to.",
            };
        }
        return stands;
    }

    /// <summary>Lists what stands in a space, with its looks.</summary>
    /// <param name="path">The space.</param>
    /// <param name="made">What was made there: says which directories may lock their owner out.</param>
    /// <param name="workers">How many threads look; 0 for one a processor.</param>
    /// <param name="cancellation">Ends the look.</param>
    internal static TreeScan Scan(string path, TreeListing? made, int workers, CancellationToken cancellation)
    {
        try
        {
            return TreeScanner.ScanWithStamps(path, workers, cancellation);
        }
        catch (UnauthorizedAccessException) when (made is not null)
        {
            return ScanUnlocked(path, made, workers, cancellation);
        }
    }

    /// <summary>How a folder looks now.</summary>
    internal static FileStamp StampOf(string path)
    {
        fixed (byte* name = NativeFile.Terminated(path))
        {
            Errno error = NativeFile.StatAt(Kernel.AT_FDCWD, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat);
            return error == Errno.None ? FileStamp.Of(stat) : throw NativeErrors.Failure(error, "examine", path);
        }
    }

    /// <summary>
    /// How a folder looks that was renamed just now. btrfs keeps the change time that a rename gives to the root of a subvolume in
    /// memory alone, until something else about it changes; so it is given its own time again, or it would look another way once it
    /// was forgotten.
    /// </summary>
    internal static FileStamp StampOfRenamed(string path)
    {
        fixed (byte* name = NativeFile.Terminated(path))
        {
            Errno error = NativeFile.StatAt(Kernel.AT_FDCWD, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat);
            if (error == Errno.None && Subvolume.IsRoot(stat)) error = NativeMetadata.SetTimesAt(Kernel.AT_FDCWD, name, stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec);
            return error == Errno.None ? StampOf(path) : throw NativeErrors.Failure(error, "set times of folder", path);
        }
    }

    /// <summary>Whether a folder is a filesystem of its own to rename(2), which is the case for a subvolume (statx(2): the device).</summary>
    /// <param name="path">The folder.</param>
    /// <param name="stat">How it looks.</param>
    internal static bool IsApart(string path, out Kernel.Statx stat)
    {
        fixed (byte* name = NativeFile.Terminated(path), parent = NativeFile.Terminated(Path.GetDirectoryName(path) ?? "/"))
        {
            Errno error = NativeFile.StatAt(Kernel.AT_FDCWD, name, Kernel.AT_SYMLINK_NOFOLLOW, out stat);
            if (error != Errno.None) throw NativeErrors.Failure(error, "examine", path);
            return NativeFile.StatAt(Kernel.AT_FDCWD, parent, 0, out Kernel.Statx above) == Errno.None
                && NativeFile.Device(stat) != NativeFile.Device(above);
        }
    }

    /// <summary>Whether two folders are on one device, as stat(2) has it. False where that cannot be told.</summary>
    internal static bool AreOnOneDevice(string one, string other)
    {
        fixed (byte* first = NativeFile.Terminated(one), second = NativeFile.Terminated(other))
        {
            return NativeFile.StatAt(Kernel.AT_FDCWD, first, 0, out Kernel.Statx here) == Errno.None
                && NativeFile.StatAt(Kernel.AT_FDCWD, second, 0, out Kernel.Statx there) == Errno.None
                && NativeFile.Device(here) == NativeFile.Device(there);
        }
    }

    /// <summary>Opens the directories that lock their owner out, as their modes were recorded, for as long as it takes to look.</summary>
    static TreeScan ScanUnlocked(string path, TreeListing made, int workers, CancellationToken cancellation)
    {
        var unlocked = new Stack<(int Directory, int Mode)>();
        using var cursor = DirectoryCursor.OnMade(path);
        try
        {
            for (int i = 1; i < made.Directories.Length; i++)
            {
                if ((made.Directories[i].Mode & NativeMetadata.OwnerReadAndSearch) != NativeMetadata.OwnerReadAndSearch && Unlock(cursor, made, i) is { } mode) unlocked.Push((i, mode));
            }
            TreeScan scan = TreeScanner.ScanWithStamps(path, workers, cancellation);
            return scan with { Listing = WithModes(scan.Listing, ListingMatch.Of(made, scan.Listing), unlocked) };
        }
        finally
        {
            while (unlocked.TryPop(out (int Directory, int Mode) locked))
            {
                ref readonly DirectoryEntry entry = ref made.Directories[locked.Directory];
                int parent = cursor.MoveTo(entry.Parent, made.Directories, made.Names);
                _ = Kernel.SetModeAt(parent, made.NamePointer(entry.NameOffset), locked.Mode);
            }
        }
    }

    /// <summary>Returns the mode a directory had before; null where it is no longer there.</summary>
    static int? Unlock(DirectoryCursor cursor, TreeListing made, int directory)
    {
        ref readonly DirectoryEntry entry = ref made.Directories[directory];
        try
        {
            int parent = cursor.MoveTo(entry.Parent, made.Directories, made.Names);
            byte* name = made.NamePointer(entry.NameOffset);
            return NativeFile.StatAt(parent, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat) == Errno.None
                && NativeFile.IsDirectory(stat) && Kernel.SetModeAt(parent, name, NativeMetadata.OwnerAll) == Errno.None ? stat.stx_mode & 0xFFF : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    static TreeListing WithModes(TreeListing found, ListingMatch match, IEnumerable<(int Directory, int Mode)> modes)
    {
        DirectoryEntry[] directories = found.Directories.ToArray();
        foreach ((int directory, int mode) in modes)
        {
            if (match.Directories[directory] is >= 0 and int index) directories[index].Mode = (ushort)mode;
        }
        return found.With(directories, found.Files.ToArray());
    }
}
