using System.Text;

namespace Reflinks.Trees;

/// <summary>
/// What a tree consists of: every directory, file and symbolic link with name, mode and time, but no content. It is what a
/// scan finds, what a catalog stores and what <see cref="TreeWriter"/> makes. Names are bytes and are never turned into
/// strings on the way.
/// </summary>
/// <param name="directories">Parents before children, the root first.</param>
/// <param name="files">Grouped by directory.</param>
/// <param name="symlinks">Grouped by directory.</param>
/// <param name="names">All names and link targets, each ended by NUL. Pinned, so that system calls take them where they are.</param>
internal sealed class TreeListing(DirectoryEntry[] directories, FileEntry[] files, SymlinkEntry[] symlinks, byte[] names)
{
    internal ReadOnlySpan<DirectoryEntry> Directories => directories;

    internal ReadOnlySpan<FileEntry> Files => files;

    internal ReadOnlySpan<SymlinkEntry> Symlinks => symlinks;

    internal ReadOnlySpan<byte> Names => names;

    internal ReadOnlySpan<byte> Name(int offset, int length) => names.AsSpan(offset, length);

    /// <summary>The address of a name; valid as long as this listing is, because the names are pinned.</summary>
    internal unsafe byte* NamePointer(int offset) => (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref names[offset]);

    /// <summary>The same names and links with other records for directories and files.</summary>
    internal TreeListing With(DirectoryEntry[] otherDirectories, FileEntry[] otherFiles) => new(otherDirectories, otherFiles, symlinks, names);

    /// <summary>The same names with other records.</summary>
    internal TreeListing With(DirectoryEntry[] otherDirectories, FileEntry[] otherFiles, SymlinkEntry[] otherSymlinks) =>
        new(otherDirectories, otherFiles, otherSymlinks, names);

    /// <summary>The length of all files, one with several names counted once.</summary>
    internal long LogicalBytes
    {
        get
        {
            long sum = 0;
            foreach (ref readonly FileEntry file in Files)
            {
                if (file.LinkedTo < 0) sum += file.Size;
            }
            return sum;
        }
    }

    /// <summary>The path of a directory below the root, in bytes, with <c>/</c> between names; empty for the root.</summary>
    internal byte[] DirectoryPath(int index)
    {
        int length = 0;
        for (int at = index; at > 0; at = directories[at].Parent) length += directories[at].NameLength + 1;
        if (length == 0) return [];
        var path = new byte[length - 1];
        int end = path.Length;
        for (int at = index; at > 0; at = directories[at].Parent)
        {
            ref DirectoryEntry entry = ref directories[at];
            Name(entry.NameOffset, entry.NameLength).CopyTo(path.AsSpan(end - entry.NameLength));
            end -= entry.NameLength;
            if (end > 0) path[--end] = (byte)'/';
        }
        return path;
    }

    /// <summary>The path of an entry below the root, in bytes.</summary>
    internal byte[] PathOf(int directory, int nameOffset, int nameLength)
    {
        byte[] parent = DirectoryPath(directory);
        return parent.Length == 0
            ? Name(nameOffset, nameLength).ToArray()
            : [.. parent, (byte)'/', .. Name(nameOffset, nameLength)];
    }

    /// <summary>A file's path for a message or report; bytes that are not UTF-8 show as replacement characters.</summary>
    internal string DisplayPath(in FileEntry file) => Encoding.UTF8.GetString(PathOf(file.Directory, file.NameOffset, file.NameLength));

    internal string DisplayPath(in SymlinkEntry link) => Encoding.UTF8.GetString(PathOf(link.Directory, link.NameOffset, link.NameLength));

    internal string DisplayDirectory(int index) => Encoding.UTF8.GetString(DirectoryPath(index));
}
