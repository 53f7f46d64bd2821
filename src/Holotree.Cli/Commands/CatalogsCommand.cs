using System.CommandLine;
using Holotree.Catalogs;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;

namespace Holotree.Cli.Commands;

/// <summary>Lists the catalogs, or shows one in detail.</summary>
internal sealed class CatalogsCommand : Verb
{
    readonly Argument<string?> reference = new("REF") { Arity = ArgumentArity.ZeroOrOne, Description = "One catalog: its name, its id, or a unique start of the id" };

    internal CatalogsCommand() : base("catalogs", "Lists what was recorded, newest first.") => Arguments.Add(reference);

    internal override IReadOnlyList<string> Examples => ["holotree catalogs", "holotree catalogs tools"];

    internal override int Run(ParseResult parsed, Session session)
    {
        var store = new CatalogStore(session.Home);
        Screen screen = session.Screen;
        string? one = parsed.GetValue(reference);
        var document = new CatalogsDocument([.. (one is null ? store.List() : [store.Find(Word(one, "REF"))]).Select(CatalogDocument.Of)]);
        if (screen.IsJson) screen.Document(document, DocumentContext.Default.CatalogsDocument);
        else if (one is not null) Show(document.Catalogs[0], screen);
        else if (document.Catalogs.Count == 0) screen.Answer($"Nothing has been recorded in {session.Home.Path}.");
        else Print(document, screen);
        return ExitCodes.Done;
    }

    static void Print(CatalogsDocument document, Screen screen)
    {
        var listing = new Listing(screen.HasColor, "NAME", ">GEN", "ID", ">FILES", ">SIZE", ">RELOCATIONS", "CREATED", "USED", "RECORDED AT");
        foreach (CatalogDocument catalog in document.Catalogs)
        {
            listing.Add(
                catalog.Name, Amounts.Count(catalog.Generation), Amounts.ShortId(catalog.Catalog), Amounts.Count(catalog.Files),
                Amounts.Bytes(catalog.Bytes), Amounts.Count(catalog.Relocations), Amounts.Moment(catalog.Created),
                catalog.Used is { } used ? Amounts.Moment(used) : "never", catalog.Prefix);
        }
        listing.Print(screen);
    }

    static void Show(CatalogDocument catalog, Screen screen)
    {
        void Line(string label, string text) => screen.Answer($"{label,-12} {text}");

        Line("name", catalog.Name);
        Line("generation", Amounts.Count(catalog.Generation));
        Line("id", catalog.Catalog);
        if (catalog.Blueprint is { } blueprint) Line("blueprint", blueprint);
        Line("platform", catalog.Platform);
        Line("recorded at", catalog.Prefix);
        Line("holds", Details.Contents(catalog.Files, catalog.Directories, catalog.Symlinks, catalog.Bytes));
        Line("names itself", $"in {Amounts.Count(catalog.RelocatedFiles, "file")}, {Amounts.Count(catalog.Relocations, "place")}");
        Line("created", Amounts.Moment(catalog.Created));
        if (catalog.Owner is { } owner) Line("recorded by", $"user {owner}");
        Line("used", catalog.Used is { } used ? Amounts.Moment(used) : "never");
    }
}
