using System.Buffers;

namespace Reflinks.Platform;

/// <summary>
/// The lowest rung: this process reads and writes the bytes. Of all ways that were measured this is the fastest in sum on ext4, XFS, btrfs and tmpfs;
/// the table is in docs/mechanisms.md, and <c>./build.sh bench --only copies</c> makes it again.
/// </summary>
internal static class PlainCopy
{
    /// <summary>
    /// Larger writes are a tenth faster at best: ext4 and XFS take larger pages for their cache then. But large pages are cut from memory that has been free
    /// for long, and where the host of a virtual machine has taken that back (free page reporting) the copy of 1 GB takes five times as long.
    /// </summary>
    internal const int BufferBytes = 256 * 1024;

    const int LeastBufferBytes = 16 * 1024;

    /// <summary>From this length on room is taken first. In smaller files that costs up to a third, and twice as much on btrfs.</summary>
    internal const long ReservedBytes = 32 * 1024 * 1024;

    /// <summary>Copies one range. <paramref name="offset"/> moves along, and tells how far it came where it failed.</summary>
    internal static Errno Range(int source, ref long offset, int target, long targetOffset, long length, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(length, LeastBufferBytes, BufferBytes));
        try
        {
            while (length > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                Errno error = NativeFile.Read(source, buffer.AsSpan(0, (int)Math.Min(length, buffer.Length)), offset, out int read);
                if (error != Errno.None) return error;
                if (read == 0) return NativeErrors.SourceShrank;
                error = NativeFile.Write(target, buffer.AsSpan(0, read), targetOffset);
                if (error != Errno.None) return error;
                offset += read;
                targetOffset += read;
                length -= read;
            }
            return Errno.None;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads what was called a hole and copies the pieces of it that have bytes other than zero.</summary>
    /// <param name="source">A readable descriptor.</param>
    /// <param name="target">A writable one, of a file that has a hole there or nothing yet.</param>
    /// <param name="from">Where the hole is to begin, in both.</param>
    /// <param name="to">Where it is to end.</param>
    /// <param name="isTrue">Becomes false where it is no hole.</param>
    /// <param name="cancellation">Looked at between the pieces.</param>
    internal static Errno UntrueHole(int source, int target, long from, long to, ref bool isTrue, CancellationToken cancellation)
    {
        if (from >= to) return Errno.None;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(to - from, LeastBufferBytes, BufferBytes));
        try
        {
            while (from < to)
            {
                cancellation.ThrowIfCancellationRequested();
                Errno error = NativeFile.Read(source, buffer.AsSpan(0, (int)Math.Min(to - from, buffer.Length)), from, out int read);
                if (error != Errno.None) return error;
                if (read == 0) return NativeErrors.SourceShrank;
                if (buffer.AsSpan(0, read).ContainsAnyExcept((byte)0))
                {
                    isTrue = false;
                    error = NativeFile.Write(target, buffer.AsSpan(0, read), from);
                    if (error != Errno.None) return error;
                }
                from += read;
            }
            return Errno.None;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
