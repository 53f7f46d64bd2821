namespace Holotree.Cli.Settings;

/// <summary>What stands where in a settings file.</summary>
internal sealed record SettingsLayout
{
    internal static SettingsLayout Empty { get; } = new();

    /// <summary>Where the file's top-level keys begin, as a number of blanks; null where there are no keys.</summary>
    internal int? Indent { get; init; }

    /// <summary>Whether the file as a whole is a mapping in braces.</summary>
    internal bool InBraces { get; init; }

    /// <summary>The key <c>holotree</c>; null where there is none.</summary>
    internal TextSpan? Section { get; init; }

    /// <summary>The value of that key where it says nothing (<c>holotree:</c>, <c>holotree: ~</c>); null where it has entries.</summary>
    internal TextSpan? Void { get; init; }

    /// <summary>Whether the section is a mapping in braces.</summary>
    internal bool SectionInBraces { get; init; }

    /// <summary>What is in the section, in the order of the file.</summary>
    internal IReadOnlyList<SettingsEntry> Entries { get; init; } = [];

    /// <summary>Everything outside of the section, as the parser told it: to see whether an edit changed what it should not.</summary>
    internal IReadOnlyList<string> Outside { get; init; } = [];

    internal SettingsEntry? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key);
}

/// <summary>A piece of a text: from one character to before another; line and column are of the first, counted from 1.</summary>
internal readonly record struct TextSpan(int Line, int Column, int Start, int End);

/// <summary>The form of a value.</summary>
internal enum SettingsForm
{
    Nothing,
    Word,
    List,
    Other,
}

/// <summary>One entry of the section.</summary>
/// <param name="Key">With the section's name.</param>
/// <param name="At">The key.</param>
/// <param name="Value">The value, from its first to its last character.</param>
/// <param name="Words">The word or the list; null where it is neither.</param>
internal sealed record SettingsEntry(string Key, TextSpan At, TextSpan Value, SettingsForm Form, IReadOnlyList<string>? Words)
{
    /// <summary>Why the value cannot be used whatever the setting is; null where it can.</summary>
    internal string? Problem { get; init; }

    internal TextSpan ProblemAt { get; init; } = Value;

    /// <summary>The words of the value, each where it stands.</summary>
    internal IReadOnlyList<TextSpan> Pieces { get; init; } = [];

    /// <summary>Whether the value is written so that another can be put in its place.</summary>
    internal bool IsPlain { get; init; }
}
