namespace Reflinks.Trees;

/// <summary>Leaves out directories that a filter has emptied.</summary>
internal static class Pruning
{
    /// <summary>The listing without directories that have nothing below them, unless those are wanted.</summary>
    /// <param name="listing">A listing whose files and links are those a filter takes.</param>
    /// <param name="keepEmpty">Whether directories stay that lead to no file or link.</param>
    internal static TreeListing DropEmptied(TreeListing listing, bool keepEmpty) => keepEmpty
        ? listing
        : ListingPart.Of(listing, new bool[listing.Directories.Length], All(listing.Files.Length), All(listing.Symlinks.Length)).Listing;

    static bool[] All(int length)
    {
        var marks = new bool[length];
        Array.Fill(marks, true);
        return marks;
    }
}
