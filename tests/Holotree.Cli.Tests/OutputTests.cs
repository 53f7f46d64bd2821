using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class OutputTests
{
    /// <summary>A pipe whose reader has gone before the program starts.</summary>
    const string IntoBrokenPipe = "exec 3> >(:); wait $!; exec \"$0\" \"$@\" >&3 3>&-";

    [Theory]
    [InlineData("--help")]
    [InlineData("list")]
    [InlineData("list", "--json")]
    [InlineData("doctor", "/dev/shm")]
    public void A_broken_pipe_is_no_failure(params string[] arguments)
    {
        using var place = new Workplace();
        var shell = new TestKit.Cli(place["home"]) { Program = "/bin/bash" };

        CliResult said = shell.Run(["-c", IntoBrokenPipe, TestKit.Cli.Binary, .. arguments]).Expect(0);

        Assert.Equal(string.Empty, said.Errors);
    }

    [Theory]
    [InlineData("exec \"$0\" list --json >/dev/full", 1)]
    [InlineData("exec \"$0\" frobnicate 2>/dev/full", 2)]
    [InlineData("exec \"$0\" frobnicate 2>&-", 2)]
    public void Output_that_cannot_be_written_is_told_by_the_exit_code_at_least(string script, int exitCode)
    {
        using var place = new Workplace();
        var shell = new TestKit.Cli(place["home"]) { Program = "/bin/bash" };

        shell.Run("-c", script, TestKit.Cli.Binary).Expect(exitCode);
    }

    [Fact]
    public void Quiet_says_nothing_but_what_was_asked_for()
    {
        using var place = new Workplace();
        string tree = place.MakeTree();

        Assert.Equal(string.Empty, place.Cli.Run("clone", tree, place["copy"], "--quiet").Expect(0).Output);
        Assert.Equal(string.Empty, place.Cli.Run("record", tree, "--name", "tools", "-q").Expect(0).Output);
        Assert.Contains("tools", place.Cli.Run("catalogs", "--quiet").Expect(0).Output, StringComparison.Ordinal);
        Assert.StartsWith("error: ", place.Cli.Run("clone", tree, place["copy"], "--quiet").Expect(1).Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto", false)]
    [InlineData("always", true)]
    [InlineData("never", false)]
    public void Colours_come_when_asked_for(string color, bool coloured)
    {
        using var place = new Workplace();

        Assert.Equal(coloured, place.Cli.Run("clone", place.MakeTree(), place["copy"], "--color", color).Expect(0).Output.Contains('\e', StringComparison.Ordinal));
        Assert.Equal(coloured, place.Cli.Run("clone", "x", "y", "--color", color).Expect(5).Errors.Contains('\e', StringComparison.Ordinal));
    }

    [Fact]
    public void Control_characters_in_names_do_not_reach_the_terminal()
    {
        using var place = new Workplace();
        place.Folder.Write("bad\e[31m\nname", "x");

        CliResult cloned = place.Cli.Run("clone", place["bad\e[31m\nname"], place["copy"]).Expect(0);
        CliResult missing = place.Cli.Run("clone", place["\e[2J"], place["other"]).Expect(5);

        Assert.Contains("bad\\x1b[31m\\nname", cloned.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', cloned.Output + missing.Errors);
    }

    [Fact]
    public void Paths_are_readable_in_json()
    {
        using var place = new Workplace();
        place.MakeTree("ein+schöner 'baum'");

        Assert.Contains("ein+schöner 'baum'", place.Cli.Run("clone", place["ein+schöner 'baum'"], place["ein+schöner 'baum' 2"], "--json").Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_number_of_workers_can_be_given()
    {
        using var place = new Workplace();
        string tree = place.MakeTree();

        place.Cli.Run("clone", tree, place["one"], "--workers", "1").Expect(0);
        place.Cli.Run("clone", tree, place["many"], "--workers", "9").Expect(0);

        TreeComparison.AssertEqual(place["one"], place["many"]);
    }
}
