using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class RunTerminalTests
{
    /// <summary>Says that it is ready and waits; one process from its start on (between two commands dash loses a signal now and then).</summary>
    const string Waiting = "perl -e '$|=1; print \"ready\\n\"; sleep 60'";

    static readonly string Program = TestKit.Cli.Binary;

    public static TheoryData<string> Modes { get; } = new(RunTests.Modes.Select(mode => string.Join(' ', mode)));

    [Theory]
    [MemberData(nameof(Modes))]
    public void The_command_is_on_the_callers_terminal_in_the_foreground(string mode)
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);

        using var terminal = new Terminal(place.Cli, $"'{Program}' run {mode} -- sh -c 'test -t 0 && test -t 1 && test -t 2 && read line < /dev/tty && echo got $line'");
        terminal.Type("hello\n");

        Assert.Equal(0, terminal.WaitForEnd());

        // The terminal's own echo of the keys, then the command; nothing of the program's.
        Assert.Equal("hello\ngot hello\n", terminal.Screen);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Control_C_ends_the_command_and_the_program_with_it(string mode)
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);

        using var terminal = new Terminal(place.Cli, $"'{Program}' run {mode} -- {Waiting}");
        terminal.WaitFor("ready");
        terminal.Type("\x03");

        Assert.Equal(130, terminal.WaitForEnd());
        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Control_C_ends_a_loop_of_a_shell_too(string mode)
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);

        place.Folder.Write("loop", $"for i in 1 2 3; do '{Program}' run {mode} -- {Waiting}; echo next; done\n");

        // bash goes on with a loop unless the command was seen to die of the signal.
        using var terminal = new Terminal(place.Cli, "exec bash ./loop");
        terminal.WaitFor("ready");
        terminal.Type("\x03");

        Assert.Equal(130, terminal.WaitForEnd());
        Assert.DoesNotContain("next", terminal.Screen, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Control_Z_stops_the_command_and_fg_lets_it_go_on(string mode)
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);

        using var terminal = new Terminal(place.Cli, "PS1='% ' bash --norc --noprofile -i");
        terminal.Type($"'{Program}' run {mode} -- sh -c 'echo rea''dy; read line; echo got $line; exit 7'\n");
        terminal.WaitFor("ready\n");
        terminal.Type("\x1a");
        terminal.WaitFor("Stopped");
        terminal.WaitForPrompt("% ");       // what is typed while bash takes the terminal back can lose a key
        terminal.Type("echo be''tween\nfg\n");
        terminal.WaitFor("between\n");
        terminal.Type("hello\n");
        terminal.WaitFor("got hello");
        terminal.Type("echo code $?\nexit 0\n");

        Assert.Equal(0, terminal.WaitForEnd());
        Assert.Contains("code 7\n", terminal.Screen, StringComparison.Ordinal);
        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void The_terminal_is_left_as_it_was(string mode)
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);

        using var terminal = new Terminal(place.Cli, $"stty -g > before; '{Program}' run {mode} -- true; stty -g > after; '{Program}' run {mode} -- stty -g > within");
        Assert.Equal(0, terminal.WaitForEnd());

        Assert.Equal(File.ReadAllText(place["before"]), File.ReadAllText(place["after"]));
        Assert.Equal(File.ReadAllText(place["before"]), File.ReadAllText(place["within"]));
        Assert.Equal(string.Empty, terminal.Screen);
    }
}
