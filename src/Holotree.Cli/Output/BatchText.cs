using System.Text;

namespace Holotree.Cli.Output;

/// <summary>
/// Writes variables for a batch file of cmd.exe (Microsoft's documentation of set and cmd): <c>set "NAME=VALUE"</c> takes all up to the last
/// quotation mark, a percent sign is doubled, and what means something to the shell does not between quotation marks.
/// </summary>
internal static class BatchText
{
    /// <summary>The longest line that cmd.exe takes.</summary>
    const int MostBytes = 8191;

    const byte EndOfFile = 0x1A;

    /// <summary>Why a value cannot be said, as the end of a sentence; null where it can.</summary>
    internal static string? Refusal(string name, ReadOnlySpan<byte> value)
    {
        if (value.IndexOfAny((byte)'\n', (byte)'\r') >= 0) return "has a line break";
        if (value.IndexOfAny((byte)0, EndOfFile) >= 0) return "has a character that ends a file";
        if (LengthOf(name, value) > MostBytes) return "is longer than a line";

        // Each quotation mark in the value ends the quotes around it or begins new ones.
        bool quoted = true;
        foreach (byte b in value)
        {
            if (b == '"') quoted = !quoted;
            else if (!quoted && b is (byte)'&' or (byte)'|' or (byte)'<' or (byte)'>' or (byte)'^' or (byte)'(' or (byte)')') return "has a sign of the shell between quotation marks";
        }
        return quoted ? null : "has a single quotation mark";
    }

    /// <summary>Adds the line that sets a variable, or takes it away where the value is empty; nothing for one that cannot be said.</summary>
    internal static void Add(List<byte> text, string name, ReadOnlySpan<byte> value)
    {
        if (Refusal(name, value) is not null) return;
        text.AddRange(Encoding.ASCII.GetBytes($"@set \"{name}="));      // a line that begins with @ is not shown
        foreach (byte b in value)
        {
            if (b == '%') text.Add(b);
            text.Add(b);
        }
        text.AddRange("\"\r\n"u8);
    }

    static int LengthOf(string name, ReadOnlySpan<byte> value) => "@set \"=\"".Length + name.Length + value.Length + value.Count((byte)'%');
}
