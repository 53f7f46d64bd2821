using System.Diagnostics;
using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class EphemeralTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_space_is_there_for_one_command_and_gone_after()
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);

        string[] said = place.Cli.Run("run", "--catalog", "tools", "--ephemeral", "--strategy", "copy", "--", "sh", "-c",
            "echo \"$HOLOTREE_SPACE\"; echo \"$HOLOTREE_SPACE_PATH\"; cat \"$HOLOTREE_SPACE_PATH/self\"; mkdir -p \"$HOLOTREE_SPACE_PATH/locked/x\"; chmod 0 \"$HOLOTREE_SPACE_PATH/locked\"").Expect(0).Output.Split('\n');

        Assert.Matches("^run-[0-9a-f]{8}$", said[0]);
        Assert.Equal(place[$"home/spaces/{said[0]}"], said[1]);
        Assert.Equal($"#!{said[1]}/bin/python", said[2]);
        AssertNothingLeft(place);
    }

    [Fact]
    public void Commands_at_the_same_time_have_spaces_of_their_own()
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);

        Process[] processes = [.. Enumerable.Range(0, 4).Select(_ => place.Cli.Start("run", "--catalog", "tools", "--ephemeral", "--strategy", "copy", "--", "sh", "-c", "echo $HOLOTREE_SPACE; read line"))];
        string?[] names = [.. processes.Select(process => process.StandardOutput.ReadLine())];
        JsonElement[] spaces = [.. place.Cli.Json("list").GetProperty("spaces").EnumerateArray()];
        foreach (Process process in processes) process.StandardInput.Close();
        foreach (Process process in processes) Assert.True(process.WaitForExit(Patience));

        Assert.Equal(4, names.Distinct().Count());
        Assert.Equal(names.Append("dev").Order(StringComparer.Ordinal), spaces.Select(space => space.Text("space")));
        Assert.All(spaces, space => Assert.Equal(space.Text("space") != "dev", space.GetProperty("ephemeral").GetBoolean()));
        AssertNothingLeft(place);
    }

    [Fact]
    public void A_name_may_be_given()
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);

        Assert.Equal("one\n", place.Cli.Run("run", "--catalog", "tools", "--ephemeral", "--space", "one", "--", "sh", "-c", "echo $HOLOTREE_SPACE").Expect(0).Output);

        AssertNothingLeft(place);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("init", "--catalog", "tools", "--space", "other")]
    [InlineData("delete", "dev")]
    [InlineData("run", "--space", "dev", "--", "true")]
    [InlineData("variables", "--space", "dev")]
    public void After_a_sudden_death_the_next_command_takes_the_space_away(params string[] next)
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        (string name, Process process) = Start(place, "cat");
        using (process)
        {
            // The command reads until its caller is gone, which closes the pipe.
            process.Kill();
            process.WaitForExit();
            process.StandardInput.Close();
        }
        WaitUntilFree(place, name);
        Assert.Contains(name, place.NamesIn("home/spaces"));

        place.Cli.Run(next).Expect(0);

        Assert.DoesNotContain(place.NamesIn("home/spaces"), left => left.StartsWith("run-", StringComparison.Ordinal) || left.StartsWith('.'));
        Assert.DoesNotContain(place.NamesIn("home/states"), left => left.StartsWith("run-", StringComparison.Ordinal));
    }

    [Fact]
    public void After_a_sudden_death_the_space_stays_for_as_long_as_the_command_lives()
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        (string name, Process process) = Start(place, "cat; sleep 1");
        using (process)
        {
            process.Kill();
            process.WaitForExit();
            place.Cli.Run("list").Expect(0);

            Assert.Equal(["dev", name], place.NamesIn("home/spaces"));
            process.StandardInput.Close();
        }
        WaitUntilFree(place, name);
        place.Cli.Run("list").Expect(0);
        AssertNothingLeft(place);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public void A_command_that_a_signal_ends_leaves_nothing(string signal)
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        using (Process process = place.Cli.Start("run", "--catalog", "tools", "--ephemeral", "--strategy", "copy", "--", "perl", "-e", "$|=1; print qq(ready\n); sleep 60"))
        {
            Assert.Equal("ready", process.StandardOutput.ReadLine());
            Signals.Send(signal, process.Id);
            Assert.True(process.WaitForExit(Patience));
            Assert.Equal(128 + signal switch { "INT" => 2, "TERM" => 15, _ => 1 }, process.ExitCode);
        }

        AssertNothingLeft(place);
    }

    [Fact]
    public void A_signal_to_the_whole_group_on_a_terminal_reaches_the_command_once()
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        foreach (string[] mode in RunTests.Modes)
        {
            using var terminal = new Terminal(place.Cli, $"exec '{TestKit.Cli.Binary}' run {string.Join(' ', mode)} -- sh -c 'n=0; trap \"n=\\$((n+1)); echo int \\$n\" INT; echo ready; sleep 1; sleep 1; echo end $n; exit 5'");
            terminal.WaitFor("ready");
            terminal.Type("\x03");

            Assert.Equal(5, terminal.WaitForEnd());
            Assert.Contains("end 1\n", terminal.Screen, StringComparison.Ordinal);
            AssertNothingLeft(place);
        }
    }

    [Fact]
    public void What_a_nohup_is_told_to_ignore_the_command_ignores()
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        ProcessStartInfo start = place.Cli.StartInfo("-c", $"trap '' HUP; exec '{TestKit.Cli.Binary}' run --catalog tools --ephemeral -- sh -c 'echo ready; read line; echo still there'");
        start.FileName = "sh";
        using Process process = Process.Start(start)!;
        Assert.Equal("ready", process.StandardOutput.ReadLine());
        Signals.Send("HUP", process.Id);
        process.StandardInput.Close();

        Assert.Equal("still there\n", process.StandardOutput.ReadToEnd());
        Assert.True(process.WaitForExit(Patience));
        Assert.Equal(0, process.ExitCode);
    }

    [Fact]
    public void An_end_asked_for_while_the_space_is_made_runs_nothing_and_leaves_nothing()
    {
        using var place = new Workplace(TestVolumes.Tmpfs);
        for (int folder = 0; folder < 20; folder++)
        {
            for (int file = 0; file < 1000; file++) place.Folder.Write($"many/{folder}/{file}", $"{folder}/{file}");
        }
        place.Cli.Run("record", place["many"], "--name", "many").Expect(0);

        using Process process = place.Cli.Start("run", "--catalog", "many", "--ephemeral", "--strategy", "copy", "--workers", "1", "--json", "--", "touch", "ran");
        SpinWait.SpinUntil(() => place.NamesIn("home/spaces").Length > 0, Patience);
        Signals.Send("TERM", process.Id);
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();

        Assert.Equal("cancelled", new CliResult("run", process.ExitCode, string.Empty, errors).Expect(130).Error.Text("code"));
        Assert.Empty(place.NamesIn("home/spaces"));
        Assert.DoesNotContain("ran", place.NamesIn("."));
    }

    static (string Name, Process Process) Start(Workplace place, string command)
    {
        Process process = place.Cli.Start("run", "--catalog", "tools", "--ephemeral", "--strategy", "copy", "--", "sh", "-c", $"echo $HOLOTREE_SPACE; {command}");
        return (process.StandardOutput.ReadLine()!, process);
    }

    /// <summary>Until the last process that holds the space's lock is gone, as flock(1) sees it.</summary>
    static void WaitUntilFree(Workplace place, string name)
    {
        using Process flock = Process.Start("flock", ["--timeout", "20", place[$"home/states/{name}.lock"], "true"]);
        flock.WaitForExit();
        Assert.Equal(0, flock.ExitCode);
    }

    static void AssertNothingLeft(Workplace place)
    {
        // The files of a space that is gone may be deleted behind the command's back.
        Assert.True(SpinWait.SpinUntil(() => place.NamesIn("home/spaces") is ["dev"], Patience), "Something is left in the folder of spaces.");
        string[] States() => [.. place.NamesIn("home/states").Where(static name => name != "gone")];
        SpinWait.SpinUntil(() => States() is ["dev.index", "dev.lock", "dev.state"], Patience);
        Assert.Equal(["dev.index", "dev.lock", "dev.state"], States());
    }
}
