using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>What is in a space now.</summary>
/// <param name="Files">Regular files, each name of a hard-linked one counted.</param>
/// <param name="Directories">Directories, without the root.</param>
/// <param name="Symlinks">Symbolic links.</param>
/// <param name="Bytes">The length of all files, one with several names counted once.</param>
public sealed record SpaceFigures(long Files, long Directories, long Symlinks, long Bytes)
{
    /// <summary>Counts what is in a space.</summary>
    /// <param name="space">A space that is complete.</param>
    /// <param name="cancellation">Ends the counting.</param>
    /// <exception cref="IOException">A folder in it cannot be read.</exception>
    public static SpaceFigures Of(SpaceInfo space, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(space);
        TreeListing listing = TreeScanner.Scan(space.Path, filter: null, workers: 0, cancellation).Listing;
        return new SpaceFigures(listing.Files.Length, listing.Directories.Length - 1, listing.Symlinks.Length, listing.LogicalBytes);
    }
}
