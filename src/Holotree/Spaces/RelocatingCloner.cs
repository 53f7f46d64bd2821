using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Clones a tree straight to another path and writes that path where its files name the old one, without a library.</summary>
public static class RelocatingCloner
{
    /// <summary>Clones a tree as <see cref="TreeCloner"/> does, and relocates it.</summary>
    /// <param name="source">An existing directory; its absolute path is looked for.</param>
    /// <param name="destination">The directory to make; its absolute path is written instead.</param>
    /// <param name="options">How the tree is cloned.</param>
    /// <param name="strict">Whether a file that does not work at the destination's path is a failure; otherwise it is counted.</param>
    /// <param name="progress">Told about twenty times a second, from the threads that work.</param>
    /// <param name="cancellation">Ends the work; nothing is left.</param>
    /// <returns>What was done to make the files, and what relocation did to them.</returns>
    /// <exception cref="HolotreeException">With <paramref name="strict"/>: a file does not work at that path. Nothing was made.</exception>
    /// <remarks>Every file is read first, as nothing is known of its content yet. Restoring a recorded tree needs no such reading.</remarks>
    public static (TreeReport Tree, RelocationCounts Relocated) Clone(
        string source, string destination, TreeCloneOptions? options = null, bool strict = false, IProgress<TreeProgress>? progress = null,
        CancellationToken cancellation = default) => Clone(source, destination, options, strict, CodeSigner.OfThisSystem, progress, cancellation);

    /// <summary>The same with what signs programs, or nothing.</summary>
    internal static (TreeReport Tree, RelocationCounts Relocated) Clone(
        string source, string destination, TreeCloneOptions? options, bool strict, string? codeSigner, IProgress<TreeProgress>? progress, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        TreePlan plan = TreeCloner.Plan(source, options, cancellation);
        TreeListing listing = plan.Scan.Listing;
        byte[] oldPrefix = Encoding.UTF8.GetBytes(plan.Source);
        string path = NativePath.AbsoluteForNew(destination);
        byte[] newPrefix = Encoding.UTF8.GetBytes(path);
        var bytecode = new BytecodeSources(listing);
        var tally = new RelocationTally(listing);
        Action check = strict ? () => tally.Counts.RequireAll(path, plan.Source) : static () => { };
        TreeReport report = TreeCloner.Apply(plan, destination,
            () => new RelocatingContent(listing, plan.Source, plan.Options.Preserve, oldPrefix, newPrefix, bytecode, tally, check), progress, cancellation,
            CodeSigner.For(codeSigner, strict));
        return (report, tally.Counts);
    }
}
