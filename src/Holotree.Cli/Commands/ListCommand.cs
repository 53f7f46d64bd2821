using System.CommandLine;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>Lists the spaces.</summary>
internal sealed class ListCommand() : Verb("list", "Lists the spaces.")
{
    internal override IReadOnlyList<string> Examples => ["holotree list", "holotree list --json"];

    internal override int Run(ParseResult parsed, Session session)
    {
        IReadOnlyList<SpaceInfo> spaces = new SpaceStore(session.Home).List();
        Screen screen = session.Screen;
        var document = new SpacesDocument([.. spaces.Select(SpaceDocument.Of)]);
        if (screen.IsJson) screen.Document(document, DocumentContext.Default.SpacesDocument);
        else if (spaces.Count == 0) screen.Answer($"There are no spaces in {session.Home.Path}.");
        else Print(document, screen);
        return ExitCodes.Done;
    }

    static void Print(SpacesDocument document, Screen screen)
    {
        var listing = new Listing(screen.HasColor, "SPACE", "CATALOG", "ID", ">FILES", "MADE BY", "CREATED", "USED", "PATH");
        foreach (SpaceDocument space in document.Spaces)
        {
            listing.Add(
                space.Space, space.Name, Amounts.ShortId(space.Catalog), Amounts.Count(space.Files),
                space.Complete ? space.Mechanisms.Highest() ?? "-" : space.InDoubt ? "in doubt" : "incomplete",
                Amounts.Moment(space.Created), Amounts.Moment(space.Used), space.Path);
        }
        listing.Print(screen);
    }
}
