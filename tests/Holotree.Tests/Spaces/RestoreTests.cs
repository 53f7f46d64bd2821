using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Recording;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Spaces;

/// <summary>A space is its source again, by every strategy, on every volume, with every file accounted for.</summary>
[SupportedOSPlatform("linux")]
public sealed class RestoreTests
{
    const SampleParts Everything = SampleParts.All | SampleParts.BeyondPathMax | SampleParts.Privileged;

    /// <summary>What a hard link takes over from its object: mode, time, and the company of others with the same content.</summary>
    const TreeParts Linked = TreeParts.Mode | TreeParts.Times | TreeParts.HardLinks;

    public static TheoryData<string, Strategy> Ways()
    {
        var ways = new TheoryData<string, Strategy>();
        foreach (string volume in TestVolumes.All().Select(row => row.Data))
            foreach (Strategy strategy in new[] { Strategy.Smart, Strategy.HardLink, Strategy.Copy }) ways.Add(volume, strategy);
        foreach (string volume in TestVolumes.Reflinking().Select(row => row.Data)) ways.Add(volume, Strategy.Reflink);
        foreach (string volume in new[] { "btrfs", "nocow" }) ways.Add(volume, Strategy.Snapshot);
        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Space_is_equal_to_the_source(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        TreeSnapshot source = site.MakeSample(Everything);
        site.Record();

        RestoreReport report = site.Restore("space", strategy);

        bool linked = report.Mechanisms[Mechanism.HardLink] > 0;
        Assert.Equal(strategy == Strategy.HardLink || (strategy == Strategy.Smart && !TestVolumes.Get(volume).CanReflink), linked);
        TreeComparison.AssertEqual(source, site.PathOf("space"), new TreeComparisonOptions
        {
            Parts = linked ? TreeParts.All & ~Linked : TreeParts.All,
            Except = IsOther,
        });
        Assert.Equal(Path.Join(site.PathOf("space"), "links/target"), File.ResolveLinkTarget(Path.Join(site.PathOf("space"), "links/into the tree itself"), false)!.FullName);
        Assert.Equal(1, report.Relocated.Links);
        AssertAccountsFor(report, source, strategy);
        Assert.Equal((site.PathOf("space"), "space", "created"), (report.Path, report.Space, report.Mode));
        site.AssertNothingLeft("space");
        TreeComparison.AssertEqual(source, site.Source);
        AssertLibraryIsWhole(site);
    }

    [Theory]
    [MemberData(nameof(TestVolumes.Reflinking), MemberType = typeof(TestVolumes))]
    public void Cloned_files_share_the_blocks_of_their_objects(string volume)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.None);
        site.Record();

        RestoreReport report = site.Restore("space", Strategy.Reflink);

        Assert.Equal(report.Files - report.Mechanisms[Mechanism.Empty], report.Mechanisms[Mechanism.Reflink]);
        Assert.Empty(report.Fallbacks);
        (int shared, int inline) = (0, 0);
        foreach (string file in Directory.EnumerateFiles(site.PathOf("space"), "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).Length > 0))
        {
            if (ExtentMap.AssertShared(file, site.ObjectOf(file)) == Sharing.Shared) shared++;
            else inline++;
        }
        Assert.Equal(report.Mechanisms[Mechanism.Reflink], shared + inline);
        Assert.True(shared > inline, "Hardly anything is shared.");
    }

    [Theory]
    [InlineData("btrfs", Strategy.Reflink)]
    [InlineData("xfs", Strategy.Reflink)]
    [InlineData("xfs", Strategy.Copy)]
    [InlineData("ext4", Strategy.Copy)]
    public void Write_in_a_space_reaches_neither_the_library_nor_another_space(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        TreeSnapshot source = site.MakeSample(SampleParts.HardLinks);
        site.Record();
        site.Restore("one", strategy);
        site.Restore("two", strategy);
        TreeSnapshot library = TreeSnapshot.Take(site.Home.ObjectsPath);

        foreach (string file in Directory.EnumerateFiles(site.PathOf("one"), "*", SearchOption.AllDirectories)) File.AppendAllText(file, "changed");
        foreach (string file in Directory.EnumerateFiles(site.PathOf("one"), "*.js", SearchOption.AllDirectories)) File.WriteAllText(file, "changed");

        TreeComparison.AssertEqual(source, site.PathOf("two"));
        TreeComparison.AssertEqual(library, site.Home.ObjectsPath);
    }

    [Theory]
    [InlineData("btrfs", "btrfs2")]
    [InlineData("xfs", "ext4")]
    [InlineData("ext4", "tmpfs")]
    public void Space_may_be_on_another_filesystem_than_the_library(string volume, string libraryVolume)
    {
        using var site = new Site(volume, libraryVolume);
        TreeSnapshot source = site.MakeSample();
        site.Record();

        RestoreReport report = site.Restore("space", Strategy.Smart, options: new RestoreOptions { Destination = site.Folder["space"] });

        TreeComparison.AssertEqual(source, site.Folder["space"], new TreeComparisonOptions { Except = IsOther });
        AssertAccountsFor(report, source, Strategy.Smart);
        Assert.Equal(report.Files - report.Mechanisms[Mechanism.Empty], report.Mechanisms[Mechanism.KernelCopy] + report.Mechanisms[Mechanism.PlainCopy]);
        Assert.Contains(report.Fallbacks, left => left.From == Mechanism.Reflink && left.Error.Name is "EXDEV" or "EOPNOTSUPP" && left.Files > 50);
    }

    [Fact]
    public void Set_id_bits_are_left_out_and_named()
    {
        using var site = new Site("xfs");
        site.MakeSample(SampleParts.Modes, files: 5);
        site.Record();

        RestoreReport report = site.Restore();

        Assert.Equal(
            ["modes/file 2755", "modes/file 4755", "modes/file 6755", "modes/file 7777"],
            report.NotPreserved.Where(lost => lost.What == "set-id bits").Select(lost => lost.Path).Order());
        Assert.Equal((UnixFileMode)0x3FF, File.GetUnixFileMode(Path.Join(site.PathOf("space"), "modes/file 7777")));
        Assert.Equal((UnixFileMode)0x1ED, File.GetUnixFileMode(Path.Join(site.PathOf("space"), "modes/file 4755")));
        Assert.Equal((UnixFileMode)0x5ED, File.GetUnixFileMode(Path.Join(site.PathOf("space"), "modes/folder 2755")));
    }

    [Fact]
    public void Attributes_that_the_filesystem_does_not_take_are_named()
    {
        using var site = new Site("btrfs", "btrfs");
        site.Folder.Write("source/file", "file");
        Tool.Run("setfattr", "-n", "user.large", "-v", new string('v', 3000), site.Folder["source/file"]);
        site.Record();
        using TemporaryFolder elsewhere = TestVolumes.Small.Folder();       // ext4 of 1 KiB blocks has no room for it

        RestoreReport report = site.Restore("space", options: new RestoreOptions { Destination = elsewhere["space"] });

        var lost = Assert.Single(report.NotPreserved);
        Assert.Equal(("file", "user.large", "ENOSPC"), (lost.Path, lost.What, lost.Error.Name));
        Assert.Equal("file", File.ReadAllText(elsewhere["space/file"]));
    }

    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    public void Times_that_the_filesystem_cannot_hold_are_named(string volume)
    {
        using var site = new Site("btrfs");
        using TemporaryFolder elsewhere = TestVolumes.Get(volume).Folder();
        site.Folder.Write("source/fits", "file");
        site.Folder.Write("source/far/file", "file");
        File.CreateSymbolicLink(site.Folder["source/link"], "far");
        foreach (string name in (string[])["far/file", "far", "link"]) Tool.Run("touch", "--no-dereference", "--date=3000-01-01 00:00:00.123456789 UTC", site.Folder[$"source/{name}"]);
        Tool.Run("touch", "--date=2200-01-01 00:00:00.123456789 UTC", site.Folder["source/fits"]);
        site.Record();

        RestoreReport restored = site.Restore("space", options: new RestoreOptions { Destination = elsewhere["space"] });
        Reflinks.Trees.TreeReport cloned = Reflinks.Trees.TreeCloner.Clone(site.Source, elsewhere["clone"]);
        Reflinks.Files.CopyOutcome single = Reflink.CloneOrCopy(site.Folder["source/far/file"], elsewhere["single"]);

        string[] far = ["far modification time ERANGE", "far/file modification time ERANGE", "link modification time ERANGE"];
        Assert.Equal(far, restored.NotPreserved.Select(Text).Order());
        Assert.Equal(far, cloned.NotPreserved.Select(Text).Order());
        Assert.Equal($"{elsewhere["single"]} modification time ERANGE", Text(Assert.Single(single.NotPreserved)));

        static string Text(NotPreserved lost) => $"{lost.Path} {lost.What} {lost.Error.Name}";
    }

    [Fact]
    public void File_capabilities_are_kept_by_root_and_named_for_others()
    {
        using var site = new Site("xfs");
        File.Copy("/bin/true", site.Folder.MakeFolder("source") + "/program");
        Tool.Run("setcap", "cap_net_raw+ep", site.Folder["source/program"]);
        site.Record();

        RestoreReport report = site.Restore("space", Strategy.Smart);

        Assert.Empty(report.NotPreserved);
        Assert.Contains("cap_net_raw=ep", Tool.Run("getcap", $"{site.PathOf("space")}/program"), StringComparison.Ordinal);

        Tool.Run("chown", "--recursive", $"{Unprivileged.UserId}:{Unprivileged.UserId}", site.Folder.Path);
        Unprivileged.Run(() =>
        {
            var lost = Assert.Single(site.Restore("other").NotPreserved);
            Assert.Equal(("program", "security.capability", "EPERM"), (lost.Path, lost.What, lost.Error.Name));
            Assert.Equal(0, Tool.Try($"{site.PathOf("other")}/program").Code);
        });
    }

    [Fact]
    public void Many_spaces_can_be_made_at_the_same_time()
    {
        using var site = new Site("xfs");
        TreeSnapshot source = site.MakeSample(SampleParts.None);
        site.Record();

        Parallel.For(0, 6, i => site.Spaces.Restore($"space-{i}", "env", new RestoreOptions { Strategy = (Strategy)(i % 2 == 0 ? 0 : 4) }));

        for (int i = 0; i < 6; i++) TreeComparison.AssertEqual(source, site.PathOf($"space-{i}"));
        Assert.Equal(6, site.Spaces.List().Count(space => space.Complete));
    }

    [Theory]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    [InlineData("ext4")]
    public void Ordinary_user_can_record_and_restore(string volume)
    {
        using var site = new Site(volume);
        site.GiveToUnprivileged();
        Unprivileged.Run(() =>
        {
            TreeSnapshot source = site.MakeSample(SampleParts.All & ~SampleParts.Modes);
            RecordReport recorded = site.Record();
            Assert.Equal(source.Files, recorded.Files);

            foreach (Strategy strategy in new[] { Strategy.Smart, Strategy.Copy })
            {
                RestoreReport report = site.Restore(strategy.ToString(), strategy);

                bool linked = report.Mechanisms[Mechanism.HardLink] > 0;
                TreeComparison.AssertEqual(source, site.PathOf(strategy.ToString()), new TreeComparisonOptions
                {
                    Parts = linked ? TreeParts.All & ~Linked : TreeParts.All,
                    Except = IsOther,
                });
                AssertAccountsFor(report, source, strategy);
                Assert.Empty(report.NotPreserved);
            }
            site.AssertNothingLeft("Copy", "Smart");
            site.Spaces.Delete("Copy", TimeSpan.Zero);
            site.AssertNothingLeft("Smart");
        });
    }

    [Fact]
    public void Ordinary_user_gets_back_every_mode_of_their_own()
    {
        using var site = new Site("xfs");
        site.GiveToUnprivileged();
        Unprivileged.Run(() =>
        {
            // Modes that keep even the owner from reading cannot be recorded by anybody but root.
            foreach (int mode in new[] { 0x1FF, 0x1ED, 0x1A4, 0x180, 0x124, 0x100, 0x1C0 })
            {
                string file = site.Folder.Write($"source/files/{Convert.ToString(mode, 8)}", "content");
                File.SetUnixFileMode(file, (UnixFileMode)mode);
                site.Folder.Write($"source/folders/{Convert.ToString(mode, 8)}/file", "content");
                if ((mode & 0x140) == 0x140) File.SetUnixFileMode(site.Folder[$"source/folders/{Convert.ToString(mode, 8)}"], (UnixFileMode)mode);
            }
            File.SetUnixFileMode(site.Folder["source/folders/555"] is var locked && Directory.Exists(locked) ? locked : site.Folder.MakeFolder("source/folders/555"), (UnixFileMode)0x16D);
            TreeSnapshot source = TreeSnapshot.Take(site.Source);
            site.Record();

            foreach (Strategy strategy in new[] { Strategy.Reflink, Strategy.Copy })
            {
                site.Restore(strategy.ToString(), strategy);
                TreeComparison.AssertEqual(source, site.PathOf(strategy.ToString()));
            }
            site.Spaces.Delete("Copy", TimeSpan.Zero);
            site.Restore("Reflink", Strategy.Copy, options: new RestoreOptions { Force = true });
            site.AssertNothingLeft("Reflink");
        });
    }

    [Fact]
    public void Progress_goes_up_to_all_files()
    {
        using var site = new Site("tmpfs");
        TreeSnapshot source = site.MakeSample(SampleParts.None);
        site.Record();
        Reflinks.Trees.TreeProgress last = default;

        site.Spaces.Restore("space", "env", new RestoreOptions { Workers = 1 }, new Told(now => last = now));

        Assert.Equal((source.Files, source.Files), (last.FilesDone, last.FilesTotal));
        Assert.Equal((source.Bytes, source.Bytes), (last.BytesDone, last.BytesTotal));
    }

    [Fact]
    public void State_tells_what_was_done()
    {
        using var site = new Site("xfs");
        site.MakeSample();
        DateTimeOffset before = DateTimeOffset.UtcNow;
        RecordReport recorded = site.Record();

        RestoreReport report = site.Restore();

        SpaceInfo info = Assert.Single(site.Spaces.List());
        Assert.Equal(("space", report.Path, recorded.Catalog, "env", true), (info.Space, info.Path, info.Catalog, info.Name, info.Complete));
        Assert.Equal(report.Files, info.Files);
        Assert.Equal(MechanismNames.Counts(report.Mechanisms), info.Mechanisms.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => Array.IndexOf([.. MechanismNames.Counts(report.Mechanisms).Select(count => count.Name)], pair.Key)));
        Assert.InRange(info.Created, before, DateTimeOffset.UtcNow);
        CatalogInfo catalog = site.Catalogs.Find("env");
        Assert.InRange(catalog.Used!.Value, before, DateTimeOffset.UtcNow);
    }

    /// <summary>What must differ: a link into the tree, set-id bits, and zeros that are a hole in another file of the same content.</summary>
    static bool IsOther(string path) => path is "links/into the tree itself" or "holes/written zeros" || IsSetId(path);

    static bool IsSetId(string path) => path is "modes/file 4755" or "modes/file 2755" or "modes/file 6755" or "modes/file 7777";

    static void AssertAccountsFor(RestoreReport report, TreeSnapshot source, Strategy strategy)
    {
        Assert.Equal((source.Files, source.Folders, source.Links), (report.Files, report.Directories, report.Symlinks));
        Assert.Equal(report.Files, Enum.GetValues<Mechanism>().Sum(mechanism => report.Mechanisms[mechanism]));
        Assert.Equal(source.EmptyFiles, report.Mechanisms[Mechanism.Empty]);
        Assert.Equal(report.Bytes.Logical, report.Bytes.Shared + report.Bytes.Written);
        Assert.Equal(strategy, report.Requested);
        Mechanism[] may = strategy switch
        {
            Strategy.Reflink => [Mechanism.Reflink, Mechanism.Empty],
            Strategy.Copy => [Mechanism.KernelCopy, Mechanism.PlainCopy, Mechanism.Empty],
            Strategy.HardLink => [Mechanism.HardLink, Mechanism.KernelCopy, Mechanism.PlainCopy, Mechanism.Empty],
            Strategy.Snapshot => [Mechanism.Snapshot, Mechanism.Empty],
            _ => [Mechanism.Snapshot, Mechanism.Reflink, Mechanism.HardLink, Mechanism.KernelCopy, Mechanism.PlainCopy, Mechanism.Empty],
        };
        Assert.All(Enum.GetValues<Mechanism>().Except(may), mechanism => Assert.Equal(0, report.Mechanisms[mechanism]));
    }

    static void AssertLibraryIsWhole(Site site)
    {
        using var store = new Holotree.Library.ObjectStore(site.Home);
        foreach (var entry in site.Catalogs.Load(site.Catalogs.Find("env").Id).Objects)
        {
            Assert.True(store.Has(entry));
            Reflinks.Platform.Kernel.close(store.Open(entry, verify: true, out _));
        }
    }
}
