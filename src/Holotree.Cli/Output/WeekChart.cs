using Spectre.Console;

namespace Holotree.Cli.Output;

/// <summary>How many restores there were in each week, as bars: for a terminal only.</summary>
internal static class WeekChart
{
    internal static void Print(IReadOnlyList<WeekDocument> weeks, Screen screen)
    {
        BarChart chart = new BarChart { Width = 60 }.Label("restores").LeftAlignLabel();
        foreach (WeekDocument week in weeks) chart.AddItem(week.Week, week.Restores, screen.HasColor ? Color.Green : null);
        using var drawn = new StringWriter();
        SpectreConsole.On(drawn, screen.HasColor, isTerminal: true).Write(chart);
        foreach (string line in drawn.ToString().TrimEnd().Split('\n')) screen.Output.WriteLine(line.TrimEnd());
        screen.Output.WriteLine();
    }
}
