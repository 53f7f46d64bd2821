using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>What cannot be looked at is not taken for nothing, and what has been done is not undone by what fails after it.</summary>
public sealed class FailingSystemTests
{
    [Theory]
    [InlineData("xfs", "statx", "EIO")]
    [InlineData("ext4", "statx", "ENOMEM")]
    [InlineData("btrfs", "statx", "EIO")]
    [InlineData("btrfs", "ioctl", "EIO")]
    [InlineData("btrfs", "ioctl", "EDQUOT")]
    public void Space_that_cannot_be_looked_at_is_not_forgotten(string volume, string call, string errno)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        // A command that died has left it to the next one to look what there is.
        string state = place["home/states/dev.state"];
        string[] lines = [.. File.ReadAllLines(state).Skip(1), $"pending={place["home/spaces/.reflink-1.partial"]}"];
        File.WriteAllLines(state, lines);
        foreach (string[] command in (string[][])[["init", "--catalog", "tools", "--space", "dev"], ["delete", "dev"], ["list"], ["init", "--catalog", "tools", "--space", "dev", "--force"]])
        {
            CliResult result = Injection.RunAt(place, place["home/spaces/dev"], $"{call}:error={errno}", [.. command, "--json"]).Expect(1);
            Assert.Contains(errno, result.Error.Text("message"), StringComparison.Ordinal);
            Assert.NotNull(result.Error.Text("hint"));
        }

        Assert.True(Assert.Single(place.Cli.Json("list").GetProperty("spaces").EnumerateArray()).GetProperty("complete").GetBoolean());
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        place.Cli.Run("check").Expect(0);
    }

    [Fact]
    public void Space_stands_though_what_it_replaces_cannot_be_deleted()
    {
        Root.IsNeededToRun("chattr", "+i");
        using var place = new Workplace(TestVolumes.Ext4);
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        string stuck = place.Folder.Write("home/spaces/dev/stuck", "of the old space");
        Tool.Run("chattr", "+i", stuck);

        JsonElement made = place.Cli.Json("init", "--space", "dev", "--force");

        Assert.Equal("created", made.Text("mode"));
        Assert.True(Assert.Single(place.Cli.Json("list").GetProperty("spaces").EnumerateArray()).GetProperty("complete").GetBoolean());
        Assert.Equal(place["tree-tools"].Length > 0, File.Exists(place["home/spaces/dev/text"]));
        Assert.False(File.Exists(stuck));
        place.Cli.Run("check").Expect(0);
        string left = Assert.Single(place.NamesIn("home/spaces"), static name => name.StartsWith('.'));
        Tool.Run("chattr", "-i", place[$"home/spaces/{left}/stuck"]);
        place.Cli.Run("init", "--space", "dev").Expect(0);
        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
    }

    [Theory]
    [InlineData("EIO")]
    [InlineData("ENOMEM")]
    public void Home_that_cannot_be_looked_at_is_not_taken_for_an_empty_one(string errno)
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        foreach (string[] command in (string[][])[["gc"], ["check"], ["init", "--catalog", "tools", "--space", "dev"]])
            Assert.Contains(errno, Injection.Run(place, [$"statx:error={errno}"], [.. command, "--json"]).Expect(1).Error.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void Deletion_has_succeeded_where_only_the_files_of_what_is_gone_cannot_be_looked_for()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        CliResult result = Injection.RunAt(place, place["home/states/gone"], "getdents64:error=EIO", "delete", "dev").Expect(0);

        Assert.Contains("still on disk", result.Errors, StringComparison.Ordinal);
        Assert.Empty(place.Cli.Json("list").GetProperty("spaces").EnumerateArray());
        place.Cli.Run("gc").Expect(0);
        Assert.Empty(place.NamesIn("home/spaces"));
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("ext4")]
    public void Space_is_deleted_where_there_is_no_room_for_any_note(string volume)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        Injection.Run(place, ["renameat,renameat2:error=ENOSPC"], "delete", "dev").Expect(0);

        Assert.Empty(place.NamesIn("home/spaces"));
        Assert.Empty(place.Cli.Json("list").GetProperty("spaces").EnumerateArray());
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
    }

    [Theory]
    [InlineData("mkdir:error=ENOSPC", "no-space", 28)]
    [InlineData("mkdir:error=EROFS", "read-only", 30)]
    public void Failure_of_the_framework_says_path_number_and_remedy_too(string injection, string code, int errno)
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        Directory.Delete(place["home/library/incoming"]);
        Directory.CreateDirectory(place["home/library/incoming"]);

        JsonElement error = Pinned.AssertFails(Injection.Run(place, [injection], "record", place.MakeTree("more", seed: 3), "--json"), 1, code);

        Assert.Equal(errno, error.Number("errno"));
        Assert.StartsWith(place["home"], error.Text("path"), StringComparison.Ordinal);
        Assert.NotNull(error.Text("hint"));
    }
}
