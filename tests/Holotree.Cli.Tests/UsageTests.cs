using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("command-missing")]
    [InlineData("command-unknown", "frobnicate")]
    [InlineData("command-unknown", "frobnicate", "list")]
    [InlineData("command-unknown", "export", "tools")]
    [InlineData("option-unknown", "list", "--strategy", "copy")]
    [InlineData("option-unknown", "delete", "--force", "dev")]
    [InlineData("option-unknown", "clone", "--bogus", "a", "b")]
    [InlineData("usage", "clone", "a")]
    [InlineData("usage", "clone", "a", "b", "c")]
    [InlineData("usage", "clone", "", "b")]
    [InlineData("usage", "list", "extra")]
    [InlineData("usage", "delete")]
    [InlineData("usage", "list", "--workers", "many")]
    [InlineData("usage", "list", "--workers", "-1")]
    [InlineData("usage", "list", "--workers")]
    [InlineData("usage", "list", "--color", "blue")]
    [InlineData("usage", "list", "--home", "--quiet")]
    [InlineData("usage", "clone", "a", "b", "--strategy", "--overwrite")]
    public void A_wrong_command_line_ends_with_2_and_says_why(string code, params string[] arguments)
    {
        using var place = new Workplace();

        JsonElement error = Pinned.AssertFails(place.Cli.Run(["--json", .. arguments]), 2, code);
        CliResult said = place.Cli.Run(arguments).Expect(2);

        Assert.NotNull(error.Text("hint"));
        Assert.Equal(string.Empty, said.Output);
        Assert.StartsWith("error: ", said.Errors, StringComparison.Ordinal);
        Assert.Empty(place.NamesIn("."));
    }

    [Theory]
    [InlineData("clon", "Did you mean clone?")]
    [InlineData("catalog", "Did you mean catalogs?")]
    public void A_misspelt_command_is_recognized(string command, string hint)
    {
        using var place = new Workplace();

        Assert.Contains(hint, place.Cli.Run(command).Expect(2).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_misspelt_option_is_recognized()
    {
        using var place = new Workplace();

        Assert.Contains("Did you mean --strategy?", place.Cli.Run("clone", "a", "b", "--stratgy", "copy").Expect(2).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("clone", "--help")]
    [InlineData("-h", "init")]
    public void Help_is_given_on_standard_output(params string[] arguments)
    {
        using var place = new Workplace();

        CliResult said = place.Cli.Run(arguments).Expect(0);

        Assert.Contains("Usage:", said.Output, StringComparison.Ordinal);
        Assert.Contains("holotree ", said.Output, StringComparison.Ordinal);
        Assert.Equal(string.Empty, said.Errors);
    }

    [Fact]
    public void Help_of_the_program_says_what_its_exit_codes_mean()
    {
        using var place = new Workplace();

        string help = place.Cli.Run("--help").Expect(0).Output;

        foreach (string code in (string[])["0", "1", "2", "4", "5", "6", "7", "130"]) Assert.Matches($@"\n  {code} +[a-z]", help);
    }

    [Fact]
    public void Every_command_shows_examples()
    {
        using var place = new Workplace();

        foreach (string command in (string[])["clone", "doctor", "record", "init", "run", "variables", "list", "catalogs", "delete", "remove", "settings"])
            Assert.Contains("Examples:\n  holotree " + command, place.Cli.Run(command, "--help").Expect(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("clone", "--version")]
    public void The_version_is_told(params string[] arguments)
    {
        using var place = new Workplace();

        Assert.Matches(@"\Aholotree \d+\.\d+\.\d+\S*\n\z", place.Cli.Run(arguments).Expect(0).Output);
        Assert.Matches(@"^\d+\.\d+\.\d+", place.Cli.Json(arguments).Text("version"));
    }
}
