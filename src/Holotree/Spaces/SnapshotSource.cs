using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Templates;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Finds the template of a catalog, or has it made.</summary>
[SupportedOSPlatform("linux")]
internal static class SnapshotSource
{
    /// <summary>The template; null where there can be none.</summary>
    /// <param name="home">Whose.</param>
    /// <param name="info">The catalog.</param>
    /// <param name="options">How spaces are made.</param>
    /// <param name="path">Where the snapshot will be.</param>
    /// <param name="layOut">Lays it out, if it has to be.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <param name="refused">Why there is none.</param>
    internal static ReadySource? Find(
        Home home, CatalogInfo info, RestoreOptions options, string path, ReadyTree.LayOut layOut, CancellationToken cancellation, out Errno refused)
    {
        var templates = new TemplateStore(home);
        refused = Errno.None;
        bool laidOutNow = false;

        // To verify everything is to lay everything out from objects that were hashed.
        ReadyTree? template = options.VerifyFull ? null : templates.Find(info.Id);
        VariablePart? part = template?.ReadPart();
        if (part is null)
        {
            template = templates.Make(info.Id, anew: options.VerifyFull || template is not null, path, LayOutNow, options.LockTimeout, cancellation, out refused);
            part = template?.ReadPart();
        }
        return template is null || part is null ? null : new ReadySource(template, part, laidOutNow, Claim: null);

        (Catalog, TreeTally, long) LayOutNow(string tree, string indexPath)
        {
            laidOutNow = true;
            return layOut(tree, indexPath);
        }
    }

    /// <summary>What to tell who asked for a snapshot and nothing else.</summary>
    internal static HolotreeException Refused(string path, Errno error) =>
        new(HolotreeFailure.Unsupported, "snapshot-unsupported", $"Cannot make '{path}' by snapshot: {LinuxErrors.Describe(error)}.")
        {
            Path = path,
            Error = LinuxErrors.Describe(error),
            Hint = "The library and the space must lie on one btrfs filesystem and belong to you; --strategy smart takes the next best means.",
        };
}
