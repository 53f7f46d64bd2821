namespace Reflinks.Trees;

/// <summary>
/// Pairs the entries of one listing with those of the same path and kind in another: for each directory, file and link of the
/// first the index in the second, or -1.
/// </summary>
internal sealed class ListingMatch
{
    ListingMatch(TreeListing listing)
    {
        Directories = new int[listing.Directories.Length];
        Files = new int[listing.Files.Length];
        Symlinks = new int[listing.Symlinks.Length];
        Array.Fill(Directories, -1);
        Array.Fill(Files, -1);
        Array.Fill(Symlinks, -1);
    }

    internal int[] Directories { get; }

    internal int[] Files { get; }

    internal int[] Symlinks { get; }

    internal static ListingMatch Of(TreeListing listing, TreeListing other)
    {
        var match = new ListingMatch(listing);
        var children = new ChildDirectories(other);
        match.Directories[0] = 0;
        for (int i = 0; i < match.Directories.Length; i++)
        {
            ref readonly DirectoryEntry entry = ref listing.Directories[i];
            if (i > 0 && match.Directories[entry.Parent] is >= 0 and int parent)
                match.Directories[i] = children.Find(parent, listing.Name(entry.NameOffset, entry.NameLength));
            if (match.Directories[i] is >= 0 and int twin) match.PairEntries(listing, entry, other, other.Directories[twin]);
        }
        return match;
    }

    /// <summary>Goes along both directories at once, as the names of each are sorted.</summary>
    void PairEntries(TreeListing listing, in DirectoryEntry directory, TreeListing other, in DirectoryEntry twin)
    {
        int theirs = twin.FirstFile, last = twin.FirstFile + twin.FileCount;
        for (int mine = directory.FirstFile; mine < directory.FirstFile + directory.FileCount; mine++)
        {
            ref readonly FileEntry entry = ref listing.Files[mine];
            ReadOnlySpan<byte> name = listing.Name(entry.NameOffset, entry.NameLength);
            int order = -1;
            while (theirs < last && (order = other.Name(other.Files[theirs].NameOffset, other.Files[theirs].NameLength).SequenceCompareTo(name)) < 0) theirs++;
            if (theirs < last && order == 0) Files[mine] = theirs;
        }

        theirs = twin.FirstSymlink;
        last = twin.FirstSymlink + twin.SymlinkCount;
        for (int mine = directory.FirstSymlink; mine < directory.FirstSymlink + directory.SymlinkCount; mine++)
        {
            ref readonly SymlinkEntry entry = ref listing.Symlinks[mine];
            ReadOnlySpan<byte> name = listing.Name(entry.NameOffset, entry.NameLength);
            int order = -1;
            while (theirs < last && (order = other.Name(other.Symlinks[theirs].NameOffset, other.Symlinks[theirs].NameLength).SequenceCompareTo(name)) < 0) theirs++;
            if (theirs < last && order == 0) Symlinks[mine] = theirs;
        }
    }
}
