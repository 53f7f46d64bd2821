using System.Text.RegularExpressions;
using Reflinks.Platform;

namespace Holotree.Activation;

/// <summary>What each kind of tree adds to the variables of a space, gathered.</summary>
/// <param name="root">The path at which the command sees the tree.</param>
/// <param name="space">The space's name.</param>
/// <param name="seen">The path at which this process sees it.</param>
internal sealed partial class ActivationParts(string root, string space, string seen)
{
    /// <summary>More links than this behind one another lead nowhere (path_resolution(7)).</summary>
    const int MostLinks = 40;

    /// <summary>The path at which the command sees the tree.</summary>
    internal string Root { get; } = root;

    internal string Space { get; } = space;

    internal List<string> Kinds { get; } = [];

    internal List<string> Folders { get; } = [];

    internal Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    internal SortedSet<string> Unset { get; } = new(StringComparer.Ordinal);

    internal List<string> Warnings { get; } = [];

    /// <summary>Puts a folder on PATH, behind those before it, if it is there.</summary>
    internal void AddFolder(string name)
    {
        string path = Path.Join(Root, name);
        if (HasFolder(name) && !Folders.Contains(path)) Folders.Add(path);
    }

    /// <summary>Where to look at something in the tree.</summary>
    internal string Seen(string name)
    {
        string path = Path.Join(seen, name);

        // A link that names a place in the tree does so by the path at which the command sees it.
        for (int links = 0; seen != Root && links < MostLinks; links++)
        {
            if (new FileInfo(path).LinkTarget is not { } target || !target.StartsWith(Root + '/', StringComparison.Ordinal)) break;
            path = seen + target[Root.Length..];
        }
        return path;
    }

    internal bool HasFolder(string name) => NativeFile.IsFolder(Seen(name));

    internal bool HasFile(string name) => NativeFile.IsFile(Seen(name));

    internal void Set(string name, string value)
    {
        Variables[name] = value;
        Unset.Remove(name);
    }

    internal void Clear(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (!Variables.ContainsKey(name)) Unset.Add(name);
        }
    }

    /// <summary>Whether every shell takes it for the name of a variable.</summary>
    internal static bool IsName(string name) => Name().IsMatch(name);

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
