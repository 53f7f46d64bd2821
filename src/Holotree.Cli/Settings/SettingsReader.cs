using Holotree.Library;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Holotree.Cli.Settings;

/// <summary>Takes a settings file apart; whatever is wrong with it is named with its line and key.</summary>
internal static class SettingsReader
{
    internal static SettingsFile Read(string path)
    {
        var settings = new SettingsFile { Path = path };
        if (Parse(path) is not { } root) return settings;

        var warnings = new List<string>();
        foreach ((string key, YamlScalarNode _, YamlNode section) in Entries(path, root, "the file"))
        {
            if (key != SettingsFile.Section || IsNothing(section)) continue;
            foreach ((string name, YamlScalarNode at, YamlNode value) in Entries(path, section, key))
            {
                string full = $"{key}.{name}";
                if (IsNothing(value)) continue;
                if (full == SettingsFile.StrategyKey) settings = settings with { Strategy = (Scalar(path, value, full), Line(value)) };
                else if (full == SettingsFile.HardLinkExcludesKey) settings = settings with { HardLinkExcludes = Scalars(path, value, full) };
                else warnings.Add($"{path}:{Line(at)}: there is no setting {full}; it is ignored.");
            }
        }
        return settings with { Warnings = warnings };
    }

    static YamlNode? Parse(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            var stream = new YamlStream();
            stream.Load(reader);
            return stream.Documents.Count == 0 || IsNothing(stream.Documents[0].RootNode) ? null : stream.Documents[0].RootNode;
        }
        catch (YamlException broken)
        {
            throw Invalid(path, (int)broken.Start.Line, broken.InnerException?.Message ?? broken.Message, broken);
        }
    }

    static IEnumerable<(string Key, YamlScalarNode At, YamlNode Value)> Entries(string path, YamlNode node, string what)
    {
        if (node is not YamlMappingNode mapping) throw Invalid(path, Line(node), $"{what} has to be a mapping (key: value).");
        foreach ((YamlNode key, YamlNode value) in mapping.Children)
        {
            if (key is not YamlScalarNode { Value: { } name } at) throw Invalid(path, Line(key), $"{what} has a key that is no word.");
            yield return (name, at, value);
        }
    }

    static string Scalar(string path, YamlNode node, string key) =>
        node is YamlScalarNode { Value: { } value } ? value : throw Invalid(path, Line(node), $"{key} has to be a word.");

    static string[] Scalars(string path, YamlNode node, string key) =>
        node is YamlSequenceNode list
            ? [.. list.Children.Select(item => Scalar(path, item, $"each entry of {key}"))]
            : throw Invalid(path, Line(node), $"{key} has to be a list.");

    static bool IsNothing(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    static int Line(YamlNode node) => (int)node.Start.Line;

    static HolotreeException Invalid(string path, int line, string reason, Exception? inner = null) =>
        new(HolotreeFailure.Invalid, "settings-invalid", $"{path}:{line}: {reason}", inner) { Path = path };
}
