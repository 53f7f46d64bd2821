using Spectre.Console;

namespace Holotree.Cli.Output;

/// <summary>A table that was asked for. On a terminal long cells are wrapped; in a file or pipe every row is one line.</summary>
internal sealed class Listing
{
    readonly Table table = new() { Border = TableBorder.None };
    readonly bool coloured;

    internal Listing(bool coloured, params string[] headings)
    {
        this.coloured = coloured;
        foreach (string heading in headings)
        {
            bool number = heading[0] == '>';
            table.AddColumn(new TableColumn(new Text(number ? heading[1..] : heading, coloured ? new Style(decoration: Decoration.Bold) : Style.Plain))
            {
                Alignment = number ? Justify.Right : Justify.Left,
                NoWrap = number,
                Padding = new Padding(0, 0, 2, 0),
            });
        }
    }

    internal void Add(params string[] cells) => table.AddRow(cells.Select(static cell => new Text(Printable.Of(cell))));

    internal void Print(Screen screen)
    {
        // Drawn aside, because rows are filled up with blanks that nobody wants at the end of a line.
        using var drawn = new StringWriter();
        SpectreConsole.On(drawn, coloured, isTerminal: !Console.IsOutputRedirected).Write(table);
        foreach (string line in drawn.ToString().TrimEnd().Split('\n')) screen.Output.WriteLine(line.TrimEnd());
    }
}
