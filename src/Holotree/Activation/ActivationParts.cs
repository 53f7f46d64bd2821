using System.Text.RegularExpressions;

namespace Holotree.Activation;

/// <summary>What each kind of tree adds to the variables of a space, gathered.</summary>
internal sealed partial class ActivationParts(string root, string space)
{
    /// <summary>The space's path.</summary>
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
        if (Directory.Exists(path) && !Folders.Contains(path)) Folders.Add(path);
    }

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
