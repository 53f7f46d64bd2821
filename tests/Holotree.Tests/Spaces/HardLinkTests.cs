using System.Runtime.Versioning;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Tests.Spaces;

/// <summary>A hard link shares an inode with the library, so it is made only where that can do no harm.</summary>
[SupportedOSPlatform("linux")]
public sealed class HardLinkTests
{
    const UnixFileMode Plain = (UnixFileMode)0x1A4, Executable = (UnixFileMode)0x1ED;

    [Theory]
    [InlineData("ext4", Strategy.Smart)]
    [InlineData("ext4", Strategy.HardLink)]
    [InlineData("tmpfs", Strategy.Smart)]
    [InlineData("xfs-noreflink", Strategy.Smart)]
    [InlineData("btrfs", Strategy.HardLink)]
    [InlineData("xfs", Strategy.HardLink)]
    public void Safe_files_are_linked_and_no_others(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        int seed = 0;
        Dictionary<string, bool> files = new()
        {
            ["lib/module.py"] = true,
            ["lib/read-only"] = true,
            ["bin/tool"] = true,
            ["lib/relocated"] = false,
            ["lib/empty"] = false,
            ["lib/old.pyc"] = false,
            ["lib/older.pyo"] = false,
            ["lib/__pycache__/module.cpython-311.pyc"] = false,
            ["lib/__pycache__/anything"] = false,
            ["lib/__pycache__/deeper/file"] = true,
            ["lib/secret"] = false,
            ["lib/executable for its owner"] = false,
            ["lib/executable, but not readable for all"] = false,
            ["lib/with attribute"] = false,
        };
        foreach (string name in files.Keys)
        {
            string file = site.Folder.WriteRandom($"source/{name}", 5000, seed: ++seed);
            File.SetUnixFileMode(file, Plain);
        }
        site.Folder.Write("source/lib/relocated", $"#!{site.Source}/bin/tool\n");
        site.Folder.Write("source/lib/empty", "");
        File.SetUnixFileMode(site.Folder["source/lib/read-only"], (UnixFileMode)0x124);
        File.SetUnixFileMode(site.Folder["source/bin/tool"], Executable);
        File.SetUnixFileMode(site.Folder["source/lib/secret"], (UnixFileMode)0x180);
        File.SetUnixFileMode(site.Folder["source/lib/executable for its owner"], (UnixFileMode)0x1E4);
        File.SetUnixFileMode(site.Folder["source/lib/executable, but not readable for all"], (UnixFileMode)0x1C9);
        Tool.Run("setfattr", "-n", "user.x", "-v", "y", site.Folder["source/lib/with attribute"]);
        site.Record();

        RestoreReport report = site.Restore("space", strategy);

        foreach ((string name, bool linked) in files)
        {
            string file = Path.Join(site.PathOf("space"), name), source = site.Folder[$"source/{name}"];
            if (name != "lib/relocated") Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(file));
            string links = Tool.Run("stat", "--format=%h", file).Trim();
            Assert.True(links == (linked ? "2" : "1"), $"{name} has {links} names.");
            UnixFileMode mode = File.GetUnixFileMode(source);
            Assert.Equal(linked ? mode.HasFlag(UnixFileMode.UserExecute) ? (UnixFileMode)0x16D : (UnixFileMode)0x124 : mode, File.GetUnixFileMode(file));
        }
        Assert.Equal(files.Count(file => file.Value), report.Mechanisms[Mechanism.HardLink]);
        Assert.Equal(1, report.Mechanisms[Mechanism.Empty]);
        Assert.Equal(files.Count, report.Files);
    }

    [Theory]
    [InlineData(Strategy.Smart)]
    [InlineData(Strategy.HardLink)]
    public void Program_is_copied_where_the_system_remembers_its_signature_by_inode(Strategy strategy)
    {
        using var site = new Site("ext4");
        site.Folder.WriteRandom("source/text", 5000);
        site.Folder.Write("source/library", [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 2, .. new byte[5000]]);
        site.Folder.Write("source/Main.class", [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 65, .. new byte[5000]]);
        File.SetUnixFileMode(site.Folder.WriteRandom("source/tool", 5000, seed: 2), Executable);
        site.Record();

        RestoreReport report = site.Restore("space", strategy, options: new RestoreOptions { LockTimeout = Site.Patience, SharesPrograms = false });

        foreach ((string name, string names) in new[] { ("text", "2"), ("Main.class", "2"), ("library", "1"), ("tool", "1") })
            Assert.Equal(names, Tool.Run("stat", "--format=%h", Path.Join(site.PathOf("space"), name)).Trim());
        Assert.Equal(2, report.Mechanisms[Mechanism.HardLink]);
        Assert.Equal(("LINKED_PROGRAM", 2L), report.Fallbacks.Where(left => left.From == Mechanism.HardLink).Select(left => (left.Error.Name, left.Files)).Single());
        Assert.Equal(File.ReadAllBytes(site.Folder["source/tool"]), File.ReadAllBytes(Path.Join(site.PathOf("space"), "tool")));
        Assert.Equal(Executable, File.GetUnixFileMode(Path.Join(site.PathOf("space"), "tool")));
    }

    [Fact]
    public void Patterns_of_the_caller_decide_instead_of_the_usual_ones()
    {
        using var site = new Site("ext4");
        foreach (string name in new[] { "a.py", "a.pyc", "keep/b.py", "sub/keep/c.py", "keep/deep/d.py" }) site.Folder.WriteRandom($"source/{name}", 3000, seed: name.Length);
        site.Record();

        site.Restore(options: new RestoreOptions { HardLinkExcludes = ["keep/*"] });

        string[] linked = [.. Directory.EnumerateFiles(site.PathOf("space"), "*", SearchOption.AllDirectories)
            .Where(file => Tool.Run("stat", "--format=%h", file).Trim() != "1").Select(file => Path.GetRelativePath(site.PathOf("space"), file)).Order(StringComparer.Ordinal)];
        Assert.Equal(["a.py", "a.pyc", "keep/deep/d.py"], linked);
    }

    [Fact]
    public void Ordinary_user_cannot_write_through_a_link()
    {
        using var site = new Site("ext4");
        site.GiveToUnprivileged();
        Unprivileged.Run(() =>
        {
            string source = site.Folder.WriteRandom("source/file", 3000);
            site.Record();
            site.Restore();
            string file = Path.Join(site.PathOf("space"), "file");
            Assert.Equal("2", Tool.Run("stat", "--format=%h", file).Trim());

            Assert.Throws<UnauthorizedAccessException>(() => File.AppendAllText(file, "more"));

            Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(site.ObjectOf(source)));
        });
    }

    [Fact]
    public void Ordinary_user_replaces_a_linked_file_and_the_library_keeps_its_own()
    {
        using var site = new Site("ext4");
        site.GiveToUnprivileged();
        Unprivileged.Run(() =>
        {
            foreach (string name in (string[])["edited", "replaced", "removed"]) site.Folder.Write($"source/{name}", $"the {name} file\n");
            site.Record();
            TreeSnapshot library = TreeSnapshot.Take(site.Home.ObjectsPath);
            Assert.Equal(3, site.Restore("space").Mechanisms[Mechanism.HardLink]);
            site.Restore("other");
            string space = site.PathOf("space");

            // As sed, editors and installers of packages do it: a new file is put in the old one's place.
            Tool.Run("sed", "-i", "s/the/another/", $"{space}/edited");
            File.WriteAllText($"{space}/new", "new\n");
            File.Move($"{space}/new", $"{space}/replaced", overwrite: true);
            File.Delete($"{space}/removed");

            Assert.Equal("another edited file\n", File.ReadAllText($"{space}/edited"));
            Assert.Equal("new\n", File.ReadAllText($"{space}/replaced"));
            TreeComparison.AssertEqual(library, site.Home.ObjectsPath);
            TreeComparison.AssertEqual(site.Source, site.PathOf("other"), TreeComparisonOptions.Without(TreeParts.Mode | TreeParts.Times));
        });
    }

    /// <summary>ext4 gives an inode 65,000 names (EXT4_LINK_MAX, fs/ext4/ext4.h), and a folder of 100,000 entries is no trouble either.</summary>
    [Fact]
    public void More_equal_files_than_an_inode_can_have_names_become_copies()
    {
        const int equal = 70_000, linked = 64_999, links = 30_000;
        using var site = new Site("ext4");
        site.Folder.MakeFolder("source/lib");
        Parallel.For(0, equal, i => File.WriteAllBytes(site.Folder[$"source/lib/{i:D5}"], [.. "the same everywhere"u8]));
        Parallel.For(0, links, i => File.CreateSymbolicLink(site.Folder[$"source/lib/link {i:D5}"], "00000"));

        Assert.Equal((equal, 1, links), (site.Record() is var recorded ? recorded.Files : 0, recorded.ObjectsAdded, recorded.Symlinks));
        RestoreReport report = site.Restore("space", Strategy.HardLink);

        Assert.InRange(report.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.Equal((linked, equal - linked), (report.Mechanisms[Mechanism.HardLink], report.Mechanisms[Mechanism.KernelCopy]));
        var left = Assert.Single(report.Fallbacks);
        Assert.Equal((Mechanism.HardLink, Mechanism.KernelCopy, "EMLINK", equal - linked), (left.From, left.To, left.Error.Name, left.Files));
        Assert.StartsWith("lib/", left.Example, StringComparison.Ordinal);
        Assert.Equal(equal + links, Directory.EnumerateFileSystemEntries($"{site.PathOf("space")}/lib").Count());
        Assert.Equal("the same everywhere", File.ReadAllText($"{site.PathOf("space")}/{left.Example}"));
    }

    [Fact]
    public void Deleted_space_leaves_the_objects()
    {
        using var site = new Site("ext4");
        site.MakeSample(SampleParts.None, files: 30);
        site.Record();
        TreeSnapshot library = TreeSnapshot.Take(site.Home.ObjectsPath);
        Assert.NotEqual(0, site.Restore().Mechanisms[Mechanism.HardLink]);

        site.Spaces.Delete("space", TimeSpan.Zero);

        TreeComparison.AssertEqual(library, site.Home.ObjectsPath);
    }

    [Fact]
    public void Link_for_which_an_overlay_copies_the_object_up_is_told_as_a_copy()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string source = place.MakeFolder("source");
        for (int i = 0; i < 5; i++) File.WriteAllBytes(Path.Join(source, $"file {i}"), [.. Enumerable.Repeat((byte)i, 10_000)]);
        new Holotree.Recording.Recorder(new Holotree.Library.Home(place.MakeFolder("lower"))).Record(source, new Holotree.Recording.RecordOptions { Name = "env" });
        string home = place.MakeFolder("merged");
        Tool.Run("mount", "-t", "overlay", "-o", $"lowerdir={place["lower"]},upperdir={place.MakeFolder("upper")},workdir={place.MakeFolder("work")}", "overlay", home);
        try
        {
            var spaces = new SpaceStore(new Holotree.Library.Home(home));

            RestoreReport first = spaces.Restore("first", "env", new RestoreOptions { Strategy = Strategy.HardLink });
            RestoreReport second = spaces.Restore("second", "env", new RestoreOptions { Strategy = Strategy.HardLink });

            Assert.Equal((5, 0), (first.Mechanisms[Mechanism.KernelCopy], first.Mechanisms[Mechanism.HardLink]));
            Assert.Equal((0, 50_000), (first.Bytes.Shared, first.Bytes.Written));
            FallbackCount left = Assert.Single(first.Fallbacks);
            Assert.Equal((Mechanism.HardLink, Mechanism.KernelCopy, "COPIED_UP", 5), (left.From, left.To, left.Error.Name, left.Files));
            // From then on the objects are in the upper layer.
            Assert.Equal(5, second.Mechanisms[Mechanism.HardLink]);
            Assert.Empty(second.Fallbacks);
            Assert.Equal("unchanged", spaces.Restore("first", "env", new RestoreOptions { Strategy = Strategy.HardLink }).Mode);
        }
        finally
        {
            Tool.Run("umount", home);
        }
    }
}
