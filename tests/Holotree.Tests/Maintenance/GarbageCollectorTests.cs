using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Maintenance;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Maintenance;

/// <summary>What nothing refers to goes, and nothing else does.</summary>
[SupportedOSPlatform("linux")]
public sealed class GarbageCollectorTests : IDisposable
{
    static readonly CollectionOptions Patient = new() { LockTimeout = Site.Patience };

    readonly Site site = new("xfs");

    public void Dispose() => site.Dispose();

    CollectionReport Collect(CollectionOptions? options = null) => new GarbageCollector(site.Home).Run(options ?? Patient);

    [Fact]
    public void Only_objects_that_no_catalog_lists_are_deleted()
    {
        site.MakeSample(files: 40);
        site.Record("kept");
        string[] kept = site.Objects();
        site.Folder.WriteRandom("source/only here", 5000, seed: 99);
        site.Folder.WriteRandom("source/and here", 7000, seed: 98);
        site.Record("removed");
        Assert.Equal(kept.Length + 2, site.Objects().Length);
        site.Catalogs.Remove(site.Catalogs.Find("removed"), Site.Patience);

        CollectionReport told = Collect(Patient with { DryRun = true });
        Assert.Equal(kept.Length + 2, site.Objects().Length);
        CollectionReport done = Collect();

        Assert.Equal((kept.Length + 2, 2, 12000), (done.Objects, done.Removed, done.Bytes));
        Assert.Equal((told.Objects, told.Removed, told.Bytes), (done.Objects, done.Removed, done.Bytes));
        Assert.Equal(kept, site.Objects());
        Assert.Equal(0, Collect().Removed);
        site.Restore(catalog: "kept");
        Assert.True(new LibraryCheck(site.Home).Run(new CheckOptions()).IsSound);
    }

    [Fact]
    public void Earlier_generations_keep_what_they_list()
    {
        site.Folder.Write("source/file", "one");
        string first = site.Record().Catalog;
        site.Folder.Write("source/file", "two");
        site.Record();

        Assert.Equal(0, Collect().Removed);

        site.Restore(catalog: first);
        Assert.Equal("one", File.ReadAllText(Path.Join(site.PathOf("space"), "file")));
    }

    [Theory]
    [InlineData(Strategy.Reflink)]
    [InlineData(Strategy.HardLink)]
    [InlineData(Strategy.Copy)]
    public void Spaces_stand_without_the_objects_they_were_made_of(Strategy strategy)
    {
        site.MakeSample(files: 20);
        site.Record();
        site.Restore(strategy: strategy);
        TreeSnapshot before = TreeSnapshot.Take(site.PathOf("space"));
        site.Catalogs.Remove(site.Catalogs.Find("env"), Site.Patience);

        Assert.True(Collect().Removed > 0);

        Assert.Empty(site.Objects());
        TreeComparison.AssertEqual(before, site.PathOf("space"));
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
    }

    [Fact]
    public void With_a_damaged_catalog_nothing_is_deleted()
    {
        site.MakeSample(files: 10);
        string id = site.Record().Catalog;
        site.Folder.Write("source/new", "new");
        string newer = site.Record().Catalog;
        site.Catalogs.Remove(site.Catalogs.Find(newer), Site.Patience);
        string[] before = site.Objects();
        Harm.FlipBit(Path.Join(site.Home.CatalogsPath, id + ".catalog"));

        HolotreeException refused = Assert.Throws<HolotreeException>(() => Collect());

        Assert.Equal((HolotreeFailure.Damaged, "catalog-damaged"), (refused.Failure, refused.Code));
        Assert.Contains(id, refused.Hint!, StringComparison.Ordinal);
        Assert.Equal(before, site.Objects());
    }

    [Fact]
    public void Nobody_s_recording_is_collected_from()
    {
        site.Folder.Write("source/file", "content");
        site.Record();
        site.Catalogs.Remove(site.Catalogs.Find("env"), Site.Patience);
        using (FileLock.Take(site.Home.LibraryLockPath, exclusive: false, Site.Patience, "library", CancellationToken.None))
        {
            HolotreeException busy = Assert.Throws<HolotreeException>(() => Collect(new CollectionOptions { LockTimeout = TimeSpan.FromMilliseconds(50) }));
            Assert.Equal(HolotreeFailure.Busy, busy.Failure);
            Assert.Single(site.Objects());
        }
        Assert.Equal(1, Collect().Removed);
    }

    [Fact]
    public void What_was_stored_within_the_grace_time_stays()
    {
        site.Folder.Write("source/file", "content");
        site.Record();
        site.Catalogs.Remove(site.Catalogs.Find("env"), Site.Patience);

        Assert.Equal(0, Collect(Patient with { Grace = TimeSpan.FromMinutes(10) }).Removed);
        Assert.Equal(1, Collect().Removed);
    }

    [Fact]
    public void Trees_laid_out_for_catalogs_that_are_gone_go_and_the_others_stay()
    {
        site.MakeSample(files: 10);
        site.Record("gone");
        site.Record("kept");
        RestoreOptions options = new() { LockTimeout = Site.Patience };
        foreach (string name in (string[])["gone", "kept"])
        {
            site.Restore(name, catalog: name);
            using LowerTree lower = site.Spaces.UseLower(name, options);
        }
        site.Spaces.FillStandby(2, options);
        site.Catalogs.Remove(site.Catalogs.Find("gone"), Site.Patience);

        CollectionReport told = Collect(Patient with { DryRun = true });
        CollectionReport done = Collect();

        Assert.Equal((1, 2), (told.Templates, told.Standby));
        Assert.Equal((1, 2), (done.Templates, done.Standby));
        Assert.Equal((2, 1), site.Spaces.Standby());
        Assert.Equal([site.Catalogs.Find("kept").Id], Directory.EnumerateDirectories(site.Home.LowersPath).Select(Path.GetFileName));
        Assert.Single(Directory.EnumerateDirectories(site.Home.MountsPath));
        CollectionReport again = Collect();
        Assert.Equal((0, 0), (again.Templates, again.Standby));
    }

    [Fact]
    public void Template_of_a_catalog_that_is_gone_goes()
    {
        using var onBtrfs = new Site("btrfs");
        onBtrfs.MakeSample(files: 10);
        onBtrfs.Record();
        onBtrfs.Restore();
        TreeSnapshot before = TreeSnapshot.Take(onBtrfs.PathOf("space"));
        Assert.NotEmpty(Staging.Templates.Names(onBtrfs));
        onBtrfs.Catalogs.Remove(onBtrfs.Catalogs.Find("env"), Site.Patience);

        Assert.Equal(1, new GarbageCollector(onBtrfs.Home).Run(Patient).Templates);

        Assert.Empty(Directory.EnumerateFileSystemEntries(onBtrfs.Home.TemplatesPath));
        TreeComparison.AssertEqual(before, onBtrfs.PathOf("space"));
    }

    [Fact]
    public void Tree_under_an_overlay_in_use_stays()
    {
        site.MakeSample(files: 10);
        site.Record();
        using (LowerTree lower = site.Spaces.UseLower("env", new RestoreOptions { LockTimeout = Site.Patience }))
        {
            site.Catalogs.Remove(site.Catalogs.Find("env"), Site.Patience);
            Assert.Equal(0, Collect().Templates);
            Assert.True(Directory.Exists(lower.Path));
        }
        Assert.Equal(1, Collect().Templates);
    }
}
