using System.Text;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Activation;

/// <summary>What variables working in a space needs, by what its tree is. Found by looking; nothing of the tree is executed.</summary>
public sealed class SpaceVariables
{
    /// <summary>Which names a space has set, so that going over to another one takes them away.</summary>
    const string Owned = "HOLOTREE_SPACE_VARIABLES";

    const string PathOfSpace = "HOLOTREE_SPACE_PATH";

    readonly ActivationParts parts;

    SpaceVariables(ActivationParts parts) => this.parts = parts;

    /// <summary>What was found: <c>python-venv</c>, <c>conda</c>, <c>python</c>, <c>node</c>; nothing for a plain tree.</summary>
    public IReadOnlyList<string> Kinds => parts.Kinds;

    /// <summary>The folders that are searched for programs first, in this order.</summary>
    public IReadOnlyList<string> Folders => parts.Folders;

    /// <summary>What a user should know: a declaration that could not be followed, a path that PATH cannot hold.</summary>
    public IReadOnlyList<string> Warnings => parts.Warnings;

    /// <summary>Looks at a space.</summary>
    /// <param name="space">A space that is complete.</param>
    /// <param name="home">The home it belongs to.</param>
    /// <param name="seenAt">Where this process sees its tree, if that is elsewhere than at the space's path.</param>
    public static SpaceVariables Of(SpaceInfo space, Home home, string? seenAt = null) => Of(space, home, seenAt, SystemRules.Current);

    /// <summary>The same by the rules of a system that this one need not be.</summary>
    internal static SpaceVariables Of(SpaceInfo space, Home home, string? seenAt, SystemRules rules)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(home);
        var parts = new ActivationParts(space.Path, space.Space, seenAt ?? space.Path, rules);
        parts.AddFolders(rules.ProgramFolders);
        PythonTree.Describe(parts, space, home);
        NodeTree.Describe(parts);
        parts.AddFolders(rules.LastFolders);
        if (parts.Folders.Count > 0 && space.Path.Contains((char)rules.ListSeparator, StringComparison.Ordinal))
        {
            parts.Warnings.Add($"PATH cannot hold '{space.Path}', which has a {(rules.IsWindows ? "semicolon" : "colon")} in it; programs of the space are not found by their names.");
            parts.Folders.Clear();
        }

        // Last, so that nothing declared in the tree is stronger.
        parts.Set("HOLOTREE_HOME", home.Path);
        parts.Set("HOLOTREE_SPACE", space.Space);
        parts.Set(PathOfSpace, space.Path);
        parts.Variables.Remove(Owned);
        parts.Set(Owned, string.Join(' ', parts.Variables.Keys.Append(Owned).Order(StringComparer.Ordinal)));
        return new SpaceVariables(parts);
    }

    /// <summary>What has to change in an environment, by name; what another space left in it goes.</summary>
    public IReadOnlyList<VariableChange> ChangesTo(EnvironmentBlock environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var changes = new SortedDictionary<string, VariableChange>(parts.Rules.NameComparer);
        void Add(string name, ReadOnlyMemory<byte>? value) => changes[name] = new VariableChange(name, value);

        foreach (string name in (environment.Text(Owned) ?? string.Empty).Split(' '))
        {
            if (ActivationParts.IsName(name) && !parts.Rules.IsPath(name)) Add(name, null);
        }
        foreach (string name in parts.Unset) Add(name, null);
        foreach ((string name, string value) in parts.Variables) Add(name, Encoding.UTF8.GetBytes(value));
        if (SearchPath(environment) is { } path) Add("PATH", path);
        return [.. changes.Values];
    }

    /// <summary>The space's folders, then PATH as it was without them and without those of the space worked in before; null where nothing is to change.</summary>
    byte[]? SearchPath(EnvironmentBlock environment)
    {
        ReadOnlyMemory<byte>? known = environment["PATH"];
        string? other = environment.Text(PathOfSpace);
        if (parts.Folders.Count == 0 && (known is null || other is null)) return null;

        List<byte[]> folders = [.. parts.Folders.Select(Encoding.UTF8.GetBytes)];
        int own = folders.Count;
        ReadOnlySpan<byte> rest = known is { } given ? given.Span : Encoding.UTF8.GetBytes(parts.Rules.UsualPath);
        byte[] left = Encoding.UTF8.GetBytes(string.IsNullOrEmpty(other) || other == parts.Root ? "\0" : other);
        foreach (Range range in rest.Split(parts.Rules.ListSeparator))
        {
            byte[] folder = rest[range].ToArray();
            if (folders.Take(own).Any(mine => parts.Rules.IsSame(mine, folder)) || parts.Rules.IsWithin(folder, left)) continue;

            // An empty PATH has no folder, though an empty part of one is the current folder.
            if (rest.Length > 0) folders.Add(folder);
        }
        return Joined(folders, parts.Rules.ListSeparator);
    }

    /// <summary>Folders as PATH has them.</summary>
    static byte[] Joined(IEnumerable<byte[]> folders, byte separator)
    {
        var path = new List<byte>();
        bool first = true;
        foreach (byte[] folder in folders)
        {
            if (!first) path.Add(separator);
            path.AddRange(folder);
            first = false;
        }
        return [.. path];
    }
}
