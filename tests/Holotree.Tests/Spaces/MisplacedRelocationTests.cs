using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Trees;

namespace Holotree.Tests.Spaces;

/// <summary>A stranger's catalog that says of a binary that it names the recorded path where it does not.</summary>
[SupportedOSPlatform("linux")]
public sealed class MisplacedRelocationTests : IDisposable
{
    readonly Site site = new("xfs");

    public void Dispose() => site.Dispose();

    [Theory]
    [InlineData("head\0{0}\0tail")]             // a string that is shorter than the path
    [InlineData("{0}/{0}/other text\0")]        // places that are behind one another in a string
    public void Restore_is_refused_in_words_and_leaves_nothing(string form)
    {
        string other = new('x', site.Source.Length);
        site.Folder.Write("source/file", form.Replace("{0}", other, StringComparison.Ordinal) + new string('y', 5000));
        Catalog catalog = site.Catalogs.Load(site.Record().Catalog);
        byte[] bytes = CatalogParts.BytesOf(catalog with
        {
            Relocations = [0, other.Length + 1],
            Contents = [catalog.Contents[0] with { RelocationCount = 2, Traits = ContentTraits.Binary }],
        });
        string lie = CatalogWriter.IdOf(bytes), place = site.Folder["s"];
        File.WriteAllBytes(site.Catalogs.PathOf(lie), bytes);

        var refused = Assert.Throws<HolotreeException>(() => site.Restore("lie", catalog: lie, options: new RestoreOptions { Destination = place, LockTimeout = Site.Patience }));

        Assert.Equal((HolotreeFailure.Damaged, "catalog-damaged", Path.Combine(place, "file")), (refused.Failure, refused.Code, refused.Path));
        Assert.False(Directory.Exists(place));
        site.AssertNothingLeft();
    }
}
