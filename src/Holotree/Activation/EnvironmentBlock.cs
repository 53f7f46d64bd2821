using System.Text;

namespace Holotree.Activation;

/// <summary>The variables of a process. Values are bytes (environ(7)), so that one that is not UTF-8 reaches a command as it was.</summary>
public sealed class EnvironmentBlock
{
    /// <summary>In the order of the block; null where one was taken away.</summary>
    readonly List<byte[]?> entries = [];

    /// <summary>Where the variables of each name are. A tree may declare more of them than could each be looked for among all.</summary>
    readonly Dictionary<string, List<int>> places = new(StringComparer.Ordinal);

    EnvironmentBlock()
    {
    }

    /// <summary>Takes a block apart that has <c>NAME=value</c> and a NUL for each variable, as the system hands it to a program.</summary>
    public static EnvironmentBlock Parse(ReadOnlySpan<byte> block)
    {
        var parsed = new EnvironmentBlock();
        foreach (Range range in block.Split((byte)0))
        {
            if (block[range].Length > 0) parsed.Add(block[range].ToArray());
        }
        return parsed;
    }

    /// <summary><c>NAME=value</c> for each variable.</summary>
    public IReadOnlyList<byte[]> Entries => [.. entries.OfType<byte[]>()];

    /// <summary>A variable's value, the first where there are several, as getenv(3) has it; null where there is none.</summary>
    public ReadOnlyMemory<byte>? this[string name] =>
        KeyOf(name) is var key && places.TryGetValue(key, out List<int>? found) ? entries[found[0]].AsMemory(key.Length + 1) : default(ReadOnlyMemory<byte>?);

    /// <summary>A variable's value as text.</summary>
    public string? Text(string name) => this[name] is { } value ? Encoding.UTF8.GetString(value.Span) : null;

    /// <summary>Sets a variable, or takes it away.</summary>
    public void Apply(VariableChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (places.Remove(KeyOf(change.Name), out List<int>? before))
        {
            foreach (int place in before) entries[place] = null;
        }
        if (change.Value is { } value) Add([.. Encoding.UTF8.GetBytes(change.Name), (byte)'=', .. value.Span]);
    }

    void Add(byte[] entry)
    {
        int equals = entry.IndexOf((byte)'=');
        if (equals >= 0)
        {
            string key = Encoding.Latin1.GetString(entry, 0, equals);
            if (!places.TryGetValue(key, out List<int>? found)) places.Add(key, found = new List<int>(1));
            found.Add(entries.Count);
        }
        entries.Add(entry);
    }

    /// <summary>A name by which its bytes are found, whatever they are: a character for each.</summary>
    static string KeyOf(string name) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(name));
}
