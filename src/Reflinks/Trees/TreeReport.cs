using Reflinks.Files;

namespace Reflinks.Trees;

/// <summary>What was done to make a tree. Every regular file is counted under exactly one mechanism, every fallback with its errno.</summary>
public sealed class TreeReport
{
    internal TreeReport(TreeTally tally, int directories, int symlinks, IReadOnlyList<SkippedEntry> skipped, TimeSpan elapsed)
    {
        Mechanisms = tally.Mechanisms;
        Fallbacks = tally.Fallbacks();
        NotPreserved = tally.NotPreserved;
        (SharedBytes, WrittenBytes) = (tally.SharedBytes, tally.WrittenBytes);
        (Directories, Symlinks, Skipped, Elapsed) = (directories, symlinks, skipped, elapsed);
    }

    /// <summary>Regular files, each name of a hard-linked one counted.</summary>
    public long Files => Mechanisms.Total;

    /// <summary>Directories, without the root.</summary>
    public int Directories { get; }

    /// <summary>Symbolic links.</summary>
    public int Symlinks { get; }

    /// <summary>What made the files. A second name of a hard-linked source file counts under what made the first.</summary>
    public MechanismCounts Mechanisms { get; }

    /// <summary>Every way that was tried and left, with its reason.</summary>
    public IReadOnlyList<FallbackCount> Fallbacks { get; }

    /// <summary>Sockets, FIFOs and devices that were left out.</summary>
    public IReadOnlyList<SkippedEntry> Skipped { get; }

    /// <summary>Metadata that could not be taken over.</summary>
    public IReadOnlyList<NotPreserved> NotPreserved { get; }

    /// <summary>The length of all files, one with several names counted once.</summary>
    public long LogicalBytes => SharedBytes + WrittenBytes;

    /// <summary>The length of the files that share their blocks or inode with the source.</summary>
    public long SharedBytes { get; }

    /// <summary>The length of the files that were copied or written: at least as much as was really written, since a kernel that copies may share blocks.</summary>
    public long WrittenBytes { get; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; }
}
