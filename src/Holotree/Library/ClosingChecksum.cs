using System.Security.Cryptography;

namespace Holotree.Library;

/// <summary>The SHA-256 at the end of a catalog or an index, over all that comes before it.</summary>
internal static class ClosingChecksum
{
    internal const int Bytes = SHA256.HashSizeInBytes;

    /// <summary>Fills the last bytes of a file in, once all others are there.</summary>
    internal static void Write(Span<byte> file) => SHA256.HashData(file[..^Bytes], file[^Bytes..]);

    /// <summary>Loads the library that hashes, which takes some milliseconds the first time: on Linux the framework's own is OpenSSL's.</summary>
    internal static void Prepare()
    {
        Span<byte> checksum = stackalloc byte[Bytes];
        SHA256.HashData([], checksum);
    }

    /// <summary>Whether a file, of at least this length, ends with the checksum of its other bytes.</summary>
    internal static bool IsRight(ReadOnlySpan<byte> file)
    {
        Span<byte> checksum = stackalloc byte[Bytes];
        SHA256.HashData(file[..^Bytes], checksum);
        return checksum.SequenceEqual(file[^Bytes..]);
    }

    /// <summary>Begins the checksum of a file that is in memory in pieces, which are appended in their order.</summary>
    internal static IncrementalHash Begin() => IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Whether the checksum is that of all pieces that were appended.</summary>
    internal static bool IsRight(IncrementalHash pieces, ReadOnlySpan<byte> checksum)
    {
        Span<byte> made = stackalloc byte[Bytes];
        pieces.GetCurrentHash(made);
        return made.SequenceEqual(checksum);
    }
}
