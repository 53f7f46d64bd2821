namespace Holotree.Relocation;

/// <summary>Finds one form of the prefix: at the end of the file, adjacent, and across the borders of the pieces it is fed.</summary>
internal sealed class FormFinder(PrefixForm form)
{
    readonly List<long> inBinary = [], inText = [];

    /// <summary>A drive's letter may have either case: what follows it is looked for, in one search instead of two.</summary>
    readonly int letter = form.LetterBytes;

    readonly byte[] sought = form.Bytes[form.LetterBytes..];

    /// <summary>Whether one occurrence right behind another is one more path. Of a single name it is not: in <c>/app/app</c> it is a folder of that name.</summary>
    readonly bool countsAdjacent = form.Bytes[0] != (byte)'/' || form.Bytes.AsSpan(1).Contains((byte)'/');

    readonly int lookAhead = PathBoundary.LookAhead * form.UnitBytes, lookBehind = PathBoundary.LookBehind * form.UnitBytes;

    long next, lastEnd = -1;
    PathBeginning lastBeginning;

    internal int Length => form.Bytes.Length;

    internal int Overlap => lookBehind + Length + lookAhead - 1;

    internal List<long> Offsets(bool binary) => binary ? inBinary : inText;

    internal void Reset()
    {
        inBinary.Clear();
        inText.Clear();
        next = 0;
        lastEnd = -1;
    }

    internal void SkipTo(long offset) => next = offset;

    /// <summary>As <see cref="PrefixFinder.Search"/>.</summary>
    internal int Search(ReadOnlySpan<byte> piece, long offset, bool last)
    {
        int at = (int)(next - offset);
        while (piece[Math.Min(at + letter, piece.Length)..].IndexOf(sought) is >= 0 and int found)
        {
            int start = at + found, end = start + Length;
            if (letter > 0 && !form.HasLetter(piece[start..]))
            {
                at = start + 1;
                continue;
            }
            if (!last && piece.Length - end < lookAhead) return ComeAgain(piece.Length, offset, start);

            PathBeginning beginning = !form.EndsBefore(piece[end..]) ? PathBeginning.Nowhere
                : countsAdjacent && offset + start == lastEnd ? lastBeginning
                : form.BeginsAfter(piece[Math.Max(0, start - lookBehind)..start]);
            if (beginning != PathBeginning.Nowhere) (lastEnd, lastBeginning) = (offset + end, beginning);
            if (beginning != PathBeginning.Nowhere) inBinary.Add(offset + start);
            if (beginning == PathBeginning.Anywhere) inText.Add(offset + start);
            at = beginning == PathBeginning.Nowhere ? start + 1 : end;
        }
        return last ? 0 : ComeAgain(piece.Length, offset, Math.Max(at, piece.Length - Length + 1));
    }

    /// <summary>Goes on from a place in the piece; what precedes it is needed as well.</summary>
    int ComeAgain(int length, long offset, int from)
    {
        next = offset + from;
        return length - Math.Max(0, from - lookBehind);
    }
}
