namespace TestKit;

/// <summary>What a comparison of two trees looks at. The kind of every entry, file or folder or link, is always compared.</summary>
[Flags]
public enum TreeParts
{
    /// <summary>Paths and kinds.</summary>
    None = 0,

    /// <summary>Size and bytes of regular files.</summary>
    Content = 0x1,

    /// <summary>Permission, set-id and sticky bits.</summary>
    Mode = 0x2,

    /// <summary>Modification times to the nanosecond, also of folders and links.</summary>
    Times = 0x4,

    /// <summary>Targets of symbolic links.</summary>
    LinkTargets = 0x8,

    /// <summary>Extended attributes, and with them ACLs and file capabilities.</summary>
    Xattrs = 0x10,

    /// <summary>Which paths of the tree are names of the same file.</summary>
    HardLinks = 0x20,

    /// <summary>Holes of 64 KiB and more.</summary>
    Holes = 0x40,

    /// <summary>User and group.</summary>
    Owner = 0x80,

    /// <summary>All but the owner.</summary>
    All = Content | Mode | Times | LinkTargets | Xattrs | HardLinks | Holes,
}
