using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class HomeTests
{
    [Theory]
    [InlineData("option", "holotree", "robocorp", "option")]
    [InlineData(null, "holotree", "robocorp", "holotree")]
    [InlineData(null, "", "robocorp", "robocorp")]
    [InlineData(null, null, "robocorp", "robocorp")]
    [InlineData(null, null, null, "user/.holotree")]
    public void The_strongest_that_is_given_counts(string? option, string? holotree, string? robocorp, string expected)
    {
        using var place = new Workplace();
        place.Cli.Environment["HOME"] = place["user"];
        place.Cli.Environment["HOLOTREE_HOME"] = holotree;
        place.Cli.Environment["ROBOCORP_HOME"] = robocorp;

        CliResult said = place.Cli.Run(option is null ? ["list"] : ["list", "--home", option]).Expect(0);

        Assert.Equal($"There are no spaces in {place[expected]}.\n", said.Output);
    }

    [Fact]
    public void An_option_may_stand_before_the_command()
    {
        using var place = new Workplace();

        Assert.Contains(place["other"], place.Cli.Run("--home", "other", "list").Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_path_is_a_mistake()
    {
        using var place = new Workplace();

        Pinned.AssertFails(place.Cli.Run("list", "--home", "", "--json"), 2, "home-invalid");
    }

    [Fact]
    public void A_user_without_a_folder_is_asked_for_one_and_can_clone()
    {
        using var place = new Workplace();
        TestKit.Cli cli = place.AsOrdinaryUser();
        place.MakeTree();
        cli.Environment["HOME"] = cli.Environment["HOLOTREE_HOME"] = null;

        // The ordinary user's folder in the system's user list is one that does not exist.
        cli.Run("clone", place["tree"], place["copy"]).Expect(0);
        Assert.Contains("/.holotree", cli.Run("list").Expect(0).Output, StringComparison.Ordinal);
    }
}
