using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Xunit;

namespace TestKit;

/// <summary>The proof of cloning: a file's extents by FS_IOC_FIEMAP. A return code proves nothing.</summary>
public static unsafe class ExtentMap
{
    private const int HeaderBytes = 32, RecordBytes = 56, RecordsAtOnce = 512;

    /// <summary>The extents that hold data, after the file was written out. Preallocated, never written ones are left out, since
    /// they read as holes and XFS does not share them.</summary>
    public static IReadOnlyList<Extent> Read(string path) => Read(Native.AT_FDCWD, Native.Bytes(path));

    /// <summary>What the extent map of a file says as a whole.</summary>
    public static Sharing Of(string path) => Of(Read(path));

    /// <summary>Whether every extent that can be shared is, and there is at least one.</summary>
    public static bool IsShared(string path) => Of(path) == Sharing.Shared;

    /// <summary>Asserts that two files have the same blocks: every extent of both is flagged as shared and lies at the same place.</summary>
    /// <returns><see cref="Sharing.Shared"/>, or <see cref="Sharing.Inline"/> when both files lie inline, where sharing cannot be
    /// seen: a caller that knows better asserts on it.</returns>
    /// <remarks>Both files have to hold data. Inline data has to be inline on both sides.</remarks>
    public static Sharing AssertShared(string a, string b)
    {
        string? difference = DifferenceInSharing(Read(a), Read(b));
        Assert.True(difference is null, $"{a} and {b} do not share their data: {difference}");
        return Of(a);
    }

    /// <summary>Asserts that two files have no block in common in a range, the whole file unless told otherwise.</summary>
    public static void AssertApart(string a, string b, long offsetBytes = 0, long lengthBytes = long.MaxValue)
    {
        long end = lengthBytes == long.MaxValue ? long.MaxValue : offsetBytes + lengthBytes;
        foreach (Extent one in Within(Read(a), offsetBytes, end))
            foreach (Extent other in Within(Read(b), offsetBytes, end))
            {
                bool overlap = one.Physical < other.Physical + other.Length && other.Physical < one.Physical + one.Length;
                Assert.False(overlap, $"{a} and {b} have blocks in common: {one} and {other}");
            }
    }

    /// <summary>Asserts that every non-empty regular file of one tree shares its blocks with the file of the same path in the other.</summary>
    /// <returns>How many files were shared, and how many lie inline.</returns>
    public static (int Shared, int Inline) AssertTreesShared(string expected, string actual)
    {
        var counts = (Shared: 0, Inline: 0);
        foreach (TreeEntry entry in TreeWalk.Of(expected))
        {
            if (entry.Kind != EntryKind.File || entry.Status.SizeBytes == 0) continue;
            IReadOnlyList<Extent> one = Read(entry.Folder, entry.Name);
            if (Of(one) == Sharing.NoData) continue;
            using OpenPath other = OpenPath.Below(actual, entry.Path);
            string? difference = DifferenceInSharing(one, Read(other.Folder, other.Name));
            Assert.True(difference is null, $"{ByteName.Show(entry.Path)} is not shared between {expected} and {actual}: {difference}");
            counts = Of(one) == Sharing.Inline ? counts with { Inline = counts.Inline + 1 } : counts with { Shared = counts.Shared + 1 };
        }

        return counts;
    }

    private static Sharing Of(IReadOnlyList<Extent> extents)
    {
        Extent[] shareable = [.. extents.Where(extent => !extent.Flags.HasFlag(ExtentMarks.Inline))];
        if (shareable.Length == 0) return extents.Count == 0 ? Sharing.NoData : Sharing.Inline;
        int shared = shareable.Count(extent => extent.Flags.HasFlag(ExtentMarks.Shared));
        return shared == shareable.Length ? Sharing.Shared : shared == 0 ? Sharing.Apart : Sharing.Partly;
    }

    /// <summary>Walks both maps side by side, because two files with the same blocks may tell them in different pieces.</summary>
    private static string? DifferenceInSharing(IReadOnlyList<Extent> one, IReadOnlyList<Extent> other)
    {
        if (one.Count == 0 || other.Count == 0) return "one of them holds no data";
        int i = 0, j = 0;
        long at = 0;
        while (i < one.Count && j < other.Count)
        {
            Extent a = one[i], b = other[j];
            long start = Math.Max(at, Math.Min(a.Logical, b.Logical));
            if (start < a.Logical || start < b.Logical) return $"only one of them has data at {start}: {a} and {b}";
            if (a.Flags.HasFlag(ExtentMarks.Inline) != b.Flags.HasFlag(ExtentMarks.Inline)) return $"one is inline: {a} and {b}";
            if (!a.Flags.HasFlag(ExtentMarks.Inline))
            {
                if (!a.Flags.HasFlag(ExtentMarks.Shared) || !b.Flags.HasFlag(ExtentMarks.Shared)) return $"not flagged as shared: {a} and {b}";
                if (a.PhysicalOf(start) != b.PhysicalOf(start)) return $"at different places: {a} and {b}";
            }

            at = Math.Min(a.End, b.End);
            if (a.End == at) i++;
            if (b.End == at) j++;
        }

        return i < one.Count || j < other.Count ? $"only one of them has data at {at}" : null;
    }

    private static IEnumerable<Extent> Within(IReadOnlyList<Extent> extents, long start, long end)
    {
        foreach (Extent extent in extents)
        {
            long from = Math.Max(extent.Logical, start), to = Math.Min(extent.End, end);
            if (from < to && !extent.Flags.HasFlag(ExtentMarks.Inline))
                yield return new Extent(from, extent.PhysicalOf(from), to - from, extent.Flags);
        }
    }

    private static List<Extent> Read(int folder, byte[] name)
    {
        const uint FIEMAP_FLAG_SYNC = 1;
        var extents = new List<Extent>();
        byte[] buffer = new byte[HeaderBytes + (RecordsAtOnce * RecordBytes)];
        int file = Native.Open(folder, name, Native.O_RDONLY);
        try
        {
            // A file written just now may have no place yet, and FLAG_SYNC alone is not honoured everywhere.
            _ = Native.Fsync(file);
            for (long start = 0; ;)
            {
                Array.Clear(buffer);
                BinaryPrimitives.WriteInt64LittleEndian(buffer, start);
                BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(8), long.MaxValue - start);
                BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(16), FIEMAP_FLAG_SYNC);
                BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(24), RecordsAtOnce);
                fixed (byte* pointer = buffer)
                {
                    if (Native.Ioctl(file, Native.FS_IOC_FIEMAP, pointer) != 0)
                    {
                        if (Marshal.GetLastPInvokeError() == Native.EOPNOTSUPP) Assert.Fail($"There are no extent maps where {ByteName.Show(name)} is.");
                        throw Native.Error($"FS_IOC_FIEMAP {ByteName.Show(name)}");
                    }
                }

                int count = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(20));
                for (int index = 0; index < count; index++)
                {
                    ReadOnlySpan<byte> record = buffer.AsSpan(HeaderBytes + (index * RecordBytes), RecordBytes);
                    var extent = new Extent(
                        BinaryPrimitives.ReadInt64LittleEndian(record),
                        BinaryPrimitives.ReadInt64LittleEndian(record[8..]),
                        BinaryPrimitives.ReadInt64LittleEndian(record[16..]),
                        (ExtentMarks)BinaryPrimitives.ReadInt32LittleEndian(record[40..]));
                    start = extent.End;
                    if (!extent.Flags.HasFlag(ExtentMarks.Unwritten)) extents.Add(extent);
                    if (extent.Flags.HasFlag(ExtentMarks.Last)) return extents;
                }

                if (count == 0) return extents;
            }
        }
        finally
        {
            _ = Native.Close(file);
        }
    }
}
