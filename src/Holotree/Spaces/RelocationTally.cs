using Holotree.Relocation;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Counts, for all workers together, what relocation does to the files of a tree. Few files are relocated, so a lock costs nothing.</summary>
internal sealed class RelocationTally(TreeListing listing)
{
    readonly Lock gate = new();
    readonly List<string> unfit = [], shebangs = [];
    long files, places, links, skipped;

    internal RelocationCounts Counts
    {
        get
        {
            lock (gate) return new RelocationCounts(files, places, links, skipped, InOrder(unfit), InOrder(shebangs));
        }
    }

    internal void Count(RelocationKind kind, int occurrences, in FileEntry file)
    {
        if (kind == RelocationKind.None) return;
        lock (gate)
        {
            switch (kind)
            {
                case RelocationKind.InPlace or RelocationKind.Text or RelocationKind.Launcher or RelocationKind.LoneBytecode:
                    files++;
                    places += occurrences;
                    break;
                case RelocationKind.Bytecode:
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

    /// <summary>Counts a script that its first line no longer starts.</summary>
    internal void CountShebang(in FileEntry file)
    {
        lock (gate) shebangs.Add(listing.DisplayPath(file));
    }

    /// <summary>Counts a file that was counted as relocated and then stayed as recorded.</summary>
    internal void CountLeft(int occurrences, in FileEntry file)
    {
        lock (gate)
        {
            files--;
            places -= occurrences;
            unfit.Add(listing.DisplayPath(file));
        }
    }

    internal void CountLink()
    {
        lock (gate) links++;
    }

    static string[] InOrder(List<string> paths) => [.. paths.Order(StringComparer.Ordinal)];
}
