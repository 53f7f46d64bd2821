using System.Globalization;
using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class StatisticsTests
{
    [Fact]
    public void Without_a_restore_a_sentence_says_so_and_nothing_is_made()
    {
        using var place = new Workplace();

        Assert.Equal($"No space has been restored in {place["home"]} yet.\n", place.Cli.Run("statistics").Expect(0).Output);
        Assert.Equal(0, place.Cli.Json("statistics").GetProperty("weeks").GetArrayLength());
        Assert.Empty(place.NamesIn("."));
    }

    [Fact]
    public void Restores_of_this_week_are_summed_up()
    {
        using var place = new Workplace();
        place.Record();
        JsonElement one = place.Cli.Json("init", "--catalog", "tools", "--space", "one", "--strategy", "copy");
        JsonElement two = place.Cli.Json("init", "--catalog", "tools", "--space", "two", "--strategy", "copy");
        place.Cli.Run("init", "--catalog", "tools", "--space", "two").Expect(1);

        JsonElement week = place.Cli.Json("statistics").GetProperty("weeks").EnumerateArray().Last();

        Pinned.AssertKeys(week, "week", "from", "restores", "failed", "strategies", "mechanisms", "bytes", "medianMilliseconds", "totalMilliseconds", "fallbacks", "healed");
        Pinned.AssertKeys(week.GetProperty("mechanisms"), Pinned.Mechanisms);
        DateTime today = DateTime.Now;
        Assert.Equal($"{ISOWeek.GetYear(today)}-W{ISOWeek.GetWeekOfYear(today):D2}", week.Text("week"));
        Assert.Equal((2, 1, 2, 2), (week.Number("restores"), week.Number("failed"), week.GetProperty("strategies").Number("copy"), week.GetProperty("mechanisms").Number("empty")));
        Assert.Equal(one.GetProperty("bytes").Number("written") + two.GetProperty("bytes").Number("written"), week.GetProperty("bytes").Number("written"));
        Assert.Equal(0, week.GetProperty("bytes").Number("shared"));
    }

    [Fact]
    public void In_a_pipe_it_is_a_table_of_one_line_a_week()
    {
        using var place = new Workplace();
        DateTime now = DateTime.UtcNow;
        WriteJournal(place, [.. Enumerable.Range(0, 20).Select(i => Line(now.AddDays(-7 * i)))]);

        string[] lines = place.Cli.Run("statistics").Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(13, lines.Length);
        Assert.StartsWith("WEEK", lines[0], StringComparison.Ordinal);
        Assert.All(lines[1..], line => Assert.Contains("reflink 1", line, StringComparison.Ordinal));
        Assert.Equal(4, place.Cli.Run("statistics", "--weeks", "3").Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(20, place.Cli.Json("statistics", "--weeks", "52").GetProperty("weeks").GetArrayLength());
    }

    [Fact]
    public void On_a_terminal_there_are_bars()
    {
        using var place = new Workplace();
        WriteJournal(place, Line(DateTime.UtcNow));

        string shown = OnTerminal(place, "statistics");

        Assert.Contains("restores", shown, StringComparison.Ordinal);
        Assert.Contains("█", shown, StringComparison.Ordinal);
        Assert.Contains("WEEK", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("HEALED", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Torn_line_is_told_and_left_out()
    {
        using var place = new Workplace();
        WriteJournal(place, Line(DateTime.UtcNow), "{\"time\":\"20");

        CliResult result = place.Cli.Run("statistics").Expect(0);

        Assert.Contains("1 line of the journal", result.Errors, StringComparison.Ordinal);
        Assert.Equal(1, place.Cli.Json("statistics").Number("damagedLines"));
    }

    [Fact]
    public void Restores_longer_ago_than_asked_for_are_a_sentence()
    {
        using var place = new Workplace();
        WriteJournal(place, Line(DateTime.UtcNow.AddDays(-100)));

        Assert.Contains("in the last 12 weeks", place.Cli.Run("statistics").Expect(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("521")]
    [InlineData("many")]
    public void A_number_of_weeks_that_is_none_is_a_mistake(string weeks)
    {
        using var place = new Workplace();

        Pinned.AssertFails(place.Cli.Run("statistics", "--weeks", weeks, "--json"), 2, "usage");
    }

    static string OnTerminal(Workplace place, params string[] arguments)
    {
        var start = place.Cli.StartInfo(arguments);
        string command = "stty cols 80; " + string.Join(' ', new[] { start.FileName }.Concat(arguments).Select(word => $"'{word}'"));
        start.FileName = "script";
        start.ArgumentList.Clear();
        foreach (string argument in (string[])["--quiet", "--return", "--command", command, "/dev/null"]) start.ArgumentList.Add(argument);
        start.Environment["TERM"] = "xterm";
        System.Diagnostics.Process process;
        try
        {
            process = System.Diagnostics.Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("There is no script(1) here, which makes a terminal.");
            return string.Empty;
        }
        using (process)
        {
            process.StandardInput.Close();
            string shown = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return shown;
        }
    }

    static string Line(DateTime time) => string.Create(CultureInfo.InvariantCulture,
        $$$"""{"time":"{{{time:yyyy-MM-ddTHH:mm:ssZ}}}","milliseconds":12,"space":"dev","used":"reflink","mechanisms":{"reflink":5},"bytes":{"shared":100}}""");

    static void WriteJournal(Workplace place, params string[] lines) => place.Folder.Write("home/journal/restores.jsonl", string.Join('\n', lines));
}
