using Reflinks.Trees;

namespace Holotree.Relocation;

/// <summary>
/// Tells Python bytecode that has its source beside it. The importer replaces the path in what it loads from there
/// (CPython, Lib/importlib: _fix_co_filename), so such bytecode works at any place as it is.
/// </summary>
internal sealed class BytecodeSources(TreeListing listing)
{
    /// <summary>Whether a file is <c>__pycache__/NAME.*.pyc</c> beside <c>NAME.py</c>, or <c>NAME.pyc</c> in the folder of <c>NAME.py</c>.</summary>
    internal bool IsBesideSource(int file)
    {
        ref readonly FileEntry entry = ref listing.Files[file];
        ReadOnlySpan<byte> name = listing.Name(entry.NameOffset, entry.NameLength);
        if (!name.EndsWith(".pyc"u8)) return false;

        ref readonly DirectoryEntry folder = ref listing.Directories[entry.Directory];
        bool cached = listing.Name(folder.NameOffset, folder.NameLength).SequenceEqual("__pycache__"u8) && folder.Parent >= 0;
        ReadOnlySpan<byte> module = cached ? name[..name.IndexOf((byte)'.')] : name[..^4];
        return TreeSearch.File(listing, cached ? listing.Directories[folder.Parent] : folder, [.. module, .. ".py"u8]) >= 0;
    }
}
