using Holotree.Recording;

namespace Holotree.Cli.Output;

/// <summary>What <c>record</c> found and stored.</summary>
internal sealed record RecordDocument(
    string Catalog, string Name, string Prefix, long Files, long Directories, long Symlinks, RecordedBytes Bytes, RecordedObjects Objects,
    RecordedRelocations Relocations, long Hashed, MechanismsDocument Mechanisms, IReadOnlyList<FallbackDocument> Fallbacks,
    IReadOnlyList<SkippedDocument> Skipped, IReadOnlyList<NotPreservedDocument> NotPreserved, long ElapsedMilliseconds)
{
    internal static RecordDocument Of(RecordReport report) => new(
        report.Catalog, report.Name, report.Prefix, report.Files, report.Directories, report.Symlinks,
        new RecordedBytes(report.LogicalBytes, report.AddedBytes),
        new RecordedObjects(report.ObjectsAdded, report.ObjectsKnown),
        new RecordedRelocations(report.RelocatedFiles, report.Relocations),
        report.Hashed,
        MechanismsDocument.Of(report.Mechanisms),
        [.. report.Fallbacks.Select(FallbackDocument.Of)],
        [.. report.Skipped.Select(SkippedDocument.Of)],
        [.. report.NotPreserved.Select(NotPreservedDocument.Of)],
        (long)report.Elapsed.TotalMilliseconds);
}

internal sealed record RecordedBytes(long Logical, long Added);

internal sealed record RecordedObjects(long Added, long Known);

internal sealed record RecordedRelocations(long Files, long Places);
