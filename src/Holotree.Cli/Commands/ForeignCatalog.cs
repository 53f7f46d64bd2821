using Holotree.Catalogs;
using Holotree.Cli.Settings;

namespace Holotree.Cli.Commands;

/// <summary>Says whose it is when a catalog that another user of a shared library recorded is used: its content is what that user chose.</summary>
internal static class ForeignCatalog
{
    internal static void Tell(string reference, Session session)
    {
        if (session.Home.IsShared && new CatalogStore(session.Home).Find(reference) is { Owner: { } owner } catalog)
            session.Screen.Warn($"The catalog {catalog.Name} was recorded by user {owner}.");
    }
}
