using System.Globalization;

namespace Torture;

/// <summary>What an ordeal did, in figures by word, and what went wrong.</summary>
internal sealed class Tally
{
    readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal);
    readonly Lock own = new();

    /// <summary>Every failure, with the round it was in.</summary>
    internal List<string> Failures { get; } = [];

    /// <summary>What there is to say beside figures, of all rounds so far.</summary>
    internal string? Remark { get; set; }

    /// <summary>Counts something, such as "kills". From any thread.</summary>
    internal void Count(string what, long times = 1)
    {
        lock (own) counts[what] = counts.GetValueOrDefault(what) + times;
    }

    /// <summary>Keeps the greatest of several figures. From any thread.</summary>
    internal void Most(string what, long figure)
    {
        lock (own) counts[what] = Math.Max(counts.GetValueOrDefault(what), figure);
    }

    /// <summary>How much was counted by now.</summary>
    internal long this[string what]
    {
        get
        {
            lock (own) return counts.GetValueOrDefault(what);
        }
    }

    public override string ToString() =>
        string.Join(", ", counts.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value:N0} {pair.Key}")));
}
