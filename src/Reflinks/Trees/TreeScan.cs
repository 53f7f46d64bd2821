using Reflinks.Files;

namespace Reflinks.Trees;

/// <summary>What a scan found: the listing, and what is no part of it.</summary>
/// <param name="Listing">Directories, files and links.</param>
/// <param name="Skipped">Sockets, FIFOs and devices.</param>
/// <param name="LostSetId">Files whose set-id bits the listing leaves out, because a copy would belong to another user.</param>
internal sealed record TreeScan(TreeListing Listing, IReadOnlyList<SkippedEntry> Skipped, IReadOnlyList<string> LostSetId)
{
    /// <summary>Attributes of symbolic links, which are not taken over.</summary>
    internal IReadOnlyList<NotPreserved> LinkAttributes { get; init; } = [];

    /// <summary>How everything looked; null where that was not asked for.</summary>
    internal TreeStamps? Stamps { get; init; }

    /// <summary>What was skipped, as the directory it is in and its name in bytes.</summary>
    internal IReadOnlyList<(int Directory, byte[] Name)> SkippedNames { get; init; } = [];
}
