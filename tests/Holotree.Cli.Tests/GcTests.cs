using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class GcTests
{
    [Fact]
    public void Objects_of_a_removed_catalog_go_and_the_document_has_the_pinned_keys()
    {
        using var place = new Workplace();
        place.Record("kept");
        place.Record("removed", seed: 2);
        place.Cli.Run("remove", "removed").Expect(0);

        JsonElement told = place.Cli.Json("gc", "--dry-run");
        JsonElement done = place.Cli.Json("gc");
        JsonElement again = place.Cli.Json("gc");

        foreach (JsonElement document in (JsonElement[])[told, done])
        {
            Assert.Equal(3, document.GetProperty("removed").GetInt64());
            Assert.True(document.GetProperty("bytes").GetInt64() > Workplace.LargeFileBytes);
            Assert.True(document.GetProperty("objects").GetInt64() > 3);
        }
        Assert.Equal(0, again.GetProperty("removed").GetInt64());
        place.Cli.Run("check").Expect(0);
        place.Cli.Run("init", "--catalog", "kept", "--space", "dev").Expect(0);
    }

    [Fact]
    public void It_says_in_words_what_it_did()
    {
        using var place = new Workplace();
        place.Record();
        place.Cli.Run("remove", "tools").Expect(0);

        Assert.StartsWith("Would delete 4 objects of 4 (", place.Cli.Run("gc", "--dry-run").Expect(0).Output, StringComparison.Ordinal);
        Assert.StartsWith("Deleted 4 objects of 4 (", place.Cli.Run("gc").Expect(0).Output, StringComparison.Ordinal);
        Assert.StartsWith("Deleted 0 objects of 0 (", place.Cli.Run("gc").Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_library_there_is_nothing_to_do() =>
        Assert.Equal(0, new Workplace().Cli.Json("gc").GetProperty("objects").GetInt64());

    [Fact]
    public void Wrong_grace_is_a_wrong_command_line()
    {
        using var place = new Workplace();
        Pinned.AssertFails(place.Cli.Run("gc", "--grace", "long", "--json"), 2, "usage");
        Pinned.AssertFails(place.Cli.Run("gc", "--grace", "-1", "--json"), 2, "usage");
        Pinned.AssertFails(place.Cli.Run("gc", "--grace=-Infinity", "--json"), 2, "usage");
    }

    [Fact]
    public void Damaged_catalog_stops_it_with_the_code_for_damage()
    {
        using var place = new Workplace();
        string id = place.Record();
        File.AppendAllText(place[$"home/library/catalogs/{id}.catalog"], "x");

        Pinned.AssertFails(place.Cli.Run("gc", "--json"), 6, "catalog-damaged");
    }
}
