using System.Runtime.InteropServices;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Platform;

namespace Holotree.Recording;

/// <summary>Reads files once each, for digest, places of the prefix and whether they are text. Of a file with large holes only the data.</summary>
/// <param name="prefix">The path to look for.</param>
/// <param name="hashing">Whether the digest is wanted; it costs more than all the rest.</param>
internal sealed class ContentReader(byte[] prefix, bool hashing) : IDisposable
{
    /// <summary>The traits that are read from a file's bytes.</summary>
    internal const ContentTraits FoundInBytes = ContentTraits.Binary | ContentTraits.WideText | ContentTraits.Launcher;

    const int BufferBytes = 1024 * 1024;

    readonly bool windows = WindowsPath.IsAbsolute(prefix);

    readonly byte[] buffer = new byte[BufferBytes];
    readonly ContentHash? hash = hashing ? new ContentHash() : null;
    readonly PrefixFinder finder = new(prefix);
    List<long>? offsets;
    bool maybeWide, maybeLauncher;

    /// <summary>The digest of the file read last.</summary>
    internal Digest Digest { get; private set; }

    /// <summary>Whether the file read last has large holes, so that the digest is of the other kind.</summary>
    internal bool IsSparse { get; private set; }

    /// <summary>Where the file read last holds the prefix.</summary>
    internal List<long> Offsets => offsets ??= finder.Offsets(IsBinary && !maybeWide);

    /// <summary>Whether the file read last has a NUL byte.</summary>
    internal bool IsBinary { get; private set; }

    /// <summary>What the bytes of the file read last say of it.</summary>
    internal ContentTraits Traits { get; private set; }

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
        offsets = null;
        maybeWide = maybeLauncher = false;
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
        Errno unread = Judge(descriptor, length);
        if (unread != Errno.None) return unread;
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
            if (windows) LookForWindows(carried, read, position);
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

    /// <summary>Whether the bytes so far may be a text in UTF-16, which begins with a mark and has no NUL character, or a Windows program.</summary>
    void LookForWindows(int carried, int read, long position)
    {
        ReadOnlySpan<byte> fresh = buffer.AsSpan(carried, read);
        if (position == 0) (maybeWide, maybeLauncher) = (!IsSparse && fresh is [0xFF, 0xFE, ..], fresh.StartsWith("MZ"u8));
        if (!maybeWide) return;
        int half = (int)(position & 1);     // then the byte before, which was carried along, is the first half of a character
        maybeWide = half <= carried && !MemoryMarshal.Cast<byte, ushort>(buffer.AsSpan(carried - half, read + half)).Contains((ushort)0);
    }

    Errno Judge(int descriptor, long length)
    {
        maybeWide = maybeWide && length % 2 == 0;
        Traits = (IsBinary ? ContentTraits.Binary : 0) | (maybeWide ? ContentTraits.WideText : 0);
        if (!maybeLauncher || IsSparse || Offsets.Count == 0) return Errno.None;
        Errno error = LauncherLine.Find(descriptor, length, out long start, out long end);
        if (error != Errno.None || start < 0) return error;

        List<long> inLine = finder.Offsets(binary: false).FindAll(place => place > start && place < end);
        if (inLine.Count == 0) return Errno.None;
        Traits |= ContentTraits.Launcher;
        offsets = inLine;
        return Errno.None;
    }

    public void Dispose() => hash?.Dispose();
}
