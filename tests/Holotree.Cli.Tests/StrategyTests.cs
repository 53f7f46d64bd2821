using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class StrategyTests
{
    const string Settings = "holotree:\n  restoration-strategy: copy\n";

    [Theory]
    [InlineData("smart", "copy", "copy", true, "smart", "option")]
    [InlineData(null, "copy", "hardlink", true, "copy", "environment")]
    [InlineData(null, null, "hardlink", true, "hardlink", "environment")]
    [InlineData(null, "", "", true, "copy", "settings")]
    [InlineData(null, null, null, true, "copy", "settings")]
    [InlineData(null, null, null, false, "smart", "default")]
    public void The_strongest_that_is_given_counts(string? option, string? holotree, string? rcc, bool settings, string requested, string origin)
    {
        using var place = new Workplace();
        place.Cli.Environment["HOLOTREE_STRATEGY"] = holotree;
        place.Cli.Environment["RCC_HOLOTREE_STRATEGY"] = rcc;
        if (settings) place.Folder.Write("home/settings.yaml", Settings);
        string[] asked = option is null ? [] : ["--strategy", option];

        JsonElement cloned = place.Cli.Json(["clone", place.MakeTree(), place["copy"], .. asked]).GetProperty("strategy");
        place.Record();
        JsonElement restored = place.Cli.Json(["init", "--catalog", "tools", "--space", "dev", .. asked]).GetProperty("strategy");

        Assert.Equal((requested, origin), (cloned.Text("requested"), cloned.Text("origin")));
        Assert.Equal((requested, origin), (restored.Text("requested"), restored.Text("origin")));
    }

    [Fact]
    public void The_option_has_a_second_name()
    {
        using var place = new Workplace();

        JsonElement strategy = place.Cli.Json("clone", place.MakeTree(), place["copy"], "--holotree-strategy", "copy").GetProperty("strategy");

        Assert.Equal(("copy", "option"), (strategy.Text("requested"), strategy.Text("origin")));
    }

    [Fact]
    public void With_only_empty_files_the_one_asked_for_counts_as_used()
    {
        using var place = new Workplace();
        place.Folder.Write("tree/empty", string.Empty);

        Assert.Equal("smart", place.Cli.Json("clone", place["tree"], place["copy"]).GetProperty("strategy").Text("used"));
    }

    [Fact]
    public void A_bad_option_names_itself()
    {
        using var place = new Workplace();

        JsonElement error = Pinned.AssertFails(place.Cli.Run("clone", place.MakeTree(), place["copy"], "--strategy", "fast", "--json"), 2, "strategy-invalid");

        Assert.Contains("--strategy", error.Text("message"), StringComparison.Ordinal);
        Assert.Contains("'fast'", error.Text("message"), StringComparison.Ordinal);
        Assert.Contains("reflink", error.Text("hint"), StringComparison.Ordinal);
        Assert.Equal(["tree"], place.NamesIn("."));
    }

    [Theory]
    [InlineData("HOLOTREE_STRATEGY")]
    [InlineData("RCC_HOLOTREE_STRATEGY")]
    public void A_bad_variable_is_named(string variable)
    {
        using var place = new Workplace();
        place.Cli.Environment[variable] = "fast";

        JsonElement error = Pinned.AssertFails(place.Cli.Run("clone", place.MakeTree(), place["copy"], "--json"), 2, "strategy-invalid");

        Assert.Contains(variable, error.Text("message"), StringComparison.Ordinal);
    }
}
