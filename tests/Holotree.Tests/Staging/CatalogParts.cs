using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Trees;

namespace Holotree.Tests.Staging;

/// <summary>The parts of a catalog, each to be changed before the catalog is put together.</summary>
[SupportedOSPlatform("linux")]
internal sealed class CatalogParts
{
    const string Prefix = "/opt/env";

    internal DirectoryEntry[] Directories { get; set; } = [];

    internal FileEntry[] Files { get; set; } = [];

    internal SymlinkEntry[] Symlinks { get; set; } = [];

    internal FileContent[] Contents { get; set; } = [];

    internal ObjectEntry[] Objects { get; set; } = [];

    internal long[] Relocations { get; set; } = [];

    internal List<IReadOnlyList<(byte[] Name, byte[] Value)>> AttributeSets { get; } = [];

    internal byte[] Names { get; set; } = [];

    internal CatalogFacts Facts { get; set; } = new("sample", Encoding.UTF8.GetBytes(Prefix), "linux-x64", "");

    internal Catalog Catalog =>
        new(new TreeListing(Directories, Files, Symlinks, Names), Contents, Objects, Relocations, [.. AttributeSets], Facts);

    internal byte[] Bytes => BytesOf(Catalog);

    internal static byte[] BytesOf(Catalog catalog)
    {
        using NativeBytes bytes = CatalogWriter.Write(catalog);
        return bytes.Span.ToArray();
    }

    /// <summary>A catalog of two folders, four files (one of them empty, one a hard link, one with two relocations) and two links.</summary>
    internal static CatalogParts Small()
    {
        var parts = new CatalogParts { Names = "\0dir\0inner\0a\0b\0c\0d\0link\0other\0target\0../c\0.\0..\0a/b\0"u8.ToArray() };
        parts.AttributeSets.Add([("user.text"u8.ToArray(), "value"u8.ToArray()), ("user.empty"u8.ToArray(), [])]);
        parts.AttributeSets.Add([]);
        parts.Directories =
        [
            parts.Directory(-1, "", files: (0, 2), links: (0, 1)),
            parts.Directory(0, "dir", files: (2, 2), links: (1, 1)),
            parts.Directory(1, "inner", files: (4, 0), links: (2, 0)),
        ];
        parts.Objects = [Object(1, 100), Object(2, 40_000, executable: true)];
        parts.Files =
        [
            parts.File(0, "a", 100), parts.File(0, "b", 0), parts.File(1, "c", 40_000) with { Attributes = 0 },
            parts.File(1, "d", 100) with { LinkedTo = 0 },
        ];
        parts.Contents =
        [
            new() { Object = 0, FirstRelocation = 0, RelocationCount = 0 },
            new() { Object = -1 },
            new() { Object = 1, FirstRelocation = 0, RelocationCount = 2, Traits = ContentTraits.Binary },
            new() { Object = 0, FirstRelocation = 2 },
        ];
        parts.Relocations = [17, 39_992];
        parts.Symlinks = [parts.Link(0, "link", "target"), parts.Link(1, "other", "../c")];
        return parts;
    }

    /// <summary>A catalog of a tree that is different for every seed: deep or flat, with names of any bytes, links and hard links.</summary>
    internal static CatalogParts Random(int seed, int files)
    {
        var random = new Random(seed);
        var listing = new TreeListingBuilder();
        var entries = new List<FileEntry>();
        var contents = new List<FileContent>();
        var objects = new List<ObjectEntry>();
        var relocations = new List<long>();
        var parts = new CatalogParts();
        for (int set = random.Next(4); set > 0; set--)
        {
            parts.AttributeSets.Add([.. Enumerable.Range(0, random.Next(3)).Select(i => (Encoding.ASCII.GetBytes($"user.{set}.{i}"), Noise(random, random.Next(100))))]);
        }

        for (int directory = 0; directory == 0 || listing.FileCount < files || random.Next(3) > 0; directory++)
        {
            int parent = directory == 0 ? -1 : random.Next(2) == 0 ? directory - 1 : random.Next(directory);
            byte[][] names = UniqueNames(random, random.Next(40));
            // A name of eight digits cannot be one of those made below.
            byte[] own = directory == 0 ? [] : Encoding.ASCII.GetBytes($"{directory:D8}");
            int index = listing.Add(new DirectoryEntry
            {
                Parent = parent,
                NameOffset = listing.AddName(own),
                NameLength = (ushort)own.Length,
                Mode = (ushort)random.Next(0x1000),
                FirstFile = listing.FileCount,
                FirstSymlink = listing.SymlinkCount,
                ModifiedSeconds = random.NextInt64(-1_000_000_000_000, 1_000_000_000_000),
                ModifiedNanoseconds = random.Next(1_000_000_000),
                Attributes = random.Next(-1, parts.AttributeSets.Count),
            });
            foreach (byte[] name in names)
            {
                if (random.Next(8) == 0) AddLink(name);
                else AddFile(index, name);
            }
            listing.Directories[index].FileCount = listing.FileCount - listing.Directories[index].FirstFile;
            listing.Directories[index].SymlinkCount = listing.SymlinkCount - listing.Directories[index].FirstSymlink;

            void AddLink(byte[] name) => listing.Add(new SymlinkEntry
            {
                Directory = index,
                NameOffset = listing.AddName(name),
                NameLength = (ushort)name.Length,
                TargetOffset = listing.AddName([(byte)'t', .. name]),
                TargetLength = name.Length + 1,
                ModifiedSeconds = random.Next(),
                ModifiedNanoseconds = random.Next(1_000_000_000),
                LinkedTo = -1,
            });
        }

        TreeListing built = listing.Build();
        parts.Directories = built.Directories.ToArray();
        parts.Files = built.Files.ToArray();
        parts.Symlinks = built.Symlinks.ToArray();
        parts.Names = built.Names.ToArray();
        parts.Contents = [.. contents];
        parts.Objects = [.. objects];
        parts.Relocations = [.. relocations];
        return parts;

        void AddFile(int directory, byte[] name)
        {
            int file = contents.Count, linkedTo = file > 0 && random.Next(20) == 0 ? random.Next(file) : -1;
            if (linkedTo >= 0 && entries[linkedTo].LinkedTo >= 0) linkedTo = entries[linkedTo].LinkedTo;
            long size = linkedTo >= 0 ? entries[linkedTo].Size : random.Next(10) == 0 ? 0 : random.Next(1, 1_000_000);
            int place = linkedTo >= 0 ? contents[linkedTo].Object : -1;
            if (linkedTo < 0 && size > 0)
            {
                place = objects.Count;
                objects.Add(Object(file, size, random.Next(2) == 0));
            }
            int first = relocations.Count;
            for (long at = random.Next(1000); random.Next(4) == 0 && at + Prefix.Length <= size; at += random.Next(Prefix.Length, 1000)) relocations.Add(at);
            contents.Add(new FileContent
            {
                Object = place,
                FirstRelocation = first,
                RelocationCount = relocations.Count - first,
                Traits = (ContentTraits)random.Next(8),
            });
            entries.Add(new FileEntry
            {
                Directory = directory,
                NameOffset = listing.AddName(name),
                NameLength = (ushort)name.Length,
                Mode = (ushort)random.Next(0x1000),
                LinkedTo = linkedTo,
                Size = size,
                ModifiedSeconds = random.NextInt64(-1_000_000_000_000, 1_000_000_000_000),
                ModifiedNanoseconds = random.Next(1_000_000_000),
                Attributes = random.Next(-1, parts.AttributeSets.Count),
            });
            listing.Add(entries[^1]);
        }
    }

    internal int NameOf(string name)
    {
        byte[] wanted = [0, .. Encoding.UTF8.GetBytes(name), 0];
        return name.Length == 0 ? 0 : Names.AsSpan().IndexOf(wanted) + 1;
    }

    internal static ObjectEntry Object(int content, long size, bool executable = false) =>
        new(Digest.FromBytes(SHA256.HashData(BitConverter.GetBytes(content))), size, executable ? ObjectTraits.Executable : ObjectTraits.None);

    /// <summary>Changes the bytes of a catalog file and makes its checksum right again.</summary>
    internal static byte[] Patched(byte[] file, int at, ReadOnlySpan<byte> bytes)
    {
        byte[] patched = [.. file];
        bytes.CopyTo(patched.AsSpan(at));
        return Sealed(patched);
    }

    internal static byte[] Sealed(byte[] file)
    {
        SHA256.HashData(file.AsSpan(0, file.Length - 32), file.AsSpan(file.Length - 32));
        return file;
    }

    DirectoryEntry Directory(int parent, string name, (int First, int Count) files, (int First, int Count) links) => new()
    {
        Parent = parent,
        NameOffset = NameOf(name),
        NameLength = (ushort)name.Length,
        Mode = 0x1ED,
        FirstFile = files.First,
        FileCount = files.Count,
        FirstSymlink = links.First,
        SymlinkCount = links.Count,
        ModifiedSeconds = 1_700_000_000,
        ModifiedNanoseconds = 5,
        Attributes = -1,
    };

    internal FileEntry File(int directory, string name, long size) => new()
    {
        Directory = directory,
        NameOffset = NameOf(name),
        NameLength = (ushort)name.Length,
        Mode = 0x1A4,
        LinkedTo = -1,
        Size = size,
        ModifiedSeconds = -1,
        ModifiedNanoseconds = 999_999_999,
        Attributes = -1,
    };

    internal SymlinkEntry Link(int directory, string name, string target) => new()
    {
        Directory = directory,
        NameOffset = NameOf(name),
        NameLength = (ushort)name.Length,
        TargetOffset = NameOf(target),
        TargetLength = target.Length,
        ModifiedSeconds = 7,
        LinkedTo = -1,
    };

    static byte[] Noise(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    static byte[][] UniqueNames(Random random, int count)
    {
        var names = new SortedSet<byte[]>(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)));
        while (names.Count < count)
        {
            byte[] name = Noise(random, random.Next(3) == 0 ? random.Next(1, 256) : random.Next(1, 12));
            if (!name.Contains((byte)0) && !name.Contains((byte)'/') && name is not ([(byte)'.'] or [(byte)'.', (byte)'.'])) names.Add(name);
        }
        return [.. names];
    }
}
