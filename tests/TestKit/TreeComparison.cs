using System.Globalization;
using System.Text;
using Xunit;

namespace TestKit;

/// <summary>Compares two whole trees, or one tree with itself at another moment.</summary>
public static class TreeComparison
{
    /// <summary>Asserts that two trees are equal; otherwise the message shows the first differences, a line each.</summary>
    public static void AssertEqual(string expected, string actual, TreeComparisonOptions? options = null) =>
        AssertEqual(TreeSnapshot.Take(expected), TreeSnapshot.Take(actual), options);

    /// <summary>Asserts that a tree is still, or again, as it stood when the snapshot was taken.</summary>
    public static void AssertEqual(TreeSnapshot expected, string actual, TreeComparisonOptions? options = null) =>
        AssertEqual(expected, TreeSnapshot.Take(actual), options);

    /// <summary>Asserts that two snapshots are equal.</summary>
    public static void AssertEqual(TreeSnapshot expected, TreeSnapshot actual, TreeComparisonOptions? options = null)
    {
        options ??= TreeComparisonOptions.Default;
        List<string> differences = [.. Differences(expected, actual, options)];
        if (differences.Count == 0) return;
        var message = new StringBuilder();
        message.Append(CultureInfo.InvariantCulture, $"{differences.Count} differences between {expected.Root} and {actual.Root}:");
        foreach (string difference in differences.Take(options.Shown)) message.Append("\n  ").Append(difference);
        if (differences.Count > options.Shown) message.Append(CultureInfo.InvariantCulture, $"\n  and {differences.Count - options.Shown} more");
        Assert.Fail(message.ToString());
    }

    /// <summary>The differences, in the order of the paths, each as "path: what".</summary>
    public static IEnumerable<string> Differences(TreeSnapshot expected, TreeSnapshot actual, TreeComparisonOptions? options = null)
    {
        options ??= TreeComparisonOptions.Default;
        foreach (string path in expected.Paths.Union(actual.Paths).Order(StringComparer.Ordinal))
        {
            if (IsLeftOut(path, options.Except)) continue;
            bool wanted = expected.Items.TryGetValue(path, out TreeSnapshot.Item one);
            if (!actual.Items.TryGetValue(path, out TreeSnapshot.Item other)) yield return $"{path}: missing";
            else if (!wanted) yield return $"{path}: unexpected {other.Kind}";
            else if (one.Kind != other.Kind) yield return $"{path}: kind {one.Kind}, but {other.Kind}";
            else
                foreach (string what in Differences(one, other, options.Parts))
                    yield return $"{path}: {what}";
        }
    }

    private static bool IsLeftOut(string path, Func<string, bool> except)
    {
        for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
            if (except(path[..slash])) return true;
        return except(path);
    }

    private static IEnumerable<string> Differences(TreeSnapshot.Item one, TreeSnapshot.Item other, TreeParts parts)
    {
        if (parts.HasFlag(TreeParts.Content) && one.Content is FileContent a && other.Content is FileContent b)
        {
            if (one.Status.SizeBytes != other.Status.SizeBytes) yield return $"size {one.Status.SizeBytes}, but {other.Status.SizeBytes}";
            else if (a.Digest != b.Digest) yield return "bytes differ";
        }

        if (parts.HasFlag(TreeParts.LinkTargets) && one.LinkTarget != other.LinkTarget)
            yield return $"link to '{one.LinkTarget}', but to '{other.LinkTarget}'";
        if (parts.HasFlag(TreeParts.Mode) && one.Mode != other.Mode) yield return $"mode {one.Mode}, but {other.Mode}";
        if (parts.HasFlag(TreeParts.Owner) && (one.Status.Uid, one.Status.Gid) != (other.Status.Uid, other.Status.Gid))
            yield return $"owner {one.Status.Uid}:{one.Status.Gid}, but {other.Status.Uid}:{other.Status.Gid}";
        if (parts.HasFlag(TreeParts.Times) && one.Modified != other.Modified) yield return $"modified {one.Modified}, but {other.Modified}";
        if (parts.HasFlag(TreeParts.HardLinks) && one.FirstName != other.FirstName)
            yield return $"{LinkText(one)}, but {LinkText(other)}";
        if (parts.HasFlag(TreeParts.Xattrs))
        {
            foreach (string name in one.Xattrs.Keys.Union(other.Xattrs.Keys))
            {
                string? value = one.Xattrs.GetValueOrDefault(name), otherValue = other.Xattrs.GetValueOrDefault(name);
                if (value != otherValue) yield return $"attribute {name} {value ?? "(none)"}, but {otherValue ?? "(none)"}";
            }
        }

        if (parts.HasFlag(TreeParts.Holes) && one.Content?.Holes is { } holes && other.Content?.Holes is { } otherHoles && !holes.SequenceEqual(otherHoles))
            yield return $"holes {HoleText(holes)}, but {HoleText(otherHoles)}";
    }

    private static string LinkText(TreeSnapshot.Item item) => item.FirstName is null ? "one name only" : $"the same file as '{item.FirstName}'";

    private static string HoleText(IReadOnlyList<(long From, long To)> holes) =>
        holes.Count == 0 ? "(none)" : string.Join(' ', holes.Take(4).Select(hole => $"[{hole.From}..{hole.To})")) + (holes.Count > 4 ? " …" : "");
}
