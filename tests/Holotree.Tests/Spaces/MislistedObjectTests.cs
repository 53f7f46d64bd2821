using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Maintenance;
using Holotree.Tests.Staging;
using Reflinks.Trees;

namespace Holotree.Tests.Spaces;

/// <summary>A stranger's catalog that lies about the length of an object: nothing is made of it, and the object, which is whole, stays.</summary>
[SupportedOSPlatform("linux")]
public sealed class MislistedObjectTests : IDisposable
{
    readonly Site site = new("xfs");
    readonly string lie, path;

    public MislistedObjectTests()
    {
        site.Folder.Write("source/file", "some content");
        Catalog catalog = site.Catalogs.Load(site.Record().Catalog);
        path = site.ObjectOf(site.Folder["source/file"]);

        FileEntry[] files = catalog.Listing.Files.ToArray();
        files[0].Size++;
        byte[] bytes = CatalogParts.BytesOf(catalog with
        {
            Listing = catalog.Listing.With(catalog.Listing.Directories.ToArray(), files),
            Objects = [catalog.Objects[0] with { Size = catalog.Objects[0].Size + 1 }],
        });
        lie = CatalogWriter.IdOf(bytes);
        File.WriteAllBytes(site.Catalogs.PathOf(lie), bytes);
    }

    public void Dispose() => site.Dispose();

    [Fact]
    public void Restore_fails_and_the_object_stays()
    {
        var refused = Assert.Throws<HolotreeException>(() => site.Restore("lie", catalog: lie));

        Assert.Equal((HolotreeFailure.Damaged, "object-mislisted"), (refused.Failure, refused.Code));
        Assert.True(File.Exists(path));
        site.Restore();
        Assert.Equal("some content", File.ReadAllText(Path.Join(site.PathOf("space"), "file")));
        site.AssertNothingLeft("space");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Check_says_so_and_the_object_stays(bool repair)
    {
        CheckReport report = new LibraryCheck(site.Home).Run(new CheckOptions { Repair = repair, LockTimeout = Site.Patience });

        Assert.NotEmpty(report.Damaged);
        Assert.True(File.Exists(path));
        site.Restore();
    }
}
