using Holotree.Library;
using Holotree.Templates;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Turns a tree that stands as it was recorded into a space: changes what has to differ, and leaves all else alone.</summary>
internal sealed class ReadyRestore(Home home, string space, ReadySource source, CatalogLayout layout, CancellationToken cancellation)
{
    /// <summary>Does it.</summary>
    /// <param name="tree">The tree, which nobody else has.</param>
    /// <param name="path">Where the space will be.</param>
    /// <param name="describe">Describes what was done by a plan.</param>
    internal BuiltTree Build(string tree, string path, Func<RestorePlan, TreeTally, RestoreReport> describe)
    {
        (ReadyTree ready, VariablePart part, bool laidOutNow, FileLock? claim) = source;
        RestorePlan plan = layout.PlanFor(part.Catalog, path);
        Mechanism[] madeBy = [.. part.MadeBy];
        using var amendment = new TreeAmendment(part.Catalog.Listing, tree, madeBy, () => layout.ContentOf(plan), layout.OptionsFor(path));
        TreeTally made = amendment.Apply(cancellation);
        layout.RequireAll(plan, path);

        bool moved = !part.Catalog.Facts.Prefix.AsSpan().SequenceEqual(plan.NewPrefix);
        (long shared, long written) = Replaced(plan);
        (shared, written) = (ready.SharedBytes - shared, ready.WrittenBytes - written + made.WrittenBytes);
        RestoreReport report = describe(plan, made);
        report = report with
        {
            Files = ready.Files,
            Directories = ready.Directories,
            Symlinks = ready.Symlinks,
            Mechanisms = CountAgain(madeBy),
            Relocated = report.Relocated with { Skipped = report.Relocated.Skipped + (moved ? ready.Skipped : 0) },
            RetimedBytecode = ready.Retimed,
            Fallbacks = laidOutNow || claim is not null ? ready.Fallbacks : [],
            NotPreserved = [.. ready.Lost.Concat(report.NotPreserved).Distinct()],
            Bytes = (shared + written, shared, written),
            TemplateMade = laidOutNow,
            Waited = claim is not null,
        };
        return new BuiltTree(report, root => IndexAmendments.Of(part, amendment, made, root).Write(ready.IndexPath, SpaceIndex.PathOf(home, space)), source);
    }

    /// <summary>What made the files, now that some were written anew.</summary>
    MechanismCounts CountAgain(Mechanism[] madeBy)
    {
        MechanismCounts mechanisms = source.Ready.Mechanisms;
        for (int i = 0; i < madeBy.Length; i++)
        {
            mechanisms[source.Part.MadeBy[i]]--;
            mechanisms[madeBy[i]]++;
        }
        return mechanisms;
    }

    /// <summary>The length that files written anew had before: of those that shared it, and of those it was written for.</summary>
    (long Shared, long Written) Replaced(RestorePlan plan)
    {
        long shared = 0, written = 0;
        ReadOnlySpan<FileEntry> files = source.Part.Catalog.Listing.Files;
        for (int i = 0; i < files.Length; i++)
        {
            if (files[i].LinkedTo >= 0 || plan.ChangeOf(i) != ContentChange.Rewrite) continue;
            if (source.Part.MadeBy[i] is Mechanism.KernelCopy or Mechanism.PlainCopy) written += files[i].Size;
            else shared += files[i].Size;
        }
        return (shared, written);
    }
}
