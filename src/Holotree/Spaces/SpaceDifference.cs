namespace Holotree.Spaces;

/// <summary>
/// What was changed in a space since it was made. Paths are below the space, those of directories with a slash at the end; bytes that
/// are not UTF-8 show as replacement characters.
/// </summary>
public sealed record SpaceDifference
{
    /// <summary>The space's name.</summary>
    public required string Space { get; init; }

    /// <summary>Where it is.</summary>
    public required string Path { get; init; }

    /// <summary>The id of the catalog it was made from.</summary>
    public required string Catalog { get; init; }

    /// <summary>What came, of whatever kind.</summary>
    public required IReadOnlyList<string> Added { get; init; }

    /// <summary>What went.</summary>
    public required IReadOnlyList<string> Removed { get; init; }

    /// <summary>What has other bytes, another mode, other attributes, another target or is of another kind. Other times alone are no change.</summary>
    public required IReadOnlyList<string> Changed { get; init; }
}
