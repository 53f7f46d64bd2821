using Reflinks.Trees;

namespace Holotree.Relocation;

/// <summary>
/// Tells Python bytecode that has its source beside it. The importer replaces the path in what it loads from there
/// (CPython, Lib/importlib: _fix_co_filename), so such bytecode works at any place as it is.
/// </summary>
internal sealed class BytecodeSources(TreeListing listing)
{
    internal bool IsBesideSource(int file) => SourceOf(file) >= 0;

    /// <summary>
    /// For <c>__pycache__/NAME.*.pyc</c> the index of <c>NAME.py</c> in the folder above, for <c>NAME.pyc</c> that of <c>NAME.py</c>
    /// in the same folder; -1 where there is no such file, or the file is no bytecode.
    /// </summary>
    internal int SourceOf(int file)
    {
        ref readonly FileEntry entry = ref listing.Files[file];
        ReadOnlySpan<byte> name = listing.Name(entry.NameOffset, entry.NameLength);
        if (!name.EndsWith(".pyc"u8)) return -1;

        ref readonly DirectoryEntry folder = ref listing.Directories[entry.Directory];
        bool cached = listing.Name(folder.NameOffset, folder.NameLength).SequenceEqual("__pycache__"u8) && folder.Parent >= 0;
        ReadOnlySpan<byte> module = cached ? name[..name.IndexOf((byte)'.')] : name[..^4];
        return TreeSearch.File(listing, cached ? listing.Directories[folder.Parent] : folder, [.. module, .. ".py"u8]);
    }
}
