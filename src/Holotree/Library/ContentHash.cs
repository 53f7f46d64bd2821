using System.Buffers.Binary;
using System.Security.Cryptography;
using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>
/// The digest that names an object. For most files it is the SHA-256 of their bytes. Of a file with large holes that would
/// take hours for nothing but zeros, so there only pieces count that are not all zero, each with its place: the same digest
/// wherever the holes are, or whether they are holes at all (docs/format.md, Objects).
/// </summary>
internal sealed class ContentHash : IDisposable
{
    /// <summary>The length of the pieces of a sparse file.</summary>
    internal const int PieceBytes = 64 * 1024;

    /// <summary>With this much in holes a file is named as a sparse one; less is hashed in about the time of a blink.</summary>
    const long LargeHolesBytes = 1L << 30;

    readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    readonly byte[] piece = new byte[PieceBytes];
    bool sparse;
    long position;
    int filled;

    /// <summary>Whether a file has holes large enough to be named as a sparse one.</summary>
    internal static bool IsSparse(int descriptor, in Kernel.Statx stat)
    {
        long size = (long)stat.stx_size;
        if (size < LargeHolesBytes || size - (long)stat.stx_blocks * 512 < LargeHolesBytes) return false;

        // Where holes are not told in truth all of the file is hashed.
        if (!Kernel.TellsHoles(descriptor)) return false;

        // Compression takes up few blocks too, so the holes themselves are counted.
        long data = 0;
        for (long at = 0; NativeFile.NextData(descriptor, at, size, out long start, out at);) data += at - start;
        return size - data >= LargeHolesBytes;
    }

    /// <summary>Begins with another file.</summary>
    internal void Begin(bool asSparse) => (sparse, position, filled) = (asSparse, 0, 0);

    /// <summary>Takes the next bytes.</summary>
    internal void Append(ReadOnlySpan<byte> bytes)
    {
        if (!sparse)
        {
            hash.AppendData(bytes);
            return;
        }
        while (!bytes.IsEmpty)
        {
            int taken = Math.Min(PieceBytes - filled, bytes.Length);
            bytes[..taken].CopyTo(piece.AsSpan(filled));
            bytes = bytes[taken..];
            filled += taken;
            if (filled == PieceBytes) EndPiece();
        }
    }

    /// <summary>Passes over whole pieces of a sparse file that are nothing but zeros, up to a border of pieces or its end.</summary>
    internal void SkipTo(long offset)
    {
        if (sparse && offset > position + filled) position = offset;
    }

    /// <summary>The digest of what was taken.</summary>
    internal Digest Finish()
    {
        Span<byte> digest = stackalloc byte[Digest.Bytes];
        if (sparse)
        {
            EndPiece();
            AppendNumber(position);
        }
        hash.GetHashAndReset(digest);
        return Digest.FromBytes(digest);
    }

    void EndPiece()
    {
        ReadOnlySpan<byte> bytes = piece.AsSpan(0, filled);
        if (bytes.ContainsAnyExcept((byte)0))
        {
            AppendNumber(position);
            hash.AppendData(bytes);
        }
        position += filled;
        filled = 0;
    }

    void AppendNumber(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }

    public void Dispose() => hash.Dispose();
}
