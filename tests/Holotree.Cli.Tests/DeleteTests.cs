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
