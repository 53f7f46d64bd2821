namespace Reflinks.Trees;

/// <summary>Finds entries of a listing by name: the names of a directory's files, and of its links, are sorted by their bytes.</summary>
internal static class TreeSearch
{
    /// <summary>The index of a file of that name in a directory, or -1.</summary>
    internal static int File(TreeListing listing, in DirectoryEntry directory, ReadOnlySpan<byte> name)
    {
        int low = directory.FirstFile, high = low + directory.FileCount - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ref readonly FileEntry entry = ref listing.Files[middle];
            int order = listing.Name(entry.NameOffset, entry.NameLength).SequenceCompareTo(name);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }

    /// <summary>The index of a symbolic link of that name in a directory, or -1.</summary>
    internal static int Symlink(TreeListing listing, in DirectoryEntry directory, ReadOnlySpan<byte> name)
    {
        int low = directory.FirstSymlink, high = low + directory.SymlinkCount - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ref readonly SymlinkEntry entry = ref listing.Symlinks[middle];
            int order = listing.Name(entry.NameOffset, entry.NameLength).SequenceCompareTo(name);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }
}
