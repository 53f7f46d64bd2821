using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>The bytes of a file that is taken apart: of an open one, which are read to where they are needed, or such as were read before.</summary>
/// <remarks>Megabytes that are read to one place and copied to another cost their memory twice, and new memory takes longer than what is done with it.</remarks>
internal readonly ref struct FileBytes
{
    readonly ReadOnlySpan<byte> bytes;
    readonly int descriptor;
    readonly string path;

    internal FileBytes(ReadOnlySpan<byte> bytes)
    {
        this.bytes = bytes;
        (descriptor, path, Length) = (-1, string.Empty, bytes.Length);
    }

    FileBytes(int descriptor, long length, string path) => (this.descriptor, this.path, Length) = (descriptor, path, length);

    /// <summary>Opens a file, and closes it when this is disposed. Refuses what <see cref="StoredFile.Read"/> refuses.</summary>
    /// <param name="path">The file; a link is followed.</param>
    /// <param name="longest">What is longer, in bytes, is refused unread.</param>
    internal static FileBytes Open(string path, long longest) => new(StoredFile.Open(path, longest, out long length), length, path);

    /// <summary>Whether there was no file to open.</summary>
    internal bool IsMissing => descriptor < 0 && bytes.IsEmpty;

    /// <summary>When it was opened.</summary>
    internal long Length { get; }

    /// <summary>Fills a place from an offset on. False where there is less: it ends before, or was cut meanwhile.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    internal bool TryFill(long offset, Span<byte> into)
    {
        if (offset < 0 || offset > Length - into.Length) return false;
        if (descriptor >= 0) return StoredFile.Fill(descriptor, into, path, offset) == into.Length;
        bytes.Slice((int)offset, into.Length).CopyTo(into);
        return true;
    }

    /// <summary>So many records from an offset on; null where there are less.</summary>
    /// <param name="offset">In bytes.</param>
    /// <param name="count">Not believed before there are as many bytes.</param>
    /// <param name="pinned">Whether system calls are given pointers into them.</param>
    internal T[]? Records<T>(long offset, long count, bool pinned = false) where T : unmanaged
    {
        if (count < 0 || offset < 0 || count > (Length - offset) / Unsafe.SizeOf<T>()) return null;
        T[] records = GC.AllocateUninitializedArray<T>((int)count, pinned);
        return TryFill(offset, MemoryMarshal.AsBytes(records.AsSpan())) ? records : null;
    }

    public void Dispose()
    {
        if (descriptor >= 0) _ = Kernel.close(descriptor);
    }
}
