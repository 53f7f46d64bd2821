using System.Buffers.Binary;
using System.Text;
using Holotree.Library;
using Reflinks.Trees;

namespace Holotree.Catalogs;

/// <summary>Reads the bytes of a catalog file, which may come from a stranger: nothing in it is believed before it is checked.</summary>
internal static class CatalogReader
{
    /// <summary>To start a thread takes as long as to hash this many bytes.</summary>
    const int WorthTwoThreads = 256 * 1024;

    /// <summary>The catalog in the bytes of a whole file.</summary>
    /// <inheritdoc cref="Read(in FileBytes, string)"/>
    internal static Catalog Read(ReadOnlySpan<byte> file, string path) => Read(new FileBytes(file), path).Catalog;

    /// <summary>The catalog in a file, and the id that it gives itself.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="HolotreeException">Damaged, absurd or of a newer version.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static (Catalog Catalog, string Id) Read(in FileBytes file, string path)
    {
        CheckHeader(file, path);
        var sections = new CatalogSections(file, path);
        Catalog? catalog = null;
        HolotreeException? breach = null;
        bool agree = false;
        using var stop = new CancellationTokenSource();
        int workers = file.Length < WorthTwoThreads ? 1 : 2;
        WorkerThreads.Run(workers, stop, worker =>
        {
            if (worker == workers - 1) agree = sections.AgreeWithChecksum();
            if (worker == 0) (catalog, breach) = Check(sections, path);
        });
        if (!agree) throw Damaged(path, "its checksum is wrong");
        return (catalog ?? throw breach!, sections.Id);
    }

    static void CheckHeader(in FileBytes file, string path)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Catalogs are read on little-endian processors only.");
        Span<byte> header = stackalloc byte[CatalogFormat.HeaderBytes];
        if (!file.TryFill(0, header) || !header.StartsWith(CatalogFormat.Magic)) throw Damaged(path, "it is not a catalog file");

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (version > CatalogFormat.Version)
        {
            throw new HolotreeException(HolotreeFailure.Unsupported, "catalog-newer",
                $"The catalog '{path}' has format {version}; this program knows formats up to {CatalogFormat.Version}.")
            { Path = path, Hint = "Use a newer version of Holotree." };
        }
        if (version < CatalogFormat.VersionWithoutSparse) throw Damaged(path, $"it has the unknown format {version}");
        if (BinaryPrimitives.ReadInt64LittleEndian(header[16..]) != file.Length) throw Damaged(path, "its length is not what it says");
    }

    /// <summary>The catalog that sections make, or what is wrong with it. That it breaks a rule is no news where its checksum is wrong.</summary>
    static (Catalog? Catalog, HolotreeException? Breach) Check(CatalogSections sections, string path)
    {
        try
        {
            var catalog = new Catalog(
                new TreeListing(sections.Directories, sections.Files, sections.Symlinks, sections.Names),
                sections.Contents, sections.Objects, sections.Relocations, Attributes(sections.Attributes, path), Facts(sections.Facts, path));
            return CatalogRules.FirstBreach(catalog) is { } breach ? (null, Damaged(path, breach)) : (catalog, null);
        }
        catch (HolotreeException damaged)
        {
            return (null, damaged);
        }
        catch (Exception absurd) when (absurd is ArgumentOutOfRangeException or OverflowException or IndexOutOfRangeException)
        {
            return (null, Damaged(path, "it is cut or inconsistent", absurd));
        }
    }

    internal static HolotreeException Damaged(string path, string why, Exception? inner = null) =>
        new(HolotreeFailure.Damaged, "catalog-damaged", $"The catalog '{path}' is damaged: {why}.", inner)
        {
            Path = path,
            Hint = "Remove the catalog and record the environment again.",
        };

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
