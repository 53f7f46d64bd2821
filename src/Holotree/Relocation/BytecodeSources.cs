using Reflinks.Trees;

namespace Holotree.Relocation;

/// <summary>
/// Tells Python bytecode that has its source beside it. The importer replaces the path in what it loads from there
/// (CPython, Lib/importlib: _fix_co_filename), so such bytecode works at any place as it is, unless the source itself names
/// the prefix: then the old path is among the bytecode's constants.
/// </summary>
internal sealed class BytecodeSources(TreeListing listing)
{
    /// <summary>Whether a file is bytecode, with a source or without.</summary>
    internal bool IsBytecode(int file)
    {
        ref readonly FileEntry entry = ref listing.Files[file];
        return listing.Name(entry.NameOffset, entry.NameLength).EndsWith(".pyc"u8);
    }

    /// <summary>
    /// The source of <c>__pycache__/NAME.*.pyc</c>, which is <c>NAME.py</c> in the folder above, or of <c>NAME.pyc</c>, which is
    /// <c>NAME.py</c> beside it; -1 for any other file.
    /// </summary>
    internal int SourceOf(int file)
    {
        ref readonly FileEntry entry = ref listing.Files[file];
        if (!IsBytecode(file)) return -1;
        ReadOnlySpan<byte> name = listing.Name(entry.NameOffset, entry.NameLength);
        ref readonly DirectoryEntry folder = ref listing.Directories[entry.Directory];
        bool cached = listing.Name(folder.NameOffset, folder.NameLength).SequenceEqual("__pycache__"u8) && folder.Parent >= 0;
        ReadOnlySpan<byte> module = cached ? name[..name.IndexOf((byte)'.')] : name[..^4];
        Span<byte> source = stackalloc byte[module.Length + 3];      // a name has 255 bytes at most
        module.CopyTo(source);
        ".py"u8.CopyTo(source[module.Length..]);
        return TreeSearch.File(listing, cached ? listing.Directories[folder.Parent] : folder, source);
    }
}
