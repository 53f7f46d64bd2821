using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Journal;

namespace Holotree.Cli.Commands;

/// <summary>Shows what restores did over time, week by week.</summary>
internal sealed class StatisticsCommand : Verb
{
    const int DefaultWeeks = 12, MostWeeks = 520;

    readonly Option<int> weeks = new("--weeks")
    {
        HelpName = "N",
        Description = "How many weeks, this one included (default: 12)",
        DefaultValueFactory = static _ => DefaultWeeks,
        CustomParser = static result => ParseWeeks(result),
    };

    internal StatisticsCommand() : base("statistics", "Shows what restores did over time: by which means, how fast, what was shared.") => Options.Add(weeks);

    internal override IReadOnlyList<string> Examples => ["holotree statistics", "holotree statistics --weeks 52 --json"];

    internal override int Run(ParseResult parsed, Session session)
    {
        Screen screen = session.Screen;
        JournalContents journal = new RestoreJournal(session.Home).Read();
        var document = new StatisticsDocument(
            [.. WeekStatistics.Of(journal.Restores, parsed.GetValue(weeks), DateTimeOffset.Now).Select(WeekDocument.Of)], journal.DamagedLines);
        if (screen.IsJson) screen.Document(document, DocumentContext.Default.StatisticsDocument);
        else if (document.Weeks.Count == 0) screen.Answer(Nothing(journal, parsed.GetValue(weeks), session));
        else Print(document, screen);
        if (journal.DamagedLines > 0) screen.Warn($"{Amounts.Count(journal.DamagedLines, "line")} of the journal could not be read and {(journal.DamagedLines == 1 ? "is" : "are")} left out.");
        return ExitCodes.Done;
    }

    static string Nothing(JournalContents journal, int weeks, Session session) => journal.Restores.Count == 0
        ? $"No space has been restored in {session.Home.Path} yet."
        : $"No space has been restored in {session.Home.Path} in the last {Amounts.Count(weeks, "week")}; --weeks N looks further back.";

    static void Print(StatisticsDocument document, Screen screen)
    {
        if (!Console.IsOutputRedirected) WeekChart.Print(document.Weeks, screen);
        var listing = new Listing(screen.HasColor,
            "WEEK", ">RESTORES", ">FAILED", "STRATEGY", ">SHARED", ">WRITTEN", ">MEDIAN", ">TOTAL", ">FALLBACKS", ">HEALED", "FILES");
        foreach (WeekDocument week in document.Weeks)
        {
            listing.Add(
                week.Week, Amounts.Count(week.Restores), Amounts.Count(week.Failed),
                Words(week.Strategies.OrderByDescending(static used => used.Value).Select(static used => (used.Key, used.Value))),
                Amounts.Bytes(week.Bytes.Shared), Amounts.Bytes(week.Bytes.Written),
                Amounts.Time(week.MedianMilliseconds), Amounts.Time(week.TotalMilliseconds),
                Amounts.Count(week.Fallbacks), Amounts.Count(week.Healed), Words(week.Mechanisms.Used()));
        }
        listing.Print(screen);
    }

    static string Words(IEnumerable<(string Name, long Count)> counts) =>
        string.Join(", ", counts.Select(static count => $"{count.Name} {Amounts.Count(count.Count)}")) is { Length: > 0 } words ? words : "-";

    static int ParseWeeks(ArgumentResult result)
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= MostWeeks) return number;
        result.AddError($"--weeks: '{result.Tokens[0].Value}' is no number from 1 to {MostWeeks}.");
        return DefaultWeeks;
    }
}
