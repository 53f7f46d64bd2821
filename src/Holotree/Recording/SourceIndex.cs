using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Recording;

/// <summary>
/// What the recording before this one knew of the same folder, so that files which have not changed need not be read again.
/// A file counts as unchanged when inode, size, mtime and ctime are as they were, and the ctime is older than the moment
/// that recording began: what changed within the same tick of the clock is read again, as git does it.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SourceIndex
{
    const int HeaderBytes = 16;     // the moment

    readonly Catalog catalog;
    readonly byte[] file;
    readonly Moment begun;
    readonly Dictionary<(int Parent, string Name), int> directories = [];

    SourceIndex(Catalog catalog, byte[] file, Moment begun)
    {
        (this.catalog, this.file, this.begun) = (catalog, file, begun);
        ReadOnlySpan<DirectoryEntry> all = catalog.Listing.Directories;
        for (int i = 1; i < all.Length; i++) directories[(all[i].Parent, Key(catalog.Listing.Name(all[i].NameOffset, all[i].NameLength)))] = i;
    }

    internal Catalog Catalog => catalog;

    ReadOnlySpan<FileStamp> States => MemoryMarshal.Cast<byte, FileStamp>(file.AsSpan(HeaderBytes..^SHA256.HashSizeInBytes));

    /// <summary>The index of the latest recording of a folder under a name; null where there is none or it cannot be used.</summary>
    internal static SourceIndex? Load(CatalogStore store, string name, byte[] prefix)
    {
        if (store.List().Where(info => info.Name == name).MaxBy(static info => info.Generation) is not { } latest) return null;
        string path = store.SourcesOf(latest.Id);
        if (!File.Exists(path)) return null;
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            const int trailer = SHA256.HashSizeInBytes;
            if (bytes.Length < HeaderBytes + trailer || !SHA256.HashData(bytes.AsSpan(0, bytes.Length - trailer)).AsSpan().SequenceEqual(bytes.AsSpan(bytes.Length - trailer))) return null;
            Catalog catalog = store.Load(latest.Id);
            long records = bytes.Length - HeaderBytes - trailer;
            return records == (long)catalog.Listing.Files.Length * Unsafe.SizeOf<FileStamp>() && catalog.Facts.Prefix.AsSpan().SequenceEqual(prefix)
                ? new SourceIndex(catalog, bytes, MemoryMarshal.Read<Moment>(bytes))
                : null;
        }
        catch (HolotreeException)
        {
            // A damaged catalog of the past saves nothing; `check` is there to name it.
            return null;
        }
    }

    /// <summary>Writes the index beside a catalog. It only saves time, so it is not synced.</summary>
    internal static void Save(string path, RecordedFile[] files, Moment begun)
    {
        using var file = new NativeBytes(checked(HeaderBytes + files.Length * Unsafe.SizeOf<FileStamp>() + SHA256.HashSizeInBytes));
        Span<byte> bytes = file.Span;
        MemoryMarshal.Write(bytes, begun);
        Span<FileStamp> states = MemoryMarshal.Cast<byte, FileStamp>(bytes[HeaderBytes..^SHA256.HashSizeInBytes]);
        for (int i = 0; i < files.Length; i++) states[i] = files[i].State;
        SHA256.HashData(bytes[..^SHA256.HashSizeInBytes], bytes[^SHA256.HashSizeInBytes..]);
        using var pending = PendingFile.Create(path, 0x1A4);
        Errno error = LinuxFile.Write(pending.Descriptor, bytes, 0);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "write", path);
        pending.Keep(overwrite: true);
    }

    /// <summary>For each directory of a new listing the index of the same one in the old, or -1.</summary>
    internal int[] Match(TreeListing listing)
    {
        ReadOnlySpan<DirectoryEntry> all = listing.Directories;
        var old = new int[all.Length];
        for (int i = 1; i < all.Length; i++)
        {
            int parent = old[all[i].Parent];
            old[i] = parent >= 0 && directories.TryGetValue((parent, Key(listing.Name(all[i].NameOffset, all[i].NameLength))), out int found) ? found : -1;
        }
        return old;
    }

    /// <summary>The file of the old catalog that a file still is, or -1.</summary>
    internal int Unchanged(int oldDirectory, ReadOnlySpan<byte> name, in Interop.Statx stat)
    {
        if (oldDirectory < 0) return -1;
        int old = TreeSearch.File(catalog.Listing, catalog.Listing.Directories[oldDirectory], name);
        return old >= 0 && States[old] == FileStamp.Of(stat) && begun.IsAfter(stat.stx_ctime) ? old : -1;
    }

    static string Key(ReadOnlySpan<byte> name) => System.Text.Encoding.Latin1.GetString(name);
}
