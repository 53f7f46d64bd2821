namespace Holotree.Maintenance;

/// <summary>How <see cref="GarbageCollector"/> works.</summary>
public sealed record CollectionOptions
{
    /// <summary>Whether it is only told what would be taken away.</summary>
    public bool DryRun { get; init; }

    /// <summary>
    /// Objects that were stored within this time are kept, whoever refers to them. None by default: the library's lock keeps out whoever
    /// could be about to refer to one.
    /// </summary>
    public TimeSpan Grace { get; init; }

    /// <summary>How many threads delete; 0 for one a processor.</summary>
    public int Workers { get; init; }

    /// <summary>How long to wait for those who record or restore.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
