using Reflinks.Platform;

namespace Holotree.Spaces;

/// <summary>How a space is made.</summary>
public sealed record RestoreOptions
{
    /// <summary>By which means files may be made.</summary>
    public Strategy Strategy { get; init; } = Strategy.Smart;

    /// <summary>Where the space is made; null for the home's folder of spaces, under the space's name.</summary>
    public string? Destination { get; init; }

    /// <summary>Whether an existing space of that name is replaced, in one step, whatever was changed in it.</summary>
    public bool Force { get; init; }

    /// <summary>
    /// Whether a path that does not fit where it is to be written is a failure, in a binary or in the first line of a script. Otherwise the
    /// binary stays as recorded, the script does not start, and both are counted.
    /// </summary>
    public bool Strict { get; init; }

    /// <summary>Whether every object is hashed before it is used; otherwise only where its seal is broken.</summary>
    public bool VerifyFull { get; init; }

    /// <summary>Glob patterns of files that are never hard-linked; a pattern without a slash is matched against the name alone.</summary>
    public IReadOnlyList<string> HardLinkExcludes { get; init; } = DefaultHardLinkExcludes;

    /// <summary>How many threads work; 0 for one a processor.</summary>
    public int Workers { get; init; }

    /// <summary>How long to wait for a lock that another process holds.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether the space lasts only as long as its lock is held.</summary>
    internal bool Ephemeral { get; init; }

    /// <summary>Whether programs may be hard-linked like other files: what this system puts up with, unless a test asks for another's way.</summary>
    internal bool SharesPrograms { get; init; } = Kernel.SharesPrograms;

    /// <summary>What signs relocated programs; null where the system starts them as they are.</summary>
    internal string? CodeSigner { get; init; } = Relocation.CodeSigner.OfThisSystem;

    /// <summary>What Python writes beside its sources at run time, through the very inode.</summary>
    public static IReadOnlyList<string> DefaultHardLinkExcludes { get; } = ["*.pyc", "*.pyo", "__pycache__/*"];
}
