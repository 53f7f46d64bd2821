using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>A destination is made whole, or what was there still stands; nothing is ever merged, and no link is followed.</summary>
[SupportedOSPlatform("linux")]
public sealed class TreeDestinationTests
{
    static readonly TreeCloneOptions Overwriting = new() { Overwrite = true };

    /// <summary>What may stand in the way.</summary>
    public enum Obstacle
    {
        EmptyFolder,
        FullFolder,
        LockedFolder,
        File,
        LinkToFolder,
        LinkToFile,
        DanglingLink,
        Fifo,
    }

    static void Place(TemporaryFolder place, Obstacle obstacle)
    {
        place.Write("elsewhere/file", "untouched");
        switch (obstacle)
        {
            case Obstacle.EmptyFolder:
                place.MakeFolder("clone");
                break;
            case Obstacle.FullFolder:
                place.Write("clone/old/file", "old");
                break;
            case Obstacle.LockedFolder:
                place.Write("clone/old/file", "old");
                Tool.Run("chmod", "0", place["clone/old"], place["clone"]);
                break;
            case Obstacle.File:
                place.Write("clone", "old");
                break;
            case Obstacle.LinkToFolder:
                File.CreateSymbolicLink(place["clone"], "elsewhere");
                break;
            case Obstacle.LinkToFile:
                File.CreateSymbolicLink(place["clone"], "elsewhere/file");
                break;
            case Obstacle.DanglingLink:
                File.CreateSymbolicLink(place["clone"], "nowhere");
                break;
            default:
                Tool.Run("mkfifo", place["clone"]);
                break;
        }
    }

    public static TheoryData<string, Obstacle> Obstacles()
    {
        var data = new TheoryData<string, Obstacle>();
        foreach (string volume in (string[])["btrfs", "ext4", "overlay"])
        {
            foreach (Obstacle obstacle in Enum.GetValues<Obstacle>()) data.Add(volume, obstacle);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Obstacles))]
    public void Existing_destination_is_refused_and_left_alone(string volume, Obstacle obstacle)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        SampleTree.Make(place["source"], SampleParts.None, files: 5);
        Place(place, obstacle);
        var before = TreeSnapshot.Take(place.Path);

        var exception = Assert.Throws<IOException>(() => TreeCloner.Clone(place["source"], place["clone"]));
        Assert.Throws<IOException>(() => TreeCloner.Apply(TreeCloner.Plan(place["source"]), place["clone/"]));

        Assert.Equal("EEXIST", NativeError.Of(exception)?.Name);
        Assert.Equal(place["clone"], NativeError.PathOf(exception));
        TreeComparison.AssertEqual(before, place.Path);
    }

    [Theory]
    [MemberData(nameof(Obstacles))]
    public void Overwriting_replaces_whatever_it_is_and_follows_nothing(string volume, Obstacle obstacle)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], SampleParts.Modes, files: 5);
        Place(place, obstacle);

        TreeCloner.Clone(place["source"], place["clone"], Overwriting);

        TreeComparison.AssertEqual(source, place["clone"]);
        Assert.Equal("untouched", File.ReadAllText(place["elsewhere/file"]));
        Assert.Equal(["file"], Directory.GetFiles(place["elsewhere"]).Select(Path.GetFileName));
        Assert.Equal(["clone", "elsewhere", "source"], place.Names());
    }

    [Fact]
    public void Overwriting_what_is_not_there_is_no_error()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        SampleTree.Make(place["source"], SampleParts.None, files: 5);

        TreeCloner.Clone(place["source"], place["clone"], Overwriting);

        TreeComparison.AssertEqual(place["source"], place["clone"]);
    }

    [Fact]
    public void Overwriting_exchanges_in_one_step()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["source"], SampleParts.None, files: 200);
        SampleTree.Make(place["clone"], SampleParts.None, files: 200, seed: 2);
        long missing = 0, looks = 0;
        using var over = new ManualResetEventSlim();
        var watcher = new Thread(() =>
        {
            for (; !over.IsSet; looks++)
            {
                // The last file of either tree: at every moment one of them is whole.
                if (!File.Exists(place["clone/package-007/file-00199.js"])) missing++;
            }
        });
        watcher.Start();

        for (int round = 0; round < 5; round++) TreeCloner.Clone(place["source"], place["clone"], Overwriting);

        over.Set();
        watcher.Join();
        Assert.Equal(0, missing);
        Assert.True(looks > 10);
        Assert.Equal(["clone", "source"], place.Names());
    }

    [Fact]
    public void Failed_clone_keeps_what_was_to_be_overwritten()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        SampleTree.Make(place["source"], SampleParts.None, files: 50);
        SampleTree.Make(place["clone"], files: 50, seed: 2);
        var before = TreeSnapshot.Take(place["clone"]);

        Assert.Throws<CloneException>(() => TreeCloner.Clone(
            place["source"], place["clone"], new TreeCloneOptions { Overwrite = true, Strategy = TreeStrategy.Reflink }));

        TreeComparison.AssertEqual(before, place["clone"]);
        Assert.Equal(["clone", "source"], place.Names());
    }

    [Theory]
    [InlineData("source", false)]
    [InlineData("source", true)]
    [InlineData("source/clone", false)]
    [InlineData("source/clone", true)]
    [InlineData("source/package-000/clone", true)]
    [InlineData("link/clone", false)]
    [InlineData("link/package-000/clone", true)]
    [InlineData("inner/clone", true)]
    [InlineData("inner/../clone", true)]
    [InlineData("source/package-000", true)]
    [InlineData("second mount/clone", false)]
    [InlineData("second mount/package-000/clone", true)]
    public void Destination_inside_the_source_is_refused(string destination, bool overwrite)
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        using var mount = Mount.Bind(place["source"], place["second mount"], () => SampleTree.Make(place["source"], SampleParts.None, files: 30));
        File.CreateSymbolicLink(place["link"], "source");
        File.CreateSymbolicLink(place["inner"], "source/package-000");
        var before = TreeSnapshot.Take(place.Path);

        Exception? failure = Record.Exception(() => TreeCloner.Clone(place["source"], place[destination], new TreeCloneOptions { Overwrite = overwrite }));

        if (destination == "source" && !overwrite) Assert.Equal("EEXIST", NativeError.Of(Assert.IsType<IOException>(failure))?.Name);
        else Assert.IsType<ArgumentException>(failure);
        TreeComparison.AssertEqual(before, place.Path);
    }

    [Theory]
    [InlineData("parent/source", "parent")]
    [InlineData("parent/package-000/source", "parent")]
    [InlineData("link/source", "parent")]
    [InlineData("inner/source", "parent")]
    [InlineData("parent/source", "parent/package-000/..")]
    [InlineData("second mount/source", "parent")]
    public void Source_inside_a_destination_that_would_be_overwritten_is_refused(string source, string destination)
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        using var mount = Mount.Bind(place["parent"], place["second mount"], () =>
        {
            SampleTree.Make(place["parent"], SampleParts.None, files: 30);
            SampleTree.Make(place["parent/source"], SampleParts.None, files: 3);
            SampleTree.Make(place["parent/package-000/source"], SampleParts.None, files: 3);
        });
        File.CreateSymbolicLink(place["link"], "parent");
        File.CreateSymbolicLink(place["inner"], "parent/package-000");
        var before = TreeSnapshot.Take(place.Path);

        Assert.Throws<ArgumentException>(() => TreeCloner.Clone(place[source], place[destination], Overwriting));

        TreeComparison.AssertEqual(before, place.Path);
    }

    [Fact]
    public void Neighbour_whose_name_begins_alike_lies_outside()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["source"], SampleParts.None, files: 5);
        place.Write("source-2/old", "old");

        TreeCloner.Clone(place["source"], place["source-2"], Overwriting);
        TreeCloner.Clone(place["source"], place["sour"]);

        TreeComparison.AssertEqual(place["source"], place["source-2"]);
        TreeComparison.AssertEqual(place["source"], place["sour"]);
    }

    [Fact]
    public void Link_to_the_source_can_be_replaced_by_a_clone_of_it()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.MakeFolder("all");
        SampleTree.Make(place["all/source"], SampleParts.None, files: 5);
        File.CreateSymbolicLink(place["current"], "all/source");
        File.CreateSymbolicLink(place["above"], "all");

        TreeCloner.Clone(place["all/source"], place["current"], Overwriting);
        TreeCloner.Clone(place["above/source"], place["above"], Overwriting);

        Assert.Null(new FileInfo(place["current"]).LinkTarget);
        Assert.Null(new FileInfo(place["above"]).LinkTarget);
        TreeComparison.AssertEqual(place["all/source"], place["current"]);
        TreeComparison.AssertEqual(place["all/source"], place["above"]);
    }

    [Theory]
    [InlineData("missing", typeof(FileNotFoundException), "ENOENT")]
    [InlineData("dangling", typeof(FileNotFoundException), "ENOENT")]
    [InlineData("file", typeof(IOException), "ENOTDIR")]
    [InlineData("file/below", typeof(IOException), "ENOTDIR")]
    [InlineData("link to file", typeof(IOException), "ENOTDIR")]
    [InlineData("fifo", typeof(IOException), "ENOTDIR")]
    [InlineData("circle", typeof(IOException), "ELOOP")]
    public void Source_that_is_no_folder_is_named_with_the_reason(string source, Type type, string errno)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.Write("file", "file");
        File.CreateSymbolicLink(place["link to file"], "file");
        File.CreateSymbolicLink(place["dangling"], "nowhere");
        File.CreateSymbolicLink(place["circle"], "circle");
        Tool.Run("mkfifo", place["fifo"]);
        string[] before = place.Names();

        Exception? failure = Record.Exception(() => TreeCloner.Clone(place[source], place["clone"]));

        Assert.IsType(type, failure);
        Assert.Equal(errno, NativeError.Of(failure)?.Name);
        Assert.Contains($"'{place[source]}'", failure.Message, StringComparison.Ordinal);
        Assert.IsType(type, Record.Exception(() => TreeCloner.Plan(place[source])));
        Assert.Equal(before, place.Names());
    }

    [Theory]
    [InlineData("missing/clone", typeof(DirectoryNotFoundException), "ENOENT")]
    [InlineData("dangling/clone", typeof(DirectoryNotFoundException), "ENOENT")]
    [InlineData("file/clone", typeof(IOException), "ENOTDIR")]
    [InlineData("missing/../clone", typeof(DirectoryNotFoundException), "ENOENT")]
    public void Destination_whose_folder_is_missing_is_refused(string destination, Type type, string errno)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["source"], SampleParts.None, files: 5);
        place.Write("file", "file");
        File.CreateSymbolicLink(place["dangling"], "nowhere");
        string[] before = place.Names();

        Exception? failure = Record.Exception(() => TreeCloner.Clone(place["source"], place[destination]));

        Assert.IsType(type, failure);
        Assert.Equal(errno, NativeError.Of(failure)?.Name);
        Assert.Contains(Path.GetDirectoryName(place[destination])!, failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, place.Names());
    }

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/..")]
    public void Root_of_all_is_no_destination(string destination)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["source"], SampleParts.None, files: 5);

        Assert.ThrowsAny<Exception>(() => TreeCloner.Clone(place["source"], destination, Overwriting));

        Assert.Equal(["source"], place.Names());
    }

    [Fact]
    public void Name_of_255_bytes_is_no_obstacle()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        SampleTree.Make(place["source"], SampleParts.None, files: 5);
        string name = new('n', 255);

        TreeCloner.Clone(place["source"], place[name]);
        TreeCloner.Clone(place["source"], place[name], Overwriting);

        TreeComparison.AssertEqual(place["source"], place[name]);
        Assert.Throws<PathTooLongException>(() => TreeCloner.Clone(place["source"], place[name + "n"]));
        Assert.Equal([name, "source"], place.Names());
    }

    [Fact]
    public void Destination_made_meanwhile_is_not_touched()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["source"], SampleParts.None, files: 100);
        var maker = new Told(_ => place.Write("clone/mine", "mine"));

        var exception = Assert.Throws<IOException>(() => TreeCloner.Clone(place["source"], place["clone"], progress: maker));

        Assert.Equal("EEXIST", NativeError.Of(exception)?.Name);
        Assert.Equal("mine", File.ReadAllText(place["clone/mine"]));
        Assert.Equal(["clone", "source"], place.Names());
    }

    [Fact]
    public void Folder_that_overlayfs_has_from_below_can_be_cloned()
    {
        using TemporaryFolder place = TestVolumes.Overlay.Folder();
        string below = Path.Combine(TestVolumes.Overlay.Path, "below");

        TreeReport report = TreeCloner.Clone(below, place["clone"]);

        TreeComparison.AssertEqual(below, place["clone"]);
        Assert.Equal(1, report.Files);
    }
}
