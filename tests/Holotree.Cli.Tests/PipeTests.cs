using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>The other end of a stream goes away, is full, or was never there.</summary>
public sealed class PipeTests
{
    const int ManySpaces = 40;

    [Theory]
    [InlineData("\"$HOLOTREE\" list | head -n 1")]
    [InlineData("\"$HOLOTREE\" list --json | head -n 1")]
    [InlineData("\"$HOLOTREE\" list | true")]
    [InlineData("\"$HOLOTREE\" --help | true")]
    [InlineData("\"$HOLOTREE\" init --space new --verbose 2>&1 | true")]
    public void A_reader_that_goes_away_is_no_failure(string script)
    {
        using var place = new Workplace();
        MakeSpaces(place);

        CliResult said = Shell(place, $"set -o pipefail; {script}").Expect(0);

        Assert.Equal(string.Empty, said.Errors);
    }

    [Theory]
    [InlineData(0, "\"$HOLOTREE\" list <&-")]
    [InlineData(5, "\"$HOLOTREE\" catalogs nothing 2>&-")]
    [InlineData(5, "\"$HOLOTREE\" catalogs nothing 2>/dev/full")]
    public void A_stream_that_is_closed_or_full_changes_no_exit_code(int exitCode, string script)
    {
        using var place = new Workplace();

        CliResult said = Shell(place, script).Expect(exitCode);

        Assert.DoesNotContain("   at ", said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_that_could_not_be_written_is_a_failure_that_says_why()
    {
        using var place = new Workplace();

        CliResult full = Shell(place, "\"$HOLOTREE\" list >/dev/full").Expect(1);
        CliResult closed = Shell(place, "\"$HOLOTREE\" list >&-").Expect(1);

        Assert.Equal("error: Cannot write to standard output: No space left on device.\n", full.Errors);
        Assert.Equal("error: Cannot write to standard output: it is closed.\n", closed.Errors);
    }

    /// <summary>A long list, made quickly: many states that describe one space.</summary>
    static void MakeSpaces(Workplace place)
    {
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "s").Expect(0);
        string state = place["home/states/s.state"];
        for (int i = 0; i < ManySpaces; i++) File.Copy(state, place[$"home/states/{new string((char)('a' + (i % 26)), 100)}{i}.state"]);
    }

    static CliResult Shell(Workplace place, string script)
    {
        if (!File.Exists("/bin/bash") && !File.Exists("/usr/bin/bash")) Assert.Skip("This needs bash.");
        var bash = new TestKit.Cli(place["home"]) { Program = "/usr/bin/env", WorkingDirectory = place.Folder.Path };
        bash.Environment["HOLOTREE"] = TestKit.Cli.Binary;
        return bash.Run("bash", "-c", script);
    }
}
