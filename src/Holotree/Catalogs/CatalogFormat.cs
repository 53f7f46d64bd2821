using Holotree.Library;

namespace Holotree.Catalogs;

/// <summary>The layout of a catalog file, as docs/format.md has it; reader and writer share these numbers.</summary>
internal static class CatalogFormat
{
    /// <summary>The highest version there is. A catalog without sparse objects is written as version 1, which older programs read.</summary>
    internal const uint Version = 2, VersionWithoutSparse = 1;

    internal const int HeaderBytes = 24, SectionBytes = 24, ChecksumBytes = ClosingChecksum.Bytes;

    /// <summary>Sections begin on a multiple of this.</summary>
    internal const int Alignment = 8;

    /// <summary>A catalog of 20 million files is about this long; what is longer is refused unread.</summary>
    internal const long MaxBytes = 2L * 1024 * 1024 * 1024 - 64 * 1024;

    /// <summary>More names of attributes than listxattr(2) can tell: they take up to 64 KiB (XATTR_LIST_MAX, linux/limits.h).</summary>
    internal const int MaxAttributes = 16 * 1024;

    internal static ReadOnlySpan<byte> Magic => "HOLOTREE"u8;

    /// <summary>What a section holds. The order in the file is this order.</summary>
    internal enum Section : uint
    {
        Facts = 1,
        Directories = 2,
        Files = 3,
        Contents = 4,
        Symlinks = 5,
        Objects = 6,
        Relocations = 7,
        Attributes = 8,
        Names = 9,
    }

    internal const int SectionCount = 9;

    /// <summary>Where the section after one of this length begins, counted from where that one begins.</summary>
    internal static long Aligned(long length) => (length + Alignment - 1) & -Alignment;
}
