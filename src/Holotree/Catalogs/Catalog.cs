using Holotree.Library;
using Reflinks.Trees;

namespace Holotree.Catalogs;

/// <summary>The manifest of one environment: every path with kind, mode, time, digest, link target and relocations.</summary>
/// <param name="Listing">Directories, files and links.</param>
/// <param name="Contents">For each file of the listing its object and relocations.</param>
/// <param name="Objects">Each object once.</param>
/// <param name="Relocations">Offsets at which files hold the prefix, ascending within a file.</param>
/// <param name="AttributeSets">Sets of extended attributes, by the index in the listing's entries.</param>
/// <param name="Facts">Where and from what it was recorded.</param>
internal sealed record Catalog(
    TreeListing Listing,
    FileContent[] Contents,
    ObjectEntry[] Objects,
    long[] Relocations,
    IReadOnlyList<(byte[] Name, byte[] Value)>[] AttributeSets,
    CatalogFacts Facts)
{
    /// <summary>Some of the entries as a catalog of their own, with the same objects.</summary>
    internal Catalog Of(ListingPart part) =>
        this with { Listing = part.Listing, Contents = [.. part.Files.Select(file => Contents[file])] };

    /// <summary>The offsets at which a file holds the prefix.</summary>
    internal ReadOnlySpan<long> RelocationsOf(int file) =>
        Relocations.AsSpan(Contents[file].FirstRelocation, Contents[file].RelocationCount);
}
