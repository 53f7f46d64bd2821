using Holotree.Library;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Holotree.Cli.Settings;

/// <summary>Takes a settings file apart; what is wrong with its form is named with its line, column and key.</summary>
/// <remarks>
/// It goes through the parser's events and builds no tree: an alias is never followed, so that a file which says the same a
/// billion times costs what it is long, and nothing is nested deeper than settings can be.
/// </remarks>
internal sealed class SettingsReader
{
    const int Deepest = 100;

    readonly string path;
    readonly Parser parser;
    readonly List<string> outside = [];
    int depth;

    SettingsReader(string path, string text) => (this.path, parser) = (path, new Parser(new StringReader(text)));

    /// <summary>Where the settings stand in a text.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="HolotreeException">The text is not of the form that settings have.</exception>
    internal static SettingsLayout Read(string path, string text)
    {
        try
        {
            return new SettingsReader(path, text).File();
        }
        catch (YamlException broken)
        {
            string reason = (broken.InnerException ?? broken).Message.TrimEnd('.');
            TextSpan at = Span(broken.Start, broken.End);
            throw SettingsFile.Invalid(path, FirstTab(text, at) ?? at, $"this is no YAML: {reason}.", broken);
        }
        catch (Exception broken) when (IsBreakdown(broken))
        {
            throw SettingsFile.Invalid(path, new TextSpan(1, 1, 0, 0), "this is no YAML that can be read.", broken);
        }
    }

    /// <summary>What the library throws, beside its own exceptions, at texts that it has not thought of.</summary>
    internal static bool IsBreakdown(Exception broken) => broken is InvalidOperationException or ArgumentException;

    /// <summary>The first line from a place on that is indented by a tab, where that is what stops the parser: it names the line before.</summary>
    static TextSpan? FirstTab(string text, TextSpan from)
    {
        string[] lines = text.Split('\n');
        for (int line = from.Line; line <= lines.Length && line <= from.Line + 1; line++)
        {
            string content = lines[line - 1];
            int tab = content.AsSpan(0, content.Length - content.TrimStart().Length).IndexOf('\t');
            if (tab >= 0) return new TextSpan(line, tab + 1, 0, 0);
        }
        return null;
    }

    ParsingEvent Next()
    {
        // The parser has ways to end without having told the end of what it began.
        if (!parser.MoveNext()) throw SettingsFile.Invalid(path, parser.Current is { } last ? Span(last) : default, "the document does not end.");
        ParsingEvent current = parser.Current!;
        depth += current.NestingIncrease;
        return depth <= Deepest ? current : throw Invalid(current, $"nothing in settings is nested {Deepest} deep");
    }

    SettingsLayout File()
    {
        Next();
        if (Next() is StreamEnd) return SettingsLayout.Empty;
        ParsingEvent root = Next();
        SettingsLayout layout = root switch
        {
            MappingStart mapping => Sections(mapping),
            Scalar scalar when IsNothing(scalar) => SettingsLayout.Empty,
            _ => throw Invalid(root, "the file has to be a mapping (key: value)"),
        };
        Next();
        ParsingEvent end = Next();
        return end is StreamEnd ? layout : throw Invalid(end, "a second document begins here; settings are one");
    }

    SettingsLayout Sections(MappingStart root)
    {
        var layout = new SettingsLayout { InBraces = root.Style == MappingStyle.Flow };
        for (ParsingEvent key = Next(); key is not MappingEnd; key = Next())
        {
            layout = layout with { Indent = layout.Indent ?? (int)key.Start.Column - 1 };
            if (key is Scalar { Value: SettingsFile.Section })
            {
                if (layout.Section is { } first) throw Invalid(key, $"{SettingsFile.Section} stands here a second time; the first is in line {first.Line}");
                layout = Section(layout with { Section = Span(key) });
            }
            else
            {
                Skip(key);
                Skip(Next());
            }
        }
        return layout with { Outside = outside };
    }

    SettingsLayout Section(SettingsLayout layout)
    {
        ParsingEvent value = Next();
        if (value is Scalar nothing && IsNothing(nothing)) return layout with { Void = Span(value) };
        if (value is not MappingStart mapping) throw Invalid(value, $"{SettingsFile.Section} has to be a mapping (key: value)");

        var entries = new List<SettingsEntry>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        for (ParsingEvent at = Next(); at is not MappingEnd; at = Next())
        {
            if (at is not Scalar key) throw Invalid(at, $"{SettingsFile.Section} has a key that is no word");
            if (key.Value == "<<") throw Invalid(at, "settings cannot be merged (<<): write them here");
            string full = $"{SettingsFile.Section}.{key.Value}";
            if (!lines.TryAdd(full, Span(at).Line)) throw Invalid(at, $"{full} stands here a second time; the first is in line {lines[full]}");
            entries.Add(Entry(full, Span(at), Next()));
        }
        return layout with { Entries = entries, SectionInBraces = mapping.Style == MappingStyle.Flow };
    }

    SettingsEntry Entry(string key, TextSpan at, ParsingEvent value)
    {
        switch (value)
        {
            case Scalar nothing when IsNothing(nothing):
                return new SettingsEntry(key, at, Span(value), SettingsForm.Nothing, null);
            case Scalar word:
                return new SettingsEntry(key, at, Span(value), SettingsForm.Word, [word.Value]) { IsPlain = IsPlain(word), Pieces = [Span(value)] };
            case SequenceStart list:
                return List(key, at, list);
            default:
                string? problem = value is AnchorAlias ? "an alias (*name) is not followed here" : null;
                Skip(value, isOutside: false);
                return new SettingsEntry(key, at, Span(value), SettingsForm.Other, null) { Problem = problem };
        }
    }

    SettingsEntry List(string key, TextSpan at, SequenceStart start)
    {
        var words = new List<string>();
        var pieces = new List<TextSpan>();
        bool plain = start.Anchor.IsEmpty && start.Tag.IsEmpty;
        (string Problem, TextSpan At)? odd = null;
        ParsingEvent item;
        for (item = Next(); item is not SequenceEnd; item = Next())
        {
            if (item is Scalar word && !IsNothing(word)) words.Add(word.Value);
            else odd ??= ($"each entry of {key} has to be a word", Span(item));
            plain &= item is Scalar written && IsPlain(written);
            pieces.Add(Span(item));
            Skip(item, isOutside: false);
        }
        // A list of lines ends, for the parser, where the next thing begins; a list in brackets before its last bracket.
        int end = start.Style == SequenceStyle.Flow ? (int)item.End.Index + 1 : pieces.Count > 0 ? pieces[^1].End : (int)start.End.Index;
        return new SettingsEntry(key, at, Span(start) with { End = end }, SettingsForm.List, words)
        {
            IsPlain = plain,
            Pieces = pieces,
            Problem = odd?.Problem,
            ProblemAt = odd?.At ?? Span(start),
        };
    }

    /// <summary>Goes past a node; what belongs to other programs is only remembered.</summary>
    void Skip(ParsingEvent node, bool isOutside = true)
    {
        int open = 0;
        while (true)
        {
            if (isOutside) outside.Add(node.ToString()!);
            open += node.NestingIncrease;
            if (open == 0) return;
            node = Next();
        }
    }

    /// <summary>Whether another word can be written in its place, from its first to its last character.</summary>
    static bool IsPlain(Scalar word) =>
        word.Anchor.IsEmpty && word.Tag.IsEmpty && word.Style is ScalarStyle.Plain or ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted;

    static bool IsNothing(Scalar word) => word is { Style: ScalarStyle.Plain, Tag.IsEmpty: true, Value: "" or "~" or "null" or "Null" or "NULL" };

    static TextSpan Span(ParsingEvent at) => Span(at.Start, at.End);

    static TextSpan Span(Mark start, Mark end) => new((int)start.Line, (int)start.Column, (int)start.Index, (int)end.Index);

    HolotreeException Invalid(ParsingEvent at, string reason) => SettingsFile.Invalid(path, Span(at), reason + ".");
}
