namespace Reflinks.Trees;

/// <summary>What a clone of a tree will make: found by reading the source's directories, before anything is written.</summary>
public sealed class TreePlan
{
    internal TreePlan(string source, TreeScan scan, TreeCloneOptions options) => (Source, Scan, Options) = (source, scan, options);

    /// <summary>The root of the tree to clone, as an absolute path.</summary>
    public string Source { get; }

    /// <summary>How it will be cloned.</summary>
    public TreeCloneOptions Options { get; }

    /// <summary>Regular files, each name of a hard-linked one counted.</summary>
    public int Files => Scan.Listing.Files.Length;

    /// <summary>Directories, without the root.</summary>
    public int Directories => Scan.Listing.Directories.Length - 1;

    /// <summary>Symbolic links.</summary>
    public int Symlinks => Scan.Listing.Symlinks.Length;

    /// <summary>The length of all files, one with several names counted once.</summary>
    public long LogicalBytes => Scan.Listing.LogicalBytes;

    /// <summary>Sockets, FIFOs and devices, which are not cloned.</summary>
    public IReadOnlyList<SkippedEntry> Skipped => Scan.Skipped;

    internal TreeScan Scan { get; }
}
