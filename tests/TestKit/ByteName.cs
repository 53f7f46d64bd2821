using System.Globalization;
using System.Text;

namespace TestKit;

/// <summary>File names are bytes; this is how messages show them.</summary>
internal static class ByteName
{
    /// <summary>The name as text where it is readable text, with \n and \xNN for the rest.</summary>
    internal static string Show(ReadOnlySpan<byte> name)
    {
        var text = new StringBuilder(name.Length);
        for (int at = 0; at < name.Length;)
        {
            Shown next = Next(name[at..]);
            text.Append(next.Text);
            at += next.Length;
        }

        return text.ToString();
    }

    private static Shown Next(ReadOnlySpan<byte> rest)
    {
        if (Rune.DecodeFromUtf8(rest, out Rune rune, out int length) != System.Buffers.OperationStatus.Done)
            return new($"\\x{rest[0].ToString("X2", CultureInfo.InvariantCulture)}", 1);
        return rune.Value switch
        {
            '\n' => new("\\n", 1),
            '\\' => new("\\\\", 1),
            < 0x20 or 0x7F => new($"\\x{rune.Value.ToString("X2", CultureInfo.InvariantCulture)}", 1),
            _ => new(rune.ToString(), length),
        };
    }

    private readonly record struct Shown(string Text, int Length);
}
