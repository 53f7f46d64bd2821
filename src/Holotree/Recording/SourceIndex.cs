using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Recording;

/// <summary>
/// What the recording before this one knew of the same folder, so that files which have not changed need not be read again.
/// A file counts as unchanged when inode, size, mtime and ctime are as they were, and the ctime is older than the moment
/// that recording began: what changed within the same tick of the clock is read again, as git does it.
/// </summary>
internal sealed class SourceIndex
{
    const int HeaderBytes = 16;     // the moment

    readonly Catalog catalog;
    readonly byte[] file;
    readonly Moment begun;

    SourceIndex(Catalog catalog, byte[] file, Moment begun) => (this.catalog, this.file, this.begun) = (catalog, file, begun);

    internal Catalog Catalog => catalog;

    ReadOnlySpan<FileStamp> States => MemoryMarshal.Cast<byte, FileStamp>(file.AsSpan(HeaderBytes..^ClosingChecksum.Bytes));

    /// <summary>The index of the latest recording of a folder under a name; null where there is none or it cannot be used.</summary>
    internal static SourceIndex? Load(CatalogStore store, string name, byte[] prefix)
    {
        if (store.List().Where(info => info.Name == name).MaxBy(static info => info.Generation) is not { } latest) return null;
        string path = store.SourcesOf(latest.Id);
        try
        {
            if (StoredFile.Read(path, CatalogFormat.MaxBytes) is not { } bytes || !IsWhole(bytes)) return null;
            Catalog catalog = store.Load(latest.Id);
            long records = bytes.Length - HeaderBytes - ClosingChecksum.Bytes;
            return records == (long)catalog.Listing.Files.Length * Unsafe.SizeOf<FileStamp>() && catalog.Facts.Prefix.AsSpan().SequenceEqual(prefix)
                ? new SourceIndex(catalog, bytes, MemoryMarshal.Read<Moment>(bytes))
                : null;
        }
        catch (Exception unusable) when (unusable is HolotreeException or IOException or UnauthorizedAccessException)
        {
            // A damaged catalog of the past, or what cannot be read, saves nothing; `check` is there to name it.
            return null;
        }
    }

    /// <summary>Whether a file is an index as it was written.</summary>
    internal static bool IsWhole(ReadOnlySpan<byte> file) => file.Length >= HeaderBytes + ClosingChecksum.Bytes && ClosingChecksum.IsRight(file);

    /// <summary>Writes the index beside a catalog. It only saves time, so it is not synced.</summary>
    internal static void Save(string path, FileStamp[] stamps, Moment begun)
    {
        using var file = new NativeBytes(checked(HeaderBytes + stamps.Length * Unsafe.SizeOf<FileStamp>() + ClosingChecksum.Bytes));
        Span<byte> bytes = file.Span;
        MemoryMarshal.Write(bytes, begun);
        stamps.CopyTo(MemoryMarshal.Cast<byte, FileStamp>(bytes[HeaderBytes..^ClosingChecksum.Bytes]));
        ClosingChecksum.Write(bytes);
        using PendingFile pending = DurableFile.Begin(path);
        Errno error = NativeFile.Write(pending.Descriptor, bytes, 0);
        if (error != Errno.None) throw NativeErrors.Failure(error, "write", path);
        pending.Keep(overwrite: true);
    }

    /// <summary>Pairs the files of a new listing with those of the old catalog, which may be the same.</summary>
    internal ListingMatch Match(TreeListing listing) => ListingMatch.Of(listing, catalog.Listing);

    /// <summary>Whether a file of the old catalog, of the same path, still has the content it had then.</summary>
    internal bool Vouches(int old, in FileStamp now) => States[old] == now && begun.IsAfter(now.ChangedSeconds, now.ChangedNanoseconds);
}
