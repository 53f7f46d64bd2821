using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>A tree as one clone, made by one call: <see cref="TreeCloneOptions.WholeTreeLimit"/> tells what speaks against it.</summary>
internal static unsafe class WholeTreeClone
{
    /// <summary>Makes <paramref name="target"/>, which is not there, of the folder <paramref name="source"/>, or nothing.</summary>
    internal delegate Errno Call(string source, string target);

    /// <summary>The call of this system; null where it has none.</summary>
    internal static Call? OfThisSystem => Kernel.ClonesTrees ? Make : null;

    /// <summary>Whether the call would make what the plan lists: all that is in the tree, with all that belongs to it.</summary>
    /// <remarks>Files with several names would become one each, set-id bits would go, and sockets would come along.</remarks>
    internal static bool Suits(TreePlan plan)
    {
        TreeCloneOptions options = plan.Options;
        TreeListing listing = plan.Scan.Listing;
        long entries = (long)listing.Directories.Length + listing.Files.Length + listing.Symlinks.Length;
        if (entries > options.WholeTreeLimit || listing.Files.Length == 0) return false;
        if (options.Strategy is not (TreeStrategy.ReflinkOrCopy or TreeStrategy.Reflink) || options.Preserve != Preserve.All) return false;
        if (options.Include.Count + options.Exclude.Count + plan.Skipped.Count > 0) return false;
        foreach (ref readonly FileEntry file in listing.Files)
        {
            if (file.LinkedTo >= 0 || (file.Mode & NativeMetadata.SetIdMask) != 0) return false;
        }
        return plan.Scan.LostSetId.Count == 0;
    }

    /// <summary>What was made: each file is a clone of its own, and counted as that.</summary>
    internal static TreeTally Count(TreeListing listing)
    {
        var tally = new TreeTally();
        foreach (ref readonly FileEntry file in listing.Files) tally.Count(file.Size > 0 ? Mechanism.Reflink : Mechanism.Empty, file.Size);
        return tally;
    }

    static Errno Make(string source, string target)
    {
        fixed (byte* from = NativeFile.Terminated(source), to = NativeFile.Terminated(target)) return Kernel.CloneTreeInto(from, to);
    }
}
