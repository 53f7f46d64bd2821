using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace TestKit;

/// <summary>What a regular file holds: a digest of its bytes that does not depend on where its holes are, and its holes.</summary>
/// <param name="Digest">A digest, or the error where the file may not be read.</param>
/// <param name="Holes">Holes, cut to whole blocks of 64 KiB, so that filesystems of different block sizes agree; null where the
/// filesystem cannot tell.</param>
internal sealed record FileContent(string Digest, IReadOnlyList<(long From, long To)>? Holes)
{
    private const int BlockBytes = 65536;

    internal static unsafe FileContent Read(int folder, byte[] name)
    {
        int file = Native.TryOpen(folder, name, Native.O_RDONLY | Native.Numbers.O_NOFOLLOW);
        if (file < 0)
        {
            return Marshal.GetLastPInvokeError() == Native.EACCES
                ? new FileContent("may not be read", null)
                : throw Native.Error($"open {ByteName.Show(name)}");
        }

        try
        {
            long size = Native.Lseek(file, 0, 2);
            List<(long From, long To)>? data = DataRanges(file, size);
            return new FileContent(DigestOf(file, size, data ?? [(0, size)]), data is null ? null : HolesBetween(data, size));
        }
        finally
        {
            _ = Native.Close(file);
        }
    }

    /// <summary>Hashes the blocks that are not all zero, each with its place: the same for a hole and for written zeros.</summary>
    private static unsafe string DigestOf(int file, long size, List<(long From, long To)> data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] block = new byte[sizeof(long) + BlockBytes];
        long done = 0;
        foreach ((long from, long to) in data)
        {
            for (long at = Math.Max(done, from / BlockBytes * BlockBytes); at < to; at += BlockBytes)
            {
                int length = (int)Math.Min(BlockBytes, size - at);
                Fill(file, block.AsSpan(sizeof(long), length), at);
                if (block.AsSpan(sizeof(long), length).ContainsAnyExcept((byte)0))
                {
                    BinaryPrimitives.WriteInt64LittleEndian(block, at);
                    hash.AppendData(block.AsSpan(0, sizeof(long) + length));
                }

                done = at + BlockBytes;
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static unsafe void Fill(int file, Span<byte> buffer, long offset)
    {
        fixed (byte* pointer = buffer)
        {
            for (int done = 0; done < buffer.Length;)
            {
                nint count = Native.Pread(file, pointer + done, (nuint)(buffer.Length - done), offset + done);
                if (count < 0) throw Native.Error("pread");
                if (count == 0) throw new IOException("A file became shorter while it was read.");
                done += (int)count;
            }
        }
    }

    private static List<(long From, long To)>? DataRanges(int file, long size)
    {
        var ranges = new List<(long From, long To)>();
        for (long at = 0; at < size;)
        {
            long from = Native.Lseek(file, at, Native.SEEK_DATA);
            if (from < 0) return Marshal.GetLastPInvokeError() == Native.ENXIO ? ranges : null;
            long to = Native.Lseek(file, from, Native.SEEK_HOLE);
            if (to < 0) return null;
            ranges.Add((from, to));
            at = to;
        }

        return ranges;
    }

    private static List<(long From, long To)> HolesBetween(List<(long From, long To)> data, long size)
    {
        var holes = new List<(long From, long To)>();
        long end = 0;
        foreach ((long from, long to) in data)
        {
            Add(end, from);
            end = to;
        }

        Add(end, size);
        return holes;

        void Add(long from, long to)
        {
            from = (from + BlockBytes - 1) / BlockBytes * BlockBytes;
            to = to / BlockBytes * BlockBytes;
            if (from < to) holes.Add((from, to));
        }
    }
}
