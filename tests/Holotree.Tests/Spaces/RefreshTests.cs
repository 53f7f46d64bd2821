using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Spaces;

/// <summary>A restore over a space that stands: only what differs is touched, and afterwards the space is its catalog.</summary>
[SupportedOSPlatform("linux")]
public sealed class RefreshTests
{
    static readonly TreeComparisonOptions NoLinks = new() { Except = path => path == "links/into the tree itself" };

    public static TheoryData<string, Strategy> Ways => new()
    {
        { "btrfs", Strategy.Smart },
        { "xfs", Strategy.Reflink },
        { "xfs", Strategy.HardLink },
        { "ext4", Strategy.Smart },
        { "ext4", Strategy.Copy },
        { "tmpfs", Strategy.Copy },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Space_that_nobody_changed_is_left_alone(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.All & ~SampleParts.Special);
        site.Record();
        site.Restore(strategy: strategy);
        string before = Looks(site.PathOf("space"));

        RestoreReport report = site.Restore(strategy: strategy);

        Assert.Equal("unchanged", report.Mode);
        Assert.Equal(report.Files, report.Mechanisms[Mechanism.Unchanged]);
        Assert.Equal((0, 0, 0), (report.Removed, report.Bytes.Shared, report.Bytes.Written));
        Assert.Equal(before, Looks(site.PathOf("space")));
        site.AssertNothingLeft("space");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Whatever_was_done_in_a_space_is_undone_and_the_rest_is_not_touched(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.All & ~SampleParts.Special);
        site.Record();
        site.Restore(strategy: strategy);
        string space = site.PathOf("space");
        TreeSnapshot made = TreeSnapshot.Take(space);
        string untouched = Path.Join(space, "package-003/file-00080.js");
        string before = Tool.Run("stat", "--format=%i %y %z", untouched);

        Change(space);
        RestoreReport report = site.Restore(strategy: strategy);

        Assert.Equal("refreshed", report.Mode);
        TreeComparison.AssertEqual(made, space);
        Assert.Equal(before, Tool.Run("stat", "--format=%i %y %z", untouched));
        Assert.True(report.Mechanisms[Mechanism.Unchanged] > report.Files / 2, $"{report.Mechanisms[Mechanism.Unchanged]} of {report.Files} were left alone.");
        Assert.Equal(report.Files, report.Mechanisms.Total);
        Assert.Equal(8, report.Removed);
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
        site.AssertNothingLeft("space");
        Assert.Equal("unchanged", site.Restore(strategy: strategy).Mode);
    }

    /// <summary>A folder of few files is not opened: what is in it is reached through its name.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(24)]
    [InlineData(25)]
    public void Files_are_found_in_folders_of_any_number_and_under_names_of_any_length(int files)
    {
        using var site = new Site("ext4");
        string folder = new('d', 255);
        static string Name(int i) => $"{i:000}{new string('f', 252)}";
        for (int i = 0; i < files; i++) site.Folder.Write($"source/{folder}/{Name(i)}", $"content {i}");
        File.CreateSymbolicLink(site.Folder[$"source/{folder}/{new string('l', 255)}"], "elsewhere");
        site.Record();
        site.Restore(strategy: Strategy.Copy);
        Assert.Equal("unchanged", site.Restore(strategy: Strategy.Copy).Mode);

        string last = Path.Join(site.PathOf("space"), folder, Name(files - 1));
        DateTime time = File.GetLastWriteTimeUtc(last);
        File.WriteAllText(last, $"CONTENT {files - 1}");
        File.SetLastWriteTimeUtc(last, time);

        RestoreReport report = site.Restore(strategy: Strategy.Copy);
        Assert.Equal(("refreshed", (long)files - 1), (report.Mode, report.Mechanisms[Mechanism.Unchanged]));
        Assert.Equal($"content {files - 1}", File.ReadAllText(last));
    }

    /// <summary>One look serves all names of an object, so what is done to one name alone has to show elsewhere.</summary>
    [Theory]
    [InlineData("replaced")]
    [InlineData("edited")]
    [InlineData("another mode")]
    public void Change_of_one_of_several_names_of_an_object_is_seen(string change)
    {
        using var site = new Site("ext4");
        for (int i = 0; i < 300; i++) site.Folder.Write($"tree/folder {i % 100}/name {i}", "the same in all of them");
        site.Record("tree", site.Folder["tree"]);
        site.Restore("space", Strategy.HardLink, "tree");
        Assert.Equal("unchanged", site.Restore("space", Strategy.HardLink, "tree").Mode);
        string name = Path.Join(site.PathOf("space"), "folder 99/name 299");
        DateTime time = File.GetLastWriteTimeUtc(name);

        if (change == "replaced")
        {
            Replace(name, "not the same, as long!!"u8.ToArray());
            File.SetLastWriteTimeUtc(name, time);
        }
        else if (change == "edited")
        {
            File.SetUnixFileMode(name, UnixFileMode.UserRead | UnixFileMode.UserWrite);     // which only root does not need
            File.WriteAllText(name, "another text");
        }
        else
        {
            File.SetUnixFileMode(name, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        }

        Assert.Equal("refreshed", site.Restore("space", Strategy.HardLink, "tree").Mode);
        Assert.Equal("the same in all of them", File.ReadAllText(name));
        Assert.Equal("unchanged", site.Restore("space", Strategy.HardLink, "tree").Mode);
    }

    /// <summary>One of everything that can be done to a tree.</summary>
    static void Change(string space)
    {
        // Edits in place and by replacement, also of the same size and with the time put back.
        string same = Path.Join(space, "package-000/file-00001.js");
        DateTime time = File.GetLastWriteTimeUtc(same);
        byte[] bytes = File.ReadAllBytes(same);
        bytes[^1] ^= 1;
        Replace(same, bytes);
        File.SetLastWriteTimeUtc(same, time);
        Replace(Path.Join(space, "package-000/file-00002.js"), "shorter"u8.ToArray());
        File.Delete(Path.Join(space, "package-000/file-00003.js"));
        Replace(Path.Join(space, "package-000/file-00004.js"), File.ReadAllBytes(Path.Join(space, "package-000/file-00004.js")));
        File.SetUnixFileMode(Path.Join(space, "package-000"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        // Another kind in the place of a file, a folder, a link.
        File.Delete(Path.Join(space, "package-000/file-00005.js"));
        Directory.CreateDirectory(Path.Join(space, "package-000/file-00005.js/inner"));
        File.Delete(Path.Join(space, "package-000/file-00006.js"));
        File.CreateSymbolicLink(Path.Join(space, "package-000/file-00006.js"), "file-00007.js");
        Directory.Delete(Path.Join(space, "package-002"), recursive: true);
        File.WriteAllText(Path.Join(space, "package-002"), "a file");
        File.Delete(Path.Join(space, "links/relative"));
        File.CreateSymbolicLink(Path.Join(space, "links/relative"), "elsewhere");
        Directory.Move(Path.Join(space, "empty folder"), Path.Join(space, "renamed folder"));
        Directory.Move(Path.Join(space, "deep"), Path.Join(space, "package-001/deep"));
        Tool.Run("touch", Path.Join(space, "hard links/one"));

        // What the catalog does not have.
        File.WriteAllText(Path.Join(space, "extra"), "extra");
        Tool.Run("mkfifo", Path.Join(space, "package-001/pipe"));
        Tool.Run("ln", "-s", "nowhere", Path.Join(space, "package-001/link"));
        Directory.Delete(Path.Join(space, "package-001/deep"), recursive: true);
    }

    /// <summary>By another file under the same name, as editors do; a hard link is thereby left to the library.</summary>
    static void Replace(string path, byte[] content)
    {
        File.WriteAllBytes(path + "~", content);
        File.Move(path + "~", path, overwrite: true);
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    public void Edit_in_place_of_the_same_size_with_its_time_put_back_is_seen(string volume)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.None);
        site.Record();
        site.Restore(strategy: volume == "ext4" ? Strategy.Copy : Strategy.Reflink);
        string file = Path.Join(site.PathOf("space"), "package-001/file-00030.js");
        byte[] right = File.ReadAllBytes(file), wrong = [.. right];
        wrong[0] ^= 1;

        // Right behind the restore: within the same tick of the clock, if that were possible.
        long time = File.GetLastWriteTimeUtc(file).Ticks;
        using (FileStream stream = File.OpenWrite(file)) stream.Write(wrong);
        Tool.Run("touch", "--reference", Path.Join(site.Source, "package-001/file-00030.js"), file);
        Assert.Equal(time, File.GetLastWriteTimeUtc(file).Ticks);
        RestoreReport report = site.Restore(strategy: volume == "ext4" ? Strategy.Copy : Strategy.Reflink);

        Assert.Equal("refreshed", report.Mode);
        Assert.Equal(right, File.ReadAllBytes(file));
        Assert.Equal(report.Files - 1, report.Mechanisms[Mechanism.Unchanged]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Space_goes_over_to_another_catalog(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.Links | SampleParts.HardLinks | SampleParts.Modes, files: 150);
        site.Record();
        site.Restore(strategy: strategy);
        string same = Path.Join(site.PathOf("space"), "package-004/file-00110.js");
        string before = Tool.Run("stat", "--format=%i", same);

        File.AppendAllText(Path.Join(site.Source, "package-000/file-00001.js"), "more");
        Tool.Run("touch", "--date=2020-01-01T00:00:00.5Z", Path.Join(site.Source, "package-000/file-00002.js"));
        File.SetUnixFileMode(Path.Join(site.Source, "package-000/file-00003.js"), UnixFileMode.UserRead);
        Directory.Delete(Path.Join(site.Source, "package-001"), recursive: true);
        Directory.Move(Path.Join(site.Source, "package-002"), Path.Join(site.Source, "package-002-renamed"));
        Tool.Run("ln", Path.Join(site.Source, "package-003/file-00080.js"), Path.Join(site.Source, "package-003/another name"));
        Tool.Run("ln", "-sf", "elsewhere", Path.Join(site.Source, "links/relative"));
        Tool.Run("setfattr", "-n", "user.new", "-v", "value", Path.Join(site.Source, "package-003/file-00081.js"));
        Tool.Run("setfattr", "-n", "user.new", "-v", "value", Path.Join(site.Source, "package-003"));
        site.Record();
        RestoreReport report = site.Restore(strategy: strategy);

        Assert.Equal("refreshed", report.Mode);
        site.Restore("fresh", strategy);
        TreeComparison.AssertEqual(site.PathOf("fresh"), site.PathOf("space"), NoLinks);
        Assert.Equal(before, Tool.Run("stat", "--format=%i", same));
        Assert.Equal(Assert.Single(site.Spaces.List(), space => space.Space == "fresh").Catalog, Assert.Single(site.Spaces.List(), space => space.Space == "space").Catalog);
        Assert.Equal("unchanged", site.Restore(strategy: strategy).Mode);
        site.AssertNothingLeft("fresh", "space");
    }

    [Fact]
    public void File_whose_bytes_stay_and_whose_time_differs_keeps_its_inode()
    {
        using var site = new Site("xfs");
        site.MakeSample(SampleParts.None);
        site.Record();
        site.Restore();
        string file = Path.Join(site.PathOf("space"), "package-000/file-00002.js"), inode = Tool.Run("stat", "--format=%i", file);

        Tool.Run("touch", "--date=2020-01-01T00:00:00.5Z", Path.Join(site.Source, "package-000/file-00002.js"));
        site.Record();
        RestoreReport report = site.Restore();

        Assert.Equal(report.Files, report.Mechanisms[Mechanism.Unchanged]);
        Assert.Equal(inode, Tool.Run("stat", "--format=%i", file));
        TreeComparison.AssertEqual(site.Source, site.PathOf("space"));
    }

    [Fact]
    public void Where_the_index_is_lost_or_damaged_every_file_is_made_anew()
    {
        using var site = new Site("xfs");
        site.MakeSample(SampleParts.None);
        site.Record();
        site.Restore();
        string index = Path.Join(site.Home.StatesPath, "space.index");
        byte[] bytes = File.ReadAllBytes(index);
        foreach (Action damage in new Action[] { () => File.Delete(index), () => { bytes[200] ^= 1; File.WriteAllBytes(index, bytes); }, () => File.WriteAllBytes(index, bytes[..100]) })
        {
            damage();

            RestoreReport report = site.Restore();

            Assert.Equal(("refreshed", 0), (report.Mode, report.Mechanisms[Mechanism.Unchanged]));
            Assert.Equal("unchanged", site.Restore().Mode);
            TreeComparison.AssertEqual(site.Source, site.PathOf("space"));
        }
    }

    [Fact]
    public void Space_whose_catalog_was_removed_goes_over_to_another()
    {
        using var site = new Site("btrfs");
        site.MakeSample(SampleParts.None);
        site.Record();
        site.Restore();
        site.Catalogs.Remove(site.Catalogs.Find("env"), Site.Patience);
        File.AppendAllText(Path.Join(site.Source, "package-000/file-00001.js"), "more");
        site.Record("other");

        RestoreReport report = site.Restore(catalog: "other");

        Assert.Equal("refreshed", report.Mode);
        TreeComparison.AssertEqual(site.Source, site.PathOf("space"));
    }

    [Theory]
    [InlineData(Strategy.HardLink, Strategy.Copy, Mechanism.HardLink)]
    [InlineData(Strategy.HardLink, Strategy.Reflink, Mechanism.HardLink)]
    [InlineData(Strategy.Copy, Strategy.Reflink, Mechanism.KernelCopy)]
    public void File_that_a_strategy_would_not_have_made_so_is_made_anew(Strategy first, Strategy second, Mechanism left)
    {
        using var site = new Site("xfs");
        site.MakeSample(SampleParts.None);
        site.Record();
        long before = site.Restore(strategy: first).Mechanisms[left];
        Assert.True(before > 0);

        RestoreReport report = site.Restore(strategy: second);

        Assert.Equal(("refreshed", report.Files - before), (report.Mode, report.Mechanisms[Mechanism.Unchanged]));
        Assert.Equal(0, Assert.Single(site.Spaces.List()).Mechanisms[MechanismNames.Of(left)]);
        TreeComparison.AssertEqual(site.Source, site.PathOf("space"));
        if (second == Strategy.Reflink) Assert.True(ExtentMap.IsShared(Path.Join(site.PathOf("space"), "package-000/file-00007.js")));
    }

    [Fact]
    public void Refresh_that_cannot_make_its_files_changes_nothing()
    {
        using var site = new Site("xfs");
        site.MakeSample(SampleParts.None);
        site.Record();
        site.Restore();
        string space = site.PathOf("space");
        File.Delete(Path.Join(space, "package-000/file-00001.js"));
        File.WriteAllText(Path.Join(space, "mine"), "mine");
        TreeSnapshot before = TreeSnapshot.Take(space);
        File.Delete(site.ObjectOf(Path.Join(site.Source, "package-000/file-00001.js")));
        File.Delete(Path.Join(site.Source, "package-000/file-00001.js"));

        var exception = Assert.Throws<HolotreeException>(() => site.Restore());

        Assert.Equal("object-missing", exception.Code);
        TreeComparison.AssertEqual(before, space);
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
        site.AssertNothingLeft("space");
    }

    [Fact]
    public void Refresh_that_was_cut_off_is_not_complete_and_the_next_one_completes_it()
    {
        using var site = new Site("xfs");
        site.MakeSample(SampleParts.None);
        site.Record();
        site.Restore();
        string space = site.PathOf("space");
        SpaceState state = SpaceState.Begin(site.Home, "space", space, Path.Join(site.Home.SpacesPath, ".reflink-0123456789abcdef.partial"), SpaceState.Read(site.Home, "space"));
        Directory.CreateDirectory(state.Pending);
        state.Touch();
        File.Delete(Path.Join(space, "package-000/file-00001.js"));

        Assert.False(Assert.Single(site.Spaces.List()).Complete);
        RestoreReport report = site.Restore();

        Assert.Equal("refreshed", report.Mode);
        TreeComparison.AssertEqual(site.Source, space);
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
        site.AssertNothingLeft("space");
    }

    [Fact]
    public void Ordinary_user_refreshes_a_space_whose_folders_lock_him_out()
    {
        Root.IsNeededFor("record what its owner may not read");
        using var site = new Site("btrfs");
        string[] modes = ["0", "555", "111", "311"];
        site.MakeSample(SampleParts.Times, files: 60);
        foreach (string mode in modes)
        {
            File.WriteAllText(Path.Join(site.Folder.MakeFolder($"source/locked {mode}"), "file"), mode);
            Tool.Run("chmod", mode, Path.Join(site.Source, $"locked {mode}"));
        }

        // Recorded as root, since an ordinary user cannot read what locks him out.
        site.Record();
        Tool.Run("chown", "-R", $"{Unprivileged.UserId}:{Unprivileged.UserId}", site.Folder.Path);
        Unprivileged.Run(() =>
        {
            site.Restore();
            string space = site.PathOf("space");
            Tool.Run("chmod", "u+rwx", Path.Join(space, "locked 555"), Path.Join(space, "locked 0"));
            File.WriteAllText(Path.Join(space, "locked 555/extra"), "extra");
            File.Delete(Path.Join(space, "locked 0/file"));
            Tool.Run("chmod", "555", Path.Join(space, "locked 555"));
            Tool.Run("chmod", "0", Path.Join(space, "locked 0"));
            File.WriteAllText(Path.Join(space, "package-000/extra"), "extra");

            RestoreReport report = site.Restore();

            Assert.Equal(("refreshed", 2), (report.Mode, report.Removed));
            Assert.Equal("0 555 111 311", string.Join(' ', modes.Select(mode => Tool.Run("stat", "--format=%a", Path.Join(space, $"locked {mode}")).Trim())));
        });
        TreeComparison.AssertEqual(site.Source, site.PathOf("space"), TreeComparisonOptions.Default);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Preview_says_what_the_restore_then_does_and_touches_nothing(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.Links | SampleParts.HardLinks, files: 100);
        site.Record();
        var options = new RestoreOptions { Strategy = strategy, LockTimeout = Site.Patience };
        RestorePreview fresh = site.Spaces.Preview("space", "env", options);
        Assert.Equal(("created", 0), (fresh.Mode, fresh.Keep));
        Assert.False(Directory.Exists(site.Home.SpacesPath));

        site.Restore(strategy: strategy);
        Assert.Equal("unchanged", site.Spaces.Preview("space", "env", options).Mode);
        string space = site.PathOf("space");
        TreeSnapshot made = TreeSnapshot.Take(space);
        File.Delete(Path.Join(space, "package-001/file-00030.js"));
        Directory.Delete(Path.Join(space, "empty folder"));
        Directory.CreateDirectory(Path.Join(space, "new/inner"));
        File.WriteAllText(Path.Join(space, "new/inner/file"), "new");
        TreeSnapshot before = TreeSnapshot.Take(space);

        RestorePreview preview = site.Spaces.Preview("space", "env", options);

        Assert.Equal("refreshed", preview.Mode);
        Assert.Equal(["empty folder/", "package-001/file-00030.js"], preview.Make);
        Assert.Equal(["new/"], preview.Remove);
        TreeComparison.AssertEqual(before, space);
        RestoreReport report = site.Restore(strategy: strategy);
        Assert.Equal((preview.Keep, 3), (report.Mechanisms[Mechanism.Unchanged], report.Removed));
        TreeComparison.AssertEqual(made, space);
    }

    static string Looks(string path) => Tool.Run("find", path, "-printf", "%p %i %s %m %t %c %l\n");
}
