namespace TestKit;

/// <summary>Flags of an extent, as linux/fiemap.h has them.</summary>
[Flags]
public enum ExtentMarks
{
    /// <summary>An ordinary extent of one file.</summary>
    None = 0,

    /// <summary>The last extent of the file.</summary>
    Last = 0x1,

    /// <summary>Its place on the disk is not known.</summary>
    Unknown = 0x2,

    /// <summary>Not yet allocated.</summary>
    Delayed = 0x4,

    /// <summary>Compressed or encrypted.</summary>
    Encoded = 0x8,

    /// <summary>Its place is not aligned to blocks.</summary>
    NotAligned = 0x100,

    /// <summary>Its data lies among the metadata; such an extent is never shared.</summary>
    Inline = 0x200,

    /// <summary>Allocated but not written; reads as zeros.</summary>
    Unwritten = 0x800,

    /// <summary>Several extents told as one.</summary>
    Merged = 0x1000,

    /// <summary>Its blocks belong to other files too.</summary>
    Shared = 0x2000,
}
