namespace Reflinks.Trees;

/// <summary>Leaves out directories that a filter has emptied.</summary>
internal static class Pruning
{
    /// <summary>The listing without directories that have nothing below them, unless those are wanted.</summary>
    /// <param name="listing">A listing whose files and links are those a filter takes.</param>
    /// <param name="keepEmpty">Whether directories stay that lead to no file or link.</param>
    internal static TreeListing DropEmptied(TreeListing listing, bool keepEmpty)
    {
        if (keepEmpty) return listing;

        ReadOnlySpan<DirectoryEntry> old = listing.Directories;
        var holds = new bool[old.Length];
        holds[0] = true;
        for (int i = old.Length - 1; i > 0; i--)
        {
            holds[i] |= old[i].FileCount + old[i].SymlinkCount > 0;
            if (holds[i]) holds[old[i].Parent] = true;
        }

        var renumbered = new int[old.Length];
        var directories = new List<DirectoryEntry>();
        for (int i = 0; i < old.Length; i++)
        {
            if (!holds[i]) continue;
            renumbered[i] = directories.Count;
            DirectoryEntry entry = old[i];
            if (i > 0) entry.Parent = renumbered[entry.Parent];
            directories.Add(entry);
        }

        // Files and links stay where they are: a directory that was dropped had none.
        FileEntry[] files = listing.Files.ToArray();
        foreach (ref FileEntry file in files.AsSpan()) file.Directory = renumbered[file.Directory];
        SymlinkEntry[] symlinks = listing.Symlinks.ToArray();
        foreach (ref SymlinkEntry link in symlinks.AsSpan()) link.Directory = renumbered[link.Directory];
        byte[] names = GC.AllocateUninitializedArray<byte>(listing.Names.Length, pinned: true);
        listing.Names.CopyTo(names);
        return new TreeListing([.. directories], files, symlinks, names);
    }
}
