namespace TestKit;

/// <summary>The oddities of a <see cref="SampleTree"/>, each of which can be left out.</summary>
[Flags]
public enum SampleParts
{
    /// <summary>Ordinary files and folders only.</summary>
    None = 0,

    /// <summary>Names with spaces, line breaks, quotes, leading dashes and dots, bytes that are not UTF-8, and of 255 bytes.</summary>
    OddNames = 0x1,

    /// <summary>Sixty folders inside one another.</summary>
    Deep = 0x2,

    /// <summary>Symbolic links: relative, absolute, dangling, in a circle, to a folder, with a target that is no UTF-8.</summary>
    Links = 0x4,

    /// <summary>Files of two and three names, also across folders.</summary>
    HardLinks = 0x8,

    /// <summary>A hole at the start, in the middle, at the end; nothing but a hole.</summary>
    Holes = 0x10,

    /// <summary>user.* attributes on files and folders, also an empty one and one of two kilobytes.</summary>
    Xattrs = 0x20,

    /// <summary>ACLs on a file and a folder, also a default one.</summary>
    Acls = 0x40,

    /// <summary>Read-only files and folders, mode 000 (made by root only), set-id and sticky bits, executables.</summary>
    Modes = 0x80,

    /// <summary>Times before 1970 and in 2200, with nanoseconds.</summary>
    Times = 0x100,

    /// <summary>A path of more than 4096 bytes. Many programs, diff(1) among them, cannot follow it.</summary>
    BeyondPathMax = 0x200,

    /// <summary>A FIFO and a socket, which are not copied but reported.</summary>
    Special = 0x400,

    /// <summary>What only root can make: attributes of the namespaces trusted and security, file capabilities among them.</summary>
    Privileged = 0x800,

    /// <summary>All but <see cref="BeyondPathMax"/>, <see cref="Special"/> and <see cref="Privileged"/>.</summary>
    All = OddNames | Deep | Links | HardLinks | Holes | Xattrs | Acls | Modes | Times,
}
