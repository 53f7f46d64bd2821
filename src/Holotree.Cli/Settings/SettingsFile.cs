using System.Text;
using Holotree.Library;
using Reflinks.Files;

namespace Holotree.Cli.Settings;

/// <summary>What <c>settings.yaml</c> in the home says under <c>holotree</c>. Other programs' settings beside it are not looked at.</summary>
internal sealed record SettingsFile
{
    internal const string Section = "holotree";

    /// <summary>No settings are so long; whatever this is, it is not read into memory.</summary>
    const int LongestBytes = 1 << 20;

    internal static SettingsFile None { get; } = new();

    /// <summary>The file; empty where there is none.</summary>
    internal string Path { get; init; } = string.Empty;

    /// <summary>Its text, without a byte order mark; empty where there is none.</summary>
    internal string Text { get; init; } = string.Empty;

    /// <summary>Whether it begins with a byte order mark, as some editors write one.</summary>
    internal bool HasByteOrderMark { get; init; }

    internal SettingsLayout Layout { get; init; } = SettingsLayout.Empty;

    /// <summary>Keys that mean nothing here, most likely misspelt; or why the file could not be looked for.</summary>
    internal IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The patterns that replace the usual ones; null where the file has none.</summary>
    internal IReadOnlyList<string>? HardLinkExcludes => Value(Setting.HardLinkExcludes)?.Words;

    /// <summary>What the file says of a setting; null where it says nothing.</summary>
    internal SettingValue? Value(Setting setting) =>
        Layout.Find(setting.Key) is { Words: { } words } entry ? new SettingValue(words, "settings", Place(entry.Value)) : null;

    /// <summary>Reads the home's settings as they stand, without looking at what the values mean; a home without the file has none.</summary>
    /// <exception cref="HolotreeException">It is no file, cannot be read, or is no YAML that settings can be found in.</exception>
    /// <remarks>The parser of YAML is loaded only where there is something to parse.</remarks>
    internal static SettingsFile Read(Home home)
    {
        string path = home.SettingsPath;
        try
        {
            // Whatever has this name, also a link that leads nowhere, is meant to be the settings.
            if ((int)new FileInfo(path).Attributes == -1) return None with { Path = path };
        }
        catch (Exception hidden) when (hidden is UnauthorizedAccessException or PathTooLongException)
        {
            // Nobody has settings there for this user. Where the disk fails they may say anything, and nothing is done without them.
            return None with { Path = path, Warnings = [$"cannot look for settings in {home.Path}: {hidden.Message}"] };
        }
        string text = ReadText(path);
        bool marked = text.StartsWith('\uFEFF');
        if (marked) text = text[1..];
        return new SettingsFile { Path = path, Text = text, HasByteOrderMark = marked, Layout = SettingsReader.Read(path, text) };
    }

    /// <summary>Refuses values that mean nothing, and names keys that do.</summary>
    internal SettingsFile Check()
    {
        var warnings = new List<string>(Warnings);
        foreach (SettingsEntry entry in Layout.Entries)
        {
            if (Setting.All.FirstOrDefault(known => known.Key == entry.Key) is { } setting) Check(setting, entry);
            else warnings.Add(Unknown(entry));
        }
        return this with { Warnings = warnings };
    }

    void Check(Setting setting, SettingsEntry entry)
    {
        if (entry.Form == SettingsForm.Nothing) return;
        SettingsForm wanted = setting.IsList ? SettingsForm.List : SettingsForm.Word;
        if (entry.Form != wanted || entry.Problem is not null)
            throw Invalid(Path, entry.ProblemAt, $"{setting.Key} has to be {(setting.IsList ? "a list" : "a word")}: {setting.Values}{(entry.Problem is null ? string.Empty : $"; {entry.Problem}")}.");
        foreach (string word in entry.Words!) setting.Check(word, $"{Place(entry.Value)}: {setting.Key}", Path);
    }

    string Unknown(SettingsEntry entry)
    {
        string near = Setting.Nearest(entry.Key) is { } nearest ? $" Did you mean {nearest}?" : string.Empty;
        return $"{Place(entry.At)}: there is no setting {entry.Key}; it is ignored.{near}";
    }

    string Place(TextSpan span) => $"{Path}:{span.Line}:{span.Column}";

    internal static HolotreeException Invalid(string path, TextSpan at, string reason, Exception? inner = null) =>
        new(HolotreeFailure.Invalid, "settings-invalid", $"{path}:{at.Line}:{at.Column}: {reason}", inner)
        {
            Path = path,
            Hint = "Mend it with an editor, or with: holotree settings KEY VALUE.",
        };

    static string ReadText(string path)
    {
        try
        {
            return StoredFile.Read(path, LongestBytes) is { } bytes
                ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes)
                : throw Unreadable(path, "it leads nowhere", null);
        }
        catch (DecoderFallbackException foreign)
        {
            throw Unreadable(path, $"it is not UTF-8 (at byte {foreign.Index})", foreign);
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException || (refused is IOException && IsOfTheFile(refused)))
        {
            string reason = Directory.Exists(path) ? "it is a folder" : NativeError.Of(refused)?.Name switch
            {
                "EFBIG" => $"it is longer than {LongestBytes >> 20} MiB",
                "EINVAL" => "it is no file",
                _ => refused.Message,
            };
            throw Unreadable(path, reason, refused);
        }
    }

    /// <summary>Whether the file is to blame. Of a disk that fails or a system at its limits nothing is to be mended in it.</summary>
    static bool IsOfTheFile(Exception refused) => NativeError.Of(refused)?.Name is null or "EFBIG" or "EINVAL" or "EISDIR" or "ENOENT" or "ENOTDIR" or "ELOOP";

    static HolotreeException Unreadable(string path, string reason, Exception? inner) =>
        new(HolotreeFailure.Invalid, "settings-invalid", $"{path}: the settings cannot be read: {reason}.".Replace("..", ".", StringComparison.Ordinal), inner)
        {
            Path = path,
            Hint = "Mend it or move it away; settings are optional.",
        };
}
