using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Maintenance;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Platform;

namespace Holotree.Tests.Maintenance;

/// <summary>What processes leave that are killed is taken away by a collection, and nothing that somebody is working on.</summary>
[SupportedOSPlatform("linux")]
public sealed class ClearingUpTests : IDisposable
{
    static readonly RestoreOptions Patient = new() { LockTimeout = Site.Patience };

    const string Unfinished = ".reflink-0123456789abcdef.tmp";

    readonly Site site = CheckTests.Recorded("xfs");

    public void Dispose() => site.Dispose();

    CollectionReport Collect(bool dryRun = false) => new GarbageCollector(site.Home).Run(new CollectionOptions { LockTimeout = Site.Patience, DryRun = dryRun });

    string Write(params string[] names)
    {
        string path = Path.Join([site.Home.Path, .. names]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "half");
        return path;
    }

    [Fact]
    public void Small_file_that_was_being_written_beside_trees_takes_none_of_them_with_it()
    {
        string id = site.Catalogs.Find("env").Id;
        site.Restore("first");
        new StandbySpaces(site.Home).Fill(2, Patient);
        using LowerTree used = site.Spaces.UseLower("env", Patient);
        string[] unfinished = [Write("library", "lowers", Unfinished), Write("library", "templates", Unfinished), Write("standby", id, Unfinished)];

        new StandbySpaces(site.Home).Fill(2, Patient);
        Assert.Equal((2, 1), new StandbySpaces(site.Home).Count());
        Collect();

        Assert.Equal((2, 1), new StandbySpaces(site.Home).Count());
        Assert.True(File.Exists(used.Path + ".facts"));
        TreeComparison.AssertEqual(site.Source, used.Path, TreeComparisonOptions.Without(TreeParts.HardLinks));
        Assert.All(unfinished, static path => Assert.False(File.Exists(path)));
    }

    [Fact]
    public void Everything_that_dead_processes_left_goes()
    {
        string other = new('a', 64);
        string half = site.Folder.MakeFolder("home/spaces/.reflink-0000000000000001.partial"),
            grave = site.Folder.MakeFolder("home/spaces/.reflink-0000000000000002.partial");
        string[] left =
        [
            Write("library", "incoming", "session", "0", "1"), Write("library", "catalogs", other + ".label"), Write("library", "catalogs", other + ".used"),
            Write("library", "catalogs", other + ".sources"), Write("library", "catalogs", Unfinished), Write("library", Unfinished), Write(Unfinished),
            Write("states", Unfinished), Write("states", "gone", Unfinished), Write("states", "nobody.index"), Write("states", "nobody.lock"),
            Write("states", "half.state"), Write("states", "gone", "1.gone"), half, grave,
        ];
        File.WriteAllText(Path.Join(site.Home.StatesPath, "half.state"), $"path={site.PathOf("half")}\npending={half}\n");
        File.WriteAllText(Path.Join(site.Home.StatesPath, "gone", "1.gone"), $"path={grave}\nidentity={FolderIdentity.Of(grave)}\n");

        Collect(dryRun: true);
        Assert.All(left, static path => Assert.True(Path.Exists(path), path));
        Collect();

        Assert.All(left, static path => Assert.False(Path.Exists(path), path));
        Assert.Empty(Directory.EnumerateFileSystemEntries(site.Home.SpacesPath));
        site.Restore();
    }

    [Fact]
    public void What_somebody_is_writing_stays()
    {
        site.Restore();
        string path = Path.Join(site.Home.StatesPath, "space.state");
        using PendingFile being = DurableFile.Begin(path);
        string name = Directory.EnumerateFiles(site.Home.StatesPath, ".reflink-*.tmp").Single();
        Assert.Equal(Errno.None, NativeFile.Write(being.Descriptor, "path=elsewhere\n"u8, 0));

        Collect();

        Assert.True(File.Exists(name));
        being.Keep(overwrite: true);
        Assert.Equal("path=elsewhere\n", File.ReadAllText(path));
    }

    [Fact]
    public void Place_for_overlays_whose_tree_was_never_begun_is_no_hindrance()
    {
        string mount = site.Folder.MakeFolder("home/mounts/0123456789abcdef");

        Collect();

        Assert.False(Directory.Exists(mount));
    }

    [Fact]
    public void Tree_under_overlays_that_was_not_finished_goes_also_while_its_catalog_stays()
    {
        string path;
        using (LowerTree lower = site.Spaces.UseLower("env", Patient)) path = lower.Path;
        File.Delete(path + ".facts");

        Collect();

        Assert.False(Directory.Exists(path));
    }
}
