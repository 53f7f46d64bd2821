namespace Holotree.Relocation;

/// <summary>
/// Finds every place where a file holds the prefix as the beginning of a path, in any of its forms and in one pass over its bytes as they
/// come. Occurrences do not overlap; the first one counts.
/// </summary>
/// <param name="prefix">The absolute path to look for, in bytes.</param>
internal sealed class PrefixFinder(byte[] prefix)
{
    readonly FormFinder[] finders = [.. new PrefixForms(prefix).All.Select(static form => new FormFinder(form))];

    /// <summary>How many bytes at the end of a piece may be needed again to decide about an occurrence.</summary>
    internal int Overlap => finders.Max(static finder => finder.Overlap);

    /// <summary>Where the occurrences begin, ascending. What a text has in the middle of its paths may in a binary be a path of its own.</summary>
    internal List<long> Offsets(bool binary) => finders.Length == 1 ? finders[0].Offsets(binary) : Merged(binary);

    internal void Reset()
    {
        foreach (FormFinder finder in finders) finder.Reset();
    }

    /// <summary>Passes over zeros, of which more than <see cref="Overlap"/> were searched before and will be next.</summary>
    internal void SkipTo(long offset)
    {
        foreach (FormFinder finder in finders) finder.SkipTo(offset);
    }

    /// <summary>Searches one piece.</summary>
    /// <param name="piece">Bytes of the file: those that had to come again, then new ones.</param>
    /// <param name="offset">Where the piece begins in the file.</param>
    /// <param name="last">Whether the file ends with it.</param>
    /// <returns>How many bytes at the end of the piece have to come again; at most <see cref="Overlap"/>.</returns>
    internal int Search(ReadOnlySpan<byte> piece, long offset, bool last)
    {
        int again = 0;
        foreach (FormFinder finder in finders) again = Math.Max(again, finder.Search(piece, offset, last));
        return again;
    }

    /// <summary>The root of a drive, <c>C:\</c>, is found in <c>C:\\</c> too: of two at one place the longer one counts.</summary>
    List<long> Merged(bool binary)
    {
        var found = new List<(long Offset, int Length)>();
        foreach (FormFinder finder in finders)
        {
            foreach (long offset in finder.Offsets(binary)) found.Add((offset, finder.Length));
        }
        found.Sort(static (a, b) => a.Offset != b.Offset ? a.Offset.CompareTo(b.Offset) : b.Length.CompareTo(a.Length));
        var merged = new List<long>(found.Count);
        long end = 0;
        foreach ((long offset, int length) in found)
        {
            if (offset < end) continue;
            merged.Add(offset);
            end = offset + length;
        }
        return merged;
    }
}
