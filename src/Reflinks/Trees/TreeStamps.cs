namespace Reflinks.Trees;

/// <summary>How the files and directories of a listing look on disk, or have to look, by their index in the listing.</summary>
internal sealed record TreeStamps(FileStamp[] Files, FileStamp[] Directories)
{
    internal static TreeStamps For(TreeListing listing) => new(new FileStamp[listing.Files.Length], new FileStamp[listing.Directories.Length]);

    /// <summary>
    /// Gives all names of an inode the same stamp, the latest: every name that is given or moved changes the ctime of all. A name that
    /// had to become a file of its own keeps its own.
    /// </summary>
    internal void AlignNames(TreeListing listing)
    {
        ReadOnlySpan<FileEntry> entries = listing.Files;
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i].LinkedTo >= 0 && Files[i].IsLaterLookOf(Files[entries[i].LinkedTo])) Files[entries[i].LinkedTo] = Files[i];
        }
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i].LinkedTo >= 0 && (Files[i] == default || (Files[i].WasSeen && Files[i].Inode == Files[entries[i].LinkedTo].Inode))) Files[i] = Files[entries[i].LinkedTo];
        }
    }
}
