using System.Diagnostics;
using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>Clones whole trees: files by the cheapest way that works, with modes, times, attributes, links and holes as they are.</summary>
/// <remarks>
/// Hard links inside the tree stay hard links (where one is refused, the name becomes a file of its own and is reported),
/// symbolic links are made anew with the same target, sockets, FIFOs and devices are left out and reported. The owner is not taken over (see <see cref="Preserve"/>). Names are treated as bytes. Works below
/// directories deeper than PATH_MAX. Linux, macOS and Windows.
/// </remarks>
public static class TreeCloner
{
    /// <summary>Lists what a clone of <paramref name="source"/> would make. Reads directories only.</summary>
    /// <param name="source">An existing directory; a link to one is followed.</param>
    /// <param name="options">How it shall be cloned.</param>
    /// <param name="cancellation">Ends the listing.</param>
    /// <exception cref="FileNotFoundException">The source does not exist.</exception>
    /// <exception cref="IOException">The source is no directory, or cannot be read.</exception>
    public static TreePlan Plan(string source, TreeCloneOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        if (!Kernel.IsSupported) throw Reflink.Unsupported();
        options ??= TreeCloneOptions.Default;
        string root = NativePath.Absolute(source);
        return new TreePlan(root, TreeScanner.Scan(root, TreeFilter.For(options.Include, options.Exclude), options.Workers, cancellation), options);
    }

    /// <summary>Makes what a plan lists.</summary>
    /// <param name="plan">From <see cref="Plan"/>; the source must not have changed since.</param>
    /// <param name="destination">The directory to make, in an existing folder outside of the source.</param>
    /// <param name="progress">Told about twenty times a second, from the threads that work.</param>
    /// <param name="cancellation">Ends the work; nothing is left.</param>
    /// <returns>What was done, file by file in sum.</returns>
    /// <exception cref="CloneException">With <see cref="TreeStrategy.Reflink"/>: a file cannot be shared.</exception>
    /// <exception cref="ArgumentException">The destination lies in the source, or would be overwritten and the source lies in it.</exception>
    /// <exception cref="DirectoryNotFoundException">The destination's folder does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">Something cannot be read, or the folder not written.</exception>
    /// <exception cref="IOException">The destination exists and overwriting was not asked for, or any other error of the system.</exception>
    /// <remarks>
    /// The tree is built beside the destination under a name that begins with <c>.reflink-</c> and renamed: the destination is
    /// whole or not there, and an existing one is exchanged in one step. After a crash such a folder may be left.
    /// </remarks>
    public static TreeReport Apply(
        TreePlan plan, string destination, IProgress<TreeProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        if (!Kernel.IsSupported) throw Reflink.Unsupported();
        return ApplyAsIs(plan, destination, WholeTreeClone.OfThisSystem, progress, cancellation);
    }

    /// <summary>Lists and makes in one go.</summary>
    /// <param name="source">An existing directory; a link to one is followed.</param>
    /// <param name="destination">The directory to make, in an existing folder outside of the source.</param>
    /// <param name="options">How it shall be cloned.</param>
    /// <param name="progress">Told about twenty times a second, from the threads that work.</param>
    /// <param name="cancellation">Ends the work; nothing is left.</param>
    /// <returns>What was done.</returns>
    public static TreeReport Clone(
        string source, string destination, TreeCloneOptions? options = null, IProgress<TreeProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        if (!Kernel.IsSupported) throw Reflink.Unsupported();
        options ??= TreeCloneOptions.Default;
        Refuse(NativePath.Absolute(source), NativePath.AbsoluteForNew(destination), options.Overwrite);
        return Apply(Plan(source, options, cancellation), destination, progress, cancellation);
    }

    /// <summary>Makes what a plan lists as it is, as a whole where that was asked for.</summary>
    /// <param name="plan">What.</param>
    /// <param name="destination">Where.</param>
    /// <param name="cloneTree">Clones a folder by one call; null where the system has none.</param>
    /// <param name="progress">Told of all at once then.</param>
    /// <param name="cancellation">Looked at before.</param>
    internal static TreeReport ApplyAsIs(
        TreePlan plan, string destination, WholeTreeClone.Call? cloneTree, IProgress<TreeProgress>? progress, CancellationToken cancellation)
    {
        Errno refused = Errno.None;
        return cloneTree is not null && WholeTreeClone.Suits(plan) && TryApplyWhole(plan, destination, cloneTree, progress, cancellation, out refused) is { } report
            ? report
            : Apply(plan, destination, () => new ClonedContent(plan.Scan.Listing, plan.Source, plan.Options.Preserve, Kernel.SharesPrograms), progress, cancellation,
                wholeRefused: refused);
    }

    static TreeReport? TryApplyWhole(
        TreePlan plan, string destination, WholeTreeClone.Call cloneTree, IProgress<TreeProgress>? progress, CancellationToken cancellation, out Errno refused)
    {
        cancellation.ThrowIfCancellationRequested();
        destination = NativePath.AbsoluteForNew(destination);
        long start = Stopwatch.GetTimestamp();
        Refuse(plan.Source, destination, plan.Options.Overwrite);
        using (PendingTree pending = PendingTree.Reserve(destination))
        {
            refused = cloneTree(plan.Source, pending.Path);
            if (refused != Errno.None && NativeErrors.Classify(refused) == CloneFailure.Failed) throw NativeErrors.CloneFailed(refused, plan.Source, destination);
            if (refused != Errno.None) return null;
            pending.Keep(plan.Options.Overwrite);
        }
        var told = new ProgressTeller(progress);
        if (progress is not null) told.Expect(plan.Files, plan.LogicalBytes);
        told.Add(plan.Files, plan.LogicalBytes);
        told.Tell();
        return new TreeReport(WholeTreeClone.Count(plan.Scan.Listing), plan.Directories, plan.Symlinks, plan.Skipped, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Makes what a plan lists, with content that may differ from the source's.</summary>
    internal static TreeReport Apply(
        TreePlan plan, string destination, Func<TreeContent> openContent, IProgress<TreeProgress>? progress, CancellationToken cancellation,
        ProgramSigner? signer = null, Errno wholeRefused = Errno.None)
    {
        destination = NativePath.AbsoluteForNew(destination);
        long start = Stopwatch.GetTimestamp();
        TreeCloneOptions options = plan.Options;
        TreeListing listing = plan.Scan.Listing;
        Refuse(plan.Source, destination, options.Overwrite);

        Rungs rungs = options.Strategy switch
        {
            TreeStrategy.Reflink => Rungs.Reflink,
            TreeStrategy.HardLink => Rungs.HardLink | Rungs.Copy,
            TreeStrategy.Copy => Rungs.Copy,
            _ => Rungs.Reflink | Rungs.Copy,
        };
        TreeTally tally;
        using (var pending = PendingTree.Create(destination))
        {
            tally = TreeWriter.Write(
                listing, pending.Path, openContent,
                new TreeWriteOptions(rungs, options.Preserve, KeepAccessTimes: true, destination, options.Workers, Signer: signer), progress, cancellation);
            pending.Keep(options.Overwrite);
            if (wholeRefused != Errno.None)
            {
                foreach (ref readonly FileEntry file in listing.Files) tally.Left(Mechanism.Snapshot, Mechanism.Reflink, wholeRefused, listing, file);
            }
            if (options.Preserve.HasFlag(Preserve.ExtendedAttributes)) tally.NotPreserved.AddRange(plan.Scan.LinkAttributes);
        }
        return new TreeReport(tally, plan.Directories, plan.Symlinks, plan.Skipped, Stopwatch.GetElapsedTime(start));
    }

    static void Refuse(string source, string destination, bool overwrite)
    {
        if (!overwrite && NativeFile.Exists(destination)) throw NativeErrors.Taken(destination);
        string parent = Path.GetDirectoryName(destination) ?? destination;
        bool isFolder = NativeFile.IsFolder(destination) && new FileInfo(destination).LinkTarget is null;
        if (NativePath.IsInside(parent, source) || (isFolder && NativePath.IsInside(source, destination)))
            throw new ArgumentException($"'{source}' and '{destination}' lie in one another: a folder cannot be cloned into itself.", nameof(destination));
    }
}
