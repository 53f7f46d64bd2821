using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>
/// What of a file has to be read: all of it, up to wherever it ends, or of a sparse one the data with a piece of zeros on both
/// sides, so that whoever searches the bytes sees where a hole begins. Borders are those of <see cref="ContentHash.PieceBytes"/>.
/// </summary>
internal struct ContentRanges(int descriptor, bool sparse, long size)
{
    // Zeros that are read count as little as those that are passed over.
    readonly bool skips = sparse && Kernel.TellsHoles(descriptor);
    long position;

    /// <summary>The next range; of a file that is not sparse one without an end.</summary>
    internal bool Next(out long start, out long end)
    {
        (start, end) = (position, long.MaxValue);
        if (!skips) return position++ == 0;
        if (position >= size || !NativeFile.NextData(descriptor, position, size, out start, out end)) return false;

        const long piece = ContentHash.PieceBytes;
        start = Math.Max(position, start / piece * piece - piece);
        end = Math.Min(size, (end + piece - 1) / piece * piece + piece);
        position = end;
        return true;
    }
}
