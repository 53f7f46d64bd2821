namespace Reflinks.Trees;

/// <summary>Some entries of a listing as a listing of their own, and which ones they were.</summary>
/// <param name="Listing">The part. It shares the names.</param>
/// <param name="Directories">For each directory of the part its index in the whole.</param>
/// <param name="Files">The same for files.</param>
/// <param name="Symlinks">The same for links.</param>
internal sealed record ListingPart(TreeListing Listing, int[] Directories, int[] Files, int[] Symlinks)
{
    /// <summary>Takes the entries that are marked. Directories on the way to one come along.</summary>
    /// <remarks>A further name whose first one is left out becomes a file, or a link, of its own.</remarks>
    internal static ListingPart Of(TreeListing whole, bool[] directories, bool[] files, bool[] symlinks)
    {
        bool[] taken = WithWay(whole, directories, files, symlinks);
        int[] takenDirectories = Marked(taken), takenFiles = Marked(files), takenSymlinks = Marked(symlinks);
        int[] directoryAt = Inverse(takenDirectories, whole.Directories.Length);
        int[] fileAt = Inverse(takenFiles, whole.Files.Length), symlinkAt = Inverse(takenSymlinks, whole.Symlinks.Length);

        var partDirectories = new DirectoryEntry[takenDirectories.Length];
        for (int i = 0; i < partDirectories.Length; i++)
        {
            partDirectories[i] = whole.Directories[takenDirectories[i]];
            if (i > 0) partDirectories[i].Parent = directoryAt[partDirectories[i].Parent];
            partDirectories[i].FileCount = partDirectories[i].SymlinkCount = 0;
        }
        var partFiles = new FileEntry[takenFiles.Length];
        for (int i = 0; i < partFiles.Length; i++)
        {
            ref FileEntry entry = ref partFiles[i];
            entry = whole.Files[takenFiles[i]];
            entry.Directory = directoryAt[entry.Directory];
            if (entry.LinkedTo >= 0) entry.LinkedTo = fileAt[entry.LinkedTo];
            ref DirectoryEntry directory = ref partDirectories[entry.Directory];
            if (directory.FileCount++ == 0) directory.FirstFile = i;
        }
        var partSymlinks = new SymlinkEntry[takenSymlinks.Length];
        for (int i = 0; i < partSymlinks.Length; i++)
        {
            ref SymlinkEntry entry = ref partSymlinks[i];
            entry = whole.Symlinks[takenSymlinks[i]];
            entry.Directory = directoryAt[entry.Directory];
            if (entry.LinkedTo >= 0) entry.LinkedTo = symlinkAt[entry.LinkedTo];
            ref DirectoryEntry directory = ref partDirectories[entry.Directory];
            if (directory.SymlinkCount++ == 0) directory.FirstSymlink = i;
        }
        return new ListingPart(whole.With(partDirectories, partFiles, partSymlinks), takenDirectories, takenFiles, takenSymlinks);
    }

    static bool[] WithWay(TreeListing whole, bool[] directories, bool[] files, bool[] symlinks)
    {
        bool[] taken = [.. directories];
        taken[0] = true;
        for (int i = 0; i < files.Length; i++) taken[whole.Files[i].Directory] |= files[i];
        for (int i = 0; i < symlinks.Length; i++) taken[whole.Symlinks[i].Directory] |= symlinks[i];
        for (int i = taken.Length - 1; i > 0; i--) taken[whole.Directories[i].Parent] |= taken[i];
        return taken;
    }

    static int[] Marked(bool[] marks)
    {
        var indexes = new int[marks.AsSpan().Count(true)];
        for (int i = 0, next = 0; i < marks.Length; i++)
        {
            if (marks[i]) indexes[next++] = i;
        }
        return indexes;
    }

    static int[] Inverse(int[] indexes, int length)
    {
        var inverse = new int[length];
        Array.Fill(inverse, -1);
        for (int i = 0; i < indexes.Length; i++) inverse[indexes[i]] = i;
        return inverse;
    }
}
