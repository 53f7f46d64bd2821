using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class ListTests
{
    [Fact]
    public void Without_a_library_the_lists_are_empty_and_nothing_is_made()
    {
        using var place = new Workplace();

        Assert.Equal(0, place.Cli.Json("list").GetProperty("spaces").GetArrayLength());
        Assert.Equal(0, place.Cli.Json("catalogs").GetProperty("catalogs").GetArrayLength());
        Assert.Contains(place["home"], place.Cli.Run("list").Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains(place["home"], place.Cli.Run("catalogs").Expect(0).Output, StringComparison.Ordinal);
        Assert.Empty(place.NamesIn("."));
    }

    [Fact]
    public void Spaces_are_listed_with_what_made_them()
    {
        using var place = new Workplace();
        string catalog = place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        JsonElement space = Assert.Single(place.Cli.Json("list").GetProperty("spaces").EnumerateArray());

        Pinned.AssertKeys(space, "space", "path", "catalog", "name", "files", "mechanisms", "created", "used", "complete");
        Pinned.AssertKeys(space.GetProperty("mechanisms"), Pinned.Mechanisms);
        Assert.Equal(("dev", place["home/spaces/dev"], catalog, "tools"), (space.Text("space"), space.Text("path"), space.Text("catalog"), space.Text("name")));
        Assert.Equal(5, Pinned.Mechanisms.Sum(name => space.GetProperty("mechanisms").Number(name)));
        Assert.True(space.GetProperty("complete").GetBoolean());
        Assert.InRange(space.GetProperty("created").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);
    }

    [Fact]
    public void Catalogs_are_listed_newest_first_or_one_alone()
    {
        using var place = new Workplace();
        string old = place.Record("old"), latest = place.Record("new", seed: 2);

        JsonElement[] all = [.. place.Cli.Json("catalogs").GetProperty("catalogs").EnumerateArray()];
        JsonElement one = Assert.Single(place.Cli.Json("catalogs", "old").GetProperty("catalogs").EnumerateArray());

        Assert.Equal([latest, old], all.Select(catalog => catalog.Text("catalog")));
        Pinned.AssertKeys(one, "catalog", "name", "blueprint", "platform", "files", "bytes", "relocations", "created", "used");
        Assert.Equal((old, "old", 5, 2), (one.Text("catalog"), one.Text("name"), one.Number("files"), one.Number("relocations")));
        Assert.Equal(JsonValueKind.Null, one.GetProperty("used").ValueKind);
        Assert.Contains(old, place.Cli.Run("catalogs", "old").Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_pipe_every_entry_is_one_line()
    {
        using var place = new Workplace();
        place.Record();
        string far = place[new string('d', 200)];
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--to", far).Expect(0);

        string[] lines = place.Cli.Run("list").Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(2, lines.Length);
        Assert.StartsWith("SPACE", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(far, lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_start_of_several_ids_is_a_mistake_that_names_them()
    {
        using var place = new Workplace();

        // Of 17 ids two begin with the same digit, whatever they are.
        string[] ids = [.. Enumerable.Range(0, 17).Select(seed => place.Record($"n{seed}", seed))];
        string digit = ids.GroupBy(id => id[..1]).First(group => group.Count() > 1).Key;

        JsonElement error = Pinned.AssertFails(place.Cli.Run("catalogs", digit, "--json"), 2, "catalog-ambiguous");

        Assert.Contains(ids.First(id => id.StartsWith(digit, StringComparison.Ordinal))[..12], error.Text("message"), StringComparison.Ordinal);
    }
}
