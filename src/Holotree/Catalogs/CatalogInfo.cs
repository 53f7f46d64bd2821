namespace Holotree.Catalogs;

/// <summary>A catalog as a list shows it.</summary>
public sealed record CatalogInfo
{
    /// <summary>Its id: the SHA-256 at the end of its file, in hexadecimal.</summary>
    public required string Id { get; init; }

    /// <summary>The name it was recorded under.</summary>
    public required string Name { get; init; }

    /// <summary>Which recording under that name it is, from 1.</summary>
    public int Generation { get; init; }

    /// <summary>The blueprint's hash, or null where it was recorded from a folder.</summary>
    public string? Blueprint { get; init; }

    /// <summary>The system and processor it was recorded on, such as <c>linux-x64</c>.</summary>
    public required string Platform { get; init; }

    /// <summary>The path it was recorded at, which is looked for and replaced in its files.</summary>
    public required string Prefix { get; init; }

    /// <summary>Regular files.</summary>
    public long Files { get; init; }

    /// <summary>Directories, without the root.</summary>
    public long Directories { get; init; }

    /// <summary>Symbolic links.</summary>
    public long Symlinks { get; init; }

    /// <summary>The length of all files, one with several names counted once.</summary>
    public long Bytes { get; init; }

    /// <summary>Files that contain the prefix.</summary>
    public long RelocatedFiles { get; init; }

    /// <summary>Places where they do.</summary>
    public long Relocations { get; init; }

    /// <summary>The number of the user who recorded it, where the library is shared and that is another one; null otherwise.</summary>
    public long? Owner { get; init; }

    /// <summary>When it was recorded.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>When a space was last made from it; null where that never happened.</summary>
    public DateTimeOffset? Used { get; init; }

    /// <summary>Whether its label is not what was written, so that nothing of this but the id is known.</summary>
    internal bool LabelIsDamaged { get; init; }
}
