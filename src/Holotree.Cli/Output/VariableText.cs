using System.Text;
using Holotree.Activation;

namespace Holotree.Cli.Output;

/// <summary>Writes variables in the words of a shell or of a file that programs read, each value quoted by that language's rules.</summary>
/// <remarks>Bytes, as a value need not be UTF-8. Every character that means something to one of these languages is ASCII, but PowerShell's quotes.</remarks>
internal static class VariableText
{
    internal static string[] Formats { get; } = ["shell", "json", "pwsh", "cmd", "fish", "dotenv"];

    /// <summary>What PowerShell takes for a single quote besides that of ASCII: U+2018 to U+201B (about_Quoting_Rules, language specification 2.3.5.2).</summary>
    static readonly byte[][] OtherQuotes = [[0xE2, 0x80, 0x98], [0xE2, 0x80, 0x99], [0xE2, 0x80, 0x9A], [0xE2, 0x80, 0x9B]];

    internal static byte[] Of(string format, IReadOnlyList<VariableChange> changes)
    {
        var text = new List<byte>();
        foreach (VariableChange change in changes)
        {
            ReadOnlySpan<byte> value = change.Value is { } known ? known.Span : default;
            bool set = change.Value is not null;
            switch (format)
            {
                case "fish": AddFish(text, change.Name, set, value); break;
                case "pwsh": AddPowerShell(text, change.Name, set, value); break;
                case "dotenv": AddDotenv(text, change.Name, value); break;
                case "cmd": BatchText.Add(text, change.Name, value); continue;
                default: AddShell(text, change.Name, set, value); break;
            }
            text.Add((byte)'\n');
        }
        return [.. text];
    }

    /// <summary>POSIX, Shell Command Language 2.2.2: nothing is special between single quotes, and no single quote can be there.</summary>
    static void AddShell(List<byte> text, string name, bool set, ReadOnlySpan<byte> value)
    {
        Add(text, set ? $"export {name}=" : $"unset {name}");
        if (set) AddQuoted(text, value, "'\\''"u8);
    }

    /// <summary>fish, "Quotes": between single quotes a backslash stands before a single quote or a backslash. PATH is a list.</summary>
    static void AddFish(List<byte> text, string name, bool set, ReadOnlySpan<byte> value)
    {
        Add(text, set ? $"set -gx {name}" : $"set -e {name}");
        if (!set) return;
        if (name == "PATH")
        {
            foreach (Range part in value.Split((byte)Path.PathSeparator)) AddPart(value[part]);
        }
        else
        {
            AddPart(value);
        }

        void AddPart(ReadOnlySpan<byte> part)
        {
            Add(text, " '");
            foreach (byte b in part)
            {
                if (b is (byte)'\'' or (byte)'\\') text.Add((byte)'\\');
                text.Add(b);
            }
            text.Add((byte)'\'');
        }
    }

    /// <summary>PowerShell: a single quote between single quotes is doubled.</summary>
    static void AddPowerShell(List<byte> text, string name, bool set, ReadOnlySpan<byte> value)
    {
        Add(text, set ? $"$env:{name} = '" : $"Remove-Item -LiteralPath Env:{name} -ErrorAction Ignore");
        if (!set) return;
        for (int at = 0; at < value.Length; at++)
        {
            ReadOnlySpan<byte> rest = value[at..];
            if (rest[0] == '\'') text.Add((byte)'\'');
            foreach (byte[] quote in OtherQuotes)
            {
                if (rest.StartsWith(quote)) text.AddRange(quote);
            }
            text.Add(rest[0]);
        }
        text.Add((byte)'\'');
    }

    /// <summary>
    /// There is no one rule for these files. Plain words stand as they are, which all readers understand, others in single quotes, which most take
    /// literally; a value with a single quote is written for sh. None of them can take a variable away: it is set to nothing.
    /// </summary>
    static void AddDotenv(List<byte> text, string name, ReadOnlySpan<byte> value)
    {
        Add(text, name + "=");
        if (value.IndexOfAnyExcept(Plain) < 0)
        {
            text.AddRange(value);
        }
        else if (!value.Contains((byte)'\''))
        {
            AddQuoted(text, value, default);
        }
        else
        {
            text.Add((byte)'"');
            foreach (byte b in value)
            {
                if (b is (byte)'"' or (byte)'\\' or (byte)'$' or (byte)'`') text.Add((byte)'\\');
                text.Add(b);
            }
            text.Add((byte)'"');
        }
    }

    static readonly System.Buffers.SearchValues<byte> Plain =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-"u8);

    /// <param name="quote">What stands for a single quote.</param>
    static void AddQuoted(List<byte> text, ReadOnlySpan<byte> value, ReadOnlySpan<byte> quote)
    {
        text.Add((byte)'\'');
        foreach (byte b in value)
        {
            if (b == '\'') text.AddRange(quote);
            else text.Add(b);
        }
        text.Add((byte)'\'');
    }

    static void Add(List<byte> text, string words) => text.AddRange(Encoding.ASCII.GetBytes(words));
}
