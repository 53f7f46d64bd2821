using Holotree.Catalogs;
using Holotree.Spaces;

namespace Holotree.Cli.Output;

internal sealed record SpacesDocument(IReadOnlyList<SpaceDocument> Spaces);

internal sealed record SpaceDocument(
    string Space, string Path, string Catalog, string Name, long Files, MechanismsDocument Mechanisms,
    DateTimeOffset Created, DateTimeOffset Used, bool Complete, bool InDoubt, bool Ephemeral)
{
    internal static SpaceDocument Of(SpaceInfo space) => new(
        space.Space, space.Path, space.Catalog, space.Name, space.Files, MechanismsDocument.Of(space.Mechanisms),
        space.Created.ToUniversalTime(), space.Used.ToUniversalTime(), space.Complete, space.InDoubt, space.Ephemeral);
}

internal sealed record CatalogsDocument(IReadOnlyList<CatalogDocument> Catalogs);

internal sealed record CatalogDocument(
    string Catalog, string Name, int Generation, string? Blueprint, string Platform, string Prefix, long Files, long Directories,
    long Symlinks, long Bytes, long RelocatedFiles, long Relocations, DateTimeOffset Created, DateTimeOffset? Used, long? Owner)
{
    internal static CatalogDocument Of(CatalogInfo catalog) => new(
        catalog.Id, catalog.Name, catalog.Generation, catalog.Blueprint, catalog.Platform, catalog.Prefix, catalog.Files,
        catalog.Directories, catalog.Symlinks, catalog.Bytes, catalog.RelocatedFiles, catalog.Relocations,
        catalog.Created.ToUniversalTime(), catalog.Used?.ToUniversalTime(), catalog.Owner);
}

/// <summary>The names of the spaces that are gone.</summary>
internal sealed record DeletedDocument(IReadOnlyList<string> Deleted);

/// <summary>The ids of the catalogs that are gone.</summary>
internal sealed record RemovedDocument(IReadOnlyList<string> Removed);

internal sealed record VersionDocument(string Version);
