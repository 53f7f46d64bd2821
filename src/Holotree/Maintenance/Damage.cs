namespace Holotree.Maintenance;

/// <summary>Something that is not what was stored or restored, and that nobody owned up to changing.</summary>
public sealed record Damage
{
    /// <summary>The name of the damaged object; null where it is no object.</summary>
    public string? ObjectName { get; init; }

    /// <summary>The space that it is in; null for a part of the library.</summary>
    public string? Space { get; init; }

    /// <summary>The file or folder.</summary>
    public required string Path { get; init; }

    /// <summary>What is wrong with it.</summary>
    public required string Reason { get; init; }

    /// <summary>The ids of the catalogs that need it.</summary>
    public IReadOnlyList<string> Catalogs { get; init; } = [];
}
