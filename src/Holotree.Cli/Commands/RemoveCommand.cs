using System.CommandLine;
using Holotree.Catalogs;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>Removes catalogs from the library.</summary>
internal sealed class RemoveCommand : Verb
{
    readonly Argument<string[]> references = new("CATALOG")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "The catalogs to remove: name (its latest generation), id, or a unique start of the id",
    };

    internal RemoveCommand() : base("remove", "Removes catalogs. Spaces made from them stay and work.") => Arguments.Add(references);

    internal override IReadOnlyList<string> Examples => ["holotree remove tools", "holotree remove 9f3c2a1b"];

    internal override int Run(ParseResult parsed, Session session)
    {
        var store = new CatalogStore(session.Home);

        // All are found before the first one goes, so that a misspelt name changes nothing.
        CatalogInfo[] catalogs = [.. parsed.GetRequiredValue(references).Select(reference => store.Find(Word(reference, "CATALOG"))).DistinctBy(static catalog => catalog.Id)];
        using var interruption = new Interruption();

        // What lacked bytes after a power cut could not be verified any more.
        new SpaceStore(session.Home).Sync();
        foreach (CatalogInfo catalog in catalogs)
        {
            interruption.Token.ThrowIfCancellationRequested();
            store.Remove(catalog, session.LockTimeout, interruption.Token);
            session.Screen.Headline($"Removed catalog {catalog.Name}, generation {Amounts.Count(catalog.Generation)} ({Amounts.ShortId(catalog.Id)}).");
        }
        if (session.Screen.IsJson)
            session.Screen.Document(new RemovedDocument([.. catalogs.Select(static catalog => catalog.Id)]), DocumentContext.Default.RemovedDocument);
        return ExitCodes.Done;
    }
}
