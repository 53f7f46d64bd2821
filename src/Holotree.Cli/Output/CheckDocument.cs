using Holotree.Maintenance;

namespace Holotree.Cli.Output;

/// <summary>What <c>check</c> found and put right.</summary>
internal sealed record CheckDocument(
    long Objects, long Catalogs, long Spaces, IReadOnlyList<DamageDocument> Damaged, IReadOnlyList<string> Missing, long Repaired,
    IReadOnlyList<IncompleteDocument> Incomplete, IReadOnlyList<HealedDocument> Healed, long Unsealed, long Resealed,
    IReadOnlyList<SpaceChangesDocument> Changed, IReadOnlyList<SkippedSpaceDocument> Skipped, UnreferencedDocument Unreferenced,
    IReadOnlyList<string> Strange, long Incoming, long Quarantined, long ReadyTrees, IReadOnlyList<SmallDamageDocument> Mended,
    IReadOnlyList<SmallDamageDocument> Unusable, long Bytes, long ElapsedMilliseconds)
{
    internal static CheckDocument Of(CheckReport report) => new(
        report.Objects, report.Catalogs, report.Spaces,
        [.. report.Damaged.Select(static damage => new DamageDocument(damage.ObjectName, damage.Catalogs, damage.Reason, damage.Path, damage.Space))],
        [.. report.Missing.Select(static missing => missing.ObjectName!)],
        report.Repaired,
        [.. report.Missing.SelectMany(static missing => missing.Catalogs).CountBy(static id => id).Select(static pair => new IncompleteDocument(pair.Key, pair.Value))],
        [.. report.Healed.Select(static healed => new HealedDocument(healed.Name, healed.From))],
        report.Unsealed, report.Resealed,
        [.. report.Changed.Select(static space => new SpaceChangesDocument(space.Space, space.Changed, space.Removed, space.Unverified, space.Example))],
        [.. report.Skipped.Select(static space => new SkippedSpaceDocument(space.Space, space.Reason))],
        new UnreferencedDocument(report.Unreferenced.Objects, report.Unreferenced.Bytes),
        report.Strange, report.Incoming, report.Quarantined, report.ReadyTrees,
        [.. report.Mended.Select(SmallDamageDocument.Of)], [.. report.Unusable.Select(SmallDamageDocument.Of)], report.Bytes, (long)report.Elapsed.TotalMilliseconds);
}

/// <summary>One damaged thing: an object, a file of a space or about it, or something else of the library (neither object nor space).</summary>
internal sealed record DamageDocument(string? Object, IReadOnlyList<string> Catalogs, string Reason, string Path, string? Space);

/// <summary>Something that nothing is lost by.</summary>
internal sealed record SmallDamageDocument(string Path, string Reason)
{
    internal static SmallDamageDocument Of(Damage damage) => new(damage.Path, damage.Reason);
}

/// <summary>A catalog from which objects are missing, and how many.</summary>
internal sealed record IncompleteDocument(string Catalog, long Missing);

internal sealed record HealedDocument(string Object, string From);

internal sealed record SpaceChangesDocument(string Space, long Changed, long Removed, long Unverified, string Example);

internal sealed record SkippedSpaceDocument(string Space, string Reason);

internal sealed record UnreferencedDocument(long Objects, long Bytes);
