using System.Text;
using System.Text.Unicode;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>Finds names in one folder that some filesystems take for one. Looked for only where something says that this one may.</summary>
internal static class AlikeNames
{
    /// <summary>The first two entries of a listing in one folder with names that are alike; null where there are none.</summary>
    internal static (string First, string Second)? Find(TreeListing listing)
    {
        var seen = new Dictionary<(int Directory, string Name), string>();
        foreach ((int directory, byte[] name, string path) in Entries(listing))
        {
            if (!seen.TryAdd((directory, KeyOf(name)), path)) return (seen[(directory, KeyOf(name))], path);
        }
        return null;
    }

    /// <summary>What to throw where an entry of a tree was there already though nothing had made it; null where no names are alike.</summary>
    internal static NamesAlikeException? Refusal(TreeListing listing, string destination) =>
        Find(listing) is var (first, second) ? new NamesAlikeException(first, second, destination) : null;

    /// <summary>Refuses a listing for a folder that stands, before anything in it is touched.</summary>
    /// <exception cref="NamesAlikeException">The filesystem ignores the case of names, and the listing has two that are alike.</exception>
    internal static void Check(TreeListing listing, string folder)
    {
        if (IgnoresCase(folder) && Refusal(listing, folder) is { } refusal) throw refusal;
    }

    /// <summary>Whether a folder is found by its name in the other case too.</summary>
    internal static bool IgnoresCase(string folder)
    {
        string name = Path.GetFileName(folder);
        string other = string.Concat(name.Select(static letter => char.IsAsciiLetter(letter) ? (char)(letter ^ 0x20) : letter));
        return other != name && NativePath.Identity(folder, Kernel.AT_SYMLINK_NOFOLLOW) is { } here
            && NativePath.Identity(Path.Join(Path.GetDirectoryName(folder), other), Kernel.AT_SYMLINK_NOFOLLOW) == here;
    }

    static IEnumerable<(int Directory, byte[] Name, string Path)> Entries(TreeListing listing)
    {
        for (int i = 1; i < listing.Directories.Length; i++)
        {
            DirectoryEntry entry = listing.Directories[i];
            yield return (entry.Parent, listing.Name(entry.NameOffset, entry.NameLength).ToArray(), listing.DisplayDirectory(i));
        }
        for (int i = 0; i < listing.Files.Length; i++)
        {
            FileEntry entry = listing.Files[i];
            yield return (entry.Directory, listing.Name(entry.NameOffset, entry.NameLength).ToArray(), listing.DisplayPath(entry));
        }
        for (int i = 0; i < listing.Symlinks.Length; i++)
        {
            SymlinkEntry entry = listing.Symlinks[i];
            yield return (entry.Directory, listing.Name(entry.NameOffset, entry.NameLength).ToArray(), listing.DisplayPath(entry));
        }
    }

    /// <summary>The same for names that are alike. One that is no UTF-8 is like no other.</summary>
    static string KeyOf(byte[] name) =>
        Utf8.IsValid(name) ? Encoding.UTF8.GetString(name).Normalize(NormalizationForm.FormC).ToUpperInvariant() : "\0" + Encoding.Latin1.GetString(name);
}
