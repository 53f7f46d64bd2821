namespace Reflinks.Trees;

/// <summary>By which means the files of a cloned tree may be made.</summary>
public enum TreeStrategy
{
    /// <summary>Blocks are shared where that works, copied elsewhere; the report counts each file.</summary>
    ReflinkOrCopy,

    /// <summary>Every non-empty file shares its blocks with its source, or nothing is made.</summary>
    Reflink,

    /// <summary>Files become further names of the source's inodes: a write to one side is a write to both. Copies where a link is refused.</summary>
    HardLink,

    /// <summary>Files are copied, without asking for shared blocks. The kernel may share them by itself where it copies (btrfs, XFS).</summary>
    Copy,
}
