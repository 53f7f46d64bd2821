using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Trees;

namespace Holotree.Catalogs;

/// <summary>
/// What must hold for a catalog before anything is made from it. Names have no slash and are not <c>.</c> or <c>..</c>, each
/// stands once in its directory, and every index points to something: then no entry can come to lie outside of the tree.
/// </summary>
internal static class CatalogRules
{
    internal const int NameMax = 255;       // linux/limits.h

    /// <summary>Of a path with the NUL that ends it, and so of a link's target (linux/limits.h).</summary>
    internal const int PathMax = 4096;

    const int ModeMask = 0xFFF, NanosecondsEnd = 1_000_000_000;

    /// <summary>Whether a path is absolute on the system that a catalog says it was recorded on.</summary>
    internal static bool IsAbsolute(ReadOnlySpan<byte> prefix, string platform) =>
        prefix is [(byte)'/', ..] || (platform.StartsWith("windows-", StringComparison.Ordinal) && WindowsPath.IsAbsolute(prefix));

    /// <summary>The first rule that a catalog breaks, in words; null for a sound one.</summary>
    internal static string? FirstBreach(Catalog catalog) =>
        Directories(catalog) ?? Files(catalog) ?? Symlinks(catalog) ?? Contents(catalog) ?? Uniqueness(catalog.Listing);

    static string? Directories(Catalog catalog)
    {
        ReadOnlySpan<DirectoryEntry> all = catalog.Listing.Directories;
        if (all.Length == 0) return "it has no root";
        if (all[0].Parent != -1 || all[0].NameLength != 0) return "its first directory is not the root";
        int file = 0, symlink = 0;
        for (int i = 0; i < all.Length; i++)
        {
            ref readonly DirectoryEntry entry = ref all[i];
            if (i > 0 && (entry.Parent < 0 || entry.Parent >= i)) return "a directory stands before its parent";
            if (i > 0 && !IsName(catalog.Listing, entry.NameOffset, entry.NameLength)) return "a directory has an impossible name";
            if (entry.FirstFile != file || entry.FileCount < 0 || entry.FirstSymlink != symlink || entry.SymlinkCount < 0)
                return "its directories do not hold its files in order";
            file = checked(file + entry.FileCount);
            symlink = checked(symlink + entry.SymlinkCount);
            if (Metadata(catalog, entry.Mode, entry.ModifiedNanoseconds, entry.Attributes) is { } breach) return breach;
        }
        return file == catalog.Listing.Files.Length && symlink == catalog.Listing.Symlinks.Length ? null : "files or links belong to no directory";
    }

    static string? Files(Catalog catalog)
    {
        ReadOnlySpan<DirectoryEntry> directories = catalog.Listing.Directories;
        ReadOnlySpan<FileEntry> all = catalog.Listing.Files;
        for (int i = 0; i < all.Length; i++)
        {
            ref readonly FileEntry entry = ref all[i];
            if ((uint)entry.Directory >= (uint)directories.Length) return "a file belongs to no directory";
            if ((uint)(i - directories[entry.Directory].FirstFile) >= (uint)directories[entry.Directory].FileCount) return "a file stands in the wrong place";
            if (!IsName(catalog.Listing, entry.NameOffset, entry.NameLength)) return "a file has an impossible name";
            if (entry.Size < 0) return "a file has a negative size";
            if (entry.LinkedTo >= i || entry.LinkedTo < -1 || (entry.LinkedTo >= 0 && all[entry.LinkedTo].LinkedTo >= 0)) return "a hard link leads nowhere";
            if (Metadata(catalog, entry.Mode, entry.ModifiedNanoseconds, entry.Attributes) is { } breach) return breach;
        }
        return null;
    }

    static string? Symlinks(Catalog catalog)
    {
        ReadOnlySpan<DirectoryEntry> directories = catalog.Listing.Directories;
        ReadOnlySpan<SymlinkEntry> all = catalog.Listing.Symlinks;
        for (int i = 0; i < all.Length; i++)
        {
            ref readonly SymlinkEntry entry = ref all[i];
            if ((uint)entry.Directory >= (uint)directories.Length) return "a link belongs to no directory";
            if ((uint)(i - directories[entry.Directory].FirstSymlink) >= (uint)directories[entry.Directory].SymlinkCount) return "a link stands in the wrong place";
            if (!IsName(catalog.Listing, entry.NameOffset, entry.NameLength)) return "a link has an impossible name";
            if (entry.TargetLength is <= 0 or >= PathMax || !IsTerminated(catalog.Listing, entry.TargetOffset, entry.TargetLength)) return "a link has an impossible target";
            if (entry.LinkedTo >= i || entry.LinkedTo < -1 || (entry.LinkedTo >= 0 && all[entry.LinkedTo].LinkedTo >= 0)) return "a hard link leads nowhere";
            if (Metadata(catalog, 0, entry.ModifiedNanoseconds, attributes: -1) is { } breach) return breach;
        }
        return null;
    }

    static string? Contents(Catalog catalog)
    {
        ReadOnlySpan<FileEntry> files = catalog.Listing.Files;
        if (catalog.Contents.Length != files.Length) return "its files and their contents differ in number";
        const ObjectTraits known = ObjectTraits.Executable | ObjectTraits.Sparse;
        if (Array.Exists(catalog.Objects, static entry => (entry.Traits & ~known) != 0)) return "an object is of an unknown kind";
        var forms = new PrefixForms(catalog.Facts.Prefix);
        const ContentTraits everywhere = ContentTraits.Binary | ContentTraits.BytecodeBesideSource | ContentTraits.BytecodeOfRelocated;
        ContentTraits possible = forms.IsWindows ? everywhere | ContentTraits.WideText | ContentTraits.Launcher : everywhere;
        int relocation = 0, shortest = forms.ShortestBytes;
        for (int i = 0; i < files.Length; i++)
        {
            ref readonly FileContent content = ref catalog.Contents[i];
            if ((content.Traits & ~possible) != 0) return "a file's content is of an unknown kind";
            if (content.Object < -1 || content.Object >= catalog.Objects.Length) return "a file has no object";
            if ((content.Object == -1) != (files[i].Size == 0)) return "a file's size and object do not agree";
            if (content.Object >= 0 && catalog.Objects[content.Object].Size != files[i].Size) return "a file and its object differ in size";
            if (files[i].LinkedTo is >= 0 and int first && (catalog.Contents[first].Object != content.Object || files[first].Size != files[i].Size))
                return "a hard link has another content than its file";
            if (content.FirstRelocation != relocation || content.RelocationCount < 0) return "its relocations are not in order";
            long end = 0;
            for (int last = checked(relocation + content.RelocationCount); relocation < last; relocation++)
            {
                long offset = catalog.Relocations[relocation];
                if (offset < end || offset > files[i].Size - shortest) return "a relocation lies outside of its file";
                end = offset + shortest;
            }
        }
        return relocation == catalog.Relocations.Length ? null : "relocations belong to no file";
    }

    /// <summary>Names within a directory ascend, and no two entries of any kind have the same.</summary>
    static string? Uniqueness(TreeListing listing)
    {
        const string Twice = "a name stands twice in a directory, or out of order";
        ReadOnlySpan<DirectoryEntry> directories = listing.Directories;
        var lastChild = new int[directories.Length];
        for (int i = 0; i < directories.Length; i++)
        {
            ref readonly DirectoryEntry entry = ref directories[i];
            int file = entry.FirstFile, lastFile = file + entry.FileCount, symlink = entry.FirstSymlink, lastSymlink = symlink + entry.SymlinkCount;
            ReadOnlySpan<byte> previous = default;
            while (file < lastFile || symlink < lastSymlink)
            {
                bool takeFile = symlink == lastSymlink || (file < lastFile && NameOf(listing, listing.Files[file]).SequenceCompareTo(NameOf(listing, listing.Symlinks[symlink])) < 0);
                ReadOnlySpan<byte> name = takeFile ? NameOf(listing, listing.Files[file++]) : NameOf(listing, listing.Symlinks[symlink++]);
                if (name.SequenceCompareTo(previous) <= 0) return Twice;
                previous = name;
            }
            if (i == 0) continue;

            ReadOnlySpan<byte> own = listing.Name(entry.NameOffset, entry.NameLength);
            int before = lastChild[entry.Parent];
            if (before > 0 && own.SequenceCompareTo(listing.Name(directories[before].NameOffset, directories[before].NameLength)) <= 0) return Twice;
            lastChild[entry.Parent] = i;
            if (HasEntry(listing, directories[entry.Parent], own)) return Twice;
        }
        return null;
    }

    static bool HasEntry(TreeListing listing, in DirectoryEntry directory, ReadOnlySpan<byte> name) =>
        TreeSearch.File(listing, directory, name) >= 0 || TreeSearch.Symlink(listing, directory, name) >= 0;

    static ReadOnlySpan<byte> NameOf(TreeListing listing, in FileEntry entry) => listing.Name(entry.NameOffset, entry.NameLength);

    static ReadOnlySpan<byte> NameOf(TreeListing listing, in SymlinkEntry entry) => listing.Name(entry.NameOffset, entry.NameLength);

    static string? Metadata(Catalog catalog, int mode, int nanoseconds, int attributes) =>
        (mode & ~ModeMask) != 0 ? "an entry has an impossible mode"
        : nanoseconds is < 0 or >= NanosecondsEnd ? "an entry has an impossible time"
        : attributes < -1 || attributes >= catalog.AttributeSets.Length ? "an entry's attributes are missing"
        : null;

    static bool IsName(TreeListing listing, int offset, int length)
    {
        if (length is 0 or > NameMax || !IsTerminated(listing, offset, length)) return false;
        ReadOnlySpan<byte> name = listing.Name(offset, length);
        return !name.Contains((byte)'/') && name is not ([(byte)'.'] or [(byte)'.', (byte)'.']);
    }

    /// <summary>Whether a text lies within the names, holds no NUL and is ended by one.</summary>
    static bool IsTerminated(TreeListing listing, int offset, int length) =>
        offset >= 0 && length >= 0 && (long)offset + length < listing.Names.Length
        && listing.Names[offset + length] == 0 && !listing.Name(offset, length).Contains((byte)0);
}
