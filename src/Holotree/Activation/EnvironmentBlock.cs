using System.Text;

namespace Holotree.Activation;

/// <summary>The variables of a process. Values are bytes (environ(7)), so that one that is not UTF-8 reaches a command as it was.</summary>
public sealed class EnvironmentBlock
{
    /// <summary>In the order of the block; null where one was taken away.</summary>
    readonly List<byte[]?> entries = [];

    /// <summary>Where the variables of each name are. A tree may declare more of them than could each be looked for among all.</summary>
    readonly Dictionary<string, List<int>> places;

    readonly SystemRules rules;

    EnvironmentBlock(SystemRules rules)
    {
        this.rules = rules;
        places = new(rules.NameComparer);
    }

    /// <summary>Takes a block apart that has <c>NAME=value</c> and a NUL for each variable, as the system hands it to a program.</summary>
    public static EnvironmentBlock Parse(ReadOnlySpan<byte> block) => Parse(block, SystemRules.Current);

    /// <summary>The same by the rules of a system that this one need not be.</summary>
    internal static EnvironmentBlock Parse(ReadOnlySpan<byte> block, SystemRules rules)
    {
        var parsed = new EnvironmentBlock(rules);
        foreach (Range range in block.Split((byte)0))
        {
            if (block[range].Length > 0) parsed.Add(block[range].ToArray());
        }
        return parsed;
    }

    /// <summary><c>NAME=value</c> for each variable.</summary>
    public IReadOnlyList<byte[]> Entries => [.. entries.OfType<byte[]>()];

    /// <summary>Names and values as text, of those that have a name.</summary>
    internal IEnumerable<(string Name, string Value)> Pairs()
    {
        foreach (byte[] entry in Entries)
        {
            int end = EndOfName(entry);
            if (end > 0) yield return (Encoding.UTF8.GetString(entry, 0, end), Encoding.UTF8.GetString(entry, end + 1, entry.Length - end - 1));
        }
    }

    /// <summary>A variable's value, the first where there are several, as getenv(3) has it; null where there is none.</summary>
    public ReadOnlyMemory<byte>? this[string name] =>
        places.TryGetValue(KeyOf(Encoding.UTF8.GetBytes(name)), out List<int>? found) && entries[found[0]] is { } entry
            ? entry.AsMemory(EndOfName(entry) + 1) : default(ReadOnlyMemory<byte>?);

    /// <summary>A variable's value as text.</summary>
    public string? Text(string name) => this[name] is { } value ? Encoding.UTF8.GetString(value.Span) : null;

    /// <summary>Sets a variable, or takes it away.</summary>
    public void Apply(VariableChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (places.Remove(KeyOf(Encoding.UTF8.GetBytes(change.Name)), out List<int>? before))
        {
            foreach (int place in before) entries[place] = null;
        }
        if (change.Value is { } value) Add([.. Encoding.UTF8.GetBytes(change.Name), (byte)'=', .. value.Span]);
    }

    void Add(byte[] entry)
    {
        int end = EndOfName(entry);
        if (end >= 0)
        {
            string key = KeyOf(entry.AsSpan(0, end));
            if (!places.TryGetValue(key, out List<int>? found)) places.Add(key, found = new List<int>(1));
            found.Add(entries.Count);
        }
        entries.Add(entry);
    }

    /// <summary>Where the name of a variable ends; -1 where it has none. On Windows a name may begin with the sign that ends others: <c>=C:=C:\x</c>.</summary>
    int EndOfName(ReadOnlySpan<byte> entry)
    {
        int from = rules.IsWindows && entry is [(byte)'=', ..] ? 1 : 0, end = entry[from..].IndexOf((byte)'=');
        return end < 0 ? -1 : from + end;
    }

    /// <summary>A name by which its bytes are found, whatever they are: a character for each. On Windows they are text, whose case does not count.</summary>
    string KeyOf(ReadOnlySpan<byte> name) => rules.IsWindows ? Encoding.UTF8.GetString(name) : Encoding.Latin1.GetString(name);
}
