using Holotree.Relocation;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Counts, for all workers together, what relocation does to the files of a tree. Few files are relocated, so a lock costs nothing.</summary>
internal sealed class RelocationTally
{
    readonly Lock gate = new();
    readonly List<string> unfit = [];
    long files, places, links, skipped;

    internal RelocationCounts Counts
    {
        get
        {
            lock (gate) return new RelocationCounts(files, places, links, skipped, [.. unfit.Order(StringComparer.Ordinal)]);
        }
    }

    internal void Count(RelocationKind kind, int occurrences, TreeListing listing, in FileEntry file)
    {
        if (kind == RelocationKind.None) return;
        lock (gate)
        {
            switch (kind)
            {
                case RelocationKind.InPlace or RelocationKind.Text:
                    files++;
                    places += occurrences;
                    break;
                case RelocationKind.Expired:
                    files++;
                    break;
                case RelocationKind.Skipped:
                    skipped++;
                    break;
                case RelocationKind.Unfit:
                    unfit.Add(listing.DisplayPath(file));
                    break;
            }
        }
    }

    internal void CountLink()
    {
        lock (gate) links++;
    }
}
