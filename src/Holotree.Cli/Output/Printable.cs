using System.Globalization;
using System.Text;

namespace Holotree.Cli.Output;

/// <summary>Text that may hold names from a disk, made safe for a terminal and for one line.</summary>
internal static class Printable
{
    /// <summary>The text with control characters written as <c>\n</c>, <c>\t</c> or <c>\x1b</c>.</summary>
    internal static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1f') && !text.AsSpan().ContainsAnyInRange('\x7f', '\x9f')) return text;
        var shown = new StringBuilder(text.Length + 8);
        foreach (char character in text)
        {
            if (character == '\n') shown.Append("\\n");
            else if (character == '\t') shown.Append("\\t");
            else if (char.IsControl(character)) shown.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}");
            else shown.Append(character);
        }
        return shown.ToString();
    }
}
