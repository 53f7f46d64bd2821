using System.Globalization;
using System.Text;
using Holotree.Bench.Reporting;

namespace Holotree.Bench.Copies;

/// <summary>What bench/copies.sh has measured, as a Markdown page.</summary>
internal static class CopiesReport
{
    const string Own = "own";

    sealed record Line(string Part, string Volume, long Bytes, int Files, string Cache, string Way, double Closed, double OnDisk);

    internal static int Write(string measurementsPath, string folder, string name)
    {
        List<(string Name, string Value)> facts = [];
        List<Line> lines = [];
        List<string> refusals = [];
        foreach (string text in File.ReadLines(measurementsPath))
        {
            string[] field = text.Split('\t');
            if (field[0] == "fact") facts.Add((field[1], field[2]));
            else if (field[6] == "-") refusals.Add($"{NameOf(field[1])}, {LabelOf(field[5])}: {field[7]}");
            else lines.Add(new Line(field[0], field[1], Whole(field[2]), (int)Whole(field[3]), field[4], field[5], Number(field[6]), Number(field[7])));
        }
        var page = new StringBuilder();
        page.Append(Figures.Text($"# Copies of files, {name[..10]}\n\n"));
        page.Append(
            """
            Medians. "Closed" is when the last file was closed, "on disk" when after it all of the filesystem had been synced (`syncfs`). Each
            turn copies all the files into a fresh folder, after a sync; ways take turns, in another order each round; what was made is compared
            with the source, and deleted outside of the timing. "Warm" has the source in the page cache, "cold" has nothing in it. Before each turn
            as much memory as it will take, up to 6 GiB, is written to: the host of a virtual machine may have taken it back.


            """);
        Table(page, ["", ""], facts.Select(fact => (string[])[fact.Name, fact.Value]), "ll");
        OwnBesideCp(page, [.. lines.Where(line => line.Part == Own)]);
        if (lines.Exists(line => line.Part != Own)) page.Append("\n## What was tried\n\nSeconds until closed / on disk.\n");
        foreach (IGrouping<(long Bytes, int Files, string Cache), Line> size in lines.Where(line => line.Part != Own).GroupBy(line => (line.Bytes, line.Files, line.Cache)))
            Tried(page, size);
        if (refusals.Count > 0) page.Append(Figures.Text($"\nRefused: {string.Join("; ", refusals.Distinct())}.\n"));
        string path = Path.Join(folder, $"{name}.md");
        File.WriteAllText(path, page.ToString());
        Console.Write(page);
        Console.Error.WriteLine($"bench: written to {path}");
        return 0;
    }

    static void OwnBesideCp(StringBuilder page, List<Line> lines)
    {
        if (lines.Count == 0) return;
        page.Append(
            """

            ## Our copies beside `cp`

            `cp` is `cp -r --reflink=never`. The plain copy is that of the library, in one thread of one process. `holotree clone --strategy copy` is a whole
            process; it takes `copy_file_range` where the kernel has it, which shares blocks on XFS and btrfs. Quotients below 1 are faster than `cp`.


            """);
        Table(
            page,
            ["files", "volume", "`cp`, closed", "on disk", "plain copy, closed", "on disk", "to `cp`, closed", "on disk", "`clone`, closed", "on disk", "to `cp`, closed", "on disk"],
            lines.GroupBy(line => (line.Bytes, line.Files, line.Volume)).Select(row =>
            {
                (double cp, double cpOnDisk) = Medians(row, "cp");
                (double plain, double plainOnDisk) = Medians(row, "library");
                (double clone, double cloneOnDisk) = Medians(row, "clone");
                return (string[])
                [
                    SizeOf(row.Key.Bytes, row.Key.Files), NameOf(row.Key.Volume), Figures.Seconds(cp), Figures.Seconds(cpOnDisk),
                    Figures.Seconds(plain), Figures.Seconds(plainOnDisk), Figures.Ratio(plain / cp), Figures.Ratio(plainOnDisk / cpOnDisk),
                    Figures.Seconds(clone), Figures.Seconds(cloneOnDisk), Figures.Ratio(clone / cp), Figures.Ratio(cloneOnDisk / cpOnDisk),
                ];
            }),
            "llrrrrrrrrrr");
    }

    static void Tried(StringBuilder page, IGrouping<(long Bytes, int Files, string Cache), Line> size)
    {
        page.Append(Figures.Text($"\n### {SizeOf(size.Key.Bytes, size.Key.Files)}, {size.Key.Cache}\n\n"));
        string[] volumes = [.. size.Select(line => line.Volume).Distinct()], ways = [.. size.Select(line => line.Way).Distinct().OrderBy(Order)];
        Table(
            page, ["way", .. volumes.Select(NameOf)],
            ways.Select(way => (string[])
            [
                LabelOf(way),
                .. volumes.Select(volume =>
                {
                    Line[] cell = [.. size.Where(line => line.Volume == volume && line.Way == way)];
                    if (cell.Length == 0) return string.Empty;
                    (double closed, double onDisk) = Medians(cell, way);
                    return Figures.Text($"{closed:F3} / {onDisk:F3}");
                }),
            ]),
            "l" + new string('r', volumes.Length));
    }

    static (double Closed, double OnDisk) Medians(IEnumerable<Line> lines, string way)
    {
        Line[] own = [.. lines.Where(line => line.Way == way)];
        return (Median.Of(own.Select(line => line.Closed)), Median.Of(own.Select(line => line.OnDisk)));
    }

    static string LabelOf(string way)
    {
        string[] parts = way.Split(':');
        string size = parts.Length < 2 ? string.Empty : Whole(parts[1]) >= 1024 ? $"{Whole(parts[1]) / 1024} MiB" : $"{parts[1]} KiB";
        return parts[0] switch
        {
            "cp" => "`cp --reflink=never`",
            "rw" => $"read, write, {size}",
            "rwf" => $"`fallocate`, read, write, {size}",
            "rwk" => $"`fallocate` with `KEEP_SIZE`, read, write, {size}",
            "rws" => $"`POSIX_FADV_SEQUENTIAL`, read, write, {size}",
            "rwb" => $"read, write, {size}, `sync_file_range` every 8 MiB",
            "cfr" => $"`copy_file_range`, {size}",
            "send" => $"`sendfile`, {size}",
            "splice" => $"`splice` through a pipe, {size}",
            "mapw" => $"map the source, write, {size}",
            "map" => $"map both, {size}",
            "par" => $"two threads, read, write, {size}",
            "dir" => $"`O_DIRECT`, {size}",
            "dirw" => $"`O_DIRECT` for the target, {size}",
            "dir2" => $"`O_DIRECT`, `fallocate`, two threads, two buffers, {size}",
            _ => way,
        };
    }

    static int Order(string way)
    {
        string[] kinds = ["cp", "rw", "rws", "rwf", "rwk", "rwb", "cfr", "send", "splice", "mapw", "map", "par", "dir", "dirw", "dir2"];
        string[] parts = way.Split(':');
        return (Array.IndexOf(kinds, parts[0]) << 20) + (parts.Length > 1 ? (int)Whole(parts[1]) : 0);
    }

    static string SizeOf(long bytes, int files) => (bytes, files) switch
    {
        ( >= 1_000_000_000, 1) => Figures.Text($"1 file of {bytes / 1_000_000_000} GB"),
        ( >= 1_000_000, _) => Figures.Text($"{files} files of {bytes / 1_000_000} MB"),
        _ => Figures.Text($"{files} files of {bytes / 1000} KB"),
    };

    static string NameOf(string volume) => volume == "xfs" ? "XFS" : volume;

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    static long Whole(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    static void Table(StringBuilder page, string[] heads, IEnumerable<string[]> rows, string alignment)
    {
        Row(heads);
        Row([.. alignment.Select(static letter => letter == 'r' ? "---:" : "---")]);
        foreach (string[] row in rows) Row(row);

        void Row(string[] cells) => page.Append(Figures.Text($"| {string.Join(" | ", cells)} |\n"));
    }
}
