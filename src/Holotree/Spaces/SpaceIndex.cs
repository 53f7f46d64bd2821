using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// How every file and directory of a space looked when a restore was done with it, or had to look, and what had made each file. While a file
/// looks so it still has the bytes it was given, so nobody needs to read it to know that.
/// </summary>
/// <param name="Stamps">By the index in the listing of the space's catalog.</param>
/// <param name="MadeBy">What made each file, also where a later refresh left it alone.</param>
/// <param name="Settled">
/// A reading of the filesystem's clock from when all of it stood. What changed last before it cannot change again without
/// a later ctime; what changed at that very tick can, and has to be read (git calls such an entry racy).
/// </param>
internal sealed record SpaceIndex(TreeStamps Stamps, Mechanism[] MadeBy, Moment Settled)
{
    /// <summary>Counts up whenever the layout changes, or relocation writes other bytes for the same catalog and path.</summary>
    const int Version = 2;

    const int HeaderBytes = 8 + 4 + 4 + 4 + 4 + Digest.Bytes + 16;

    static ReadOnlySpan<byte> Magic => "HOLOINDX"u8;

    internal static string PathOf(Home home, string space) => Path.Join(home.StatesPath, space + ".index");

    /// <summary>
    /// Whether a file with these looks is the one that was made, with the bytes it had then. The ctime of a hard link changes with
    /// every further name of its object, so there inode, size and mtime have to do, and the object's seal says the rest.
    /// </summary>
    internal bool Vouches(int file, in FileStamp now)
    {
        FileStamp then = Stamps.Files[file];
        return MadeBy[file] == Mechanism.HardLink ? then.AdmitsButForChange(now) : then.Admits(now) && then.IsChangedBefore(Settled);
    }

    /// <summary>Whether a directory with these looks has the entries, mode and attributes it was given.</summary>
    internal bool VouchesForDirectory(int directory, in FileStamp now) =>
        now == Stamps.Directories[directory] && now.IsChangedBefore(Settled);

    /// <summary>The length of all files, one with several names counted once.</summary>
    /// <param name="listing">Of the catalog that this is the index of.</param>
    internal long BytesOf(TreeListing listing)
    {
        long sum = 0;
        for (int i = 0; i < Stamps.Files.Length; i++) sum += listing.Files[i].LinkedTo < 0 ? Stamps.Files[i].Size : 0;
        return sum;
    }

    /// <summary>
    /// The index of what stands just now. Waits until the clock has moved on from the last change, a few milliseconds at most, so
    /// that every later change has another time. Where it does not (a server's clock is ahead), those entries are not vouched for.
    /// </summary>
    internal static SpaceIndex Settle(TreeStamps stamps, Mechanism[] madeBy)
    {
        const int longest = 50;
        FileStamp latest = default;
        void Consider(in FileStamp stamp)
        {
            if (stamp.IsChangedAfter(latest)) latest = stamp;
        }
        for (int i = 0; i < madeBy.Length; i++)
        {
            if (madeBy[i] != Mechanism.HardLink) Consider(stamps.Files[i]);
        }
        foreach (FileStamp stamp in stamps.Directories) Consider(stamp);

        var index = new SpaceIndex(stamps, madeBy, Moment.OfChanges());
        for (int waited = 0; waited < longest && !latest.IsChangedBefore(index.Settled); waited++)
        {
            Thread.Sleep(1);
            index = index with { Settled = Moment.OfChanges() };
        }
        return index;
    }

    /// <summary>The index of a space; null where there is none, it is of something else, or a power cut may have taken what it vouches for.</summary>
    /// <param name="home">Whose space.</param>
    /// <param name="state">Its state.</param>
    /// <param name="catalog">The one that the state names.</param>
    internal static SpaceIndex? Of(Home home, SpaceState state, Catalog catalog) => Of(home, state)?.OrNullUnlessOf(catalog);

    /// <summary>The same before the catalog is there: whether it speaks of as many entries as that has is still to be asked.</summary>
    internal static SpaceIndex? Of(Home home, SpaceState state) => state.MayHaveLostBytes ? null : Read(PathOf(home, state.Space), state.Catalog);

    /// <summary>Reads an index file; null where it is missing, or is not that of a tree made from the catalog.</summary>
    internal static SpaceIndex? Read(string path, string catalogId, Catalog catalog) => Read(path, catalogId)?.OrNullUnlessOf(catalog);

    static SpaceIndex? Read(string path, string catalogId)
    {
        try
        {
            using var file = FileBytes.Open(path, CatalogFormat.MaxBytes);
            return file.IsMissing ? null : Parse(file, catalogId);
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            // It only saves work: without it every file is held against the catalog.
            return null;
        }
    }

    /// <summary>Takes the bytes of an index apart; null where they are not that of a space of this catalog.</summary>
    internal static SpaceIndex? Parse(byte[] bytes, string catalogId, Catalog catalog) => Parse(new FileBytes(bytes), catalogId)?.OrNullUnlessOf(catalog);

    /// <summary>Takes an index file apart; null where it is damaged, or names another catalog. It may have other entries than the catalog.</summary>
    static SpaceIndex? Parse(in FileBytes file, string catalogId)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (!file.TryFill(0, header) || !header.StartsWith(Magic)) return null;
        int files = BinaryPrimitives.ReadInt32LittleEndian(header[12..]), directories = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        if (BinaryPrimitives.ReadInt32LittleEndian(header[8..]) != Version || files < 0 || directories < 0
            || !Convert.FromHexString(catalogId).AsSpan().SequenceEqual(header.Slice(24, Digest.Bytes))) return null;

        long stampBytes = Marshal.SizeOf<FileStamp>(), atDirectories = HeaderBytes + stampBytes * files, atMechanisms = atDirectories + stampBytes * directories;
        long end = atMechanisms + files + ClosingChecksum.Bytes;
        if (file.Records<FileStamp>(HeaderBytes, files) is not { } fileStamps || file.Records<FileStamp>(atDirectories, directories) is not { } directoryStamps
            || file.Records<byte>(atMechanisms, files) is not { } mechanisms || file.Records<byte>(end - ClosingChecksum.Bytes, ClosingChecksum.Bytes) is not { } checksum) return null;
        using IncrementalHash hash = ClosingChecksum.Begin();
        hash.AppendData(header);
        hash.AppendData(MemoryMarshal.AsBytes(fileStamps.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(directoryStamps.AsSpan()));
        hash.AppendData(mechanisms);
        if (!ClosingChecksum.IsRight(hash, checksum)) return null;

        var madeBy = new Mechanism[files];
        for (int i = 0; i < files; i++)
        {
            if (mechanisms[i] > (byte)Mechanism.Empty) return null;
            madeBy[i] = (Mechanism)mechanisms[i];
        }
        var index = new SpaceIndex(new TreeStamps(fileStamps, directoryStamps), madeBy, MemoryMarshal.Read<Moment>(header[(24 + Digest.Bytes)..]));
        return file.Length == end ? index : file.Records<byte>(end, file.Length - end) is { } amendments ? IndexAmendments.Read(amendments)?.Apply(index) : null;
    }

    /// <summary>This, where it speaks of as many entries as a catalog has; null where it does not.</summary>
    internal SpaceIndex? OrNullUnlessOf(Catalog catalog) =>
        MadeBy.Length == catalog.Listing.Files.Length && Stamps.Directories.Length == catalog.Listing.Directories.Length ? this : null;

    /// <summary>Writes the index of a space beside its state.</summary>
    internal void Save(Home home, string space, string catalogId) => Write(PathOf(home, space), catalogId);

    /// <summary>Writes the index to a file. It only saves work, so it is not synced.</summary>
    internal void Write(string path, string catalogId)
    {
        ReadOnlySpan<byte> files = MemoryMarshal.AsBytes(Stamps.Files.AsSpan()), directories = MemoryMarshal.AsBytes(Stamps.Directories.AsSpan());
        byte[] bytes = new byte[HeaderBytes + files.Length + directories.Length + MadeBy.Length + ClosingChecksum.Bytes];
        Magic.CopyTo(bytes);
        Span<byte> header = bytes.AsSpan(8);
        BinaryPrimitives.WriteInt32LittleEndian(header, Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], Stamps.Files.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Stamps.Directories.Length);
        Convert.FromHexString(catalogId).CopyTo(header[16..]);
        MemoryMarshal.Write(header[(16 + Digest.Bytes)..], Settled);
        Span<byte> body = bytes.AsSpan(HeaderBytes);
        files.CopyTo(body);
        directories.CopyTo(body[files.Length..]);
        Span<byte> mechanisms = body[(files.Length + directories.Length)..];
        for (int i = 0; i < MadeBy.Length; i++) mechanisms[i] = (byte)MadeBy[i];
        ClosingChecksum.Write(bytes);
        DurableFile.Write(path, bytes, durable: false);
    }
}
