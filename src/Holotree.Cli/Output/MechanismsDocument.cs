using Holotree.Spaces;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Cli.Output;

/// <summary>How many files each mechanism made; all seven keys are always there.</summary>
internal sealed record MechanismsDocument(
    long Snapshot, long Reflink, long Hardlink, long KernelCopy, long PlainCopy, long Empty, long Unchanged)
{
    internal static MechanismsDocument Of(MechanismCounts counts) => Of(mechanism => counts[mechanism]);

    internal static MechanismsDocument OfOne(Mechanism made) => Of(mechanism => mechanism == made ? 1 : 0);

    internal static MechanismsDocument Of(IReadOnlyDictionary<string, long> counts) => Of(mechanism => counts.GetValueOrDefault(MechanismNames.Of(mechanism)));

    /// <summary>The highest rung that made any file, as the word of a strategy; null where no file has content.</summary>
    internal string? Highest() =>
        Snapshot > 0 ? "snapshot" : Reflink > 0 ? "reflink" : Hardlink > 0 ? "hardlink" : KernelCopy + PlainCopy > 0 ? "copy" : null;

    /// <summary>Those that made anything, best first, in words for people.</summary>
    internal IEnumerable<(string Name, long Files)> Used() =>
        new[]
        {
            ("snapshot", Snapshot), ("reflink", Reflink), ("hard link", Hardlink), ("kernel copy", KernelCopy), ("plain copy", PlainCopy),
            ("empty", Empty), ("unchanged", Unchanged),
        }.Where(static entry => entry.Item2 > 0);

    static MechanismsDocument Of(Func<Mechanism, long> count) => new(
        count(Mechanism.Snapshot), count(Mechanism.Reflink), count(Mechanism.HardLink), count(Mechanism.KernelCopy),
        count(Mechanism.PlainCopy), count(Mechanism.Empty), count(Mechanism.Unchanged));
}
