namespace Reflinks.Files;

/// <summary>How a file is cloned by path.</summary>
public sealed record CloneOptions
{
    /// <summary>Refuses an existing destination, does not follow a link there, preserves everything.</summary>
    public static CloneOptions Default { get; } = new();

    /// <summary>Whether an existing file at the destination is replaced, in one step. Otherwise it is an error.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Whether a symbolic link at the destination is followed and the file it points to replaced (with <see cref="Overwrite"/>)
    /// or made. Otherwise a link counts as an existing destination and is itself replaced when overwriting.
    /// </summary>
    public bool FollowDestinationLink { get; init; }

    /// <summary>What is taken over besides the bytes.</summary>
    public Preserve Preserve { get; init; } = Preserve.All;
}
