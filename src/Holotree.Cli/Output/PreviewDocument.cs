using Holotree.Spaces;

namespace Holotree.Cli.Output;

/// <summary>What <c>init --dry-run</c> found that a restore would do. A slash ends the paths of directories.</summary>
internal sealed record PreviewDocument(
    bool DryRun, string Space, string Path, string Catalog, string Mode, IReadOnlyList<string> Make, IReadOnlyList<string> Adjust,
    IReadOnlyList<string> Remove, long Keep, RelocatedDocument Relocated)
{
    internal static PreviewDocument Of(RestorePreview preview) => new(
        DryRun: true, preview.Space, preview.Path, preview.Catalog, preview.Mode, preview.Make, preview.Adjust, preview.Remove, preview.Keep,
        RelocatedDocument.Of(preview.Relocated));
}
