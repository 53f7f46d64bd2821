using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Recording;

/// <summary>A second recording reads what has changed, and nothing else.</summary>
[SupportedOSPlatform("linux")]
public sealed class RecordAgainTests
{
    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    [InlineData("overlay")]
    public void Unchanged_tree_is_not_read(string volume)
    {
        using Site site = Recorded(volume, SampleParts.All);
        RecordReport first = site.Record();
        File.Delete(site.Catalogs.SourcesOf(first.Catalog));
        Settle();
        RecordReport all = site.Record();
        Assert.Equal(first.Hashed, all.Hashed);

        RecordReport again = site.Record();

        Assert.Equal((0, 0, 0L, all.ObjectsKnown), (again.Hashed, again.ObjectsAdded, again.AddedBytes, again.ObjectsKnown));
        Assert.Equal(first.Catalog, again.Catalog);
        Assert.Single(site.Catalogs.List());
        site.AssertNothingLeft();
    }

    [Fact]
    public void File_edited_at_the_same_size_and_time_is_read()
    {
        using Site site = Recorded("xfs");
        RecordReport first = site.Record();
        string file = site.Folder["source/package-001/file-00026.js"];
        EditSecretly(file);

        RecordReport again = site.Record();

        Assert.Equal((1, 1), (again.Hashed, again.ObjectsAdded));
        Assert.NotEqual(first.Catalog, again.Catalog);
        Assert.True(File.Exists(site.ObjectOf(file)));
        Assert.Equal(2, site.Catalogs.Find("env").Generation);
    }

    [Fact]
    public void Where_times_do_not_tell_all_every_file_is_read()
    {
        using Site site = Recorded("tmpfs");
        RecordReport first = site.Record();

        RecordReport again = site.Record();

        Assert.Equal((first.Hashed, 0, first.Catalog), (again.Hashed, again.ObjectsAdded, again.Catalog));
    }

    [Fact]
    public void Changed_mode_and_attribute_are_recorded()
    {
        using Site site = Recorded("btrfs");
        RecordReport first = site.Record();
        string file = site.Folder["source/package-001/file-00026.js"], other = site.Folder["source/package-001/file-00027.js"];
        File.SetUnixFileMode(file, (UnixFileMode)0x1ED);
        Tool.Run("setfattr", "-n", "user.x", "-v", "y", other);

        RecordReport again = site.Record();

        Assert.NotEqual(first.Catalog, again.Catalog);
        Assert.Equal(2, again.Hashed);
        Assert.Equal(1, again.ObjectsAdded);        // the executable one
        Assert.True(File.Exists(site.ObjectOf(file, executable: true)));
        Assert.Single(site.Catalogs.Load(again.Catalog).AttributeSets);
    }

    [Fact]
    public void Changed_time_alone_makes_another_catalog()
    {
        using Site site = Recorded("btrfs");
        RecordReport first = site.Record();
        File.SetLastWriteTimeUtc(site.Folder["source/package-001/file-00026.js"], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        RecordReport again = site.Record();

        Assert.NotEqual(first.Catalog, again.Catalog);
        Assert.Equal((1, 0), (again.Hashed, again.ObjectsAdded));
    }

    [Fact]
    public void Files_in_a_renamed_folder_are_read_and_no_object_is_made()
    {
        using Site site = Recorded("xfs");
        RecordReport first = site.Record();
        Directory.Move(site.Folder["source/package-001"], site.Folder["source/package-999"]);

        RecordReport again = site.Record();

        Assert.Equal((25, 0), (again.Hashed, again.ObjectsAdded));
        Assert.Equal(first.ObjectsAdded, again.ObjectsKnown);
    }

    [Fact]
    public void Added_and_removed_files_show()
    {
        using Site site = Recorded("ext4");
        RecordReport first = site.Record();
        File.Delete(site.Folder["source/package-001/file-00026.js"]);
        site.Folder.WriteRandom("source/package-001/new", 5000, seed: 99);

        RecordReport again = site.Record();

        Assert.Equal((first.Files, 1, 1), (again.Files, again.Hashed, again.ObjectsAdded));
        Settle();
        site.Record();

        File.Delete(site.Folder["source/package-001/new"]);
        Assert.Equal((first.Files - 1, 0), (site.Record().Files, again.ObjectsKnown - again.ObjectsKnown));
    }

    [Fact]
    public void Other_name_is_another_catalog_of_the_same_objects()
    {
        using Site site = Recorded("xfs");
        RecordReport first = site.Record("one");

        RecordReport other = site.Record("two");

        Assert.NotEqual(first.Catalog, other.Catalog);
        Assert.Equal((first.Hashed, 0, first.ObjectsAdded), (other.Hashed, other.ObjectsAdded, other.ObjectsKnown));
        Assert.Equal((1, 1), (site.Catalogs.Find("one").Generation, site.Catalogs.Find("two").Generation));
    }

    [Fact]
    public void Other_folder_under_the_same_name_is_read()
    {
        using Site site = Recorded("xfs");
        RecordReport first = site.Record();
        Tool.Run("cp", "-a", site.Source, site.Folder["other"]);

        RecordReport other = site.Record("env", site.Folder["other"]);

        Assert.Equal((first.Hashed, 0), (other.Hashed, other.ObjectsAdded));
        Assert.Equal(2, site.Catalogs.Find("env").Generation);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(-1)]
    public void Damaged_index_only_costs_time(int at)
    {
        using Site site = Recorded("ext4");
        RecordReport first = site.Record();
        byte[] index = File.ReadAllBytes(site.Catalogs.SourcesOf(first.Catalog));
        if (at < 0) index = index[..^5];
        else index[at] ^= 1;
        File.WriteAllBytes(site.Catalogs.SourcesOf(first.Catalog), index);

        RecordReport again = site.Record();

        Assert.Equal((first.Hashed, first.Catalog), (again.Hashed, again.Catalog));
        Settle();
        site.Record();
        Assert.Equal(0, site.Record().Hashed);
    }

    [Fact]
    public void Damaged_catalog_of_the_past_only_costs_time()
    {
        using Site site = Recorded("ext4");
        RecordReport first = site.Record();
        string catalog = Path.Join(site.Home.CatalogsPath, first.Catalog + ".catalog");
        File.WriteAllBytes(catalog, File.ReadAllBytes(catalog)[..^1]);

        RecordReport again = site.Record();

        Assert.Equal((first.Hashed, first.Catalog), (again.Hashed, again.Catalog));
        site.Catalogs.Load(again.Catalog);
    }

    [Fact]
    public void Missing_object_is_made_again()
    {
        using Site site = Recorded("btrfs");
        RecordReport first = site.Record();
        string file = site.Folder["source/package-001/file-00026.js"], lost = site.ObjectOf(file);
        File.Delete(lost);

        RecordReport again = site.Record();

        Assert.Equal((1, 1, first.Catalog), (again.Hashed, again.ObjectsAdded, again.Catalog));
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(lost));
    }

    [Fact]
    public void Object_whose_seal_is_broken_is_made_again()
    {
        using Site site = Recorded("btrfs");
        site.Record();
        string file = site.Folder["source/package-001/file-00026.js"], broken = site.ObjectOf(file);
        File.SetUnixFileMode(broken, (UnixFileMode)0x1A4);
        File.WriteAllText(broken, "broken");

        RecordReport again = site.Record();

        Assert.Equal(1, again.ObjectsAdded);
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(broken));
        Assert.Equal((UnixFileMode)0x124, File.GetUnixFileMode(broken));
    }

    [Fact]
    public async Task Two_recordings_at_the_same_time_both_succeed()
    {
        using Site site = Recorded("xfs");
        using var together = new Barrier(4);

        RecordReport[] reports = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return new Recorder(site.Home).Record(site.Source, new RecordOptions { Name = $"env-{i % 2}" });
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        Assert.Equal(reports[0].Catalog, reports[2].Catalog);
        Assert.Equal(reports[1].Catalog, reports[3].Catalog);
        Assert.Equal(2, site.Catalogs.List().Count);
        foreach (RecordReport report in reports)
        {
            Catalog catalog = site.Catalogs.Load(report.Catalog);
            using var store = new ObjectStore(site.Home);
            Assert.All(catalog.Objects, entry => Assert.True(store.Has(entry)));
        }
        site.AssertNothingLeft();
    }

    static Site Recorded(string volume, SampleParts parts = SampleParts.None)
    {
        var site = new Site(volume);
        site.MakeSample(parts);
        Settle();
        return site;
    }

    /// <summary>Lets two ticks of the slowest clock pass, so that what was written before can be told from what comes after.</summary>
    static void Settle() => Thread.Sleep(100);

    static void EditSecretly(string file)
    {
        DateTime time = File.GetLastWriteTimeUtc(file);
        byte[] content = File.ReadAllBytes(file);
        content[0] ^= 1;
        File.WriteAllBytes(file, content);
        File.SetLastWriteTimeUtc(file, time);
    }
}
