using System.IO.Enumeration;
using System.Text;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// The glob patterns of files that are never hard-linked. A pattern is compared with the end of a path, name by name:
/// <c>*.pyc</c> with the name alone, <c>__pycache__/*</c> with the folder's name and the file's.
/// </summary>
internal sealed class LinkPatterns(TreeListing listing, IReadOnlyList<string> patterns)
{
    readonly string[][] patterns = [.. patterns.Select(static pattern => pattern.Split('/', StringSplitOptions.RemoveEmptyEntries)).Where(static parts => parts.Length > 0)];

    internal bool Excludes(in FileEntry file)
    {
        foreach (string[] pattern in patterns)
        {
            if (Matches(pattern, file)) return true;
        }
        return false;
    }

    bool Matches(string[] pattern, in FileEntry file)
    {
        if (!Matches(pattern[^1], listing.Name(file.NameOffset, file.NameLength))) return false;
        int directory = file.Directory;
        for (int i = pattern.Length - 2; i >= 0; i--)
        {
            if (directory <= 0) return false;
            ref readonly DirectoryEntry entry = ref listing.Directories[directory];
            if (!Matches(pattern[i], listing.Name(entry.NameOffset, entry.NameLength))) return false;
            directory = entry.Parent;
        }
        return true;
    }

    static bool Matches(string pattern, ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[256];
        return FileSystemName.MatchesSimpleExpression(pattern, text[..Encoding.UTF8.GetChars(name, text)], ignoreCase: false);
    }
}
