using Spectre.Console;

namespace Holotree.Cli.Output;

/// <summary>Makes consoles of the library that draws tables and progress; the only place that sets one up.</summary>
internal static class SpectreConsole
{
    /// <summary>A line that is not cut, for output that goes to a file or a pipe.</summary>
    const int Unlimited = 10_000;

    internal static IAnsiConsole On(TextWriter writer, bool coloured, bool isTerminal)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = coloured ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!isTerminal) console.Profile.Width = Unlimited;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }
}
