using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Holotree.Library;
using Reflinks.Trees;

namespace Holotree.Catalogs;

/// <summary>A catalog file in memory, each section where it is used, before anything in it is believed.</summary>
internal sealed class CatalogSections
{
    const int HeadBytes = CatalogFormat.HeaderBytes + CatalogFormat.SectionCount * CatalogFormat.SectionBytes;

    readonly byte[] head, checksum;
    readonly string path;

    /// <exception cref="HolotreeException">It is cut, or its sections are not where they belong.</exception>
    internal CatalogSections(in FileBytes file, string path)
    {
        this.path = path;
        head = file.Records<byte>(0, HeadBytes) ?? throw Cut();
        if (BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(12)) != CatalogFormat.SectionCount) throw CatalogReader.Damaged(path, "it has another number of sections");

        long at = HeadBytes;
        Facts = Section<byte>(file, CatalogFormat.Section.Facts, ref at);
        Directories = Section<DirectoryEntry>(file, CatalogFormat.Section.Directories, ref at);
        Files = Section<FileEntry>(file, CatalogFormat.Section.Files, ref at);
        Contents = Section<FileContent>(file, CatalogFormat.Section.Contents, ref at);
        Symlinks = Section<SymlinkEntry>(file, CatalogFormat.Section.Symlinks, ref at);
        Objects = Section<ObjectEntry>(file, CatalogFormat.Section.Objects, ref at);
        Relocations = Section<long>(file, CatalogFormat.Section.Relocations, ref at);
        Attributes = Section<byte>(file, CatalogFormat.Section.Attributes, ref at);
        Names = Section<byte>(file, CatalogFormat.Section.Names, ref at, pinned: true);
        if (at != file.Length - CatalogFormat.ChecksumBytes) throw CatalogReader.Damaged(path, "there is more in it than its sections");
        checksum = file.Records<byte>(at, CatalogFormat.ChecksumBytes) ?? throw Cut();
    }

    internal byte[] Facts { get; }

    internal DirectoryEntry[] Directories { get; }

    internal FileEntry[] Files { get; }

    internal FileContent[] Contents { get; }

    internal SymlinkEntry[] Symlinks { get; }

    internal ObjectEntry[] Objects { get; }

    internal long[] Relocations { get; }

    internal byte[] Attributes { get; }

    /// <summary>Pinned: the names are handed to system calls where they lie.</summary>
    internal byte[] Names { get; }

    /// <summary>The id that the catalog gives itself.</summary>
    internal string Id => CatalogWriter.IdOf(checksum);

    /// <summary>Whether the file ends with the checksum of what is before it.</summary>
    internal bool AgreeWithChecksum()
    {
        using IncrementalHash hash = ClosingChecksum.Begin();
        hash.AppendData(head);
        Append<byte>(hash, Facts);
        Append<DirectoryEntry>(hash, Directories);
        Append<FileEntry>(hash, Files);
        Append<FileContent>(hash, Contents);
        Append<SymlinkEntry>(hash, Symlinks);
        Append<ObjectEntry>(hash, Objects);
        Append<long>(hash, Relocations);
        Append<byte>(hash, Attributes);
        Append<byte>(hash, Names);
        return ClosingChecksum.IsRight(hash, checksum);
    }

    static void Append<T>(IncrementalHash hash, ReadOnlySpan<T> section) where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(section), zeros = stackalloc byte[CatalogFormat.Alignment - 1];
        hash.AppendData(bytes);
        hash.AppendData(zeros[..(int)(CatalogFormat.Aligned(bytes.Length) - bytes.Length)]);
    }

    /// <summary>A section, which has to come right after the one before it, and what fills up to the next, which has to be zero.</summary>
    T[] Section<T>(in FileBytes file, CatalogFormat.Section section, ref long at, bool pinned = false) where T : unmanaged
    {
        ReadOnlySpan<byte> row = head.AsSpan(CatalogFormat.HeaderBytes + ((int)section - 1) * CatalogFormat.SectionBytes, CatalogFormat.SectionBytes);
        long length = BinaryPrimitives.ReadInt64LittleEndian(row[16..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(row) != (uint)section || BinaryPrimitives.ReadInt64LittleEndian(row[8..]) != at)
            throw CatalogReader.Damaged(path, $"section {section} is not in its place");
        if (length < 0 || length > file.Length) throw Cut();
        if (length % Unsafe.SizeOf<T>() != 0) throw CatalogReader.Damaged(path, $"section {section} ends within a record");

        T[] records = file.Records<T>(at, length / Unsafe.SizeOf<T>(), pinned) ?? throw Cut();
        Span<byte> gap = stackalloc byte[CatalogFormat.Alignment - 1];
        gap = gap[..(int)(CatalogFormat.Aligned(length) - length)];
        if (!file.TryFill(at + length, gap)) throw Cut();
        if (gap.ContainsAnyExcept((byte)0)) throw CatalogReader.Damaged(path, $"section {section} is followed by something");
        at += CatalogFormat.Aligned(length);
        return records;
    }

    HolotreeException Cut() => CatalogReader.Damaged(path, "it is cut or inconsistent");
}
