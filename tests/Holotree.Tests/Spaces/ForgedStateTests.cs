using System.Runtime.Versioning;
using Holotree.Journal;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Spaces;

/// <summary>States and notes that somebody else has written: they name what this user holds dear, and it stays.</summary>
[SupportedOSPlatform("linux")]
public sealed class ForgedStateTests : IDisposable
{
    readonly Site site = new("ext4");
    readonly string dear;

    public ForgedStateTests()
    {
        dear = site.Folder.MakeFolder("dear");
        site.Folder.Write("dear/inner/file", "dear");
        site.MakeSample(SampleParts.None, files: 10);
        site.Record();
        Directory.CreateDirectory(Path.Join(site.Home.StatesPath, "gone"));
    }

    public void Dispose() => site.Dispose();

    [Theory]
    [InlineData("path={0}\ncomplete=yes\n")]
    [InlineData("path={0}\ncomplete=yes\nidentity=1 2.000000003\n")]
    [InlineData("path={0}\npending={0}\npendingIdentity={1}\n")]
    [InlineData("path={0}/inner\npending={0}\n")]
    [InlineData("path={0}\npending={0}/inner\nephemeral=yes\n")]
    [InlineData("path={2}/spaces/x\npending={0}\nephemeral=yes\n")]
    [InlineData("pending={0}\n")]
    [InlineData("path=%00\npending=%00\ncomplete=yes\nidentity=1\n")]
    public void What_a_forged_state_names_stays(string state)
    {
        string path = Path.Join(site.Home.StatesPath, "x.state");
        File.WriteAllText(path, state.Replace("{0}", dear, StringComparison.Ordinal).Replace("{1}", "1 2.000000003", StringComparison.Ordinal).Replace("{2}", site.Home.Path, StringComparison.Ordinal));

        _ = site.Spaces.List();
        if (site.Spaces.Find("x") is not null) site.Spaces.Delete("x", Site.Patience);
        site.Spaces.Sweep(Timeout.InfiniteTimeSpan);

        Assert.Equal("dear", File.ReadAllText(site.Folder["dear/inner/file"]));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Folder_that_only_has_such_a_name_elsewhere_stays()
    {
        string elsewhere = site.Folder.MakeFolder("dear/.reflink-0123456789abcdef.partial");
        File.WriteAllText(Path.Join(site.Home.StatesPath, "x.state"), $"path={site.PathOf("x")}\npending={elsewhere}\n");

        site.Restore("x");

        Assert.True(Directory.Exists(elsewhere));
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Folder_of_such_a_name_that_is_not_the_one_that_was_noted_stays(bool isNoted)
    {
        string beside = site.Folder.MakeFolder("home/spaces/.reflink-0123456789abcdef.partial");
        string noted = isNoted ? FolderIdentity.Of(beside)! : FolderIdentity.Of(dear)!;
        File.WriteAllText(Path.Join(site.Home.StatesPath, "x.state"), $"path={site.PathOf("x")}\npending={beside}\npendingIdentity={noted}\n");

        site.Restore("x");

        Assert.Equal(!isNoted, Directory.Exists(beside));
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
    }

    [Fact]
    public void What_a_forged_note_names_stays_even_if_it_knows_which_folder_that_is()
    {
        string note = Path.Join(site.Home.StatesPath, "gone", "x.gone");
        File.WriteAllText(note, $"path={dear}\nidentity={FolderIdentity.Of(dear)}\n");

        Assert.True(site.Spaces.Sweep(Timeout.InfiniteTimeSpan));

        Assert.Equal("dear", File.ReadAllText(site.Folder["dear/inner/file"]));
        Assert.False(File.Exists(note));
    }

    [Theory]
    [InlineData("runs/..")]
    [InlineData("runs/../")]
    [InlineData("runs/.")]
    [InlineData("runs/")]
    [InlineData("runs//")]
    public void Note_that_names_no_run_deletes_nothing(string path)
    {
        Directory.CreateDirectory(Path.Join(site.Home.RunsPath, "run"));
        string named = Path.Join(site.Home.Path, path), note = Path.Join(site.Home.StatesPath, "gone", "x.gone");
        File.WriteAllText(note, $"path={named}\nidentity={FolderIdentity.Of(named)}\n");

        Assert.True(site.Spaces.Sweep(Timeout.InfiniteTimeSpan));

        Assert.True(Directory.Exists(Path.Join(site.Home.RunsPath, "run")));
        Assert.False(File.Exists(note));
    }

    [Theory]
    [InlineData(".lock")]
    [InlineData("..lock")]
    [InlineData("...lock")]
    public void Lock_of_no_run_takes_no_run_away(string name)
    {
        Directory.CreateDirectory(Path.Join(site.Home.RunsPath, "run-live"));
        File.WriteAllText(Path.Join(site.Home.RunsPath, name), "");
        using FileLock held = FileLock.Take(Path.Join(site.Home.RunsPath, "run-live.lock"), exclusive: true, Site.Patience, "run", CancellationToken.None);

        site.Spaces.Sweep(Timeout.InfiniteTimeSpan);
        _ = site.Spaces.List();

        Assert.True(Directory.Exists(Path.Join(site.Home.RunsPath, "run-live")));
    }

    [Theory]
    [InlineData("dear/inner/..")]
    [InlineData("dear/.")]
    [InlineData("dear/")]
    public void State_whose_path_ends_in_no_name_deletes_nothing(string path)
    {
        string named = Path.Join(site.Folder.Path, path), identity = FolderIdentity.Of(named)!;
        File.WriteAllText(Path.Join(site.Home.StatesPath, "x.state"), $"path={named}\npending={named}\npendingIdentity={identity}\nephemeral=yes\n");
        File.WriteAllText(Path.Join(site.Home.StatesPath, "y.state"), $"path={named}\ncomplete=yes\nidentity={identity}\nephemeral=yes\n");

        Assert.All(site.Spaces.List(), static space => Assert.False(space.Complete));
        site.Spaces.Sweep(Timeout.InfiniteTimeSpan);

        Assert.Equal("dear", File.ReadAllText(site.Folder["dear/inner/file"]));
        Assert.Empty(site.Spaces.List());
    }

    [Theory]
    [InlineData("states/x.state")]
    [InlineData("states/gone/x.gone")]
    [InlineData("states/space.index")]
    [InlineData("journal/restores.jsonl")]
    [InlineData("journal/restores.old.jsonl")]
    public void Fifo_in_the_place_of_a_file_is_not_waited_for(string name)
    {
        site.Restore();
        string path = Path.Join(site.Home.Path, name);
        File.Delete(path);
        Tool.Run("mkfifo", path);

        _ = site.Spaces.List();
        _ = new RestoreJournal(site.Home).Read();
        site.Restore();
        site.Spaces.Sweep(Timeout.InfiniteTimeSpan);

        Assert.True(site.Spaces.Find("space")!.Complete);
    }
}
