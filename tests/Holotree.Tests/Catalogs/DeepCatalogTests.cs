using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Tests.Staging;
using Reflinks.Trees;

namespace Holotree.Tests.Catalogs;

/// <summary>A catalog that is nested far deeper than any path can say.</summary>
[SupportedOSPlatform("linux")]
public sealed class DeepCatalogTests
{
    [Fact]
    public void Space_of_ten_thousand_levels_is_made_looked_at_and_deleted()
    {
        const int levels = 10_000;
        using var site = new Site("xfs");
        site.Folder.Write("source/file", "content");
        Catalog catalog = site.Catalogs.Load(site.Record().Catalog);
        var listing = new TreeListingBuilder();
        DirectoryEntry root = catalog.Listing.Directories[0];
        int name = listing.AddName("level"u8);
        for (int i = 0; i < levels; i++)
        {
            listing.Add(root with
            {
                Parent = i - 1,
                NameOffset = name,
                NameLength = (ushort)(i == 0 ? 0 : 5),
                FileCount = i == levels - 1 ? 1 : 0,
                Mode = 0x1ED,
            });
        }
        FileEntry file = catalog.Listing.Files[0];
        listing.Add(file with { Directory = levels - 1, NameOffset = listing.AddName("file"u8) });
        byte[] bytes = CatalogParts.BytesOf(catalog with { Listing = listing.Build() });
        string id = CatalogWriter.IdOf(bytes);
        File.WriteAllBytes(site.Catalogs.PathOf(id), bytes);

        site.Restore(catalog: id);
        Assert.Equal("unchanged", site.Restore(catalog: id).Mode);
        site.Spaces.Delete("space", Site.Patience);

        site.AssertNothingLeft();
    }
}
