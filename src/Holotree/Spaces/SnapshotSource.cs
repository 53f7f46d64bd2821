using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Templates;
using Reflinks.Platform.Linux;

namespace Holotree.Spaces;

/// <summary>Takes a snapshot of a catalog's template, which it has made if there is none.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SnapshotSource(Home home, CatalogInfo info, RestoreOptions options, TemplateStore.LayOut layOut, CancellationToken cancellation)
{
    /// <summary>Makes a snapshot beside a path; null where the system refuses.</summary>
    internal TakenTree? TryTake(string path, out Errno refused)
    {
        var templates = new TemplateStore(home);
        refused = Errno.None;
        bool laidOutNow = false;

        // To verify everything is to lay everything out from objects that were hashed.
        ReadyTree? template = options.VerifyFull ? null : templates.Find(info.Id);
        VariablePart? part = template?.ReadPart();
        if (part is null)
        {
            template = templates.Make(info.Id, anew: options.VerifyFull || template is not null, path, LayOut, options.LockTimeout, cancellation, out refused);
            part = template?.ReadPart();
        }
        if (template is null || part is null) return null;
        return PendingTree.CreateBySnapshot(path, template.Path, out refused) is { } pending ? new TakenTree(pending, template, part, laidOutNow) : null;

        (Catalog, Reflinks.Trees.TreeTally) LayOut(string tree, string indexPath)
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
