using System.Diagnostics;
using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Spaces;

/// <summary>Spaces over time: made once, replaced, listed, busy while they are made.</summary>
[SupportedOSPlatform("linux")]
public sealed class SpaceStoreTests : IDisposable
{
    readonly Site site = new("xfs");

    public SpaceStoreTests()
    {
        site.MakeSample(SampleParts.Links, files: 30);
        site.Record();
    }

    public void Dispose() => site.Dispose();

    [Fact]
    public void Snapshot_is_refused_by_name_until_there_is_one()
    {
        HolotreeException exception = Refused(() => site.Restore("space", Strategy.Snapshot));

        Assert.Equal((HolotreeFailure.Unsupported, "snapshot-unsupported"), (exception.Failure, exception.Code));
        Assert.Contains("smart", exception.Hint, StringComparison.Ordinal);
        site.AssertNothingLeft();
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData(".x")]
    public void Name_that_is_none_is_refused(string name)
    {
        Assert.ThrowsAny<Exception>(() => site.Restore(name));
        site.AssertNothingLeft();
        Assert.ThrowsAny<Exception>(() => site.Spaces.Delete(name, Site.Patience));
    }

    [Fact]
    public void Unknown_catalog_is_refused_and_leaves_nothing()
    {
        HolotreeException exception = Refused(() => site.Restore(catalog: "nothing"));

        Assert.Equal((HolotreeFailure.NotFound, "catalog-unknown"), (exception.Failure, exception.Code));
        site.AssertNothingLeft();
        Assert.False(Directory.Exists(site.Home.SpacesPath));
    }

    [Fact]
    public void Force_replaces_a_space_whatever_was_changed_in_it()
    {
        site.Restore();
        File.WriteAllText(Path.Join(site.PathOf("space"), "mine"), "mine");
        File.Delete(Path.Join(site.PathOf("space"), "package-000/file-00001.js"));

        RestoreReport report = Replace();

        Assert.Equal(report.Files, report.Mechanisms.Total);
        TreeComparison.AssertEqual(site.Source, site.PathOf("space"), NoLinks);
        site.AssertNothingLeft("space");
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
        Assert.DoesNotContain("pending", File.ReadAllText(Path.Join(site.Home.StatesPath, "space.state")), StringComparison.Ordinal);
    }

    [Fact]
    public void Force_may_bring_another_catalog()
    {
        site.Restore();
        site.Folder.Write("other/file", "other");
        RecordReport other = site.Record("other", site.Folder["other"]);

        site.Restore(catalog: "other", options: new RestoreOptions { Force = true });

        Assert.Equal(["file"], Directory.EnumerateFileSystemEntries(site.PathOf("space")).Select(Path.GetFileName));
        Assert.Equal(other.Catalog, Assert.Single(site.Spaces.List()).Catalog);
    }

    [Fact]
    public void Replacement_that_fails_leaves_the_space_as_it_was()
    {
        site.Restore();

        // No whole copy of the object may be left anywhere: it would be healed.
        Tool.Run("find", site.PathOf("space"), site.Source, "-mindepth", "1", "-delete");
        File.WriteAllText(Path.Join(site.PathOf("space"), "mine"), "mine");
        TreeSnapshot before = TreeSnapshot.Take(site.PathOf("space"));
        File.Delete(site.Objects()[3]);

        Assert.Equal("object-missing", Refused(() => Replace()).Code);

        TreeComparison.AssertEqual(before, site.PathOf("space"));
        site.AssertNothingLeft("space");
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
    }

    [Fact]
    public void Replacement_that_cannot_be_noted_brings_the_space_back()
    {
        site.Restore();
        File.WriteAllText(Path.Join(site.PathOf("space"), "mine"), "mine");
        TreeSnapshot before = TreeSnapshot.Take(site.PathOf("space"));
        string states = site.Home.StatesPath;

        // The folder of states cannot be written to from the moment the tree is being made; root needs more than a mode for that.
        var told = new Told(now =>
        {
            if (now.FilesDone == now.FilesTotal) Tool.Run("chattr", "+i", states);
        });
        try
        {
            Assert.ThrowsAny<UnauthorizedAccessException>(() => site.Spaces.Restore("space", "env", new RestoreOptions { Force = true, Workers = 1 }, told));
        }
        finally
        {
            Tool.Run("chattr", "-i", states);
        }

        TreeComparison.AssertEqual(before, site.PathOf("space"));
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
        Replace();
        site.AssertNothingLeft("space");
    }

    [Fact]
    public void Destination_may_be_anywhere()
    {
        RestoreReport report = site.Restore(options: new RestoreOptions { Destination = site.Folder["else where/../elsewhere/"] is var to && Directory.CreateDirectory(site.Folder["else where"]).Exists ? to : "" });

        Assert.Equal(site.Folder["elsewhere"], report.Path);
        TreeComparison.AssertEqual(site.Source, site.Folder["elsewhere"], NoLinks);
        Assert.Equal(site.Folder["elsewhere"], Assert.Single(site.Spaces.List()).Path);
        site.Spaces.Delete("space", Site.Patience);
        Assert.False(Directory.Exists(site.Folder["elsewhere"]));
    }

    [Fact]
    public void Destination_goes_up_from_where_a_link_leads()
    {
        site.Folder.MakeFolder("real/inner");
        Directory.CreateSymbolicLink(site.Folder["link"], site.Folder["real/inner"]);

        RestoreReport report = site.Restore(options: new RestoreOptions { Destination = site.Folder["link/../space"] });

        Assert.Equal(site.Folder["real/space"], report.Path);
        Assert.Equal($"{site.Folder["real/space"]}/links/target", new FileInfo(site.Folder["real/space/links/into the tree itself"]).LinkTarget);
    }

    [Fact]
    public void Space_of_that_name_elsewhere_is_in_the_way()
    {
        site.Restore(options: new RestoreOptions { Destination = site.Folder["elsewhere"] });

        HolotreeException exception = Refused(() => site.Restore(options: new RestoreOptions { Destination = site.Folder["else"] }));

        Assert.Equal(("space-exists", site.Folder["elsewhere"]), (exception.Code, exception.Path));
        Assert.Contains("delete space", exception.Hint, StringComparison.Ordinal);
        Assert.False(Directory.Exists(site.PathOf("space")));
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("file")]
    [InlineData("link")]
    [InlineData("dangling")]
    public void What_is_no_space_is_never_replaced(string kind)
    {
        string path = site.Folder["taken"];
        if (kind == "folder") site.Folder.Write("taken/mine", "mine");
        else if (kind == "file") site.Folder.Write("taken", "mine");
        else File.CreateSymbolicLink(path, kind == "link" ? site.Source : "/nowhere");

        HolotreeException exception = Refused(() => site.Restore(options: new RestoreOptions { Destination = path, Force = true }));

        Assert.Equal((HolotreeFailure.Exists, "destination-exists", path, "EEXIST"), (exception.Failure, exception.Code, exception.Path, exception.Error?.Name));
        Assert.Equal(kind switch { "folder" => "mine", "file" => "mine", "link" => site.Source, _ => "/nowhere" },
            kind switch { "folder" => File.ReadAllText(site.Folder["taken/mine"]), "file" => File.ReadAllText(path), _ => new FileInfo(path).LinkTarget });
        site.AssertNothingLeft();
    }

    [Fact]
    public void Folder_that_took_a_space_s_place_is_not_the_space()
    {
        // Some filesystems give the inode of a deleted folder to the next one.
        foreach (string volume in new[] { "xfs", "ext4", "btrfs", "tmpfs" })
        {
            using var other = new Site(volume);
            other.MakeSample(SampleParts.None, files: 3);
            other.Record();
            for (int i = 0; i < 5; i++)
            {
                other.Restore($"space-{i}");
                Directory.Delete(other.PathOf($"space-{i}"), recursive: true);
                Directory.CreateDirectory(other.PathOf($"space-{i}"));
                File.WriteAllText(Path.Join(other.PathOf($"space-{i}"), "mine"), "mine");

                Assert.False(other.Spaces.List()[0].Complete);
                Assert.Equal("destination-exists", Refused(() => other.Restore($"space-{i}", options: new RestoreOptions { Force = true })).Code);
                if (i % 2 == 0) other.Restore($"space-{i}", options: new RestoreOptions { Destination = other.Folder[$"elsewhere-{i}"] });
                other.Spaces.Delete($"space-{i}", Site.Patience);
                Assert.Equal("mine", File.ReadAllText(Path.Join(other.PathOf($"space-{i}"), "mine")));
                Assert.False(Directory.Exists(other.Folder[$"elsewhere-{i}"]));
            }
        }
    }

    [Fact]
    public void Space_is_known_again_when_its_filesystem_was_mounted_anew()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string image = place["image"], mount = place.MakeFolder("mount"), between = place.MakeFolder("between");
        using (FileStream file = File.Create(image)) file.SetLength(128 << 20);
        Tool.Run("mkfs.btrfs", "-q", image);
        Tool.Run("mount", "-o", "loop", image, mount);
        try
        {
            site.Restore(options: new RestoreOptions { Destination = Path.Join(mount, "space") });
            string before = Tool.Run("stat", "--format=%d", mount);
            Tool.Run("umount", mount);
            // Takes the number of a device without a disk that btrfs had.
            Tool.Run("mount", "-t", "tmpfs", "tmpfs", between);
            Tool.Run("mount", "-o", "loop", image, mount);
            Assert.NotEqual(before, Tool.Run("stat", "--format=%d", mount));

            Assert.True(Assert.Single(site.Spaces.List()).Complete);
            site.Spaces.Delete("space", Site.Patience);
            Assert.True(site.Spaces.Sweep(Timeout.InfiniteTimeSpan));
            Assert.Empty(Directory.EnumerateFileSystemEntries(mount));
        }
        finally
        {
            foreach (string folder in new[] { mount, between }) Tool.Try("umount", folder);
        }
    }

    [Fact]
    public void Where_nothing_was_made_nothing_is_listed() => Assert.Empty(site.Spaces.List());

    [Fact]
    public void List_is_ordered_by_name()
    {
        foreach (string name in new[] { "c", "a", "b" }) site.Restore(name);

        Assert.Equal(["a", "b", "c"], site.Spaces.List().Select(space => space.Space));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0\0\0\0")]
    [InlineData("complete=yes\n")]
    [InlineData("complete=yes\npath=/\nidentity=1\n")]
    public void State_that_a_power_cut_emptied_names_its_space_and_harms_nothing(string text)
    {
        site.Restore();
        string state = Path.Join(site.Home.StatesPath, "space.state");
        File.Delete(state);         // with the copy that the filesystem's log had of it
        File.WriteAllText(state, text);

        SpaceInfo info = Assert.Single(site.Spaces.List());
        Assert.Equal(("space", false), (info.Space, info.Complete));
        Assert.Equal("destination-exists", Refused(() => Replace()).Code);
        site.Spaces.Delete("space", Site.Patience);
        TreeComparison.AssertEqual(site.Source, site.PathOf("space"), NoLinks);
    }

    [Fact]
    public void Space_in_the_making_is_busy_and_its_maker_named()
    {
        Directory.CreateDirectory(site.Home.StatesPath);
        string path = SpaceState.LockOf(site.Home, "space");
        File.WriteAllText(path, "");
        using Process maker = Process.Start(new ProcessStartInfo("flock", ["--exclusive", "--close", path, "sleep", "60"]))!;
        try
        {
            while (FileLock.TryTake(path, exclusive: true) is { } free)
            {
                free.Dispose();
                Thread.Sleep(10);
            }

            HolotreeException exception = Refused(() => site.Restore(options: new RestoreOptions { LockTimeout = TimeSpan.FromMilliseconds(200) }));
            Assert.Equal((HolotreeFailure.Busy, "busy"), (exception.Failure, exception.Code));
            Assert.Contains("space 'space'", exception.Message, StringComparison.Ordinal);
            Assert.Contains($"flock (process {maker.Id})", exception.Message, StringComparison.Ordinal);
            site.Restore("other");
        }
        finally
        {
            maker.Kill(entireProcessTree: true);
            maker.WaitForExit();
        }
        site.Restore();
    }

    [Fact]
    public void Space_that_is_made_cannot_be_deleted_meanwhile()
    {
        HolotreeException? refused = null;

        site.Spaces.Restore("space", "env", new RestoreOptions { Workers = 1 }, new Told(_ => refused ??= Refused(() => site.Spaces.Delete("space", TimeSpan.Zero))));

        Assert.Equal(HolotreeFailure.Busy, refused?.Failure);
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
    }

    [Fact]
    public void Catalog_removed_after_it_was_found_is_not_found()
    {
        CatalogInfo info = site.Catalogs.Find("env");
        site.Restore();

        site.Catalogs.Remove(info, Site.Patience);

        Assert.Equal("catalog-unknown", Refused(() => site.Restore("other")).Code);
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
        Assert.Equal(info.Id, Assert.Single(site.Spaces.List()).Catalog);
    }

    static TreeComparisonOptions NoLinks => new() { Except = path => path == "links/into the tree itself" };

    RestoreReport Replace() => site.Restore(options: new RestoreOptions { Force = true, LockTimeout = Site.Patience });

    static HolotreeException Refused(Action act) => Assert.Throws<HolotreeException>(act);
}
