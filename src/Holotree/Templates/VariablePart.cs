using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Templates;

/// <summary>
/// The entries of a catalog that differ from space to space: files that name their own path, links into the tree, files that had
/// set-id bits. It is a catalog of its own, so that a space can be made from a ready tree without reading the whole one.
/// </summary>
/// <param name="Catalog">Those entries, with the directories on the way to them.</param>
/// <param name="Directories">For each directory of the part its index in the whole catalog.</param>
/// <param name="Files">The same for files.</param>
/// <param name="MadeBy">What made each file of the part in the ready tree.</param>
internal sealed record VariablePart(Catalog Catalog, int[] Directories, int[] Files, Mechanism[] MadeBy)
{
    const int Version = 1, HeaderBytes = 8 + 4 + 4 + 4;

    const int SetIdMask = 0xC00;

    static ReadOnlySpan<byte> Magic => "HOLOPART"u8;

    /// <summary>Takes the part of a catalog out of it.</summary>
    /// <param name="whole">The catalog.</param>
    /// <param name="madeBy">What made each of its files in the ready tree.</param>
    internal static VariablePart Of(Catalog whole, Mechanism[] madeBy)
    {
        ReadOnlySpan<FileEntry> entries = whole.Listing.Files;
        var files = new bool[entries.Length];
        for (int i = 0; i < files.Length; i++)
        {
            int first = entries[i].LinkedTo >= 0 ? entries[i].LinkedTo : i;
            files[i] = Relocator.Varies(whole.Contents[first]) || (entries[i].Mode & SetIdMask) != 0;
        }
        ReadOnlySpan<SymlinkEntry> links = whole.Listing.Symlinks;
        var symlinks = new bool[links.Length];
        for (int i = 0; i < symlinks.Length; i++)
            symlinks[i] = LinkTargets.LeadsInto(whole.Facts.Prefix, whole.Listing.Name(links[i].TargetOffset, links[i].TargetLength));

        ListingPart part = ListingPart.Of(whole.Listing, new bool[whole.Listing.Directories.Length], files, symlinks);
        return new VariablePart(Compact(whole.Of(part)), part.Directories, part.Files, [.. part.Files.Select(file => madeBy[file])]);
    }

    /// <summary>A catalog with the names, objects and offsets that its entries need, and no others.</summary>
    static Catalog Compact(Catalog part)
    {
        TreeListing listing = part.Listing;
        var builder = new TreeListingBuilder();
        int file = 0, symlink = 0;
        foreach (DirectoryEntry directory in listing.Directories)
        {
            builder.Add(directory with
            {
                NameOffset = builder.AddName(listing.Name(directory.NameOffset, directory.NameLength)),
                FirstFile = file,
                FirstSymlink = symlink,
            });
            file += directory.FileCount;
            symlink += directory.SymlinkCount;
        }
        foreach (FileEntry entry in listing.Files) builder.Add(entry with { NameOffset = builder.AddName(listing.Name(entry.NameOffset, entry.NameLength)) });
        foreach (SymlinkEntry entry in listing.Symlinks)
        {
            builder.Add(entry with
            {
                NameOffset = builder.AddName(listing.Name(entry.NameOffset, entry.NameLength)),
                TargetOffset = builder.AddName(listing.Name(entry.TargetOffset, entry.TargetLength)),
            });
        }

        var objects = new List<ObjectEntry>();
        var objectAt = new Dictionary<int, int> { [-1] = -1 };
        var relocations = new List<long>();
        var contents = new FileContent[part.Contents.Length];
        for (int i = 0; i < contents.Length; i++)
        {
            FileContent content = part.Contents[i];
            if (objectAt.TryAdd(content.Object, objects.Count)) objects.Add(part.Objects[content.Object]);
            contents[i] = content with { Object = objectAt[content.Object], FirstRelocation = relocations.Count };
            relocations.AddRange(part.RelocationsOf(i));
        }
        return part with { Listing = builder.Build(), Contents = contents, Objects = [.. objects], Relocations = [.. relocations] };
    }

    /// <summary>Writes the part to a file of its own (docs/format.md).</summary>
    /// <returns>The digest by which it is read again.</returns>
    internal string Write(string path)
    {
        using NativeBytes catalog = CatalogWriter.Write(Catalog);
        int mapBytes = sizeof(int) * (Directories.Length + Files.Length);
        byte[] bytes = new byte[HeaderBytes + mapBytes + MadeBy.Length + catalog.Span.Length + ClosingChecksum.Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Directories.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), Files.Length);
        Span<byte> rest = bytes.AsSpan(HeaderBytes);
        MemoryMarshal.AsBytes(Directories.AsSpan()).CopyTo(rest);
        MemoryMarshal.AsBytes(Files.AsSpan()).CopyTo(rest[(sizeof(int) * Directories.Length)..]);
        rest = rest[mapBytes..];
        for (int i = 0; i < MadeBy.Length; i++) rest[i] = (byte)MadeBy[i];
        catalog.Span.CopyTo(rest[MadeBy.Length..]);
        ClosingChecksum.Write(bytes);
        DurableFile.Write(path, bytes);
        return Convert.ToHexStringLower(bytes.AsSpan(^ClosingChecksum.Bytes..));
    }

    /// <summary>Reads what <see cref="Write"/> wrote; null where it is missing or is not that.</summary>
    internal static VariablePart? Read(string path, string digest)
    {
        try
        {
            return StoredFile.Read(path, CatalogFormat.MaxBytes) is { } bytes
                && Convert.ToHexStringLower(bytes.AsSpan(Math.Max(0, bytes.Length - ClosingChecksum.Bytes)..)) == digest ? Parse(bytes, path) : null;
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or HolotreeException)
        {
            // It is made again together with the tree it belongs to.
            return null;
        }
    }

    /// <summary>Takes the bytes of such a file apart; null where they are not of the form.</summary>
    /// <exception cref="HolotreeException">The catalog in it is damaged.</exception>
    internal static VariablePart? Parse(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length < HeaderBytes + ClosingChecksum.Bytes || !bytes.StartsWith(Magic)) return null;
        if (!ClosingChecksum.IsRight(bytes)) return null;
        int directories = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]), files = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        ReadOnlySpan<byte> rest = bytes[HeaderBytes..^ClosingChecksum.Bytes];
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) != Version || directories < 1 || files < 0
            || (long)sizeof(int) * ((long)directories + files) + files > rest.Length) return null;

        int[] directoryMap = MemoryMarshal.Cast<byte, int>(rest[..(sizeof(int) * directories)]).ToArray();
        rest = rest[(sizeof(int) * directories)..];
        int[] fileMap = MemoryMarshal.Cast<byte, int>(rest[..(sizeof(int) * files)]).ToArray();
        rest = rest[(sizeof(int) * files)..];
        var madeBy = new Mechanism[files];
        for (int i = 0; i < files; i++)
        {
            if (rest[i] > (byte)Mechanism.Empty) return null;
            madeBy[i] = (Mechanism)rest[i];
        }
        Catalog catalog = CatalogReader.Read(rest[files..], path);
        bool agrees = catalog.Listing.Directories.Length == directories && catalog.Listing.Files.Length == files
            && Ascends(directoryMap) && directoryMap[0] == 0 && Ascends(fileMap);
        return agrees ? new VariablePart(catalog, directoryMap, fileMap, madeBy) : null;
    }

    static bool Ascends(int[] map)
    {
        for (int i = 0; i < map.Length; i++)
        {
            if (map[i] < 0 || (i > 0 && map[i] <= map[i - 1])) return false;
        }
        return true;
    }
}
