using System.Globalization;
using System.Text;

namespace Holotree.Journal;

/// <summary>
/// Writes one JSON object as one line. Every restore writes one such line, and most need no other JSON, so the framework's
/// writer and its encoders are not loaded for it. Reading is left to the framework.
/// </summary>
internal sealed class JsonLine
{
    readonly StringBuilder text = new(512);
    bool follows;

    /// <summary>Begins an object or a list; as a member where it has a name.</summary>
    internal void Open(char bracket, string? name = null)
    {
        Separate(name);
        text.Append(bracket);
        follows = false;
    }

    internal void Close(char bracket)
    {
        text.Append(bracket);
        follows = true;
    }

    internal void Add(string name, string value)
    {
        Separate(name);
        AppendQuoted(value);
        follows = true;
    }

    internal void Add(string name, long value)
    {
        Separate(name);
        text.Append(CultureInfo.InvariantCulture, $"{value}");
        follows = true;
    }

    /// <summary>The line in UTF-8, with its end.</summary>
    internal byte[] ToBytes() => Encoding.UTF8.GetBytes(text.Append('\n').ToString());

    void Separate(string? name)
    {
        if (follows) text.Append(',');
        if (name is null) return;
        AppendQuoted(name);
        text.Append(':');
    }

    /// <summary>RFC 8259, 7: quotation mark, reverse solidus and the control characters below U+0020 must be escaped, nothing else.</summary>
    void AppendQuoted(string value)
    {
        text.Append('"');
        foreach (char character in value)
        {
            if (character is '"' or '\\') text.Append('\\').Append(character);
            else if (character < ' ') text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            else text.Append(character);
        }
        text.Append('"');
    }
}
