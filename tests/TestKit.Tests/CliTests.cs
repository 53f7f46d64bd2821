using System.Text.Json;
using Xunit;
using Xunit.Sdk;

namespace TestKit.Tests;

/// <summary>With a shell in the program's place: what the program itself does is not the matter here.</summary>
public sealed class CliTests
{
    [Fact]
    public void Output_errors_and_exit_code_arrive()
    {
        CliResult result = Shell().Run("-c", "echo output; echo errors >&2; exit 7");

        Assert.Equal((7, "output\n", "errors\n"), (result.ExitCode, result.Output, result.Errors));
        Assert.Same(result, result.Expect(7));
        TrueException failure = Assert.Throws<TrueException>(() => result.Expect(0));
        Assert.Contains("-- errors\nerrors\n", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_read_from_output_and_an_error_from_errors()
    {
        JsonElement json = Shell().Json("-c", "echo '{\"files\": 3}'");
        CliResult failed = Shell().Run("-c", "echo '{\"error\": {\"code\": \"x\"}}' >&2; exit 1");

        Assert.Equal(3, json.GetProperty("files").GetInt32());
        Assert.Equal("x", failed.Error.GetProperty("code").GetString());
        Assert.Throws<FailException>(() => Shell().Run("-c", "echo '{} and more'").Json);
    }

    [Fact]
    public void Settings_of_the_person_who_runs_the_tests_do_not_reach_it()
    {
        using var folder = new TemporaryFolder();
        var cli = new Cli(folder["home"])
        {
            Program = "/bin/sh",
            Environment = { ["HOLOTREE_STRATEGY"] = "copy", ["PATH"] = null },
            WorkingDirectory = folder.Path,
        };

        string output = cli.Run("-c", "echo $HOME $HOLOTREE_HOME $HOLOTREE_STRATEGY ${HOLOTREE_BINARY-none}; pwd").Output;

        Assert.Equal($"{folder["home"]} {folder["home"]} copy none\n{folder.Path}\n", output);
        Assert.DoesNotContain("PATH", cli.StartInfo().Environment.Keys);
    }

    [Fact]
    public void One_that_hangs_is_killed_and_fails_the_test()
    {
        using var folder = new TemporaryFolder();
        var cli = new Cli(folder.Path) { Program = "/bin/sh", Timeout = TimeSpan.FromMilliseconds(200) };

        FailException failure = Assert.Throws<FailException>(() => cli.Run("-c", "sleep 60"));

        Assert.Contains("did not end", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_runs_as_the_ordinary_user_when_asked_to()
    {
        var cli = new Cli("/nowhere") { Program = "/bin/sh", Unprivileged = true };

        Assert.Equal($"{Unprivileged.UserId}\n", cli.Run("-c", "id -u").Output);
    }

    [Fact]
    public void The_program_is_where_the_build_puts_it()
    {
        Assert.True(File.Exists(Cli.Binary));
    }

    private static Cli Shell() => new("/nowhere") { Program = "/bin/sh" };
}
