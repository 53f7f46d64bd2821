using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>What a restore did. Every regular file is counted under exactly one mechanism, every fallback with its errno.</summary>
public sealed record RestoreReport
{
    internal const string Created = "created", Refreshed = "refreshed", Unchanged = "unchanged";

    /// <summary>The space's name.</summary>
    public required string Space { get; init; }

    /// <summary>Where it is.</summary>
    public required string Path { get; init; }

    /// <summary>The catalog's id.</summary>
    public required string Catalog { get; init; }

    /// <summary><c>created</c>, <c>refreshed</c> or <c>unchanged</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>What was asked for.</summary>
    public required Strategy Requested { get; init; }

    /// <summary>Regular files, each name of a hard-linked one counted.</summary>
    public required long Files { get; init; }

    /// <summary>Directories, without the root.</summary>
    public required long Directories { get; init; }

    /// <summary>Symbolic links.</summary>
    public required long Symlinks { get; init; }

    /// <summary>What made the files.</summary>
    public required MechanismCounts Mechanisms { get; init; }

    /// <summary>Files with another path written into them.</summary>
    public required RelocationCounts Relocated { get; init; }

    /// <summary>Python bytecode into which the time of its hard-linked source was written, so that it stays valid.</summary>
    public long RetimedBytecode { get; init; }

    /// <summary>Entries removed from an existing space.</summary>
    public long Removed { get; init; }

    /// <summary>Every way that was tried and left.</summary>
    public required IReadOnlyList<FallbackCount> Fallbacks { get; init; }

    /// <summary>Metadata that could not be set.</summary>
    public required IReadOnlyList<NotPreserved> NotPreserved { get; init; }

    /// <summary>The length of all files; of those made now, those that share their blocks or inode with the library, and those written.</summary>
    public required (long Logical, long Shared, long Written) Bytes { get; init; }

    /// <summary>Of a space made by snapshot: whether its template had to be laid out first.</summary>
    public bool TemplateMade { get; init; }

    /// <summary>Whether the space had been waiting, ready-made, and only its path was written into it.</summary>
    public bool Waited { get; init; }

    /// <summary>Objects that were damaged or missing, and were replaced by a whole copy found elsewhere before they were used.</summary>
    public IReadOnlyList<HealedObject> Healed { get; init; } = [];

    /// <summary>Why the journal has no line about this restore; null where it has one.</summary>
    public string? JournalFailure { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }
}
