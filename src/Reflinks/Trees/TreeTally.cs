using Reflinks.Files;

namespace Reflinks.Trees;

/// <summary>The counts of one worker; added up when all have ended, so that counting takes no lock.</summary>
internal sealed class TreeTally
{
    readonly Dictionary<(Mechanism From, Mechanism To, NativeError Error), (long Files, string Example)> fallbacks = [];

    internal MechanismCounts Mechanisms { get; } = new();

    /// <summary>What made each file of the listing; only in the sum of a whole tree.</summary>
    internal Mechanism[] MadeBy { get; init; } = [];

    /// <summary>How everything looked when it was made, where that was asked for; only in the sum of a whole tree.</summary>
    internal TreeStamps? Stamps { get; init; }

    internal List<NotPreserved> NotPreserved { get; } = [];

    internal long SharedBytes { get; private set; }

    internal long WrittenBytes { get; private set; }

    internal void Count(Mechanism mechanism, long bytes)
    {
        Mechanisms[mechanism]++;
        if (mechanism is Mechanism.KernelCopy or Mechanism.PlainCopy) WrittenBytes += bytes;
        else SharedBytes += bytes;
    }

    internal void Left(Mechanism from, Mechanism to, NativeError error, TreeListing listing, in FileEntry file)
    {
        var key = (from, to, error);
        fallbacks[key] = fallbacks.TryGetValue(key, out (long Files, string Example) known)
            ? (known.Files + 1, known.Example)
            : (1, listing.DisplayPath(file));
    }

    internal void Add(TreeTally other)
    {
        Mechanisms.Add(other.Mechanisms);
        SharedBytes += other.SharedBytes;
        WrittenBytes += other.WrittenBytes;
        AddFindings(other);
    }

    /// <summary>Takes over what was left or lost, and not what was made.</summary>
    internal void AddFindings(TreeTally other)
    {
        NotPreserved.AddRange(other.NotPreserved);
        foreach (var (key, value) in other.fallbacks)
            fallbacks[key] = fallbacks.TryGetValue(key, out (long Files, string Example) known)
                ? (known.Files + value.Files, known.Example) : value;
    }

    internal IReadOnlyList<FallbackCount> Fallbacks() =>
        [.. fallbacks.Select(static f => new FallbackCount(f.Key.From, f.Key.To, f.Key.Error, f.Value.Files, f.Value.Example))
            .OrderBy(static f => f.From).ThenByDescending(static f => f.Files)];
}
