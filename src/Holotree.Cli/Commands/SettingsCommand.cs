using System.CommandLine;
using System.Text.Json.Nodes;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Library;

namespace Holotree.Cli.Commands;

/// <summary>Shows settings and who says them; changes them in the home's file.</summary>
internal sealed class SettingsCommand : Verb
{
    /// <summary>How a list without entries is said.</summary>
    const string EmptyList = "[]";

    readonly Argument<string?> key = new("KEY") { Arity = ArgumentArity.ZeroOrOne, Description = "One setting (default: all)" };

    readonly Argument<string[]> value = new("VALUE")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "What to write into settings.yaml in the home; for a list any number, [] for none",
    };

    readonly Option<bool> unset = new("--unset") { Description = "Take the setting out of settings.yaml" };
    readonly Option<string?> strategy = StrategyChoice.CreateOption();

    internal SettingsCommand() : base("settings", "Shows every setting and who says it; changes one in the home's settings.yaml.")
    {
        Arguments.Add(key);
        Arguments.Add(value);
        Options.Add(unset);
        Options.Add(strategy);
    }

    internal override IReadOnlyList<string> Examples =>
    [
        "holotree settings",
        "holotree settings holotree.restoration-strategy reflink",
        "holotree settings holotree.hardlink-excludes '*.pyc' '*.sqlite'",
        "holotree settings holotree.lock-timeout --unset",
    ];

    internal override int Run(ParseResult parsed, Session session)
    {
        Setting? one = parsed.GetValue(key) is { } asked ? Setting.Of(Word(asked, "KEY")) : null;
        string[] words = parsed.GetValue(value) ?? [];
        bool isUnset = parsed.GetValue(unset), isSet = words.Length > 0;
        if (one is null && isUnset) throw Wrong("--unset needs a KEY.");
        if (isSet && isUnset) throw Wrong("--unset takes no VALUE.");

        Func<SettingsFile> file = session.Settings;
        if (one is not null && (isSet || isUnset))
        {
            // Who is asked to end finishes the one write, and leaves nothing beside the file.
            using (new Interruption()) SettingsWriter.Set(session.Home, one, isSet ? ValueOf(one, words) : null);

            // Unchecked, so that of several mistakes in a file one can be mended after the other.
            file = () => SettingsFile.Read(session.Home);
        }
        var document = new SettingsDocument(
            new HomeDocument(session.Home.Path, session.HomeChoice.Origin, session.HomeChoice.Source), session.Home.SettingsPath,
            [.. (one is null ? Setting.All : [one]).Select(setting => SettingDocument.Of(setting, Find(setting, parsed, session, file)))])
        { Warnings = session.Warnings };
        Print(document, one, isSet || isUnset, session.Screen);
        return ExitCodes.Done;
    }

    SettingValue Find(Setting setting, ParseResult parsed, Session session, Func<SettingsFile> file) =>
        setting.Find(setting == Setting.Strategy ? parsed.GetValue(strategy) : session.OptionOf(setting), file);

    static string[] ValueOf(Setting setting, string[] words)
    {
        if (setting.IsList && words is [EmptyList]) return [];
        if (!setting.IsList && words.Length > 1) throw Wrong($"{setting.Key} has one value, not {words.Length}.");
        foreach (string word in words) setting.Check(word, setting.Key, null);
        return words;
    }

    static void Print(SettingsDocument document, Setting? one, bool changed, Screen screen)
    {
        if (screen.IsJson)
        {
            screen.Document(document, DocumentContext.Default.SettingsDocument);
            return;
        }
        if (one is not null)
        {
            Show(document.Settings[0], one, changed, screen);
            return;
        }
        screen.Answer($"Home: {document.Home.Path} ({document.Home.Source ?? document.Home.Origin})");
        var listing = new Listing(screen.HasColor, "SETTING", "VALUE", "FROM");
        foreach (SettingDocument setting in document.Settings) listing.Add(setting.Key, Text(setting), setting.Source ?? setting.Origin);
        listing.Print(screen);
    }

    static void Show(SettingDocument setting, Setting known, bool changed, Screen screen)
    {
        void Line(string label, string text) => screen.Answer($"  {label,-10} {text}");

        string from = setting.Source ?? setting.Origin;
        if (changed)
        {
            screen.Headline($"{setting.Key} is {Text(setting)} now ({from}).");
            if (setting.Origin is "option" or "environment") screen.Warn($"{from} is stronger than the settings, and stays so.");
            return;
        }
        screen.Answer(setting.Key);
        Line("value", Text(setting));
        Line("from", from);
        Line("means", $"{known.Description}: {known.Values}");
        string[] stronger = [.. (known.Option is { } option ? (string[])[option] : []), .. known.Variables];
        if (stronger.Length > 0) Line("stronger", string.Join(", ", stronger));
        Line("default", known.Default.Count == 0 ? EmptyList : string.Join(' ', known.Default));
    }

    static string Text(SettingDocument setting) => setting.Value switch
    {
        JsonArray { Count: 0 } => EmptyList,
        JsonArray list => string.Join(' ', list),
        var value => value.ToString(),
    };

    static HolotreeException Wrong(string message) => new(HolotreeFailure.Invalid, "usage", message) { Hint = "See holotree settings --help." };
}
