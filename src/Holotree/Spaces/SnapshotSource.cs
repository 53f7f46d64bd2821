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
    /// <summary>So often another process may replace the template in the moment in which it is snapshotted.</summary>
    const int Tries = 5;

    /// <summary>Makes a snapshot beside a path; null where the system refuses.</summary>
    internal TakenTree? TryTake(string path, out Errno refused)
    {
        bool laidOutNow = false;
        refused = Errno.None;
        for (int tries = 0; tries < Tries; tries++)
        {
            if (FindOrMake(path, ref laidOutNow, out refused) is not var (template, part)) return null;
            PendingTree? pending = PendingTree.CreateBySnapshot(path, template.Path, out refused);
            if (TemplateStore.IsStill(template)) return pending is null ? null : new TakenTree(pending, template, part, laidOutNow);
            pending?.Dispose();
            refused = Errno.EBUSY;
        }
        return null;
    }

    (ReadyTree Template, VariablePart Part)? FindOrMake(string path, ref bool laidOutNow, out Errno refused)
    {
        var templates = new TemplateStore(home);
        refused = Errno.None;

        // To verify everything is to lay everything out from objects that were hashed.
        ReadyTree? template = options.VerifyFull ? null : templates.Find(info.Id);
        VariablePart? part = template?.ReadPart();
        if (part is null)
        {
            bool made = false;
            template = templates.Make(info.Id, anew: options.VerifyFull || template is not null, path, LayOut, options.LockTimeout, cancellation, out refused);
            part = template?.ReadPart();
            laidOutNow |= made;

            (Catalog, Reflinks.Trees.TreeTally) LayOut(string tree, string indexPath)
            {
                made = true;
                return layOut(tree, indexPath);
            }
        }
        return template is null || part is null ? null : (template, part);
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
