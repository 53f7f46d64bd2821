namespace Holotree.Maintenance;

/// <summary>What a garbage collection found, and took away or would have.</summary>
public sealed record CollectionReport
{
    /// <summary>Objects that there were.</summary>
    public long Objects { get; init; }

    /// <summary>Objects taken away.</summary>
    public long Removed { get; init; }

    /// <summary>Their length. Blocks that a space shares with them stay in use.</summary>
    public long Bytes { get; init; }

    /// <summary>Trees taken away that had been laid out for snapshots and overlays of catalogs that are gone.</summary>
    public int Templates { get; init; }

    /// <summary>Spaces in waiting taken away, of catalogs that are gone.</summary>
    public int Standby { get; init; }

    /// <summary>Objects that nothing refers to, and that only the user they belong to can take away.</summary>
    public long Foreign { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }
}
