using System.Security;
using System.Text;

namespace Holotree.Bench.Reporting;

/// <summary>
/// Bars for each tree and volume, on one logarithmic scale, as an SVG that is read on light and on dark ground and needs no font
/// that is not there.
/// </summary>
internal static class Chart
{
    const double Width = 900, LabelWidth = 330, ValueWidth = 80, RowHeight = 18, BarHeight = 12, PanelGap = 56, Heading = 40, Top = 66;

    const string Style =
        """
        <style>
          text { font: 12px system-ui, sans-serif; fill: #1f2328; }
          .title { font-size: 17px; font-weight: 600; }
          .panel { font-size: 13px; font-weight: 600; }
          .quiet { fill: #59636e; font-size: 11px; }
          .grid { stroke: #d1d9e0; stroke-width: 1; }
          .other { fill: #8c959f; }
          .floor { fill: #d4a72c; }
          .own { fill: #1f6feb; }
          @media (prefers-color-scheme: dark) {
            text { fill: #e6edf3; }
            .quiet { fill: #9198a1; }
            .grid { stroke: #3d444d; }
            .other { fill: #6e7681; }
            .floor { fill: #bb8009; }
            .own { fill: #4493f8; }
          }
        </style>
        """;

    /// <summary>The drawing; empty where nothing was measured that can be compared.</summary>
    internal static string Draw(Measurements measurements)
    {
        (Tree Tree, string Volume, Row[] Rows)[] panels =
        [
            .. measurements.Places
                .Select(place => (measurements.Trees[place.Tree], place.Volume, RowsOf(measurements, place.Tree, place.Volume)))
                .Where(panel => panel.Item3.Length > 1),
        ];
        if (panels.Length == 0) return string.Empty;

        double[] all = [.. panels.SelectMany(panel => panel.Rows).Select(row => Median.Of(row.Seconds))];
        int least = (int)Math.Floor(Math.Log10(all.Min())), most = (int)Math.Ceiling(Math.Log10(all.Max()));
        double height = Top + panels.Sum(panel => PanelGap + (panel.Rows.Length * RowHeight)) + 8;
        var drawing = new StringBuilder();
        drawing.Append(Figures.Text($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" role=\"img\">\n"));
        drawing.Append("<title>Seconds until the process ended, for each tree and volume</title>\n").Append(Style).Append('\n');
        Text(drawing, 12, 26, "title", "Making a copy of a tree: seconds, logarithmic, shorter is better");
        double legend = 12;
        foreach ((string kind, string what) in (ReadOnlySpan<(string, string)>)[("own", "holotree"), ("floor", "the bare system calls"), ("other", "other programs")])
        {
            drawing.Append(Figures.Text($"<rect class=\"{kind}\" x=\"{legend}\" y=\"39\" width=\"12\" height=\"12\" rx=\"2\"/>\n"));
            Text(drawing, legend + 18, 49, "quiet", what);
            legend += 40 + (what.Length * 6.2);
        }

        double y = Top;
        foreach ((Tree tree, string volume, Row[] rows) in panels)
        {
            Panel(drawing, y, $"{tree.Title.Split(", ")[0].Replace("`", string.Empty, StringComparison.Ordinal)} — {Report.NameOf(volume)}", rows, least, most);
            y += PanelGap + (rows.Length * RowHeight);
        }
        return drawing.Append("</svg>\n").ToString();
    }

    /// <summary>Those that make a copy of the tree, the slowest first.</summary>
    static Row[] RowsOf(Measurements measurements, string tree, string volume) =>
    [
        .. measurements.Rows
            .Where(row => row.Tree == tree && row.Volume == volume && row.Seconds.Count > 0)
            .Where(row => row.Key is not ("record" or "record-again" or "hash" or "refresh" or "floor-look" or "rm" or "delete" or "patched" or "written"))
            .OrderByDescending(row => Median.Of(row.Seconds)),
    ];

    static void Panel(StringBuilder drawing, double y, string title, Row[] rows, int least, int most)
    {
        Text(drawing, 12, y + 16, "panel", title);
        double bottom = y + Heading + (rows.Length * RowHeight);
        for (int power = least; power <= most; power++)
        {
            double x = LabelWidth + Along(Math.Pow(10, power), least, most);
            drawing.Append(Figures.Text($"<line class=\"grid\" x1=\"{x:F1}\" y1=\"{y + Heading - 3}\" x2=\"{x:F1}\" y2=\"{bottom}\"/>\n"));
            Text(drawing, x, y + Heading - 8, "quiet", Figures.Seconds(Math.Pow(10, power)), "middle");
        }
        foreach ((int index, Row row) in rows.Index())
        {
            double seconds = Median.Of(row.Seconds), top = y + Heading + (index * RowHeight), length = Math.Max(2, Along(seconds, least, most));
            string kind = row.Key.StartsWith("floor", StringComparison.Ordinal) ? "floor" : row.Label.Contains("holotree", StringComparison.Ordinal) ? "own" : "other";
            Text(drawing, LabelWidth - 8, top + 11, string.Empty, row.Label.Replace("`", string.Empty, StringComparison.Ordinal), "end");
            drawing.Append(Figures.Text($"<rect class=\"{kind}\" x=\"{LabelWidth}\" y=\"{top + 1}\" width=\"{length:F1}\" height=\"{BarHeight}\" rx=\"2\"/>\n"));
            Text(drawing, LabelWidth + length + 6, top + 11, "quiet", Figures.Seconds(seconds));
        }
    }

    static double Along(double seconds, int least, int most) =>
        (Math.Log10(seconds) - least) / (most - least) * (Width - LabelWidth - ValueWidth);

    static void Text(StringBuilder drawing, double x, double y, string kind, string text, string anchor = "start") =>
        drawing.Append(Figures.Text($"<text x=\"{x:F1}\" y=\"{y:F1}\" class=\"{kind}\" text-anchor=\"{anchor}\">{SecurityElement.Escape(text)}</text>\n"));
}
