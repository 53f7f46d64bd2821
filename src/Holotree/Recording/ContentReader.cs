using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Platform;

namespace Holotree.Recording;

/// <summary>Reads files once each, for digest, places of the prefix and whether they are text. Of a file with large holes only the data.</summary>
/// <param name="prefix">The path to look for.</param>
/// <param name="hashing">Whether the digest is wanted; it costs more than all the rest.</param>
internal sealed class ContentReader(byte[] prefix, bool hashing) : IDisposable
{
    const int BufferBytes = 1024 * 1024;

    readonly byte[] buffer = new byte[BufferBytes];
    readonly ContentHash? hash = hashing ? new ContentHash() : null;
    readonly PrefixFinder finder = new(prefix);

    /// <summary>The digest of the file read last.</summary>
    internal Digest Digest { get; private set; }

    /// <summary>Whether the file read last has large holes, so that the digest is of the other kind.</summary>
    internal bool IsSparse { get; private set; }

    /// <summary>Where the file read last holds the prefix.</summary>
    internal List<long> Offsets => finder.Offsets(IsBinary);

    /// <summary>Whether the file read last has a NUL byte.</summary>
    internal bool IsBinary { get; private set; }

    /// <summary>Reads a file to its end.</summary>
    /// <param name="descriptor">The open file.</param>
    /// <param name="stat">What it was found to be.</param>
    /// <param name="length">Its length as it was read.</param>
    /// <param name="cancellation">Looked at after each piece.</param>
    internal Errno Read(int descriptor, in Kernel.Statx stat, out long length, CancellationToken cancellation)
    {
        long size = (long)stat.stx_size;
        IsBinary = IsSparse = ContentHash.IsSparse(descriptor, stat);
        finder.Reset();
        hash?.Begin(IsSparse);
        length = 0;
        bool ended = false;
        var ranges = new ContentRanges(descriptor, IsSparse, size);
        while (!ended && ranges.Next(out long start, out long end))
        {
            length = start;
            finder.SkipTo(start);
            hash?.SkipTo(start);
            Errno error = ReadRange(descriptor, ref length, end, out ended, cancellation);
            if (error != Errno.None) return error;
        }
        if (IsSparse && !ended) length = size;
        if (hash is null) return Errno.None;
        hash.SkipTo(length);
        Digest = hash.Finish();
        return Errno.None;
    }

    Errno ReadRange(int descriptor, ref long position, long end, out bool ended, CancellationToken cancellation)
    {
        ended = false;
        int carried = 0;
        while (position < end)
        {
            int room = (int)Math.Min(BufferBytes - carried, end - position);
            Errno error = NativeFile.Read(descriptor, buffer.AsSpan(carried, room), position, out int read);
            if (error != Errno.None) return error;

            ended = read == 0;
            ReadOnlySpan<byte> fresh = buffer.AsSpan(carried, read);
            IsBinary = IsBinary || fresh.Contains((byte)0);
            int keep = finder.Search(buffer.AsSpan(0, carried + read), position - carried, last: ended || position + read == end);
            if (ended) break;
            hash?.Append(fresh);
            position += read;
            buffer.AsSpan(carried + read - keep, keep).CopyTo(buffer);
            carried = keep;
            cancellation.ThrowIfCancellationRequested();
        }
        return Errno.None;
    }

    public void Dispose() => hash?.Dispose();
}
