using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class RunTests
{
    [Fact]
    public void A_command_runs_in_a_space_with_its_variables_and_its_programs_first()
    {
        using var place = new Workplace();
        MakeSpace(place);

        CliResult said = place.Cli.Run("run", "--space", "dev", "--", "tool", "a b", "", "--json").Expect(0);

        Assert.Equal($"tool of dev at {place["home/spaces/dev"]}: <a b><><--json>\n", said.Output);
        Assert.Equal(string.Empty, said.Errors);
        Assert.Equal("dev", Assert.Single(place.Cli.Json("list").GetProperty("spaces").EnumerateArray()).Text("space"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(42)]
    [InlineData(255)]
    public void The_commands_exit_code_is_passed_through(int code)
    {
        using var place = new Workplace();
        MakeSpace(place);

        Each(place, (cli, mode) => cli.Run(["run", .. mode, "--", "sh", "-c", $"exit {code}"]).Expect(code));
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("KILL", 137)]
    [InlineData("SEGV", 139)]
    [InlineData("INT", 130)]
    public void A_command_that_dies_of_a_signal_is_seen_to_by_the_caller(string signal, int code)
    {
        using var place = new Workplace();
        MakeSpace(place);

        // Process tells of both in one number, as shells do.
        Each(place, (cli, mode) => cli.Run(["run", .. mode, "--", "sh", "-c", $"kill -{signal} $$"]).Expect(code));
    }

    [Fact]
    public void The_three_streams_are_the_commands_own()
    {
        using var place = new Workplace();
        MakeSpace(place);
        Each(place, (cli, mode) =>
        {
            using Process process = cli.Start(["run", .. mode, "--", "sh", "-c", "cat; echo problem >&2"]);
            process.StandardInput.Write("one\ntwo");
            process.StandardInput.Close();

            Assert.Equal("one\ntwo", process.StandardOutput.ReadToEnd());
            Assert.Equal("problem\n", process.StandardError.ReadToEnd());
        });
    }

    [Fact]
    public void Arguments_and_variables_that_are_not_UTF8_arrive_as_they_were()
    {
        using var place = new Workplace();
        MakeSpace(place);
        Each(place, (cli, mode) =>
        {
            string options = string.Join(' ', mode);
            place.Folder.Write("try", $"ODD=$(printf 'o\\377') exec '{TestKit.Cli.Binary}' run {options} -- sh -c 'printf \"%s<%s>\" \"$1\" \"$ODD\" | od -An -tx1' sh \"$(printf 'a\\376')\"");

            ProcessStartInfo start = cli.StartInfo(place["try"]);
            start.FileName = "sh";
            using Process process = Process.Start(start)!;

            Assert.Equal("61 fe 3c 6f ff 3e", process.StandardOutput.ReadToEnd().Trim());
        });
    }

    [Fact]
    public void The_command_gets_no_more_open_files_than_the_lock_and_its_signals_as_the_caller_had_them()
    {
        using var place = new Workplace();
        MakeSpace(place);
        place.Folder.Write("state", "grep -E '^Sig(Ign|Blk)' /proc/self/status | sed 's/:.*\\(.......\\)$/ \\1/'; ulimit -Sn; ls -l /proc/self/fd | sed -n 's/.* \\([0-9][0-9]* -> \\)/\\1/p' | grep -v -e ' /proc/' -e '^[012] '");
        Each(place, (cli, mode) =>
        {
            // Only the usual signals are compared: glibc has two of its own ignored in what it spawns. The runner ignores SIGPIPE, as every program on this runtime; that much cannot be handed on. The last word keeps sh waiting: whoever
            // takes its place is told nothing of its limits.
            string script = $"trap '' HUP INT QUIT; ulimit -Sn 333; sh ./state; echo --; '{TestKit.Cli.Binary}' run {string.Join(' ', mode)} -- sh ./state; true";
            ProcessStartInfo start = cli.StartInfo("--default-signal=PIPE", "sh", "-c", script);
            start.FileName = "env";
            using Process process = Process.Start(start)!;
            string[] parts = process.StandardOutput.ReadToEnd().Split("--\n");

            Assert.Contains("\n333\n", parts[0], StringComparison.Ordinal);
            string[] more = [.. parts[1].Split('\n').Except(parts[0].Split('\n'))];
            if (mode is [.., "--ephemeral"]) Assert.Empty(more);
            else Assert.Matches(@"^\d\d+ -> .*\.lock$", Assert.Single(more));
        });
    }

    [Theory]
    [InlineData(127, "program-missing", "no-such-program")]
    [InlineData(127, "program-missing", "./no-such-program")]
    [InlineData(127, "program-missing", "")]
    [InlineData(126, "program-unusable", "./plain")]
    [InlineData(126, "program-unusable", "./lost")]
    [InlineData(126, "program-unusable", "./folder")]
    [InlineData(126, "program-unusable", "unusable")]
    public void A_command_that_cannot_be_started_is_named(int code, string word, string command)
    {
        using var place = new Workplace();
        MakeSpace(place);
        place.Folder.Write("plain", "echo");
        place.Folder.MakeFolder("folder");
        place.Folder.Write("lost", "#!/no/such/interpreter\n");
        place.SetMode("lost", Workplace.ProgramMode);

        foreach (string[] mode in Modes)
        {
            JsonElement error = Pinned.AssertFails(place.Cli.Run(["--json", "run", .. mode, "--", command]), code, word);
            Assert.Contains($"'{(command.StartsWith('.') || code == 127 ? command : place[mode is [.., "--ephemeral"] ? "home/mounts" : $"home/spaces/{mode[^1]}"])}", error.Text("message"), StringComparison.Ordinal);
        }
        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
    }

    [Fact]
    public void A_script_without_a_first_line_is_the_shells()
    {
        using var place = new Workplace();
        MakeSpace(place);
        place.Folder.Write("script", "echo \"script $1\"\n");
        place.SetMode("script", Workplace.ProgramMode);

        Each(place, (cli, mode) => Assert.Equal("script a b\n", cli.Run(["run", .. mode, "--", "./script", "a b"]).Expect(0).Output));
    }

    [Fact]
    public void A_space_is_made_of_its_catalog_when_it_is_not_there_and_left_alone_when_it_is()
    {
        using var place = new Workplace();
        MakeTree(place);
        place.Cli.Run("record", place["tree"], "--name", "tools").Expect(0);

        place.Cli.Run("run", "--catalog", "tools", "--space", "dev", "--", "touch", "mine").Expect(0);
        Assert.True(File.Exists(place["mine"]));
        CliResult said = place.Cli.Run("run", "--catalog", "tools", "--space", "dev", "--strategy", "copy", "--", "sh", "-c", "rm -f $HOLOTREE_SPACE_PATH/text; echo new > $HOLOTREE_SPACE_PATH/text; tool").Expect(0);
        place.Cli.Run("run", "--catalog", "tools", "--space", "dev", "--", "true").Expect(0);

        Assert.StartsWith("tool of dev", said.Output, StringComparison.Ordinal);
        Assert.Equal("new\n", File.ReadAllText(place["home/spaces/dev/text"]));
    }

    [Fact]
    public void A_space_is_made_as_the_options_say()
    {
        using var place = new Workplace();
        MakeTree(place);
        place.Cli.Run("record", place["tree"], "--name", "tools").Expect(0);

        place.Cli.Run("run", "--catalog", "tools", "--space", "dev", "--to", "a place", "--strategy", "copy", "--", "tool").Expect(0);
        Pinned.AssertFails(place.Cli.Run("run", "--catalog", "tools", "--space", "other", "--strategy", "quick", "--json", "--", "tool"), 2, "strategy-invalid");

        JsonElement space = Assert.Single(place.Cli.Json("list").GetProperty("spaces").EnumerateArray());
        Assert.Equal(place["a place"], space.Text("path"));
        Assert.True(space.GetProperty("mechanisms").Number("kernelCopy") + space.GetProperty("mechanisms").Number("plainCopy") > 0);
        Assert.Equal(0, space.GetProperty("mechanisms").Number("hardlink") + space.GetProperty("mechanisms").Number("reflink"));
    }

    [Theory]
    [InlineData(2, "space-missing", "--", "true")]
    [InlineData(2, "usage", "--space", "dev")]
    [InlineData(2, "usage", "--space", "dev", "--")]
    [InlineData(2, "usage", "--space", "dev", "echo", "a")]
    [InlineData(2, "usage", "--space", "", "--", "true")]
    [InlineData(2, "usage", "--space", "dev", "--catalog", "", "--", "true")]
    [InlineData(2, "usage", "--ephemeral", "--", "true")]
    [InlineData(2, "option-unknown", "--space", "dev", "--frob", "--", "true")]
    [InlineData(5, "space-unknown", "--space", "other", "--", "true")]
    [InlineData(5, "catalog-unknown", "--space", "dev", "--catalog", "other", "--", "true")]
    [InlineData(5, "catalog-unknown", "--ephemeral", "--catalog", "other", "--", "true")]
    [InlineData(1, "space-exists", "--ephemeral", "--catalog", "tools", "--space", "dev", "--", "true")]
    public void A_wrong_command_line_runs_nothing(int code, string word, params string[] arguments)
    {
        using var place = new Workplace();
        MakeSpace(place);

        Pinned.AssertFails(place.Cli.Run(["--json", "run", .. arguments]), code, word);

        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
    }

    [Fact]
    public void An_ordinary_user_runs_commands_in_folders_with_blanks()
    {
        using var place = new Workplace();
        MakeTree(place);
        var user = new TestKit.Cli(place["my home"]) { WorkingDirectory = place.Folder.Path, Program = place.AsOrdinaryUser().Program, Unprivileged = true };
        user.Run("record", place["tree"], "--name", "tools").Expect(0);

        foreach (string[] mode in (string[][])[["--space", "dev", "--catalog", "tools"], ["--catalog", "tools", "--ephemeral"]])
        {
            string said = user.Run(["run", .. mode, "--", "sh", "-c", "id -u; tool; echo more > \"$HOLOTREE_SPACE_PATH/new file\""]).Expect(0).Output;
            Assert.StartsWith($"65534\ntool of ", said, StringComparison.Ordinal);
            Assert.Contains($" at {place[mode is [.., "--ephemeral"] ? "my home/mounts" : "my home/spaces"]}/", said, StringComparison.Ordinal);
        }
        Assert.Equal(["dev"], place.NamesIn("my home/spaces"));
    }

    [Fact]
    public void A_space_is_neither_deleted_nor_made_anew_while_a_command_runs_in_it()
    {
        using var place = new Workplace();
        MakeSpace(place);
        using Process process = place.Cli.Start("run", "--space", "dev", "--", "sh", "-c", "echo ready; read line; exec 9>&-; tool");
        Assert.Equal("ready", process.StandardOutput.ReadLine());

        using Process delete = place.Cli.Start("delete", "dev");
        place.Cli.Run("run", "--space", "dev", "--", "true").Expect(0);
        Assert.False(delete.WaitForExit(500), "The space was deleted under a command.");
        process.StandardInput.WriteLine();

        Assert.StartsWith("tool of dev", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        Assert.True(delete.WaitForExit(60_000));
        Assert.Empty(place.NamesIn("home/spaces"));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    [InlineData("INT")]
    [InlineData("QUIT")]
    [InlineData("USR1")]
    public void A_signal_to_the_program_is_the_commands(string signal)
    {
        using var place = new Workplace();
        MakeSpace(place);
        Each(place, (cli, mode) =>
        {
            using Process process = cli.Start(["run", .. mode, "--", "sh", "-c", $"trap 'echo got; exit 9' {signal}; echo ready; while :; do sleep 0.05; done"]);
            Assert.Equal("ready", process.StandardOutput.ReadLine());
            Signals.Send(signal, process.Id);

            Assert.Equal("got\n", process.StandardOutput.ReadToEnd());
            process.WaitForExit();
            Assert.Equal(9, process.ExitCode);
        });
    }

    [Fact]
    public void Under_the_name_rcc_the_usual_lines_work()
    {
        using var place = new Workplace();
        MakeSpace(place);
        TestKit.Cli rcc = place.AsRcc();

        Assert.StartsWith("tool of dev", rcc.Run("run", "--holotree-strategy=smart", "--space", "dev", "--", "tool").Expect(0).Output, StringComparison.Ordinal);
        Assert.StartsWith("tool of dev", rcc.Run("holotree", "run", "--holotree-strategy=smart", "--space=dev", "--", "tool").Expect(0).Output, StringComparison.Ordinal);
        Assert.StartsWith("tool of user", rcc.Run("run", "--holotree-strategy=smart", "--catalog", "tools", "--", "tool").Expect(0).Output, StringComparison.Ordinal);
    }

    internal static readonly string[][] Modes = [["--space", "dev"], ["--catalog", "tools", "--ephemeral"], ["--catalog", "tools", "--ephemeral", "--space", "one"]];

    /// <summary>Becoming the command and staying beside it are two ways, and have to look the same.</summary>
    static void Each(Workplace place, Action<TestKit.Cli, string[]> act)
    {
        foreach (string[] mode in Modes)
        {
            act(place.Cli, mode);
            Assert.Equal(["dev"], place.NamesIn("home/spaces"));
        }
    }

    static void MakeTree(Workplace place)
    {
        place.MakeTree();
        place.Folder.Write("tree/bin/tool", "#!/bin/sh\nprintf 'tool of %s at %s:' \"$HOLOTREE_SPACE\" \"$HOLOTREE_SPACE_PATH\"\nfor a; do printf ' '; break; done\nfor a; do printf '<%s>' \"$a\"; done\necho\n");
        place.SetMode("tree/bin/tool", Workplace.ProgramMode);
        place.Folder.Write("tree/bin/unusable", "#!/no/such/interpreter\n");
        place.SetMode("tree/bin/unusable", Workplace.ProgramMode);
    }

    internal static void MakeSpace(Workplace place)
    {
        MakeTree(place);
        place.Cli.Run("record", place["tree"], "--name", "tools").Expect(0);
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
    }
}
