namespace Holotree.Recording;

/// <summary>How a tree is recorded.</summary>
public sealed record RecordOptions
{
    /// <summary>The name to record under; null for the folder's own. Recording again under a name makes a new generation.</summary>
    public string? Name { get; init; }

    /// <summary>How many threads work; 0 for one a processor.</summary>
    public int Workers { get; init; }

    /// <summary>How long to wait for a lock that another process holds.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
