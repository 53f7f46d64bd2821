namespace Holotree.Relocation;

/// <summary>
/// Finds every place where a file holds the prefix as the beginning of a path, in one pass over its bytes as they come: at the
/// end of the file, adjacent, and across the borders of the pieces it is fed. Occurrences do not overlap; the first one counts.
/// </summary>
/// <param name="prefix">The absolute path to look for, in bytes.</param>
internal sealed class PrefixFinder(byte[] prefix)
{
    readonly List<long> inBinary = [], inText = [];

    /// <summary>Whether one occurrence right behind another is one more path. Of a single name it is not: in <c>/app/app</c> it is a folder of that name.</summary>
    readonly bool countsAdjacent = prefix.AsSpan(1).Contains((byte)'/');

    long next, lastEnd = -1;
    PathBeginning lastBeginning;

    /// <summary>How many bytes at the end of a piece may be needed again to decide about an occurrence.</summary>
    internal int Overlap => PathBoundary.LookBehind + prefix.Length + PathBoundary.LookAhead - 1;

    /// <summary>Where the occurrences begin, ascending. What a text has in the middle of its paths may in a binary be a path of its own.</summary>
    internal List<long> Offsets(bool binary) => binary ? inBinary : inText;

    internal void Reset()
    {
        inBinary.Clear();
        inText.Clear();
        next = 0;
        lastEnd = -1;
    }

    /// <summary>Passes over zeros, of which more than <see cref="Overlap"/> were searched before and will be next.</summary>
    internal void SkipTo(long offset) => next = offset;

    /// <summary>Searches one piece.</summary>
    /// <param name="piece">Bytes of the file: those that had to come again, then new ones.</param>
    /// <param name="offset">Where the piece begins in the file.</param>
    /// <param name="last">Whether the file ends with it.</param>
    /// <returns>How many bytes at the end of the piece have to come again; at most <see cref="Overlap"/>.</returns>
    internal int Search(ReadOnlySpan<byte> piece, long offset, bool last)
    {
        int at = (int)(next - offset);
        while (piece[at..].IndexOf(prefix) is >= 0 and int found)
        {
            int start = at + found, end = start + prefix.Length;
            if (!last && piece.Length - end < PathBoundary.LookAhead) return ComeAgain(piece.Length, offset, start);

            PathBeginning beginning = !PathBoundary.EndsBefore(piece[end..]) ? PathBeginning.Nowhere
                : countsAdjacent && offset + start == lastEnd ? lastBeginning
                : PathBoundary.BeginsAfter(piece[Math.Max(0, start - PathBoundary.LookBehind)..start]);
            if (beginning != PathBeginning.Nowhere) (lastEnd, lastBeginning) = (offset + end, beginning);
            if (beginning != PathBeginning.Nowhere) inBinary.Add(offset + start);
            if (beginning == PathBeginning.Anywhere) inText.Add(offset + start);
            at = beginning == PathBeginning.Nowhere ? start + 1 : end;
        }
        return last ? 0 : ComeAgain(piece.Length, offset, Math.Max(at, piece.Length - prefix.Length + 1));
    }

    /// <summary>Goes on from a place in the piece; what precedes it is needed as well.</summary>
    int ComeAgain(int length, long offset, int from)
    {
        next = offset + from;
        return length - Math.Max(0, from - PathBoundary.LookBehind);
    }
}
