using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class RecordTests
{
    [Fact]
    public void The_document_says_what_was_found_and_stored()
    {
        using var place = new Workplace();
        string tree = place.MakeTree();

        JsonElement done = place.Cli.Json("record", tree, "--name", "tools");

        Pinned.AssertKeys(done, "catalog", "name", "prefix", "files", "directories", "symlinks", "bytes", "objects", "relocations", "hashed", "elapsedMilliseconds");
        Pinned.AssertKeys(done.GetProperty("bytes"), "logical", "added");
        Pinned.AssertKeys(done.GetProperty("objects"), "added", "known");
        Pinned.AssertKeys(done.GetProperty("relocations"), "files", "places");
        Assert.Equal(("tools", tree), (done.Text("name"), done.Text("prefix")));
        Assert.Equal((5, 1, 1), (done.Number("files"), done.Number("directories"), done.Number("symlinks")));
        Assert.Equal((1, 2), (done.GetProperty("relocations").Number("files"), done.GetProperty("relocations").Number("places")));
        Assert.Equal((4, 0), (done.GetProperty("objects").Number("added"), done.GetProperty("objects").Number("known")));
        Assert.Matches("^[0-9a-f]{64}$", done.Text("catalog"));
    }

    [Fact]
    public void The_folder_gives_the_name_where_none_is_given()
    {
        using var place = new Workplace();

        Assert.Equal("tree", place.Cli.Json("record", place.MakeTree()).Text("name"));
    }

    [Fact]
    public void Again_under_the_same_name_only_what_changed_is_read()
    {
        using var place = new Workplace();
        place.Record();
        place.Folder.Write("tree-tools/text", "something else\n");

        JsonElement again = place.Cli.Json("record", place["tree-tools"], "--name", "tools");

        Assert.Equal(1, again.Number("hashed"));
        Assert.Equal(1, again.GetProperty("objects").Number("added"));
        Assert.Equal(2, place.Cli.Json("catalogs").GetProperty("catalogs").GetArrayLength());
    }

    [Theory]
    [InlineData("nothing", 5, "source-missing")]
    [InlineData("file", 2, "source-not-a-folder")]
    public void What_is_no_folder_is_refused(string source, int exitCode, string code)
    {
        using var place = new Workplace();
        place.Folder.Write("file", "x");

        JsonElement error = Pinned.AssertFails(place.Cli.Run("record", place[source], "--json"), exitCode, code);

        Assert.Equal(place[source], error.Text("path"));
        Assert.Equal(["file"], place.NamesIn("."));
    }

    [Fact]
    public void A_name_that_is_none_is_a_mistake()
    {
        using var place = new Workplace();

        Pinned.AssertFails(place.Cli.Run("record", place.MakeTree(), "--name", "../up", "--json"), 2, "name-invalid");
    }

    [Fact]
    public void A_file_the_user_may_not_read_is_named_and_nothing_is_published()
    {
        using var place = new Workplace();
        TestKit.Cli cli = place.AsOrdinaryUser();
        place.MakeTree();
        place.SetMode("tree/text", UnixFileMode.None);

        JsonElement error = Pinned.AssertFails(cli.Run("record", place["tree"], "--json"), 1, "permission-denied");

        Assert.Equal((13, place["tree/text"]), (error.Number("errno"), error.Text("path")));
        Assert.Equal(0, cli.Json("catalogs").GetProperty("catalogs").GetArrayLength());
        Assert.Empty(place.NamesIn("home/library/incoming"));
    }

    [Fact]
    public void A_full_volume_fails_with_errno_and_nothing_is_published()
    {
        using var place = new Workplace();
        using var full = new Workplace(TestVolumes.Small);
        place.MakeTree();
        place.Folder.WriteRandom("tree/sub/large", 40_000_000);

        JsonElement error = Pinned.AssertFails(full.Cli.Run("record", place["tree"], "--json"), 1, "no-space");

        Assert.Equal(28, error.Number("errno"));
        Assert.Equal(0, full.Cli.Json("catalogs").GetProperty("catalogs").GetArrayLength());
        Assert.Empty(full.NamesIn("home/library/incoming"));
    }
}
