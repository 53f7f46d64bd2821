using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Journal;
using Holotree.Spaces;

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
        (int waiting, int catalogs) = new SpaceStore(session.Home).Standby();
        var document = new StatisticsDocument(
            [.. WeekStatistics.Of(journal.Restores, parsed.GetValue(weeks), DateTimeOffset.Now).Select(WeekDocument.Of)], journal.DamagedLines,
            new StandbyDocument(waiting, catalogs));
        if (screen.IsJson) screen.Document(document, DocumentContext.Default.StatisticsDocument);
        else if (document.Weeks.Count == 0) screen.Answer(Nothing(journal, parsed.GetValue(weeks), session));
        else Print(document, screen);
        if (!screen.IsJson && waiting > 0) screen.Say($"{Amounts.Count(waiting, "space")} {(waiting == 1 ? "waits" : "wait")} ready-made for {Amounts.Count(catalogs, "catalog")}.");
        if (journal.DamagedLines > 0) screen.Warn($"{Amounts.Count(journal.DamagedLines, "line")} of the journal could not be read and {(journal.DamagedLines == 1 ? "is" : "are")} left out.");
        return ExitCodes.Done;
    }

    static string Nothing(JournalContents journal, int weeks, Session session) => journal.Restores.Count == 0
        ? $"No space has been restored in {session.Home.Path} yet."
        : $"No space has been restored in {session.Home.Path} in the last {Amounts.Count(weeks, "week")}; --weeks N looks further back.";

    static void Print(StatisticsDocument document, Screen screen)
    {
        bool isTerminal = !Console.IsOutputRedirected;
        if (isTerminal) WeekChart.Print(document.Weeks, screen);

        // A terminal is narrow: what happened never has no column there. In a file or pipe all columns are always in their places.
        Column[] columns = [.. Columns().Where(column => !isTerminal || !column.MayGo || document.Weeks.Any(week => column.Cell(week) != "0"))];
        var listing = new Listing(screen.HasColor, [.. columns.Select(static column => column.Heading)]);
        foreach (WeekDocument week in document.Weeks) listing.Add([.. columns.Select(column => column.Cell(week))]);
        listing.Print(screen);
    }

    readonly record struct Column(string Heading, Func<WeekDocument, string> Cell, bool MayGo = false);

    static Column[] Columns() =>
    [
        new(">WEEK", static week => week.Week),
        new(">RESTORES", static week => Amounts.Count(week.Restores)),
        new(">FAILED", static week => Amounts.Count(week.Failed), MayGo: true),
        new("STRATEGY", static week => Words(week.Strategies.OrderByDescending(static used => used.Value).Select(static used => (used.Key, used.Value)))),
        new(">SHARED", static week => Amounts.Bytes(week.Bytes.Shared)),
        new(">WRITTEN", static week => Amounts.Bytes(week.Bytes.Written)),
        new(">MEDIAN", static week => Amounts.Time(week.MedianMilliseconds)),
        new(">TOTAL", static week => Amounts.Time(week.TotalMilliseconds)),
        new(">FALLBACKS", static week => Amounts.Count(week.Fallbacks), MayGo: true),
        new(">HEALED", static week => Amounts.Count(week.Healed), MayGo: true),
        new("FILES", static week => Words(week.Mechanisms.Used())),
    ];

    static string Words(IEnumerable<(string Name, long Count)> counts) =>
        string.Join(", ", counts.Select(static count => $"{count.Name} {Amounts.Count(count.Count)}")) is { Length: > 0 } words ? words : "-";

    static int ParseWeeks(ArgumentResult result)
    {
        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= MostWeeks) return number;
        result.AddError($"--weeks: '{result.Tokens[0].Value}' is no number from 1 to {MostWeeks}.");
        return DefaultWeeks;
    }
}
