using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Holotree.Library;

namespace Holotree.Catalogs;

/// <summary>Turns a catalog into the bytes of its file. The same tree gives the same bytes, and so the same id.</summary>
internal static class CatalogWriter
{
    /// <summary>The whole file: header, table of sections, sections, checksum.</summary>
    internal static NativeBytes Write(Catalog catalog)
    {
        ReadOnlySpan<byte> facts = Facts(catalog.Facts), attributes = Attributes(catalog.AttributeSets);
        int length = CatalogFormat.HeaderBytes + CatalogFormat.SectionCount * CatalogFormat.SectionBytes;
        ReadOnlySpan<int> lengths =
        [
            facts.Length,
            MemoryMarshal.AsBytes(catalog.Listing.Directories).Length,
            MemoryMarshal.AsBytes(catalog.Listing.Files).Length,
            MemoryMarshal.AsBytes(catalog.Contents.AsSpan()).Length,
            MemoryMarshal.AsBytes(catalog.Listing.Symlinks).Length,
            MemoryMarshal.AsBytes(catalog.Objects.AsSpan()).Length,
            MemoryMarshal.AsBytes(catalog.Relocations.AsSpan()).Length,
            attributes.Length,
            catalog.Listing.Names.Length,
        ];
        foreach (int section in lengths) length = checked((int)(length + CatalogFormat.Aligned(section)));

        var bytes = new NativeBytes(checked(length + CatalogFormat.ChecksumBytes));
        Span<byte> file = bytes.Span;
        CatalogFormat.Magic.CopyTo(file);
        uint version = Array.Exists(catalog.Objects, static entry => entry.IsSparse) ? CatalogFormat.Version : CatalogFormat.VersionWithoutSparse;
        BinaryPrimitives.WriteUInt32LittleEndian(file[8..], version);
        BinaryPrimitives.WriteUInt32LittleEndian(file[12..], CatalogFormat.SectionCount);
        BinaryPrimitives.WriteInt64LittleEndian(file[16..], file.Length);

        int at = CatalogFormat.HeaderBytes + CatalogFormat.SectionCount * CatalogFormat.SectionBytes;
        Place(file, CatalogFormat.Section.Facts, facts, ref at);
        Place(file, CatalogFormat.Section.Directories, MemoryMarshal.AsBytes(catalog.Listing.Directories), ref at);
        Place(file, CatalogFormat.Section.Files, MemoryMarshal.AsBytes(catalog.Listing.Files), ref at);
        Place(file, CatalogFormat.Section.Contents, MemoryMarshal.AsBytes(catalog.Contents.AsSpan()), ref at);
        Place(file, CatalogFormat.Section.Symlinks, MemoryMarshal.AsBytes(catalog.Listing.Symlinks), ref at);
        Place(file, CatalogFormat.Section.Objects, MemoryMarshal.AsBytes(catalog.Objects.AsSpan()), ref at);
        Place(file, CatalogFormat.Section.Relocations, MemoryMarshal.AsBytes(catalog.Relocations.AsSpan()), ref at);
        Place(file, CatalogFormat.Section.Attributes, attributes, ref at);
        Place(file, CatalogFormat.Section.Names, catalog.Listing.Names, ref at);
        ClosingChecksum.Write(file);
        return bytes;
    }

    /// <summary>The id of a catalog: the checksum at the end of its file, in hexadecimal.</summary>
    internal static string IdOf(ReadOnlySpan<byte> file) => Convert.ToHexStringLower(file[^CatalogFormat.ChecksumBytes..]);

    static void Place(Span<byte> file, CatalogFormat.Section section, ReadOnlySpan<byte> content, ref int at)
    {
        Span<byte> row = file.Slice(CatalogFormat.HeaderBytes + ((int)section - 1) * CatalogFormat.SectionBytes, CatalogFormat.SectionBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(row, (uint)section);
        BinaryPrimitives.WriteInt64LittleEndian(row[8..], at);
        BinaryPrimitives.WriteInt64LittleEndian(row[16..], content.Length);
        content.CopyTo(file[at..]);
        at += (int)CatalogFormat.Aligned(content.Length);
    }

    static byte[] Facts(CatalogFacts facts)
    {
        var bytes = new MemoryStream();
        Add(bytes, Encoding.UTF8.GetBytes(facts.Name));
        Add(bytes, facts.Prefix);
        Add(bytes, Encoding.UTF8.GetBytes(facts.Platform));
        Add(bytes, Encoding.UTF8.GetBytes(facts.Blueprint));
        return bytes.ToArray();
    }

    static byte[] Attributes(IReadOnlyList<(byte[] Name, byte[] Value)>[] sets)
    {
        var bytes = new MemoryStream();
        Add(bytes, sets.Length);
        foreach (IReadOnlyList<(byte[] Name, byte[] Value)> set in sets)
        {
            Add(bytes, set.Count);
            foreach ((byte[] name, byte[] value) in set)
            {
                Add(bytes, name);
                Add(bytes, value);
            }
        }
        return bytes.ToArray();
    }

    static void Add(MemoryStream bytes, int number)
    {
        Span<byte> field = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(field, number);
        bytes.Write(field);
    }

    static void Add(MemoryStream bytes, byte[] content)
    {
        Add(bytes, content.Length);
        bytes.Write(content);
    }
}
