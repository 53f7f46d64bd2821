using System.Runtime.InteropServices;

namespace Reflinks.Trees;

/// <summary>One directory of a listing. Parents stand before their children; entry 0 is the root, with an empty name.</summary>
/// <remarks>Blittable, little-endian, 44 bytes: a catalog holds these records as they are (docs/format.md).</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct DirectoryEntry
{
    internal int Parent;                // index of a directory before this one; -1 for the root
    internal int NameOffset;            // into the names, which end with NUL
    internal ushort NameLength;         // bytes, without the NUL
    internal ushort Mode;               // permission bits, 07777
    internal int FirstFile, FileCount;
    internal int FirstSymlink, SymlinkCount;
    internal long ModifiedSeconds;      // since 1970, may be negative
    internal int ModifiedNanoseconds;   // 0 to 999,999,999
    internal int Attributes;            // index of a set of extended attributes, or -1
}

/// <summary>One regular file of a listing. The files of a directory stand together, in the order of their names' bytes.</summary>
/// <remarks>Blittable, little-endian, 40 bytes.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct FileEntry
{
    internal int Directory;
    internal int NameOffset;
    internal ushort NameLength;
    internal ushort Mode;               // permission bits, 07777
    internal int LinkedTo;              // index of the first file of the same inode, or -1; always before this one
    internal long Size;                 // bytes
    internal long ModifiedSeconds;
    internal int ModifiedNanoseconds;
    internal int Attributes;            // index of a set of extended attributes, or -1
}

/// <summary>One symbolic link of a listing. The links of a directory stand together, in the order of their names' bytes.</summary>
/// <remarks>Blittable, little-endian, 36 bytes.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct SymlinkEntry
{
    internal int Directory;
    internal int NameOffset;
    internal ushort NameLength;
    internal ushort Reserved;
    internal int TargetOffset;          // into the names
    internal int TargetLength;          // bytes, without the NUL
    internal long ModifiedSeconds;
    internal int ModifiedNanoseconds;
    internal int LinkedTo;              // index of the first link of the same inode, or -1; always before this one
}
