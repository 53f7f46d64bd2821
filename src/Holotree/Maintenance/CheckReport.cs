using Holotree.Spaces;

namespace Holotree.Maintenance;

/// <summary>What a check of a home found, and what it put right.</summary>
public sealed record CheckReport
{
    /// <summary>Objects in the store. Each was read and hashed.</summary>
    public long Objects { get; init; }

    /// <summary>Their length in all.</summary>
    public long Bytes { get; init; }

    /// <summary>Catalogs, damaged ones included.</summary>
    public long Catalogs { get; init; }

    /// <summary>Spaces whose files were held against their catalog.</summary>
    public long Spaces { get; init; }

    /// <summary>Trees that were laid out beforehand and held against their catalog: templates, trees under overlays, spaces in waiting.</summary>
    public long ReadyTrees { get; init; }

    /// <summary>What is damaged and was not put right.</summary>
    public IReadOnlyList<Damage> Damaged { get; init; } = [];

    /// <summary>Objects that a catalog lists and the library does not have, and that could not be healed.</summary>
    public IReadOnlyList<Damage> Missing { get; init; } = [];

    /// <summary>Objects that were damaged or missing and are whole again.</summary>
    public IReadOnlyList<HealedObject> Healed { get; init; } = [];

    /// <summary>Objects with the right content whose seal (mode, time) is broken and was not set again.</summary>
    public long Unsealed { get; init; }

    /// <summary>Objects that were sealed again.</summary>
    public long Resealed { get; init; }

    /// <summary>What else was put right: labels that were written anew, and what only saves work and was deleted, to be made again when it is needed.</summary>
    public IReadOnlyList<Damage> Mended { get; init; } = [];

    /// <summary>What only saves work and cannot be used: indexes, lines of the journal. Nothing is lost by it, and a power cut leaves such a thing too.</summary>
    public IReadOnlyList<Damage> Unusable { get; init; } = [];

    /// <summary>What was openly changed in spaces.</summary>
    public IReadOnlyList<SpaceChanges> Changed { get; init; } = [];

    /// <summary>Spaces that were not verified, and why.</summary>
    public IReadOnlyList<SkippedSpace> Skipped { get; init; } = [];

    /// <summary>Objects that no catalog lists, and their length.</summary>
    public (long Objects, long Bytes) Unreferenced { get; init; }

    /// <summary>Files in the folders of objects and catalogs that are none.</summary>
    public IReadOnlyList<string> Strange { get; init; } = [];

    /// <summary>Things on their way into the library: of a recording at work, or of one that died.</summary>
    public long Incoming { get; init; }

    /// <summary>Damaged objects that were set aside at some time.</summary>
    public long Quarantined { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>How many things were put right.</summary>
    public long Repaired => Healed.Count + Resealed + Mended.Count;

    /// <summary>Whether nothing damaged or missing is left.</summary>
    public bool IsSound => Damaged.Count == 0 && Missing.Count == 0;
}
