using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Maintenance;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Maintenance;

/// <summary>A check finds whatever is not what was stored or restored, names it, and changes nothing.</summary>
[SupportedOSPlatform("linux")]
public sealed class CheckTests
{
    const string Name = "package-000/file-00007.js";

    [Theory]
    [InlineData("xfs", Strategy.Reflink)]
    [InlineData("btrfs", Strategy.Smart)]
    [InlineData("ext4", Strategy.Smart)]
    [InlineData("ext4", Strategy.HardLink)]
    [InlineData("tmpfs", Strategy.Copy)]
    public void Home_in_which_nothing_is_wrong_is_sound(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        site.MakeSample();
        site.Record();
        site.Restore("one", strategy);
        site.Restore("two", strategy, options: new RestoreOptions { Destination = site.Folder["elsewhere"], LockTimeout = TimeSpan.Zero });

        CheckReport report = Check(site);

        Assert.True(report.IsSound, string.Join('\n', report.Damaged));
        Assert.Equal((site.Objects().Length, 1, 2), (report.Objects, report.Catalogs, report.Spaces));
        Assert.Equal(site.Objects().Sum(path => new FileInfo(path).Length), report.Bytes);
        Assert.Empty(report.Changed);
        Assert.Empty(report.Skipped);
        Assert.Empty(report.Strange);
        Assert.Equal((0, 0, 0, (0, 0)), (report.Unsealed, report.Incoming, report.Repaired, report.Unreferenced));
    }

    [Theory]
    [InlineData("flipped bit", "digest")]
    [InlineData("truncated", "bytes")]
    [InlineData("empty", "bytes")]
    [InlineData("longer", "bytes")]
    [InlineData("link", "no file")]
    [InlineData("folder", "no file")]
    [InlineData("fifo", "no file")]
    public void Damaged_object_is_found_though_it_is_sealed(string harm, string reason)
    {
        using Site site = Recorded("xfs");
        string path = site.ObjectOf(Path.Join(site.Source, Name));
        if (harm == "flipped bit") Harm.FlipBit(path);
        else if (harm == "truncated") Harm.Resize(path, new FileInfo(path).Length - 1);
        else if (harm == "empty") Harm.Resize(path, 0);
        else if (harm == "longer") Harm.Resize(path, new FileInfo(path).Length + 1);
        else Replace(path, harm);
        string before = Everything(site);

        CheckReport report = Check(site);

        Damage damage = Assert.Single(report.Damaged);
        Assert.Equal((Path.GetFileName(path), path), (damage.ObjectName, damage.Path));
        Assert.Equal([site.Catalogs.Find("env").Id], damage.Catalogs);
        Assert.Contains(reason, damage.Reason, StringComparison.Ordinal);
        Assert.Empty(report.Missing);
        Assert.Equal(before, Everything(site));
    }

    [Fact]
    public void Missing_object_is_named_with_every_catalog_that_needs_it()
    {
        using Site site = Recorded("xfs");
        site.Record("other");
        string path = site.ObjectOf(Path.Join(site.Source, Name));
        File.Delete(path);

        CheckReport report = Check(site);

        Damage missing = Assert.Single(report.Missing);
        Assert.Equal(Path.GetFileName(path), missing.ObjectName);
        Assert.Equal(site.Catalogs.List().Select(info => info.Id).Order(StringComparer.Ordinal), missing.Catalogs.Order(StringComparer.Ordinal));
        Assert.Empty(report.Damaged);
        Assert.False(report.IsSound);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(0.9999)]
    public void Catalog_with_one_byte_changed_is_found(double place)
    {
        using Site site = Recorded("xfs");
        site.Record("other");
        string id = site.Catalogs.Find("env").Id, path = Path.Join(site.Home.CatalogsPath, id + ".catalog");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[(int)(bytes.Length * place)] ^= 4;
        File.WriteAllBytes(path, bytes);

        CheckReport report = Check(site);

        Damage damage = Assert.Single(report.Damaged);
        Assert.Equal((null, null, path), (damage.ObjectName, damage.Space, damage.Path));
        Assert.Equal([id], damage.Catalogs);
        Assert.Equal(2, report.Catalogs);
        Assert.Equal((0, 0), report.Unreferenced);
    }

    [Theory]
    [InlineData("xfs", Strategy.Reflink)]
    [InlineData("btrfs", Strategy.Copy)]
    [InlineData("ext4", Strategy.Copy)]
    public void File_of_a_space_edited_at_the_same_size_and_time_is_found(string volume, Strategy strategy)
    {
        using Site site = Recorded(volume);
        site.Restore("space", strategy);
        string path = Path.Join(site.PathOf("space"), Name);
        Harm.FlipBit(path);

        CheckReport report = Check(site);

        Damage damage = Assert.Single(report.Damaged);
        Assert.Equal((null, "space", path), (damage.ObjectName, damage.Space, damage.Path));
        Assert.Equal([site.Catalogs.Find("env").Id], damage.Catalogs);
    }

    [Fact]
    public void Such_an_edit_through_a_hard_link_is_one_of_the_object_and_of_every_space()
    {
        using Site site = Recorded("ext4");
        site.Restore("one", Strategy.HardLink);
        site.Restore("two", Strategy.HardLink);
        Harm.FlipBit(Path.Join(site.PathOf("one"), Name));

        CheckReport report = Check(site);

        Assert.Equal(
            [(site.ObjectOf(Path.Join(site.Source, Name)), null), (Path.Join(site.PathOf("one"), Name), "one"), (Path.Join(site.PathOf("two"), Name), "two")],
            report.Damaged.Select(damage => (damage.Path, damage.Space)));
    }

    [Fact]
    public void Link_turned_elsewhere_under_its_old_time_is_found()
    {
        using var site = new Site("xfs");
        site.Folder.Write("source/file", "content");
        File.CreateSymbolicLink(Path.Join(site.Source, "link"), "file");
        site.Record();
        site.Restore();
        string link = Path.Join(site.PathOf("space"), "link"), time = Tool.Run("stat", "--format=%.9Y", link).Trim();
        File.Delete(link);
        File.CreateSymbolicLink(link, "fire");
        Tool.Run("touch", "--no-dereference", "--date=@" + time, link);

        Assert.Equal(link, Assert.Single(Check(site).Damaged).Path);
    }

    [Fact]
    public void What_is_openly_changed_in_a_space_is_counted_and_is_no_damage()
    {
        using Site site = Recorded("xfs");
        site.Restore();
        string space = site.PathOf("space");
        File.AppendAllText(Path.Join(space, "package-000/file-00000.js"), "more");
        File.SetUnixFileMode(Path.Join(space, "package-000/file-00001.js"), (UnixFileMode)0x1C0);
        File.Delete(Path.Join(space, "package-000/file-00002.js"));
        Directory.Delete(Path.Join(space, "package-001"), recursive: true);
        Directory.CreateDirectory(Path.Join(space, "__pycache__"));
        File.WriteAllText(Path.Join(space, "__pycache__/new.pyc"), "written by Python");
        int gone = 2 + Directory.GetFiles(Path.Join(site.Source, "package-001")).Length;

        CheckReport report = Check(site);

        Assert.True(report.IsSound, string.Join('\n', report.Damaged));
        SpaceChanges changes = Assert.Single(report.Changed);
        Assert.Equal(("space", 2, gone, 0), (changes.Space, changes.Changed, changes.Removed, changes.Unverified));
        Assert.StartsWith("package-00", changes.Example, StringComparison.Ordinal);
    }

    [Fact]
    public void Unused_strange_unfinished_and_set_aside_things_are_counted_and_stay()
    {
        using Site site = Recorded("xfs");
        site.Record("other");
        File.WriteAllText(Path.Join(site.Source, Name), "only the new generation has this");
        site.Record("other");
        site.Catalogs.Remove(site.Catalogs.Find("other"), TimeSpan.Zero);
        string[] strange =
        [
            Path.Join(site.Home.CatalogsPath, ".reflink-1.tmp"), Path.Join(site.Home.ObjectsPath, "md5"), Path.Join(site.Home.ObjectsPath, "sha256/00/note"),
            Path.Join(site.Home.ObjectsPath, "sha256/readme"),
        ];
        foreach (string path in strange) File.WriteAllText(path, "strange");
        File.WriteAllText(Path.Join(site.Home.IncomingPath, "half"), "half-made");
        Directory.CreateDirectory(site.Home.QuarantinePath);
        File.WriteAllText(Path.Join(site.Home.QuarantinePath, "bad"), "set aside");
        string before = Everything(site);

        CheckReport report = Check(site);

        Assert.True(report.IsSound, string.Join('\n', report.Damaged));
        Assert.Equal(((1, 32), 1, 1), (report.Unreferenced, report.Incoming, report.Quarantined));
        Assert.Equal(strange, report.Strange.Order(StringComparer.Ordinal));
        Assert.Equal(before, Everything(site));
    }

    [Fact]
    public void Broken_seal_around_right_content_is_no_damage()
    {
        using Site site = Recorded("xfs");
        string path = site.ObjectOf(Path.Join(site.Source, Name));
        Harm.BreakSeal(path);
        string before = Everything(site);

        CheckReport report = Check(site);

        Assert.True(report.IsSound, string.Join('\n', report.Damaged));
        Assert.Equal((1, 0), (report.Unsealed, report.Repaired));
        Assert.Equal(before, Everything(site));
    }

    [Fact]
    public void Home_without_a_library_is_sound_and_stays_as_it_is()
    {
        using var site = new Site("xfs");

        Assert.True(Check(site).IsSound);

        Assert.False(Directory.Exists(site.Home.Path));
    }

    [Fact]
    public void Library_that_lost_its_format_is_damaged()
    {
        using Site site = Recorded("xfs");
        File.Delete(site.Home.FormatPath);

        Assert.Equal("library-unknown", Assert.Throws<HolotreeException>(() => Check(site)).Code);
    }

    [Fact]
    public void Library_whose_making_was_cut_off_is_no_damage()
    {
        using var site = new Site("xfs");
        LibraryFolder.Create(site.Home);
        File.Delete(site.Home.FormatPath);

        Assert.True(Check(site).IsSound);

        site.Folder.Write("source/file", "content");
        site.Record();
        Assert.True(Check(site).IsSound);
    }

    [Fact]
    public void Cancelled_check_ends_with_the_callers_token()
    {
        using Site site = Recorded("xfs");
        using var stop = new CancellationTokenSource();

        var ended = Assert.ThrowsAny<OperationCanceledException>(() =>
            new LibraryCheck(site.Home).Run(new CheckOptions { Workers = 1 }, new Told(_ => stop.Cancel()), stop.Token));

        Assert.True(stop.IsCancellationRequested);
        Assert.NotNull(ended);
    }

    internal static CheckReport Check(Site site, bool repair = false, int workers = 0) =>
        new LibraryCheck(site.Home).Run(new CheckOptions { Repair = repair, Workers = workers, LockTimeout = TimeSpan.Zero });

    /// <summary>Every name, inode, length, mode and time of change in the home. Locks come and go.</summary>
    static string Everything(Site site) =>
        Tool.Run("find", site.Home.LibraryPath, site.Home.StatesPath, "!", "-name", "*.lock", "!", "-name", "lock", "-type", "f", "-printf", "%p %i %s %m %C@\n");

    static void Replace(string path, string kind)
    {
        File.Delete(path);
        if (kind == "link") File.CreateSymbolicLink(path, "/etc/passwd");
        else if (kind == "folder") Directory.CreateDirectory(path);
        else Tool.Run("mkfifo", path);
    }

    internal static Site Recorded(string volume)
    {
        var site = new Site(volume);
        site.MakeSample(SampleParts.None, files: 40);
        site.Record();
        Directory.CreateDirectory(site.Home.StatesPath);
        return site;
    }
}
