using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Cli.Commands;

/// <summary>The catalog that is meant where none is named.</summary>
internal sealed record CatalogChoice(string Reference, string Reason)
{
    /// <summary>
    /// The one the space is made from, else the one of the space's name, else the only one there is. Nothing else goes without saying.
    /// </summary>
    /// <exception cref="HolotreeException">None of these is there.</exception>
    internal static CatalogChoice For(string space, Home home)
    {
        if (new SpaceStore(home).List().FirstOrDefault(known => known.Space == space) is { Catalog.Length: > 0 } standing)
            return new CatalogChoice(standing.Catalog, $"the space {space} is made from it");
        string[] names = [.. new CatalogStore(home).List().Select(static catalog => catalog.Name).Distinct(StringComparer.Ordinal)];
        if (names.Contains(space)) return new CatalogChoice(space, "it has the space's name");
        if (names is [var only]) return new CatalogChoice(only, "there is no other");
        throw new HolotreeException(HolotreeFailure.Invalid, "usage", $"--catalog is missing, and which one the space '{space}' shall be made from does not go without saying.")
        {
            Hint = names.Length == 0 ? "Nothing was recorded yet: holotree record DIR --name NAME." : $"There are: {string.Join(", ", names)}.",
        };
    }
}
