namespace Holotree.Relocation;

/// <summary>
/// Finds every place where a file holds the prefix as a whole path, in one pass over its bytes as they come: at the end of
/// the file, adjacent, and across the borders of the pieces it is fed. Occurrences do not overlap; the first one counts.
/// </summary>
/// <param name="prefix">The absolute path to look for, in bytes.</param>
internal sealed class PrefixFinder(byte[] prefix)
{
    /// <summary>Bytes after an occurrence that decide whether it is a whole path.</summary>
    const int LookAhead = 2;

    readonly List<long> offsets = [];

    /// <summary>How many bytes at the end of a piece may belong to an occurrence that is not decided yet, and come again before the next piece.</summary>
    internal int Overlap => prefix.Length + LookAhead - 1;

    /// <summary>Where the occurrences begin, ascending.</summary>
    internal IReadOnlyList<long> Offsets => offsets;

    internal void Reset() => offsets.Clear();

    /// <summary>Searches one piece.</summary>
    /// <param name="piece">Bytes of the file: those carried over from the piece before, then new ones.</param>
    /// <param name="offset">Where the piece begins in the file.</param>
    /// <param name="last">Whether the file ends with it.</param>
    /// <returns>How many bytes at the end of the piece have to come again; at most <see cref="Overlap"/>.</returns>
    internal int Search(ReadOnlySpan<byte> piece, long offset, bool last)
    {
        int at = 0;
        while (true)
        {
            int found = piece[at..].IndexOf(prefix);
            if (found < 0) return last ? 0 : Math.Min(piece.Length - at, Overlap);

            int start = at + found, end = start + prefix.Length;
            if (!last && piece.Length - end < LookAhead) return piece.Length - start;
            if (PathBoundary.EndsBefore(piece[end..]))
            {
                offsets.Add(offset + start);
                at = end;
            }
            else
            {
                at = start + 1;
            }
        }
    }
}
