using Reflinks.Platform;

namespace Holotree.Relocation;

/// <summary>Makes a file out of another one and some edits, which ascend and do not overlap.</summary>
internal sealed class EditedFile
{
    /// <summary>
    /// What is overwritten is written in whole blocks of this length, the least that btrfs and XFS share here. Of a block that is only
    /// partly written the kernel would first read the rest from the disk, though the source has it in memory.
    /// </summary>
    internal const int BlockBytes = 4096;

    /// <summary>Much more than the longest edit that keeps its length (a C string) with the blocks that it lies in.</summary>
    const int BufferBytes = 64 * BlockBytes;

    readonly byte[] buffer = new byte[BufferBytes];

    /// <summary>Applies edits that keep their length to a target that has the source's bytes already. Writes only the blocks around them.</summary>
    internal Errno Patch(int source, int target, long size, IReadOnlyList<Edit> edits)
    {
        Errno error = Errno.None;
        long done = 0;      // a block that was written already must not get its old bytes back
        for (int next = 0; next < edits.Count && error == Errno.None;)
        {
            int first = next;
            long from = Math.Max(FirstOf(edits[first]), done), to = from;
            while (next < edits.Count && FirstOf(edits[next]) <= to && EndOf(edits[next]) - from <= BufferBytes) to = EndOf(edits[next++]);

            Span<byte> blocks = buffer.AsSpan(0, (int)(Math.Min(to, size) - from));
            error = ReadFully(source, blocks, from);
            for (int i = first; i < next; i++) edits[i].Bytes.Span.CopyTo(blocks[(int)(edits[i].Offset - from)..]);
            if (error == Errno.None) error = NativeFile.Write(target, blocks, from);
            done = edits[next - 1].Offset + edits[next - 1].Length;
        }
        return error;
    }

    /// <summary>Writes the source with its edits into an empty target. Returns how long that became.</summary>
    internal Errno Write(int source, int target, long size, IReadOnlyList<Edit> edits, out long written)
    {
        written = 0;
        long read = 0;
        int filled = 0;
        Errno error = Errno.None;
        for (int i = 0; i < edits.Count && error == Errno.None; i++)
        {
            error = Copy(source, ref read, edits[i].Offset, target, ref written, ref filled);
            ReadOnlySpan<byte> bytes = edits[i].Bytes.Span;
            if (error == Errno.None && filled + bytes.Length > BufferBytes) error = Flush(target, ref written, ref filled);
            if (error == Errno.None) error = Append(bytes, target, ref written, ref filled);
            read += edits[i].Length;
        }
        if (error == Errno.None) error = Copy(source, ref read, size, target, ref written, ref filled);
        return error == Errno.None ? Flush(target, ref written, ref filled) : error;
    }

    /// <summary>Reads all of a range, which has to be there.</summary>
    internal static Errno ReadFully(int source, Span<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            Errno error = NativeFile.Read(source, bytes, offset, out int read);
            if (error != Errno.None) return error;
            if (read == 0) return NativeErrors.SourceShrank;
            bytes = bytes[read..];
            offset += read;
        }
        return Errno.None;
    }

    Errno Copy(int source, ref long read, long end, int target, ref long written, ref int filled)
    {
        while (read < end)
        {
            Errno error = filled == BufferBytes ? Flush(target, ref written, ref filled) : Errno.None;
            Span<byte> room = buffer.AsSpan(filled, (int)Math.Min(end - read, BufferBytes - filled));
            if (error == Errno.None) error = ReadFully(source, room, read);
            if (error != Errno.None) return error;
            read += room.Length;
            filled += room.Length;
        }
        return Errno.None;
    }

    /// <summary>Adds to the buffer, which has room unless the bytes are more than it holds.</summary>
    Errno Append(ReadOnlySpan<byte> bytes, int target, ref long written, ref int filled)
    {
        if (bytes.Length <= BufferBytes)
        {
            bytes.CopyTo(buffer.AsSpan(filled));
            filled += bytes.Length;
            return Errno.None;
        }
        Errno error = NativeFile.Write(target, bytes, written);
        written += bytes.Length;
        return error;
    }

    Errno Flush(int target, ref long written, ref int filled)
    {
        Errno error = NativeFile.Write(target, buffer.AsSpan(0, filled), written);
        written += filled;
        filled = 0;
        return error;
    }

    static long FirstOf(in Edit edit) => edit.Offset / BlockBytes * BlockBytes;

    static long EndOf(in Edit edit) => (edit.Offset + edit.Length + BlockBytes - 1) / BlockBytes * BlockBytes;
}
