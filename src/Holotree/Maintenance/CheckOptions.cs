namespace Holotree.Maintenance;

/// <summary>How a home is checked.</summary>
public sealed record CheckOptions
{
    /// <summary>Whether what is found wrong is put right where that is possible. Otherwise nothing is changed.</summary>
    public bool Repair { get; init; }

    /// <summary>How many threads work; 0 for one a processor.</summary>
    public int Workers { get; init; }

    /// <summary>How long to wait for who takes something away from the library.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
