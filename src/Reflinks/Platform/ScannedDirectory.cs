using Reflinks.Trees;

namespace Reflinks.Platform;

/// <summary>What one thread found in one directory: records as a listing has them, but with places of names counted within <see cref="Names"/>.</summary>
internal sealed class ScannedDirectory
{
    /// <summary>The names of its entries and the targets of its links in the order of names, each ended by NUL.</summary>
    internal required byte[] Names { get; init; }

    internal required Child[] Children { get; init; }

    internal required FileEntry[] Files { get; init; }

    internal required SymlinkEntry[] Symlinks { get; init; }

    /// <summary>How the files looked; empty where nobody asked.</summary>
    internal required FileStamp[] Stamps { get; init; }

    /// <summary>Files and links whose inode has more names, here or elsewhere, by the index among those of this directory.</summary>
    internal required Shared[] SharedInodes { get; init; }

    /// <summary>What is to be told of single entries.</summary>
    internal required Remark[] Remarks { get; init; }

    /// <summary>A directory below.</summary>
    internal readonly record struct Child(int NameOffset, ushort NameLength, ushort Mode, Kernel.StatxTimestamp Modified, FileStamp Stamp);

    internal readonly record struct Shared(int Index, bool IsSymlink, ulong Device, ulong Inode);

    internal enum Kind
    {
        Skipped,
        LostSetId,
        LinkAttribute,
    }

    /// <param name="Name">The entry's.</param>
    /// <param name="Text">What it is that was skipped, or the name of the attribute.</param>
    internal readonly record struct Remark(Kind Kind, byte[] Name, string Text);
}
