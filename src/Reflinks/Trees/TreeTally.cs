using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>The counts of one worker; added up when all have ended, so that counting takes no lock.</summary>
internal sealed class TreeTally
{
    readonly List<LeftWay> fallbacks = [];

    /// <summary>One way that was left. There are few and every file may count one, so it is put into words once and counted in place.</summary>
    sealed class LeftWay(Errno error, FallbackCount first)
    {
        internal FallbackCount First => first;

        internal long Files { get; set; } = first.Files;

        internal bool Is(Mechanism from, Mechanism to, Errno other) => error == other && first.From == from && first.To == to;

        internal bool Is(LeftWay other) => other.Is(first.From, first.To, error);
    }

    internal MechanismCounts Mechanisms { get; } = new();

    /// <summary>What made each file of the listing; only in the sum of a whole tree.</summary>
    internal Mechanism[] MadeBy { get; init; } = [];

    /// <summary>How everything looked when it was made, where that was asked for; only in the sum of a whole tree.</summary>
    internal TreeStamps? Stamps { get; init; }

    internal List<NotPreserved> NotPreserved { get; } = [];

    /// <summary>Programs whose bytes were changed, and that are yet to be signed.</summary>
    internal List<int> ChangedPrograms { get; } = [];

    internal long SharedBytes { get; private set; }

    internal long WrittenBytes { get; private set; }

    internal void Count(Mechanism mechanism, long bytes)
    {
        Mechanisms[mechanism]++;
        if (mechanism is Mechanism.KernelCopy or Mechanism.PlainCopy) WrittenBytes += bytes;
        else SharedBytes += bytes;
    }

    internal void Left(Mechanism from, Mechanism to, Errno error, TreeListing listing, in FileEntry file)
    {
        foreach (LeftWay left in fallbacks)
        {
            if (!left.Is(from, to, error)) continue;
            left.Files++;
            return;
        }
        fallbacks.Add(new LeftWay(error, new FallbackCount(from, to, NativeErrors.Describe(error), 1, listing.DisplayPath(file))));
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
        foreach (LeftWay left in other.fallbacks)
        {
            if (fallbacks.Find(known => known.Is(left)) is { } same) same.Files += left.Files;
            else fallbacks.Add(left);
        }
    }

    internal IReadOnlyList<FallbackCount> Fallbacks()
    {
        var counts = new FallbackCount[fallbacks.Count];
        for (int i = 0; i < counts.Length; i++)
        {
            // By insertion: there are few.
            FallbackCount count = fallbacks[i].First with { Files = fallbacks[i].Files };
            int at = i;
            for (; at > 0 && (counts[at - 1].From > count.From || (counts[at - 1].From == count.From && counts[at - 1].Files < count.Files)); at--) counts[at] = counts[at - 1];
            counts[at] = count;
        }
        return counts;
    }
}
