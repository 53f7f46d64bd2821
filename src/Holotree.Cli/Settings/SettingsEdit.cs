using System.Globalization;
using System.Text;
using Holotree.Library;

namespace Holotree.Cli.Settings;

/// <summary>Changes one value in the text of a settings file and nothing else: comments, order and other programs' sections stay.</summary>
internal static class SettingsEdit
{
    /// <summary>The text with the setting's value as wanted; the same text where that is so already.</summary>
    /// <param name="words">The value; null to take the entry away.</param>
    /// <exception cref="HolotreeException">The file is written in a form in which this program cannot do that without touching something else.</exception>
    internal static string Apply(SettingsFile file, Setting setting, IReadOnlyList<string>? words)
    {
        SettingsEntry? entry = file.Layout.Find(setting.Key);
        if (words is null && entry is null) return file.Text;
        string edited =
            words is null ? Without(file, entry!)
            : entry is not null ? WithOther(file, setting, entry, words)
            : file.Layout.Section is { } section ? WithEntry(file, section, setting, words)
            : WithSection(file, setting, words);
        CheckOnlyChange(file, edited, setting, words);
        return edited;
    }

    static string WithSection(SettingsFile file, Setting setting, IReadOnlyList<string> words)
    {
        if (file.Layout.InBraces) throw Refused(file, 1, "the file is one mapping in braces");
        string newLine = NewLine(file.Text), blanks = new(' ', file.Layout.Indent ?? 0);
        string before = file.Text.Length > 0 && !file.Text.EndsWith('\n') ? file.Text + newLine : file.Text;
        return $"{before}{blanks}{SettingsFile.Section}:{newLine}{blanks}  {NameOf(setting)}: {Written(setting, words)}{newLine}";
    }

    /// <summary>Behind the section's own line, so that a comment above another entry stays above that.</summary>
    static string WithEntry(SettingsFile file, TextSpan section, Setting setting, IReadOnlyList<string> words)
    {
        SettingsLayout layout = file.Layout;
        if (layout.SectionInBraces || layout.InBraces) throw Refused(file, section.Line, $"{SettingsFile.Section} is written in braces");
        string text = file.Text, newLine = NewLine(text);
        if (layout.Void is { } nothing && nothing.End > nothing.Start) text = text.Remove(nothing.Start, nothing.End - nothing.Start);
        int indent = layout.Entries.Count > 0 ? layout.Entries[0].At.Column - 1 : (layout.Indent ?? 0) + 2;
        int end = text.IndexOf('\n', section.End);
        string head = end < 0 ? text + newLine : text[..(end + 1)], tail = end < 0 ? string.Empty : text[(end + 1)..];
        return $"{head}{new string(' ', indent)}{NameOf(setting)}: {Written(setting, words)}{newLine}{tail}";
    }

    static string WithOther(SettingsFile file, Setting setting, SettingsEntry entry, IReadOnlyList<string> words)
    {
        string text = file.Text;
        int colon = text.IndexOf(':', entry.At.End);
        if (colon < 0) throw Refused(file, entry.At.Line, $"there is no colon behind {entry.Key}");
        if (entry.Form == SettingsForm.Nothing)
            return $"{text[..(colon + 1)]} {Written(setting, words)}{text[Math.Max(entry.Value.End, colon + 1)..]}";
        CheckReplaceable(file, entry, colon + 1);
        return $"{text[..(colon + 1)]} {Written(setting, words)}{text[entry.Value.End..]}";
    }

    static string Without(SettingsFile file, SettingsEntry entry)
    {
        string text = file.Text;
        int start = text.LastIndexOf('\n', Math.Max(0, entry.At.Start - 1)) + 1;
        if (entry.At.Start == 0) start = 0;
        if (file.Layout.InBraces || file.Layout.SectionInBraces || text.AsSpan(start, entry.At.Start - start).ContainsAnyExcept(' '))
            throw Refused(file, entry.At.Line, $"{entry.Key} has no line of its own");
        int end = Math.Max(entry.At.End, entry.Value.End);
        if (entry.Form != SettingsForm.Nothing) CheckReplaceable(file, entry, text.IndexOf(':', entry.At.End) + 1);
        int next = text.IndexOf('\n', end);
        return text[..start] + (next < 0 ? string.Empty : text[(next + 1)..]);
    }

    /// <summary>Refuses where something that is no part of the value would go with it: a comment between lines of a list, an anchor.</summary>
    static void CheckReplaceable(SettingsFile file, SettingsEntry entry, int from)
    {
        if (!entry.IsPlain) throw Refused(file, entry.At.Line, $"the value of {entry.Key} is not written as plain words");
        foreach (TextSpan piece in entry.Pieces)
        {
            if (file.Text.AsSpan(from, piece.Start - from).Contains('#')) throw Refused(file, piece.Line, $"there is a comment within the value of {entry.Key}");
            from = piece.End;
        }
        if (file.Text.AsSpan(from, entry.Value.End - from).Contains('#')) throw Refused(file, entry.At.Line, $"there is a comment within the value of {entry.Key}");
    }

    /// <summary>Reads the edited text as it will be read, so that nothing is ever written that says something else than what was asked for.</summary>
    static void CheckOnlyChange(SettingsFile file, string edited, Setting setting, IReadOnlyList<string>? words)
    {
        SettingsLayout before = file.Layout, after;
        try
        {
            after = SettingsReader.Read(file.Path, edited);
        }
        catch (HolotreeException)
        {
            throw Refused(file, 1, "the edited file would not be valid");
        }
        static IEnumerable<string> Others(SettingsLayout layout, Setting setting) =>
            layout.Entries.Where(entry => entry.Key != setting.Key).Select(static entry => $"{entry.Key}\0{entry.Form}\0{string.Join('\0', entry.Words ?? [])}");

        bool isAsWanted = words is null ? after.Find(setting.Key) is null : after.Find(setting.Key) is { Words: { } now } && now.SequenceEqual(words);
        if (isAsWanted && before.Outside.SequenceEqual(after.Outside) && Others(before, setting).SequenceEqual(Others(after, setting))) return;
        throw Refused(file, before.Section?.Line ?? 1, "the edit would change something else");
    }

    static string NameOf(Setting setting) => setting.Key[(SettingsFile.Section.Length + 1)..];

    static string NewLine(string text) => text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";

    static string Written(Setting setting, IReadOnlyList<string> words) =>
        setting.IsList ? $"[{string.Join(", ", words.Select(Quoted))}]" : setting.Accepts(words[0]) && words[0].All(char.IsAsciiLetterOrDigit) ? words[0] : Quoted(words[0]);

    static string Quoted(string word)
    {
        var text = new StringBuilder("\"");
        foreach (char character in word)
        {
            if (character is '"' or '\\') text.Append('\\').Append(character);
            else if (char.IsControl(character)) text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            else text.Append(character);
        }
        return text.Append('"').ToString();
    }

    static HolotreeException Refused(SettingsFile file, int line, string reason) =>
        new(HolotreeFailure.Invalid, "settings-not-editable", $"{file.Path}:{line}: this file is not changed here, because {reason}.")
        {
            Path = file.Path,
            Hint = "Edit it by hand; holotree settings shows what it says then.",
        };
}
