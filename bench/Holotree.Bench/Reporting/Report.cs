using System.Text;

namespace Holotree.Bench.Reporting;

/// <summary>The measurements as a Markdown page, with a chart beside it.</summary>
internal static class Report
{
    static readonly Dictionary<string, string> volumeNames = new() { ["xfs"] = "XFS" };

    /// <summary>Writes NAME.md and NAME.svg to the folder.</summary>
    internal static int Write(string measurementsPath, string folder, string name)
    {
        var measurements = new Measurements(File.ReadLines(measurementsPath));
        string chart = Chart.Draw(measurements);
        if (chart.Length > 0) File.WriteAllText(Path.Join(folder, $"{name}.svg"), chart);
        string page = Page(measurements, name, chart.Length > 0);
        File.WriteAllText(Path.Join(folder, $"{name}.md"), page);
        Console.Write(page);
        Console.Error.WriteLine($"bench: written to {Path.Join(folder, $"{name}.md")}");
        return 0;
    }

    internal static string NameOf(string volume) => volumeNames.GetValueOrDefault(volume, volume);

    static string Page(Measurements measurements, string name, bool hasChart)
    {
        var page = new StringBuilder();
        page.Append(Figures.Text($"# Side by side, {name}\n\n"));
        page.Append(
            $"""
            Medians of {measurements.Fact("runs")} runs; rows that were measured less often say so. Every row is one whole process. The rows are shuffled in each
            round, alike every time, each after a `sync`, with its source in the page cache; what a run has made is deleted outside of the
            timing. "Ended" is when the process ended, "on disk" when after it all of the filesystem had been synced (`syncfs`).
            Plain `cp -a` clones where it can since coreutils 9.0, and copies where it cannot.


            """);
        Table(page, ["", ""], measurements.Facts.Where(fact => fact.Name != "runs").Select(fact => new[] { fact.Name, fact.Value }));
        if (measurements.Lacking.Count > 0) page.Append(Figures.Text($"\nNot here, so left out: {string.Join(", ", measurements.Lacking)}.\n"));
        if (measurements.Rows.Any(row => row.Key is "refresh" or "patched")) Bars(page, measurements);
        if (hasChart) page.Append(Figures.Text($"\n![Seconds until the process ended, for each tree and volume]({name}.svg)\n"));
        foreach (IGrouping<string, (string Tree, string Volume)> places in measurements.Places.GroupBy(place => place.Tree))
        {
            Tree tree = measurements.Trees[places.Key];
            page.Append(Figures.Text($"\n## {char.ToUpperInvariant(tree.Title[0])}{tree.Title[1..]}\n\n{char.ToUpperInvariant(tree.Size[0])}{tree.Size[1..]}.\n"));
            foreach ((string _, string volume) in places) Volume(page, measurements, tree, volume);
        }
        Parts(page, measurements);
        return page.ToString();
    }

    static void Bars(StringBuilder page, Measurements measurements)
    {
        string[][] lines = [.. Bar.Lines(measurements)];
        page.Append(
            $"""

            ## Bars

            Met: {lines.Count(line => line[^1] == Bar.Met)} of {lines.Length}. Quotients of medians, of the time until the process ended; of the file of 100 MB until it was on the disk.


            """);
        Table(page, ["what", "volume", "figure", "bar", ""], lines.Select(line => (string[])[line[0], NameOf(line[1]), .. line[2..]]), "lllrl");
    }

    static void Volume(StringBuilder page, Measurements measurements, Tree tree, string volume)
    {
        Row[] rows = [.. measurements.Rows.Where(row => row.Tree == tree.Key && row.Volume == volume)];
        Row? usual = measurements.Usual(tree.Key, volume), copy = measurements.Find(tree.Key, volume, "cp") is { Seconds.Count: > 0 } found ? found : null;
        page.Append(Figures.Text($"\n### {NameOf(volume)}\n\n"));
        Table(
            page,
            ["what", "runs", "ended", "fastest to slowest", "on disk", "to `cp -a`", "to `cp -a --reflink=always`", "on disk, to the usual `cp`", "peak memory", "made by"],
            rows.Where(row => row.Seconds.Count > 0).Select(row => (string[])
            [
                row.Label, Figures.Text($"{row.Seconds.Count}"), Figures.Seconds(Median.Of(row.Seconds)),
                $"{Figures.Seconds(row.Seconds.Min())} to {Figures.Seconds(row.Seconds.Max())}", Figures.Seconds(Median.Of(row.OnDisk)),
                To(row.Seconds, copy?.Seconds), usual?.Key == "cp-reflink" ? To(row.Seconds, usual.Seconds) : string.Empty, To(row.OnDisk, usual?.OnDisk),
                Figures.Megabytes(row.PeakBytes), row.MadeBy,
            ]),
            "lrrrrrrrrl");
        string[] remarks =
        [
            .. rows.Where(row => row.Absence is not null).Select(row => $"{row.Label}: not supported by this program: {row.Absence}"),
            .. measurements.Notes.Where(note => note.Tree == tree.Key && note.Volume == volume).Select(note => note.Text),
        ];
        if (remarks.Length > 0) page.Append('\n');
        foreach (string remark in remarks) page.Append(Figures.Text($"- {remark}\n"));
    }

    static string To(List<double> own, List<double>? other) => other is null ? string.Empty : Figures.Ratio(Median.Of(own) / Median.Of(other));

    static void Parts(StringBuilder page, Measurements measurements)
    {
        if (measurements.Parts.Count == 0) return;
        page.Append("\n## Parts\n\nBy BenchmarkDotNet, within one process.\n\n");
        Table(
            page,
            ["part", "", "median", "fastest to slowest", "speed", "allocated"],
            measurements.Parts.Select(part => (string[])
            [
                part.Name, NameOf(part.Parameters), Figures.Nanoseconds(part.Median), $"{Figures.Nanoseconds(part.Fastest)} to {Figures.Nanoseconds(part.Slowest)}",
                part.SearchedBytes == 0 ? string.Empty : Figures.Text($"{part.SearchedBytes / part.Median:F1} GB/s"), Figures.Text($"{part.AllocatedBytes / 1000:F1} kB"),
            ]),
            "llrrrr");
    }

    /// <param name="alignment">One letter for each column, l or r; all left when empty.</param>
    static void Table(StringBuilder page, string[] heads, IEnumerable<string[]> rows, string alignment = "")
    {
        Line(heads);
        Line([.. heads.Select((_, column) => column < alignment.Length && alignment[column] == 'r' ? "---:" : "---")]);
        foreach (string[] row in rows) Line(row);

        void Line(string[] cells) => page.Append(Figures.Text($"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal)))} |\n"));
    }
}
