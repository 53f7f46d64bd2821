using System.Runtime.InteropServices;

namespace Reflinks.Trees;

/// <summary>Collects a listing entry by entry, in the order a <see cref="TreeListing"/> demands.</summary>
internal sealed class TreeListingBuilder
{
    readonly List<DirectoryEntry> directories = [];
    readonly List<FileEntry> files = [];
    readonly List<SymlinkEntry> symlinks = [];
    byte[] names = new byte[64 * 1024];
    int used;

    internal Span<DirectoryEntry> Directories => CollectionsMarshal.AsSpan(directories);

    internal ReadOnlySpan<byte> Names => names.AsSpan(0, used);

    internal int FileCount => files.Count;

    internal int SymlinkCount => symlinks.Count;

    /// <summary>Stores a name or link target with its NUL and returns where.</summary>
    internal int AddName(ReadOnlySpan<byte> name)
    {
        int offset = used;
        if (checked(used + name.Length + 1) > names.Length) Array.Resize(ref names, Math.Max(names.Length * 2, used + name.Length + 1));
        name.CopyTo(names.AsSpan(used));
        names[used + name.Length] = 0;
        used += name.Length + 1;
        return offset;
    }

    internal int Add(in DirectoryEntry entry)
    {
        directories.Add(entry);
        return directories.Count - 1;
    }

    internal int Add(in FileEntry entry)
    {
        files.Add(entry);
        return files.Count - 1;
    }

    internal void Add(in SymlinkEntry entry) => symlinks.Add(entry);

    internal TreeListing Build()
    {
        byte[] pinned = GC.AllocateUninitializedArray<byte>(used, pinned: true);
        names.AsSpan(0, used).CopyTo(pinned);
        return new TreeListing([.. directories], [.. files], [.. symlinks], pinned);
    }
}
