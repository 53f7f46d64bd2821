using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Templates;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Finds the template of a catalog, or has it made.</summary>
internal static class SnapshotSource
{
    /// <summary>So often another process may replace the template in the moment in which it is snapshotted.</summary>
    const int Tries = 5;

    /// <summary>Takes a snapshot of the template; null where there can be none, and then nothing is left of it.</summary>
    /// <param name="home">Whose.</param>
    /// <param name="info">The catalog.</param>
    /// <param name="options">How spaces are made.</param>
    /// <param name="pending">What becomes the snapshot.</param>
    /// <param name="layOut">Lays the catalog out, if it has to be.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <param name="refused">Why there is none.</param>
    internal static ReadySource? Take(
        Home home, CatalogInfo info, RestoreOptions options, PendingTree pending, ReadyTree.LayOut layOut, CancellationToken cancellation, out Errno refused)
    {
        refused = Errno.None;
        bool laidOutNow = false;
        for (int tries = 0; tries < Tries; tries++)
        {
            if (Find(home, info, options, pending.Path, layOut, cancellation, out refused) is not { } source) return null;
            laidOutNow |= source.LaidOutNow;
            refused = pending.TrySnapshot(source.Ready.Path);

            // The snapshot has written out whatever was written to the template: had there been anything, the seal would tell now.
            if (TemplateStore.IsStill(source.Ready)) return refused == Errno.None ? source with { LaidOutNow = laidOutNow } : null;
            TreeRemover.Remove(pending.Path, CancellationToken.None);
            refused = Errno.EBUSY;
        }
        return null;
    }

    static ReadySource? Find(
        Home home, CatalogInfo info, RestoreOptions options, string trial, ReadyTree.LayOut layOut, CancellationToken cancellation, out Errno refused)
    {
        var templates = new TemplateStore(home);
        refused = Errno.None;
        bool laidOutNow = false;

        // To verify everything is to lay everything out from objects that were hashed.
        ReadyTree? template = options.VerifyFull ? null : templates.Find(info.Id);
        VariablePart? part = template?.ReadPart();
        if (part is null)
        {
            template = templates.Make(info.Id, anew: options.VerifyFull || template is not null, trial, LayOutNow, options.LockTimeout, cancellation, out refused);
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
        new(HolotreeFailure.Unsupported, "snapshot-unsupported", $"Cannot make '{path}' by snapshot: {NativeErrors.Describe(error)}.")
        {
            Path = path,
            Error = NativeErrors.Describe(error),
            Hint = "The library and the space must lie on one btrfs filesystem and belong to you; --strategy smart takes the next best means.",
        };
}
