using System.Runtime.InteropServices;

namespace Holotree.Catalogs;

/// <summary>What is to be known of a file's bytes besides the bytes.</summary>
[Flags]
internal enum ContentTraits
{
    None = 0,

    /// <summary>A NUL byte occurs in it, so lengths and offsets inside it matter.</summary>
    Binary = 1,

    /// <summary>Python bytecode whose source stands beside it: its paths are replaced by the importer when it is loaded.</summary>
    BytecodeBesideSource = 2,

    /// <summary>And that source names the prefix: the bytecode is out of date where the source is relocated.</summary>
    BytecodeOfRelocated = 4,

    /// <summary>A text in UTF-16, which has NUL bytes and may get longer or shorter all the same. Noted where the prefix is one of Windows.</summary>
    WideText = 8,

    /// <summary>A Windows program with a line that names its interpreter: all places are in that line, which may get longer or shorter.</summary>
    Launcher = 16,
}

/// <summary>The content of the file of the same index in the listing.</summary>
/// <remarks>Blittable, little-endian, 16 bytes: a catalog holds these records as they are (docs/format.md).</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct FileContent
{
    internal int Object;                // index of the object, or -1 for a file of no bytes
    internal int FirstRelocation;       // into the offsets
    internal int RelocationCount;
    internal ContentTraits Traits;
}
