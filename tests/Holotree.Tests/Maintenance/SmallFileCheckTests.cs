using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Maintenance;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Maintenance;

/// <summary>Labels, states, indexes and notes that are not what was written are found, believed by nobody, and written anew or left to be made again.</summary>
[SupportedOSPlatform("linux")]
public sealed class SmallFileCheckTests
{
    [Fact]
    public void Damaged_label_is_found_and_names_no_catalog_until_it_is_written_anew()
    {
        using Site site = CheckTests.Recorded("xfs");
        File.WriteAllText(Path.Join(site.Source, "package-000/file-00001.js"), "another generation");
        string second = site.Record().Catalog, label = Path.Join(site.Home.CatalogsPath, second + ".label");
        CatalogInfo before = site.Catalogs.Find(second);
        File.WriteAllText(label, File.ReadAllText(label).Replace("name=env", "name=enw", StringComparison.Ordinal));

        Assert.Equal(label, Assert.Single(CheckTests.Check(site).Damaged).Path);
        var refused = Assert.Throws<HolotreeException>(() => site.Restore());
        Assert.Equal((HolotreeFailure.Damaged, "label-damaged", label), (refused.Failure, refused.Code, refused.Path));
        Assert.Equal(second, site.Restore(catalog: second).Catalog);

        CheckReport report = CheckTests.Check(site, repair: true);

        Assert.True(report.IsSound);
        Assert.Equal(label, Assert.Single(report.Mended).Path);
        CatalogInfo after = site.Catalogs.Find("env");
        Assert.Equal(before with { Created = after.Created, Used = after.Used }, after);
        Assert.True((after.Created - before.Created).Duration() < TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Damaged_state_is_found_and_its_space_is_complete_only_when_it_was_made_anew()
    {
        using Site site = CheckTests.Recorded("xfs");
        site.Restore();
        string state = Path.Join(site.Home.StatesPath, "space.state");
        File.WriteAllText(state, File.ReadAllText(state).Replace("name=env", "name=enw", StringComparison.Ordinal));

        Damage damage = Assert.Single(CheckTests.Check(site).Damaged);
        Assert.Equal(("space", state), (damage.Space, damage.Path));
        Assert.False(Assert.Single(site.Spaces.List()).Complete);
        Assert.Equal("space-incomplete", Assert.Throws<HolotreeException>(() => site.Spaces.Use("space", Site.Patience)).Code);
        site.Restore();

        Assert.True(CheckTests.Check(site).IsSound);
        Assert.Equal(("env", true), (site.Spaces.List()[0].Name, site.Spaces.List()[0].Complete));
    }

    [Fact]
    public void State_deletes_nothing_that_has_a_name_of_its_own()
    {
        using Site site = CheckTests.Recorded("xfs");
        string precious = site.Folder.Write("precious/file", "somebody's");
        Directory.CreateDirectory(site.Home.StatesPath);
        File.WriteAllText(Path.Join(site.Home.StatesPath, "space.state"), $"path={site.PathOf("space")}\npending={site.Folder["precious"]}\n");

        site.Restore();

        Assert.True(File.Exists(precious));
    }

    [Fact]
    public void Damaged_index_of_a_space_or_of_sources_is_told_and_dropped_by_a_repair()
    {
        using Site site = CheckTests.Recorded("ext4");
        site.Restore();
        string index = Path.Join(site.Home.StatesPath, "space.index"), sources = Path.Join(site.Home.CatalogsPath, site.Catalogs.Find("env").Id + ".sources");
        Harm.FlipBit(index);
        Harm.Resize(sources, 50);

        CheckReport report = CheckTests.Check(site);
        Assert.True(report.IsSound);
        Assert.Equal([index, sources], report.Unusable.Select(static unusable => unusable.Path));
        CheckReport repaired = CheckTests.Check(site, repair: true);

        Assert.Equal([index, sources], repaired.Mended.Select(static mended => mended.Path));
        Assert.Equal((2, 0), (repaired.Repaired, repaired.Unusable.Count));
        Assert.False(File.Exists(index) || File.Exists(sources));
        site.Restore();
        Assert.Equal(RestoreReport.Unchanged, site.Restore().Mode);
    }

    [Fact]
    public void Damaged_note_of_a_deleted_space_deletes_nothing_and_is_found()
    {
        using Site site = CheckTests.Recorded("xfs");
        string folder = Path.Join(site.Home.StatesPath, "gone"), note = Path.Join(folder, "1.gone"), kept = site.Folder.MakeFolder("kept");
        Directory.CreateDirectory(folder);
        new FactFile { ["path"] = kept, ["identity"] = FolderIdentity.Of(kept) }.Write(note, durable: false);
        File.WriteAllText(note, File.ReadAllText(note).Replace("path=", "path=/", StringComparison.Ordinal));

        Assert.False(site.Spaces.Sweep(Timeout.InfiniteTimeSpan));
        Assert.True(Directory.Exists(kept));
        Assert.Equal(note, Assert.Single(CheckTests.Check(site).Damaged).Path);
        Assert.True(CheckTests.Check(site, repair: true).IsSound);
        Assert.True(site.Spaces.Sweep(Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void Line_of_the_journal_that_is_no_record_is_told()
    {
        using Site site = CheckTests.Recorded("xfs");
        site.Restore();
        string journal = Path.Join(site.Home.JournalPath, "restores.jsonl");
        File.AppendAllText(journal, "{\"time\":\n");

        CheckReport report = CheckTests.Check(site);

        Assert.True(report.IsSound);
        Assert.Equal(journal, Assert.Single(report.Unusable).Path);
    }

    [Theory]
    [InlineData("holotree library 0\n")]
    [InlineData("holotree library \n")]
    [InlineData("")]
    public void Library_whose_format_cannot_be_read_is_refused(string format)
    {
        using Site site = CheckTests.Recorded("xfs");
        File.WriteAllText(site.Home.FormatPath, format);

        Assert.Equal(HolotreeFailure.Damaged, Assert.Throws<HolotreeException>(() => CheckTests.Check(site)).Failure);
        Assert.Equal(HolotreeFailure.Damaged, Assert.Throws<HolotreeException>(() => site.Restore()).Failure);
    }
}
