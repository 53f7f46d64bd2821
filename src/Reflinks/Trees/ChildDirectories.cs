namespace Reflinks.Trees;

/// <summary>The subdirectories of each directory of a listing, which knows only parents.</summary>
internal sealed class ChildDirectories
{
    readonly TreeListing listing;
    readonly int[] first;       // for each directory where its children begin; one more at the end
    readonly int[] children;    // grouped by parent, in the order of the listing: that of their names

    internal ChildDirectories(TreeListing listing)
    {
        this.listing = listing;
        ReadOnlySpan<DirectoryEntry> all = listing.Directories;
        first = new int[all.Length + 1];
        for (int i = 1; i < all.Length; i++) first[all[i].Parent + 1]++;
        for (int i = 1; i < first.Length; i++) first[i] += first[i - 1];
        children = new int[Math.Max(all.Length - 1, 0)];
        int[] next = first[..^1];
        for (int i = 1; i < all.Length; i++) children[next[all[i].Parent]++] = i;
    }

    /// <summary>The subdirectories of a directory, in the order of their names.</summary>
    internal ReadOnlySpan<int> Of(int directory) => children.AsSpan(first[directory]..first[directory + 1]);

    /// <summary>The subdirectory of that name, or -1.</summary>
    internal int Find(int directory, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<int> candidates = Of(directory);
        int low = 0, high = candidates.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ref readonly DirectoryEntry entry = ref listing.Directories[candidates[middle]];
            int order = listing.Name(entry.NameOffset, entry.NameLength).SequenceCompareTo(name);
            if (order == 0) return candidates[middle];
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }
}
