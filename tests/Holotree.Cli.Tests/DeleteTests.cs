using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class DeleteTests
{
    [Fact]
    public void Spaces_are_deleted_and_named()
    {
        using var place = new Workplace();
        place.Record();
        foreach (string space in (string[])["one", "two", "three"]) place.Cli.Run("init", "--catalog", "tools", "--space", space).Expect(0);

        JsonElement done = place.Cli.Json("delete", "one", "two");

        Assert.Equal(["one", "two"], done.GetProperty("deleted").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(["three"], place.NamesIn("home/spaces"));
        Assert.Equal("three", Assert.Single(place.Cli.Json("list").GetProperty("spaces").EnumerateArray()).Text("space"));
    }

    [Fact]
    public void Deletion_returns_at_once_and_the_files_go_without_anybody_waiting()
    {
        const int files = 60_000;
        using var place = new Workplace(TestVolumes.Xfs);
        string tree = place.Folder.MakeFolder("tree");
        for (int i = 0; i < files; i++)
        {
            if (i % 500 == 0) Directory.CreateDirectory(Path.Join(tree, $"{i / 500}"));
            File.WriteAllText(Path.Join(tree, $"{i / 500}/{i}"), i % 10 == 0 ? string.Empty : "x");
        }
        place.Cli.Run("record", tree, "--name", "tools").Expect(0);
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        place.Cli.Run("delete", "dev").Expect(0);

        Assert.DoesNotContain("dev", place.NamesIn("home/spaces"));
        Assert.Equal(0, place.Cli.Json("list").GetProperty("spaces").GetArrayLength());
        bool left = place.NamesIn("home/states/gone").Length > 0;
        Assert.True(left, "All files were deleted before the program returned; the test needs more of them.");
        for (int i = 0; i < 600 && place.NamesIn("home/states/gone").Length > 0; i++) Thread.Sleep(50);
        Assert.Empty(place.NamesIn("home/spaces"));
        Assert.Empty(place.NamesIn("home/states/gone"));
    }

    [Fact]
    public void One_unknown_space_among_several_changes_nothing()
    {
        using var place = new Workplace();
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        Pinned.AssertFails(place.Cli.Run("delete", "dev", "nothing", "--json"), 5, "space-unknown");
        Pinned.AssertFails(place.Cli.Run("delete", "nothing", "--json"), 5, "space-unknown");

        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
    }

    [Fact]
    public void Catalogs_are_removed_and_spaces_made_from_them_stay()
    {
        using var place = new Workplace();
        string catalog = place.Record(), other = place.Record("other", seed: 2);
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        JsonElement done = place.Cli.Json("remove", "tools", other);

        Assert.Equal([catalog, other], done.GetProperty("removed").EnumerateArray().Select(id => id.GetString()));
        Assert.Equal(0, place.Cli.Json("catalogs").GetProperty("catalogs").GetArrayLength());
        Assert.Equal("some text, 1\n", File.ReadAllText(place["home/spaces/dev/text"]));
    }

    [Fact]
    public void One_unknown_catalog_among_several_changes_nothing()
    {
        using var place = new Workplace();
        place.Record();

        Pinned.AssertFails(place.Cli.Run("remove", "tools", "nothing", "--json"), 5, "catalog-unknown");

        Assert.Equal(1, place.Cli.Json("catalogs").GetProperty("catalogs").GetArrayLength());
    }
}
