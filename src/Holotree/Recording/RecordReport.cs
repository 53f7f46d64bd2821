using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Recording;

/// <summary>What a recording found and stored.</summary>
public sealed record RecordReport
{
    /// <summary>The catalog's id.</summary>
    public required string Catalog { get; init; }

    /// <summary>The name it is recorded under.</summary>
    public required string Name { get; init; }

    /// <summary>The path it was recorded at.</summary>
    public required string Prefix { get; init; }

    /// <summary>Regular files.</summary>
    public long Files { get; init; }

    /// <summary>Directories, without the root.</summary>
    public long Directories { get; init; }

    /// <summary>Symbolic links.</summary>
    public long Symlinks { get; init; }

    /// <summary>The length of all files, one with several names counted once.</summary>
    public long LogicalBytes { get; init; }

    /// <summary>The length of the objects that were new to the library.</summary>
    public long AddedBytes { get; init; }

    /// <summary>Objects new to the library.</summary>
    public long ObjectsAdded { get; init; }

    /// <summary>Objects the library had already.</summary>
    public long ObjectsKnown { get; init; }

    /// <summary>Files that contain the prefix.</summary>
    public long RelocatedFiles { get; init; }

    /// <summary>Places where they do.</summary>
    public long Relocations { get; init; }

    /// <summary>Files whose content was read.</summary>
    public long Hashed { get; init; }

    /// <summary>What made the new objects: reflinks where the filesystem can.</summary>
    public required MechanismCounts Mechanisms { get; init; }

    /// <summary>Every way of making objects that was tried and left.</summary>
    public required IReadOnlyList<FallbackCount> Fallbacks { get; init; }

    /// <summary>Sockets, FIFOs and devices that were left out.</summary>
    public required IReadOnlyList<SkippedEntry> Skipped { get; init; }

    /// <summary>Metadata that could not be read or will not be restored.</summary>
    public required IReadOnlyList<NotPreserved> NotPreserved { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }
}
