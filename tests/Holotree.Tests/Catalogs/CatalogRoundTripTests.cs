using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using FsCheck;
using FsCheck.Fluent;
using Holotree.Catalogs;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Catalogs;

/// <summary>A catalog comes back from its file as it was.</summary>
[SupportedOSPlatform("linux")]
public sealed class CatalogRoundTripTests
{
    [Fact]
    public void Catalog_of_any_tree_is_read_as_it_was_written()
    {
        Law.Holds(Gen.Choose(0, int.MaxValue).SelectMany(_ => Gen.Choose(0, 300), (seed, files) => (seed, files)), one =>
        {
            Catalog written = CatalogParts.Random(one.seed, one.files).Catalog;

            Catalog read = CatalogReader.Read(CatalogParts.BytesOf(written), "x");

            AssertEqual(written, read);
        }, rounds: 100);
    }

    [Fact]
    public void Catalog_of_nothing_but_the_root_is_read_as_it_was_written()
    {
        CatalogParts small = CatalogParts.Small();
        var parts = new CatalogParts { Directories = [small.Directories[0] with { FileCount = 0, SymlinkCount = 0 }], Names = [0] };

        AssertEqual(parts.Catalog, CatalogReader.Read(parts.Bytes, "x"));
    }

    [Fact]
    public void Small_sample_is_sound() => AssertEqual(CatalogParts.Small().Catalog, CatalogReader.Read(CatalogParts.Small().Bytes, "x"));

    [Fact]
    public void Same_catalog_gives_the_same_bytes()
    {
        byte[] once = CatalogParts.Random(7, 500).Bytes;

        Assert.Equal(once, CatalogParts.Random(7, 500).Bytes);
        Assert.Equal(once, CatalogParts.BytesOf(CatalogReader.Read(once, "x")));
        Assert.Equal(Convert.ToHexStringLower(once.AsSpan()[^32..]), CatalogWriter.IdOf(once));
        Assert.NotEqual(once, CatalogParts.Random(8, 500).Bytes);
    }

    [Fact]
    public void Facts_may_be_of_any_text()
    {
        CatalogParts parts = CatalogParts.Small();
        parts.Facts = new CatalogFacts("größe", [(byte)'/', 0xFF, 0xFE], "", "abc\n\0def");

        Catalog read = CatalogReader.Read(parts.Bytes, "x");

        Assert.Equal(("größe", "", "abc\n\0def"), (read.Facts.Name, read.Facts.Platform, read.Facts.Blueprint));
        Assert.Equal([(byte)'/', 0xFF, 0xFE], read.Facts.Prefix);
    }

    static void AssertEqual(Catalog expected, Catalog actual)
    {
        Assert.Equal(MemoryMarshal.AsBytes(expected.Listing.Directories), MemoryMarshal.AsBytes(actual.Listing.Directories));
        Assert.Equal(MemoryMarshal.AsBytes(expected.Listing.Files), MemoryMarshal.AsBytes(actual.Listing.Files));
        Assert.Equal(MemoryMarshal.AsBytes(expected.Listing.Symlinks), MemoryMarshal.AsBytes(actual.Listing.Symlinks));
        Assert.Equal(expected.Listing.Names, actual.Listing.Names);
        Assert.Equal(MemoryMarshal.AsBytes(expected.Contents.AsSpan()), MemoryMarshal.AsBytes(actual.Contents.AsSpan()));
        Assert.Equal(expected.Objects, actual.Objects);
        Assert.Equal(expected.Relocations, actual.Relocations);
        Assert.Equal(expected.AttributeSets.Select(Text), actual.AttributeSets.Select(Text));
        Assert.Equal((expected.Facts.Name, expected.Facts.Platform, expected.Facts.Blueprint), (actual.Facts.Name, actual.Facts.Platform, actual.Facts.Blueprint));
        Assert.Equal(expected.Facts.Prefix, actual.Facts.Prefix);

        static string Text(IReadOnlyList<(byte[] Name, byte[] Value)> set) =>
            string.Join(';', set.Select(pair => $"{Convert.ToHexString(pair.Name)}={Convert.ToHexString(pair.Value)}"));
    }
}
