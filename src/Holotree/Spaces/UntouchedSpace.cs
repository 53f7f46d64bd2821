using System.Runtime.InteropServices;
using Holotree.Catalogs;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// Finds out whether a space stands as its index says, by one look a name. A directory that looks as it did then has the entries it had
/// then, so none is listed, and nothing has to be matched with the catalog. At the first thing that looks different it ends.
/// </summary>
internal sealed unsafe class UntouchedSpace : IDisposable
{
    /// <summary>Directories that a worker takes at a time: neighbours in the tree, so that a move is one open.</summary>
    const int Share = 64;

    /// <summary>So many files are reached through the name of their directory: for the kernel one name more is a twentieth of opening and closing it.</summary>
    const int MostThroughName = 24;

    /// <summary>Of a name and what ends it.</summary>
    const int NameBytes = CatalogRules.NameMax + 1;

    readonly RestorePlan plan;
    readonly SpaceIndex index;
    readonly DirectoryCursor root;
    readonly string path;
    readonly Rungs rungs;

    /// <summary>The inode of each object that was looked at under some name. What two workers look at twice does no harm.</summary>
    readonly ulong[] lookedAt;
    bool differs;

    UntouchedSpace(RestorePlan plan, SpaceIndex index, string path, Rungs rungs)
    {
        (this.plan, this.index, this.path, this.rungs, root) = (plan, index, path, rungs, DirectoryCursor.OnMade(path));
        lookedAt = new ulong[plan.Catalog.Objects.Length];
    }

    TreeListing Listing => plan.Catalog.Listing;

    /// <summary>Whether nothing in the space has changed, and the plan wants nothing else than what made it.</summary>
    /// <param name="path">The space; it is complete.</param>
    /// <param name="plan">What it shall be: the plan of the catalog that the index is of.</param>
    /// <param name="index">How everything looked when it was made.</param>
    /// <param name="rungs">By which means files may have been made.</param>
    /// <param name="workers">How many threads look; 0 for one a processor.</param>
    /// <param name="cancellation">Ends the look.</param>
    internal static bool Is(string path, RestorePlan plan, SpaceIndex index, Rungs rungs, int workers, CancellationToken cancellation)
    {
        try
        {
            using var space = new UntouchedSpace(plan, index, path, rungs);
            return space.LooksSame(workers > 0 ? workers : Environment.ProcessorCount, cancellation);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Something is missing, or is no directory any more. Who looks closer says what.
            return false;
        }
    }

    bool LooksSame(int workers, CancellationToken cancellation)
    {
        int shares = (Listing.Directories.Length + Share - 1) / Share, next = -1;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        WorkerThreads.Run(Math.Clamp(shares, 1, workers), stop, _ =>
        {
            using DirectoryCursor cursor = root.Another(path, readable: false);
            while (Interlocked.Increment(ref next) is int share && share < shares)
            {
                int end = Math.Min((share + 1) * Share, Listing.Directories.Length);
                for (int i = share * Share; i < end; i++)
                {
                    if (stop.IsCancellationRequested || Volatile.Read(ref differs)) return;
                    if (!LooksSame(cursor, i)) Volatile.Write(ref differs, true);
                }
            }
        });
        cancellation.ThrowIfCancellationRequested();
        return !differs;
    }

    bool LooksSame(DirectoryCursor cursor, int directory)
    {
        ref readonly DirectoryEntry entry = ref Listing.Directories[directory];
        byte* path = stackalloc byte[2 * NameBytes];     // a name of a file, or that of its directory before it
        bool opened = directory == 0 || entry.FileCount > MostThroughName || HasDirectories(directory);
        int descriptor = cursor.MoveTo(opened ? directory : entry.Parent, Listing.Directories, Listing.Names);
        int prefix = opened ? 0 : Append(path, 0, entry.NameOffset) + 1;
        Errno error = opened ? NativeFile.Stat(descriptor, out Kernel.Statx looks) : NativeFile.StatAt(descriptor, path, Kernel.AT_SYMLINK_NOFOLLOW, out looks);
        if (error != Errno.None || !index.VouchesForDirectory(directory, FileStamp.Of(looks))) return false;
        if (!opened) path[prefix - 1] = (byte)'/';
        for (int i = entry.FirstFile; i < entry.FirstFile + entry.FileCount; i++)
        {
            if (!plan.Admits(index.MadeBy[i], i, rungs)) return false;

            // In a folder that looks as it did a name leads to the inode that it led to, and all names of an inode look alike.
            bool isLink = index.MadeBy[i] == Mechanism.HardLink;
            ulong inode = index.Stamps.Files[i].Inode;
            int content = plan.Catalog.Contents[i].Object;
            if (isLink && Volatile.Read(ref lookedAt[content]) == inode) continue;

            Append(path, prefix, Listing.Files[i].NameOffset);
            if (NativeFile.StatAt(descriptor, path, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat) != Errno.None
                || !index.Vouches(i, FileStamp.Of(stat))) return false;
            if (!isLink) continue;

            // Of a hard link the index cannot vouch for the mode, which is its object's.
            if ((stat.stx_mode & 0xFFF) != plan.Catalog.Objects[content].Mode) return false;
            Volatile.Write(ref lookedAt[content], inode);
        }
        for (int i = entry.FirstSymlink; i < entry.FirstSymlink + entry.SymlinkCount; i++)
        {
            // Where a link points cannot change but by another link, and that changes the directory.
            ref readonly SymlinkEntry link = ref Listing.Symlinks[i];
            Append(path, prefix, link.NameOffset);
            if (NativeFile.StatAt(descriptor, path, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat) != Errno.None
                || stat.stx_mtime.tv_sec != link.ModifiedSeconds || stat.stx_mtime.tv_nsec != link.ModifiedNanoseconds) return false;
        }
        return true;
    }

    /// <summary>Whether directories in it come right after it. Recordings are ordered so; in another order some are only opened, or not, that need not be, or should.</summary>
    bool HasDirectories(int directory) => directory + 1 < Listing.Directories.Length && Listing.Directories[directory + 1].Parent == directory;

    /// <summary>Puts a name into a path, and ends it there. Returns where it ends.</summary>
    int Append(byte* path, int at, int nameOffset)
    {
        ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Listing.NamePointer(nameOffset));
        name.CopyTo(new Span<byte>(path + at, NameBytes - 1));
        path[at + name.Length] = 0;
        return at + name.Length;
    }

    public void Dispose() => root.Dispose();
}
