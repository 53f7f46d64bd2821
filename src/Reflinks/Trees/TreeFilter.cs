using Microsoft.Extensions.FileSystemGlobbing;

namespace Reflinks.Trees;

/// <summary>Which files and links of a tree are taken, by glob patterns relative to its root.</summary>
internal sealed class TreeFilter
{
    /// <summary>Where paths are matched in thought; with the process's own folder a match would depend on that being there.</summary>
    const string Root = "/tree";

    readonly Matcher? included;
    readonly Matcher excluded, excludedFolders;

    TreeFilter(IReadOnlyCollection<string> include, IReadOnlyCollection<string> exclude)
    {
        included = include.Count == 0 ? null : MatcherOf(include);
        excluded = MatcherOf(exclude);
        excludedFolders = MatcherOf([.. exclude, .. exclude.Select(FolderEmptiedBy).OfType<string>()]);
    }

    /// <summary>The filter for the given patterns, or null where everything is taken.</summary>
    internal static TreeFilter? For(IReadOnlyCollection<string> include, IReadOnlyCollection<string> exclude) =>
        include.Count == 0 && exclude.Count == 0 ? null : new TreeFilter(include, exclude);

    /// <summary>Whether directories are kept that lead to nothing that is taken. With include patterns only the way to a match is kept.</summary>
    internal bool TakesEmptyDirectories => included is null;

    /// <summary>Whether the file or link at a path is taken.</summary>
    internal bool Takes(string path) => !Matches(excluded, path) && (included is null || Matches(included, path));

    /// <summary>Whether a directory may have anything in it that is taken: no exclude pattern names it, or all that is below it.</summary>
    internal bool Enters(string path) => !Matches(excludedFolders, path);

    static bool Matches(Matcher matcher, string path) => matcher.Match(Root, Path.Join(Root, path)).HasMatches;

    static Matcher MatcherOf(IEnumerable<string> patterns)
    {
        var matcher = new Matcher(StringComparison.Ordinal);
        matcher.AddIncludePatterns(patterns);
        return matcher;
    }

    /// <summary>The directory of a pattern that takes all below it: <c>build</c> of <c>build/</c> and of <c>build/**</c>.</summary>
    static string? FolderEmptiedBy(string pattern)
    {
        string folder = pattern.EndsWith("/**", StringComparison.Ordinal) ? pattern[..^3] : pattern.TrimEnd('/');
        return folder.Length > 0 && folder.Length < pattern.Length ? folder : null;
    }
}
