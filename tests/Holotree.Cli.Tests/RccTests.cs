using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>The program under the name <c>rcc</c>: by a link, as one file beside others, and as a copy.</summary>
public sealed class RccTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_space_is_made_brought_back_listed_and_deleted(bool copied)
    {
        using var place = new Workplace(TestVolumes.Btrfs);
        TestKit.Cli rcc = AsRcc(place, copied);
        string catalog = place.Record();

        JsonElement made = rcc.Json("holotree", "init", "--strategy=reflink", "--space", "myspace");
        place.Folder.Write("home/spaces/myspace/mine", "mine");
        JsonElement again = rcc.Json("ht", "init", "--strategy=reflink", "-s", "myspace", "-f");

        Assert.Equal((catalog, "created", "reflink"), (made.Text("catalog"), made.Text("mode"), made.GetProperty("strategy").Text("used")));
        Assert.Equal((catalog, "reflink"), (again.Text("catalog"), again.GetProperty("strategy").Text("used")));
        Assert.False(File.Exists(place["home/spaces/myspace/mine"]));
        Assert.Equal("myspace", rcc.Json("holotree", "list").GetProperty("spaces")[0].Text("space"));
        Assert.Equal("tools", rcc.Json("ht", "catalogs").GetProperty("catalogs")[0].Text("name"));
        rcc.Run("holotree", "delete", "myspace").Expect(0);
        Assert.Equal(0, rcc.Json("ht", "list").GetProperty("spaces").GetArrayLength());
    }

    [Fact]
    public void The_catalog_that_is_not_named_is_the_spaces_own_or_of_its_name_or_the_only_one()
    {
        using var place = new Workplace();
        string first = place.Record("first"), dev = place.Record("dev", seed: 2);
        place.Cli.Run("init", "--catalog", "first", "--space", "own").Expect(0);
        place.Folder.Write("tree-first/more", "more");
        place.Cli.Run("record", place["tree-first"], "--name", "first").Expect(0);

        Assert.Equal(first, place.Cli.Json("init", "--space", "own", "--force").Text("catalog"));
        Assert.Equal(dev, place.Cli.Json("init", "--space", "dev").Text("catalog"));
        Assert.Contains("the space dev is made from it", place.Cli.Run("init", "--space", "dev", "--force").Expect(0).Output, StringComparison.Ordinal);
        JsonElement error = Pinned.AssertFails(place.Cli.Run("init", "--space", "other", "--json"), 2, "usage");
        Assert.Contains("first", error.Text("hint"), StringComparison.Ordinal);
        Assert.Contains("dev", error.Text("hint"), StringComparison.Ordinal);
        Assert.Equal(["dev", "own"], place.NamesIn("home/spaces"));
    }

    [Fact]
    public void Where_nothing_was_recorded_it_is_said_how_to()
    {
        using var place = new Workplace();

        JsonElement error = Pinned.AssertFails(AsRcc(place).Run("holotree", "init", "--strategy=reflink", "--space", "myspace", "--json"), 2, "usage");

        Assert.Contains("holotree record", error.Text("hint"), StringComparison.Ordinal);
        Assert.Empty(place.NamesIn("home"));
    }

    [Fact]
    public void Its_own_spellings_are_understood()
    {
        using var place = new Workplace();
        TestKit.Cli rcc = AsRcc(place);
        place.Record();

        CliResult silent = rcc.Run("ht", "init", "--space", "s", "--silent", "--controller", "citests", "--tag=x", "--anything", "y", "--bundled", "--timeline").Expect(0);
        CliResult debug = rcc.Run("--debug", "holotree", "init", "--space", "t").Expect(0);

        Assert.Equal((string.Empty, string.Empty), (silent.Output, silent.Errors));
        Assert.NotEmpty(debug.Output);
        Assert.Equal(2, rcc.Run("holotree", "list", "-j").Expect(0).Json.GetProperty("spaces").GetArrayLength());
        place.Cli.Run("list", "--controller", "citests").Expect(2);
    }

    [Theory]
    [InlineData("option-unknown", "ht", "list", "--unmanaged")]
    [InlineData("option-unknown", "holotree", "init", "--space", "s", "--lockless")]
    [InlineData("command-unknown", "ht", "frobnicate")]
    [InlineData("command-unknown", "configure", "list")]
    [InlineData("command-missing", "holotree")]
    public void What_it_does_not_know_is_refused(string code, params string[] arguments)
    {
        using var place = new Workplace();

        Assert.NotNull(Pinned.AssertFails(AsRcc(place).Run([.. arguments, "--json"]), 2, code).Text("hint"));
        Assert.Empty(place.NamesIn("home"));
    }

    [Fact]
    public void Its_variable_and_its_home_count()
    {
        using var place = new Workplace();
        TestKit.Cli rcc = AsRcc(place);
        place.Record();
        rcc.Environment["HOLOTREE_HOME"] = null;
        rcc.Environment["ROBOCORP_HOME"] = place["home"];
        rcc.Environment["RCC_HOLOTREE_STRATEGY"] = "copy";

        JsonElement done = rcc.Json("holotree", "init", "--space", "s");

        Assert.Equal((place["home/spaces/s"], "copy", "environment"), (done.Text("path"), done.GetProperty("strategy").Text("requested"), done.GetProperty("strategy").Text("origin")));
    }

    [Fact]
    public void Help_names_the_program_as_it_was_called_and_other_names_have_no_group()
    {
        using var place = new Workplace();

        Assert.Contains("  rcc init ", AsRcc(place).Run("holotree", "init", "--help").Expect(0).Output, StringComparison.Ordinal);
        place.Cli.Run("ht", "list").Expect(2);
    }

    static TestKit.Cli AsRcc(Workplace place, bool copied = false)
    {
        string program = place["rcc"];
        if (copied) File.Copy(TestKit.Cli.Binary, program);
        else File.CreateSymbolicLink(program, TestKit.Cli.Binary);
        return new TestKit.Cli(place["home"]) { Program = program, WorkingDirectory = place.Folder.Path };
    }
}
