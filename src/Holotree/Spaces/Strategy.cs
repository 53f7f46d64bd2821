namespace Holotree.Spaces;

/// <summary>What was asked for: by which means the files of a space may be made.</summary>
public enum Strategy
{
    /// <summary>The best that works: reflink, else hard link for files where that is safe, else copy.</summary>
    Smart,

    /// <summary>A btrfs snapshot of the whole tree, or a clear failure.</summary>
    Snapshot,

    /// <summary>Every non-empty file shares its blocks with its object, or a clear failure.</summary>
    Reflink,

    /// <summary>Hard links for files where that is safe, copies for the others.</summary>
    HardLink,

    /// <summary>Copies, on any filesystem.</summary>
    Copy,
}
