using Microsoft.Extensions.FileSystemGlobbing;

namespace Reflinks.Trees;

/// <summary>Which files and links of a tree are taken, by glob patterns relative to its root.</summary>
internal sealed class TreeFilter
{
    readonly Matcher matcher = new(StringComparison.Ordinal);

    TreeFilter(IReadOnlyCollection<string> include, IReadOnlyCollection<string> exclude)
    {
        if (include.Count == 0) matcher.AddInclude("**/*");
        foreach (string pattern in include) matcher.AddInclude(pattern);
        foreach (string pattern in exclude) matcher.AddExclude(pattern);
        TakesEmptyDirectories = include.Count == 0;
    }

    /// <summary>The filter for the given patterns, or null where everything is taken.</summary>
    internal static TreeFilter? For(IReadOnlyCollection<string> include, IReadOnlyCollection<string> exclude) =>
        include.Count == 0 && exclude.Count == 0 ? null : new TreeFilter(include, exclude);

    /// <summary>Whether directories are kept that never had anything in them. With include patterns only the way to a match is kept.</summary>
    internal bool TakesEmptyDirectories { get; }

    /// <summary>Whether the file or link at a path is taken.</summary>
    internal bool Takes(string path) => matcher.Match(path).HasMatches;

    /// <summary>Whether a directory may have anything in it that is taken: it is not itself named by an exclude pattern.</summary>
    internal bool Enters(string path) => !TakesEmptyDirectories || matcher.Match(path).HasMatches;
}
