using Holotree.Spaces;

namespace Holotree.Cli.Output;

/// <summary>What was changed in a space. A slash ends the paths of directories.</summary>
internal sealed record DiffDocument(
    string Space, string Path, string Catalog, IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Changed)
{
    internal static DiffDocument Of(SpaceDifference found) => new(found.Space, found.Path, found.Catalog, found.Added, found.Removed, found.Changed);
}
