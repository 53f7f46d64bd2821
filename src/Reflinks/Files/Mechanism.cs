namespace Reflinks.Files;

/// <summary>What made one file. Every regular file of a report is counted under exactly one of these.</summary>
public enum Mechanism
{
    /// <summary>It came with a snapshot of its whole tree.</summary>
    Snapshot,

    /// <summary>It shares its blocks with the source until one side writes (FICLONE).</summary>
    Reflink,

    /// <summary>It is another name of the source's inode: a write to one is a write to both.</summary>
    HardLink,

    /// <summary>The kernel copied it (copy_file_range). It may have shared blocks on the way; it does not say.</summary>
    KernelCopy,

    /// <summary>It was read and written through this process.</summary>
    PlainCopy,

    /// <summary>It has no bytes, so there was nothing to share or to copy.</summary>
    Empty,

    /// <summary>It stood there already, as wanted.</summary>
    Unchanged,
}
