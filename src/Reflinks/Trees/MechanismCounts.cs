using Reflinks.Files;

namespace Reflinks.Trees;

/// <summary>How many files each mechanism made. Every regular file counts once.</summary>
public sealed class MechanismCounts
{
    readonly long[] counts = new long[(int)Mechanism.Unchanged + 1];

    /// <summary>The number of files that <paramref name="mechanism"/> made.</summary>
    public long this[Mechanism mechanism]
    {
        get => counts[(int)mechanism];
        internal set => counts[(int)mechanism] = value;
    }

    /// <summary>The number of files in all.</summary>
    public long Total => counts.Sum();

    /// <summary>The best mechanism that made any file, by the order of <see cref="Mechanism"/>; null where no file was made.</summary>
    public Mechanism? Highest
    {
        get
        {
            int first = Array.FindIndex(counts, static count => count > 0);
            return first < 0 ? null : (Mechanism)first;
        }
    }

    internal void Add(MechanismCounts other)
    {
        for (int i = 0; i < counts.Length; i++) counts[i] += other.counts[i];
    }
}
