using System.Globalization;

namespace Holotree.Bench.Reporting;

/// <summary>One thing the program is held to: rows of one tree on one volume, divided by the sum of others, against a limit.</summary>
/// <param name="What">In words.</param>
/// <param name="Tree">Whose rows.</param>
/// <param name="Volume">Which of them.</param>
/// <param name="Of">What is divided.</param>
/// <param name="By">What it is divided by, in sum.</param>
/// <param name="Limit">What the quotient must not pass.</param>
/// <param name="OnDisk">Whether the time until all is on the disk counts, or only the time until the process ended.</param>
internal sealed record Bar(string What, string Tree, string Volume, string Of, string[] By, double Limit, bool OnDisk = false)
{
    /// <summary>The word for a bar that is met.</summary>
    internal const string Met = "met";

    const double MemoryLimitBytes = 100e6;

    /// <summary>All of them, as they were agreed.</summary>
    internal static IReadOnlyList<Bar> All { get; } =
    [
        new("restore by reflink, to the bare system calls", "node", "xfs", "init-reflink", ["floor-reflink"], 1.15),
        new("restore by reflink, to the bare system calls", "node", "btrfs", "init-reflink", ["floor-reflink"], 1.15),
        new("restore by reflink, to `cp -a --reflink=always`", "node", "xfs", "init-reflink", ["cp-reflink"], 0.55),
        new("restore by reflink, to `cp -a --reflink=always`", "node", "btrfs", "init-reflink", ["cp-reflink"], 0.65),
        new("restore by snapshot, to `cp -a --reflink=always`", "node", "btrfs", "init-snapshot", ["cp-reflink"], 0.03),
        new("snapshot of 500,000 files, to one of 10,000", "counts", "btrfs", "snapshot-500000", ["snapshot-10000"], 1.5),
        new("restore by `smart` (hard links), to `cp -a`", "node", "ext4", "init-smart", ["cp"], 0.2),
        new("restore by `smart` (hard links), to the bare system calls", "node", "ext4", "init-smart", ["floor-hardlink"], 1.4),
        new("`run --ephemeral -- true`, to `cp -a`", "node", "ext4", "ephemeral", ["cp"], 0.05),
        new("the same for a CPython installation, to `cp -a`", "python", "ext4", "ephemeral", ["cp"], 0.06),
        new("CPython installation by snapshot, to `cp -a --reflink=always`", "python", "btrfs", "init-snapshot", ["cp-reflink"], 0.06),
        new("claim of a space in waiting, to `cp -a --reflink=always`", "node", "xfs", "standby", ["cp-reflink"], 0.05),
        new("refresh of an unchanged space, to a new one by reflink", "node", "xfs", "refresh", ["init-reflink"], 0.12),
        new("refresh of an unchanged space, to a new one by reflink", "node", "btrfs", "refresh", ["init-reflink"], 0.12),
        new("refresh of an unchanged space, to a new one by hard links", "node", "ext4", "refresh", ["init-smart"], 0.12),
        new("record, first time, to hashing and the bare system calls", "node", "xfs", "record", ["hash", "floor-reflink"], 1.25),
        new("record again, unchanged, to the first time", "node", "xfs", "record-again", ["record"], 0.15),
        new("delete of a space returns, to `rm -rf`", "node", "xfs", "delete", ["rm"], 0.05),
        new("delete of a space returns, to `rm -rf`", "node", "btrfs", "delete", ["rm"], 0.05),
        new("delete of a space returns, to `rm -rf`", "node", "ext4", "delete", ["rm"], 0.05),
        new("a 100 MB file with one relocation, to writing it", "large-file", "btrfs", "patched", ["written"], 0.1, OnDisk: true),
        new("a 100 MB file with one relocation, to writing it", "large-file", "xfs", "patched", ["written"], 0.1, OnDisk: true),
    ];

    /// <summary>The lines of the table: what, where, figure, bar, met or not.</summary>
    internal static IEnumerable<string[]> Lines(Measurements measurements)
    {
        foreach (Bar bar in All) yield return bar.Line(measurements);

        Row[] restores = [.. measurements.Rows.Where(row => row.Tree == "node" && row.Key.StartsWith("init-", StringComparison.Ordinal) && row.Seconds.Count > 0)];
        double peak = restores.Length == 0 ? 0 : restores.Max(row => row.PeakBytes);
        yield return
        [
            "peak memory of a restore", "all", restores.Length == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{peak / 1e6:F0} MB"),
            "under 100 MB", restores.Length == 0 ? "not measured" : Verdict(peak < MemoryLimitBytes),
        ];
    }

    string[] Line(Measurements measurements)
    {
        Row?[] rows = [measurements.Find(Tree, Volume, Of), .. By.Select(key => measurements.Find(Tree, Volume, key))];
        string limit = string.Create(CultureInfo.InvariantCulture, $"{Limit:0.0#}");
        if (rows.FirstOrDefault(row => row?.Absence is not null) is { } absent) return [What, Volume, string.Empty, limit, $"not supported by this program: {absent.Absence}"];
        if (rows.Any(row => row is not { Seconds.Count: > 0 })) return [What, Volume, string.Empty, limit, "not measured"];

        double[] medians = [.. rows.Select(row => Median.Of(OnDisk ? row!.OnDisk : row!.Seconds))];
        double figure = medians[0] / medians[1..].Sum();
        string seconds = $"{string.Join(" + ", medians[1..].Select(Figures.Seconds))}";
        return
        [
            What, Volume, string.Create(CultureInfo.InvariantCulture, $"{figure:F3} ({Figures.Seconds(medians[0])} to {seconds})"), limit,
            Verdict(figure <= Limit),
        ];
    }

    static string Verdict(bool met) => met ? Met : "**missed**";
}
