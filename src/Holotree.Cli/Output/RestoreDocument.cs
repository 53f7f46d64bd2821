using System.Text.Json.Serialization;
using Holotree.Cli.Settings;
using Holotree.Spaces;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Cli.Output;

/// <summary>What <c>init</c> and <c>clone</c> did. A clone has neither space nor catalog.</summary>
internal sealed record RestoreDocument
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Space { get; init; }

    public required string Path { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Catalog { get; init; }

    public string Mode { get; init; } = "created";

    public required StrategyDocument Strategy { get; init; }

    public required long Files { get; init; }

    public long Directories { get; init; }

    public long Symlinks { get; init; }

    public required MechanismsDocument Mechanisms { get; init; }

    /// <summary>Of a space made by snapshot: <c>made</c> where its template was laid out first, <c>used</c> where it stood.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Template { get; init; }

    public RelocatedDocument Relocated { get; init; } = RelocatedDocument.None;

    public long Removed { get; init; }

    public required IReadOnlyList<FallbackDocument> Fallbacks { get; init; }

    public IReadOnlyList<SkippedDocument> Skipped { get; init; } = [];

    public required IReadOnlyList<NotPreservedDocument> NotPreserved { get; init; }

    public required BytesDocument Bytes { get; init; }

    public long Healed { get; init; }

    /// <summary>Whether the space had been waiting, ready-made.</summary>
    public bool Waited { get; init; }

    public required long ElapsedMilliseconds { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    internal static RestoreDocument Of(RestoreReport report, StrategyChoice choice)
    {
        MechanismsDocument mechanisms = MechanismsDocument.Of(report.Mechanisms);
        return new RestoreDocument
        {
            Space = report.Space,
            Path = report.Path,
            Catalog = report.Catalog,
            Mode = report.Mode,
            Strategy = StrategyDocument.Of(choice, mechanisms),
            Files = report.Files,
            Directories = report.Directories,
            Symlinks = report.Symlinks,
            Mechanisms = mechanisms,
            Template = report.TemplateMade ? "made" : report.Mechanisms[Mechanism.Snapshot] > 0 ? "used" : null,
            Relocated = RelocatedDocument.Of(report.Relocated, report.RetimedBytecode),
            Removed = report.Removed,
            Fallbacks = [.. report.Fallbacks.Select(FallbackDocument.Of)],
            NotPreserved = [.. report.NotPreserved.Select(NotPreservedDocument.Of)],
            Bytes = new BytesDocument(report.Bytes.Logical, report.Bytes.Shared, report.Bytes.Written),
            Healed = report.Healed.Count,
            Waited = report.Waited,
            ElapsedMilliseconds = (long)report.Elapsed.TotalMilliseconds,
        };
    }

    internal static RestoreDocument Of(
        TreeReport report, RelocationCounts? relocated, string destination, StrategyChoice choice, TimeSpan elapsed)
    {
        MechanismsDocument mechanisms = MechanismsDocument.Of(report.Mechanisms);
        return new RestoreDocument
        {
            Path = destination,
            Strategy = StrategyDocument.Of(choice, mechanisms),
            Files = report.Files,
            Directories = report.Directories,
            Symlinks = report.Symlinks,
            Mechanisms = mechanisms,
            Relocated = relocated is null ? RelocatedDocument.None : RelocatedDocument.Of(relocated),
            Fallbacks = [.. report.Fallbacks.Select(FallbackDocument.Of)],
            Skipped = [.. report.Skipped.Select(SkippedDocument.Of)],
            NotPreserved = [.. report.NotPreserved.Select(NotPreservedDocument.Of)],
            Bytes = new BytesDocument(report.LogicalBytes, report.SharedBytes, report.WrittenBytes),
            ElapsedMilliseconds = (long)elapsed.TotalMilliseconds,
        };
    }

    internal static RestoreDocument Of(CopyOutcome outcome, string destination, StrategyChoice choice, TimeSpan elapsed)
    {
        MechanismsDocument mechanisms = MechanismsDocument.OfOne(outcome.Mechanism);
        bool copied = outcome.Mechanism is Mechanism.KernelCopy or Mechanism.PlainCopy;
        string name = System.IO.Path.GetFileName(destination);
        return new RestoreDocument
        {
            Path = destination,
            Strategy = StrategyDocument.Of(choice, mechanisms),
            Files = 1,
            Mechanisms = mechanisms,
            Fallbacks = [.. outcome.Fallbacks.Select(left => FallbackDocument.Of(new FallbackCount(left.From, left.To, left.Error, 1, name)))],
            NotPreserved = [.. outcome.NotPreserved.Select(NotPreservedDocument.Of)],
            Bytes = new BytesDocument(outcome.LengthBytes, copied ? 0 : outcome.LengthBytes, copied ? outcome.LengthBytes : 0),
            ElapsedMilliseconds = (long)elapsed.TotalMilliseconds,
        };
    }
}
