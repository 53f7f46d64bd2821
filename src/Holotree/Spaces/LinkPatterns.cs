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
    readonly Name[][] patterns =
    [
        .. patterns.Select(static pattern => pattern.Split('/', StringSplitOptions.RemoveEmptyEntries)).Where(static parts => parts.Length > 0)
            .Select(static parts => Array.ConvertAll(parts, static part => new Name(part))),
    ];

    internal bool Excludes(in FileEntry file)
    {
        foreach (Name[] pattern in patterns)
        {
            if (Matches(pattern, file)) return true;
        }
        return false;
    }

    bool Matches(Name[] pattern, in FileEntry file)
    {
        if (!pattern[^1].Matches(listing.Name(file.NameOffset, file.NameLength))) return false;
        int directory = file.Directory;
        for (int i = pattern.Length - 2; i >= 0; i--)
        {
            if (directory <= 0) return false;
            ref readonly DirectoryEntry entry = ref listing.Directories[directory];
            if (!pattern[i].Matches(listing.Name(entry.NameOffset, entry.NameLength))) return false;
            directory = entry.Parent;
        }
        return true;
    }

    /// <summary>The pattern of one name. Nearly all are a name, an ending or anything, and every file is compared: those are compared as bytes.</summary>
    sealed class Name(string pattern)
    {
        readonly byte[]? ending = pattern.StartsWith('*') && IsLiteral(pattern.AsSpan(1)) ? Encoding.UTF8.GetBytes(pattern[1..]) : null;
        readonly byte[]? whole = IsLiteral(pattern) ? Encoding.UTF8.GetBytes(pattern) : null;

        internal bool Matches(ReadOnlySpan<byte> name)
        {
            if (ending is not null) return name.EndsWith(ending);
            if (whole is not null) return name.SequenceEqual(whole);
            Span<char> text = stackalloc char[256];
            return FileSystemName.MatchesSimpleExpression(pattern, text[..Encoding.UTF8.GetChars(name, text)], ignoreCase: false);
        }

        /// <summary>Whether nothing in it has a meaning of its own to <see cref="FileSystemName.MatchesSimpleExpression"/>.</summary>
        static bool IsLiteral(ReadOnlySpan<char> text) => !text.ContainsAny('*', '?', '\\');
    }
}
