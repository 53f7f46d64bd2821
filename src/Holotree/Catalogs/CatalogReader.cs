using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Holotree.Library;
using Reflinks.Trees;

namespace Holotree.Catalogs;

/// <summary>Reads the bytes of a catalog file, which may come from a stranger: nothing in it is believed before it is checked.</summary>
internal static class CatalogReader
{
    /// <summary>The catalog in a file's bytes.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="HolotreeException">Damaged, absurd or of a newer version.</exception>
    internal static Catalog Read(ReadOnlySpan<byte> file, string path)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Catalogs are read on little-endian processors only.");
        if (file.Length < CatalogFormat.HeaderBytes + CatalogFormat.ChecksumBytes || !file.StartsWith(CatalogFormat.Magic))
            throw Damaged(path, "it is not a catalog file");

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(file[8..]);
        if (version > CatalogFormat.Version)
        {
            throw new HolotreeException(HolotreeFailure.Unsupported, "catalog-newer",
                $"The catalog '{path}' has format {version}; this program knows formats up to {CatalogFormat.Version}.")
            { Path = path, Hint = "Use a newer version of Holotree." };
        }
        if (version < CatalogFormat.VersionWithoutSparse) throw Damaged(path, $"it has the unknown format {version}");
        if (BinaryPrimitives.ReadInt64LittleEndian(file[16..]) != file.Length) throw Damaged(path, "its length is not what it says");

        if (!ClosingChecksum.IsRight(file)) throw Damaged(path, "its checksum is wrong");

        try
        {
            return ReadSections(file, path);
        }
        catch (Exception absurd) when (absurd is ArgumentOutOfRangeException or OverflowException or IndexOutOfRangeException)
        {
            throw Damaged(path, "it is cut or inconsistent", absurd);
        }
    }

    internal static HolotreeException Damaged(string path, string why, Exception? inner = null) =>
        new(HolotreeFailure.Damaged, "catalog-damaged", $"The catalog '{path}' is damaged: {why}.", inner)
        {
            Path = path,
            Hint = "Remove the catalog and record the environment again.",
        };

    static Catalog ReadSections(ReadOnlySpan<byte> file, string path)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(file[12..]) != CatalogFormat.SectionCount) throw Damaged(path, "it has another number of sections");

        // Pinned: the names are handed to system calls where they lie.
        ReadOnlySpan<byte> names = Section(file, CatalogFormat.Section.Names, path);
        byte[] pinned = GC.AllocateUninitializedArray<byte>(names.Length, pinned: true);
        names.CopyTo(pinned);

        var catalog = new Catalog(
            new TreeListing(
                Records<DirectoryEntry>(file, CatalogFormat.Section.Directories, path),
                Records<FileEntry>(file, CatalogFormat.Section.Files, path),
                Records<SymlinkEntry>(file, CatalogFormat.Section.Symlinks, path),
                pinned),
            Records<FileContent>(file, CatalogFormat.Section.Contents, path),
            Records<ObjectEntry>(file, CatalogFormat.Section.Objects, path),
            Records<long>(file, CatalogFormat.Section.Relocations, path),
            Attributes(Section(file, CatalogFormat.Section.Attributes, path), path),
            Facts(Section(file, CatalogFormat.Section.Facts, path), path));
        if (CatalogRules.FirstBreach(catalog) is { } breach) throw Damaged(path, breach);
        return catalog;
    }

    static ReadOnlySpan<byte> Section(ReadOnlySpan<byte> file, CatalogFormat.Section section, string path)
    {
        ReadOnlySpan<byte> row = file.Slice(CatalogFormat.HeaderBytes + ((int)section - 1) * CatalogFormat.SectionBytes, CatalogFormat.SectionBytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(row) != (uint)section) throw Damaged(path, $"section {section} is not in its place");
        int offset = checked((int)BinaryPrimitives.ReadInt64LittleEndian(row[8..])), length = checked((int)BinaryPrimitives.ReadInt64LittleEndian(row[16..]));
        return file[..^CatalogFormat.ChecksumBytes].Slice(offset, length);
    }

    static T[] Records<T>(ReadOnlySpan<byte> file, CatalogFormat.Section section, string path) where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = Section(file, section, path);
        if (bytes.Length % Unsafe.SizeOf<T>() != 0) throw Damaged(path, $"section {section} ends within a record");
        return MemoryMarshal.Cast<byte, T>(bytes).ToArray();
    }

    static CatalogFacts Facts(ReadOnlySpan<byte> bytes, string path)
    {
        string name = Encoding.UTF8.GetString(Field(ref bytes));
        byte[] prefix = Field(ref bytes).ToArray();
        string platform = Encoding.UTF8.GetString(Field(ref bytes)), blueprint = Encoding.UTF8.GetString(Field(ref bytes));
        if (prefix.Length >= CatalogRules.PathMax || !CatalogRules.IsAbsolute(prefix, platform) || prefix.AsSpan().Contains((byte)0))
            throw Damaged(path, "its prefix is no absolute path");
        return new CatalogFacts(name, prefix, platform, blueprint);
    }

    static IReadOnlyList<(byte[] Name, byte[] Value)>[] Attributes(ReadOnlySpan<byte> bytes, string path)
    {
        int count = Number(ref bytes);
        if (count > bytes.Length / 4) throw Damaged(path, "it has more attribute sets than room for them");
        var sets = new IReadOnlyList<(byte[], byte[])>[count];
        for (int i = 0; i < count; i++)
        {
            int attributes = Number(ref bytes);
            if (attributes > CatalogFormat.MaxAttributes) throw Damaged(path, "a file has more attributes than any filesystem keeps");
            var set = new (byte[], byte[])[attributes];
            for (int j = 0; j < attributes; j++)
            {
                byte[] name = Field(ref bytes).ToArray();
                if (name.Length is 0 or > 255 || name.AsSpan().Contains((byte)0)) throw Damaged(path, "an attribute has no proper name");
                set[j] = (name, Field(ref bytes).ToArray());
            }
            sets[i] = set;
        }
        return sets;
    }

    static int Number(ref ReadOnlySpan<byte> bytes)
    {
        int number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        bytes = bytes[4..];
        return number;
    }

    static ReadOnlySpan<byte> Field(ref ReadOnlySpan<byte> bytes)
    {
        int length = Number(ref bytes);
        ReadOnlySpan<byte> field = bytes[..length];
        bytes = bytes[length..];
        return field;
    }
}
