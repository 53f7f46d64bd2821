using System.Text;

namespace Holotree.Activation;

/// <summary>The variables of a process. Values are bytes (environ(7)), so that one that is not UTF-8 reaches a command as it was.</summary>
public sealed class EnvironmentBlock
{
    readonly List<byte[]> entries;

    EnvironmentBlock(List<byte[]> entries) => this.entries = entries;

    /// <summary>Takes a block apart that has <c>NAME=value</c> and a NUL for each variable, as the system hands it to a program.</summary>
    public static EnvironmentBlock Parse(ReadOnlySpan<byte> block)
    {
        var entries = new List<byte[]>();
        foreach (Range range in block.Split((byte)0))
        {
            if (block[range].Length > 0) entries.Add(block[range].ToArray());
        }
        return new EnvironmentBlock(entries);
    }

    /// <summary><c>NAME=value</c> for each variable.</summary>
    public IReadOnlyList<byte[]> Entries => entries;

    /// <summary>A variable's value, the first where there are several, as getenv(3) has it; null where there is none.</summary>
    public ReadOnlyMemory<byte>? this[string name]
    {
        get
        {
            byte[] start = Start(name);
            return entries.Find(entry => entry.AsSpan().StartsWith(start)) is { } found
                ? found.AsMemory(start.Length) : default(ReadOnlyMemory<byte>?);
        }
    }

    /// <summary>A variable's value as text.</summary>
    public string? Text(string name) => this[name] is { } value ? Encoding.UTF8.GetString(value.Span) : null;

    /// <summary>Sets a variable, or takes it away.</summary>
    public void Apply(VariableChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        byte[] start = Start(change.Name);
        entries.RemoveAll(entry => entry.AsSpan().StartsWith(start));
        if (change.Value is { } value) entries.Add([.. start, .. value.Span]);
    }

    static byte[] Start(string name) => Encoding.UTF8.GetBytes(name + "=");
}
