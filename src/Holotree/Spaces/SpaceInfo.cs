namespace Holotree.Spaces;

/// <summary>A space as its state file describes it.</summary>
public sealed record SpaceInfo
{
    /// <summary>Its name.</summary>
    public required string Space { get; init; }

    /// <summary>Where it is.</summary>
    public required string Path { get; init; }

    /// <summary>The id of the catalog it was made from.</summary>
    public required string Catalog { get; init; }

    /// <summary>The catalog's name at that time.</summary>
    public required string Name { get; init; }

    /// <summary>Regular files at that time.</summary>
    public long Files { get; init; }

    /// <summary>Files into which the space's path was written.</summary>
    public long RelocatedFiles { get; init; }

    /// <summary>Places in files at which the space's path was written.</summary>
    public long Relocations { get; init; }

    /// <summary>What made them, by the mechanism's name in JSON (<c>reflink</c>, <c>kernelCopy</c>).</summary>
    public required IReadOnlyDictionary<string, long> Mechanisms { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>When it was last made, refreshed or run in.</summary>
    public DateTimeOffset Used { get; init; }

    /// <summary>Whether it was made for one command and goes with it.</summary>
    public bool Ephemeral { get; init; }

    /// <summary>Whether it was finished and is there. A space that was being made when its process died is not.</summary>
    public bool Complete { get; init; }

    /// <summary>
    /// Whether it was made before the machine was last started and it is not known whether all of it was on disk by then. Such a space is
    /// not complete until it is verified, by its next use, or made good by the next restore.
    /// </summary>
    public bool InDoubt { get; init; }
}
