using System.Globalization;

namespace Holotree.Bench.Reporting;

/// <summary>What the scripts measured, read from lines whose fields are parted by tabs.</summary>
internal sealed class Measurements
{
    readonly Dictionary<string, Row> byKey = [];

    internal Measurements(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            string[] field = line.Split('\t');
            switch (field[0])
            {
                case "fact": Facts.Add((field[1], field[2])); break;
                case "lacking": Lacking.Add(field[1]); break;
                case "tree": Trees.TryAdd(field[1], new Tree(field[1], field[2], field[3])); break;
                case "row": Declare(field); break;
                case "time": Find(field[1], field[2], field[3])?.Add(Number(field[4]), Number(field[5]), Number(field[6])); break;
                case "made": if (Find(field[1], field[2], field[3]) is { } made) made.MadeBy = field[4]; break;
                case "absent": if (Find(field[1], field[2], field[3]) is { } absent) absent.Absence = field[4]; break;
                case "note": Notes.Add((field[1], field[2], field[3])); break;
                case "part": Parts.Add(new Part(field[1], field[2], Number(field[3]), Number(field[4]), Number(field[5]), Number(field[6]), Number(field[7]))); break;
                default: throw new InvalidDataException($"unknown line: {line}");
            }
        }
    }

    internal List<(string Name, string Value)> Facts { get; } = [];

    /// <summary>Programs that do not install here.</summary>
    internal List<string> Lacking { get; } = [];

    internal Dictionary<string, Tree> Trees { get; } = [];

    /// <summary>In the order of the tables.</summary>
    internal List<Row> Rows { get; } = [];

    internal List<(string Tree, string Volume, string Text)> Notes { get; } = [];

    internal List<Part> Parts { get; } = [];

    internal string Fact(string name) => Facts.Find(fact => fact.Name == name).Value ?? "unknown";

    internal Row? Find(string tree, string volume, string key) => byKey.GetValueOrDefault($"{tree} {volume} {key}");

    /// <summary>The row that a person would use without us: a clone where there are clones, else a copy.</summary>
    internal Row? Usual(string tree, string volume) =>
        Find(tree, volume, "cp-reflink") is { Seconds.Count: > 0 } clone ? clone : Find(tree, volume, "cp") is { Seconds.Count: > 0 } copy ? copy : null;

    internal IEnumerable<(string Tree, string Volume)> Places => Rows.Select(row => (row.Tree, row.Volume)).Distinct();

    void Declare(string[] field)
    {
        var row = new Row(field[1], field[2], field[3], field[4]);
        if (byKey.TryAdd($"{row.Tree} {row.Volume} {row.Key}", row)) Rows.Add(row);
    }

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
