using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Something in a space that its catalog does not have.</summary>
/// <param name="Directory">The directory of the catalog it lies in.</param>
/// <param name="Name">Its name, with a closing NUL.</param>
/// <param name="IsDirectory">Whether it is a directory, which goes with everything in it.</param>
/// <param name="Entries">How many entries go with it, itself included.</param>
internal sealed record ExtraEntry(int Directory, byte[] Name, bool IsDirectory, int Entries)
{
    /// <summary>Finds what stands in a space and has no counterpart of its kind in the catalog.</summary>
    /// <param name="scan">What stands there.</param>
    /// <param name="found">For the entries of the catalog which those are.</param>
    internal static IReadOnlyList<ExtraEntry> FindAll(TreeScan scan, ListingMatch found)
    {
        TreeListing there = scan.Listing;
        int[] wantedDirectory = Inverse(found.Directories, there.Directories.Length);
        int[] wantedFile = Inverse(found.Files, there.Files.Length), wantedSymlink = Inverse(found.Symlinks, there.Symlinks.Length);
        int[] below = EntriesBelow(scan);
        var extras = new List<ExtraEntry>();
        void Add(int directory, ReadOnlySpan<byte> name, bool isDirectory, int entries)
        {
            // What lies in a directory that goes, goes with it.
            if (wantedDirectory[directory] >= 0) extras.Add(new ExtraEntry(wantedDirectory[directory], [.. name, 0], isDirectory, entries));
        }

        for (int i = 1; i < there.Directories.Length; i++)
        {
            ref readonly DirectoryEntry entry = ref there.Directories[i];
            if (wantedDirectory[i] < 0) Add(entry.Parent, there.Name(entry.NameOffset, entry.NameLength), isDirectory: true, below[i] + 1);
        }
        for (int i = 0; i < there.Files.Length; i++)
        {
            ref readonly FileEntry entry = ref there.Files[i];
            if (wantedFile[i] < 0) Add(entry.Directory, there.Name(entry.NameOffset, entry.NameLength), isDirectory: false, 1);
        }
        for (int i = 0; i < there.Symlinks.Length; i++)
        {
            ref readonly SymlinkEntry entry = ref there.Symlinks[i];
            if (wantedSymlink[i] < 0) Add(entry.Directory, there.Name(entry.NameOffset, entry.NameLength), isDirectory: false, 1);
        }
        foreach ((int directory, byte[] name) in scan.SkippedNames) Add(directory, name, isDirectory: false, 1);
        return extras;
    }

    static int[] EntriesBelow(TreeScan scan)
    {
        TreeListing there = scan.Listing;
        var below = new int[there.Directories.Length];
        foreach ((int directory, _) in scan.SkippedNames) below[directory]++;
        for (int i = below.Length - 1; i > 0; i--)
        {
            below[i] += there.Directories[i].FileCount + there.Directories[i].SymlinkCount;
            below[there.Directories[i].Parent] += below[i] + 1;
        }
        return below;
    }

    static int[] Inverse(int[] indexes, int length)
    {
        var inverse = new int[length];
        Array.Fill(inverse, -1);
        for (int i = 0; i < indexes.Length; i++)
        {
            if (indexes[i] >= 0) inverse[indexes[i]] = i;
        }
        return inverse;
    }
}
