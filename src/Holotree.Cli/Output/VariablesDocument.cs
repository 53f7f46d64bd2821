using System.Text;
using Holotree.Activation;
using Holotree.Spaces;

namespace Holotree.Cli.Output;

/// <summary>The variables of a space: what to set, and what must not be set.</summary>
internal sealed record VariablesDocument(
    string Space, string Path, IReadOnlyList<string> Kinds, IReadOnlyDictionary<string, string> Variables, IReadOnlyList<string> Unset,
    IReadOnlyList<string> Warnings)
{
    internal static VariablesDocument Of(SpaceInfo space, SpaceVariables variables, IReadOnlyList<VariableChange> changes) => new(
        space.Space, space.Path, variables.Kinds,
        changes.Where(static change => change.Value is not null).ToDictionary(static change => change.Name, static change => Encoding.UTF8.GetString(change.Value!.Value.Span)),
        [.. changes.Where(static change => change.Value is null).Select(static change => change.Name)],
        variables.Warnings);
}

/// <summary>The figures of a space's tree.</summary>
internal sealed record TreeStatisticsDocument(
    string Space, string Path, long Files, long Directories, long Symlinks, long Bytes, long Relocations, long RelocatedFiles, double RelocatedPercent,
    MechanismsDocument Mechanisms)
{
    internal static TreeStatisticsDocument Of(SpaceInfo space, SpaceFigures figures) => new(
        space.Space, space.Path, figures.Files, figures.Directories, figures.Symlinks, figures.Bytes, space.Relocations, space.RelocatedFiles,
        figures.Files == 0 ? 0 : Math.Round(100.0 * Math.Min(space.RelocatedFiles, figures.Files) / figures.Files, 2), MechanismsDocument.Of(space.Mechanisms));
}
