using Holotree.Cli.Settings;
using Holotree.Spaces;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Cli.Output;

/// <summary>What was asked for, the highest rung that made any file, and where the asking came from.</summary>
internal sealed record StrategyDocument(string Requested, string Used, string Origin)
{
    internal static StrategyDocument Of(StrategyChoice choice, MechanismsDocument mechanisms)
    {
        string requested = StrategyChoice.WordOf(choice.Strategy);
        return new StrategyDocument(requested, mechanisms.Highest() ?? requested, choice.Origin);
    }
}

internal sealed record BytesDocument(long Logical, long Shared, long Written);

/// <summary>
/// Files whose paths were rewritten; <paramref name="Unfit"/> counts those where the new path does not fit, <paramref name="Shebangs"/>
/// scripts that their first line no longer starts, <paramref name="Retimed"/> bytecode that got the time of its hard-linked source.
/// </summary>
internal sealed record RelocatedDocument(
    long Files, long Places, long Links, long Skipped, long Retimed, long Unfit, IReadOnlyList<string> UnfitFiles,
    long Shebangs, IReadOnlyList<string> ShebangFiles)
{
    internal static RelocatedDocument None { get; } = new(0, 0, 0, 0, 0, 0, [], 0, []);

    internal static RelocatedDocument Of(RelocationCounts counts, long retimed = 0) =>
        new(counts.Files, counts.Places, counts.Links, counts.Skipped, retimed, counts.Unfit.Count, counts.Unfit, counts.Shebangs.Count, counts.Shebangs);
}

internal sealed record FallbackDocument(string From, string To, string Reason, int? Errno, string Message, long Files, string Example)
{
    internal static FallbackDocument Of(FallbackCount left) => new(
        MechanismNames.Of(left.From), MechanismNames.Of(left.To), left.Error.Name, left.Error.Code == 0 ? null : left.Error.Code, left.Error.Message,
        left.Files, left.Example);
}

internal sealed record SkippedDocument(string Path, string Reason)
{
    internal static SkippedDocument Of(SkippedEntry entry) => new(entry.Path, entry.Reason);
}

internal sealed record NotPreservedDocument(string Path, string What, string Reason, int? Errno)
{
    internal static NotPreservedDocument Of(NotPreserved lost) =>
        new(lost.Path, lost.What, lost.Error.Name, lost.Error.Code == 0 ? null : lost.Error.Code);
}
