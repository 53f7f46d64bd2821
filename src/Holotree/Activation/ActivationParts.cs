using System.Text.RegularExpressions;
using Reflinks.Platform;

namespace Holotree.Activation;

/// <summary>What each kind of tree adds to the variables of a space, gathered.</summary>
/// <param name="root">The path at which the command sees the tree.</param>
/// <param name="space">The space's name.</param>
/// <param name="seen">The path at which this process sees it.</param>
/// <param name="rules">Those of the system that the command runs on.</param>
internal sealed partial class ActivationParts(string root, string space, string seen, SystemRules rules)
{
    /// <summary>More links than this behind one another lead nowhere (path_resolution(7)).</summary>
    const int MostLinks = 40;

    /// <summary>The path at which the command sees the tree.</summary>
    internal string Root { get; } = root;

    internal string Space { get; } = space;

    internal SystemRules Rules { get; } = rules;

    internal List<string> Kinds { get; } = [];

    internal List<string> Folders { get; } = [];

    internal Dictionary<string, string> Variables { get; } = new(rules.NameComparer);

    internal SortedSet<string> Unset { get; } = new(rules.NameComparer);

    internal List<string> Warnings { get; } = [];

    /// <summary>Puts a folder on PATH, behind those before it, if it is there.</summary>
    internal void AddFolder(string name)
    {
        string path = PathOf(name);
        if (HasFolder(name) && !Folders.Contains(path)) Folders.Add(path);
    }

    internal void AddFolders(IEnumerable<string> names)
    {
        foreach (string name in names) AddFolder(name);
    }

    /// <summary>Where a command finds something in the tree.</summary>
    internal string PathOf(string name) => Rules.Join(Root, name);

    /// <summary>Where to look at something in the tree.</summary>
    internal string Seen(string name)
    {
        string path = Path.Join(seen, name);

        // A link that names a place in the tree does so by the path at which the command sees it.
        for (int links = 0; seen != Root && links < MostLinks; links++)
        {
            if (new FileInfo(path).LinkTarget is not { } target || Rules.Below(target, Root) is not { Length: > 0 } below) break;
            path = seen + below;
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
