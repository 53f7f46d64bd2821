namespace Holotree.Recording;

/// <summary>The sets of extended attributes that a recording met, equal ones kept once. Safe for many threads.</summary>
internal sealed class AttributeTable
{
    readonly Lock gate = new();
    readonly List<IReadOnlyList<(byte[] Name, byte[] Value)>> sets = [];
    readonly Dictionary<string, int> known = new(StringComparer.Ordinal);

    internal int Count => sets.Count;

    internal IReadOnlyList<(byte[] Name, byte[] Value)> this[int index] => sets[index];

    /// <summary>The number of a set, or -1 for one without attributes.</summary>
    internal int IndexOf(IReadOnlyList<(byte[] Name, byte[] Value)> set)
    {
        if (set.Count == 0) return -1;

        // Filesystems list attributes in an order of their own; the same tree shall give the same catalog everywhere.
        (byte[] Name, byte[] Value)[] sorted = [.. set.OrderBy(static pair => pair.Name, Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)))];
        string key = string.Join('|', sorted.Select(static pair => $"{Convert.ToHexString(pair.Name)}={Convert.ToHexString(pair.Value)}"));
        lock (gate)
        {
            if (known.TryGetValue(key, out int index)) return index;
            sets.Add(sorted);
            known.Add(key, sets.Count - 1);
            return sets.Count - 1;
        }
    }
}
