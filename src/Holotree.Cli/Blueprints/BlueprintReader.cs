using Holotree.Cli.Settings;
using Holotree.Library;
using Reflinks.Files;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Holotree.Cli.Blueprints;

/// <summary>Takes a blueprint apart; what is wrong with it is named with its line and key.</summary>
internal sealed class BlueprintReader
{
    /// <summary>No blueprint is so long or so deep; whatever this is, it is not built up in memory.</summary>
    const int LongestBytes = 1 << 20, Deepest = 50;

    const string DefaultArtifacts = "output";

    readonly string path;

    BlueprintReader(string path) => this.path = path;

    internal static Blueprint Read(string path)
    {
        try
        {
            string text = ReadText(path);
            CheckForm(path, text);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 0 ? new Blueprint { Path = path } : new BlueprintReader(path).Take(stream.Documents[0].RootNode);
        }
        catch (YamlException broken)
        {
            string reason = (broken.InnerException ?? broken).Message.TrimEnd('.');
            throw new HolotreeException(HolotreeFailure.Invalid, "blueprint-invalid", $"{path}:{broken.Start.Line}: this is no YAML: {reason}.", broken) { Path = path };
        }
        catch (Exception broken) when (SettingsReader.IsBreakdown(broken))
        {
            throw NoYaml(path, broken);
        }
    }

    /// <summary>
    /// Refuses what cannot be built up: what is nested too deep, and keys that are no words. The library compares keys when it builds a
    /// mapping, and there is no end to comparing one that holds an alias of itself.
    /// </summary>
    static void CheckForm(string path, string text)
    {
        var open = new Stack<Within>();
        for (var parser = new Parser(new StringReader(text)); parser.MoveNext();)
        {
            ParsingEvent at = parser.Current!;
            if (at is MappingEnd or SequenceEnd) open.Pop();
            if (at is not NodeEvent and not AnchorAlias) continue;
            if (open.TryPeek(out Within within) && within != Within.List)
            {
                if (within == Within.MappingBeforeKey && at is not Scalar) throw Invalid(path, (int)at.Start.Line, "a key", "has to be a word");
                open.Pop();
                open.Push(within == Within.MappingBeforeKey ? Within.MappingBeforeValue : Within.MappingBeforeKey);
            }
            if (at is MappingStart) open.Push(Within.MappingBeforeKey);
            if (at is SequenceStart) open.Push(Within.List);
            if (open.Count > Deepest) throw Invalid(path, (int)at.Start.Line, "the file", "is nested too deep");
        }
    }

    enum Within
    {
        List,
        MappingBeforeKey,
        MappingBeforeValue,
    }

    static string ReadText(string path)
    {
        try
        {
            using var text = new StreamReader(new MemoryStream(StoredFile.Read(path, LongestBytes) ?? throw new FileNotFoundException($"'{path}' is gone.", path)));
            return text.ReadToEnd();
        }
        catch (IOException odd) when (NativeError.Of(odd)?.Name is "EFBIG" or "EINVAL")
        {
            throw Invalid(path, 1, "the file", NativeError.Of(odd)?.Name == "EFBIG" ? "is longer than any blueprint" : "is no file");
        }
    }

    static HolotreeException NoYaml(string path, Exception broken) =>
        new(HolotreeFailure.Invalid, "blueprint-invalid", $"{path}:1: this is no YAML that can be read.", broken) { Path = path };

    internal static HolotreeException Invalid(string path, int line, string key, string reason) =>
        new(HolotreeFailure.Invalid, "blueprint-invalid", $"{path}:{line}: {key} {reason}.") { Path = path };

    Blueprint Take(YamlNode root)
    {
        if (IsNothing(root)) return new Blueprint { Path = path };
        var keys = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach ((string key, YamlNode value) in Entries(root, "the file"))
        {
            // Other tags make other nodes of the same word, so the parser lets both stand.
            if (!keys.TryAdd(key, value)) throw Invalid(path, (int)value.Start.Line, key, "stands there a second time");
        }
        YamlNode? Find(string key) => keys.TryGetValue(key, out YamlNode? value) && !IsNothing(value) ? value : null;

        string? artifacts = Find("artifactsDir") is { } given ? Word(given, "artifactsDir") : null;
        var blueprint = new Blueprint
        {
            Path = path,
            Folders = Folders("PATH"),
            PythonFolders = Folders("PYTHONPATH"),
            Warnings = Find("preRunScripts") is YamlSequenceNode { Children.Count: > 0 } scripts ? [$"{path}:{scripts.Start.Line}: preRunScripts are not run."] : [],
        };
        return blueprint with
        {
            Artifacts = artifacts is null ? null : InRoot(artifacts),
            Tasks = Find("tasks") is { } tasks ? [.. Entries(tasks, "tasks").Select(task => Task(task.Key, task.Value, artifacts ?? DefaultArtifacts))] : [],
        };

        string[] Folders(string key) => Find(key) is { } list ? [.. Words(list, key).Select(InRoot)] : [];
    }

    string InRoot(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder, Path.GetDirectoryName(path)!));

    BlueprintTask Task(string name, YamlNode node, string artifacts)
    {
        string where = $"tasks.{name}";
        List<(string Key, YamlNode Value)> forms = [.. Entries(node, where).Where(static entry => !IsNothing(entry.Value))];
        foreach ((string key, YamlNode value) in forms)
        {
            if (key is not ("command" or "shell" or "robotTaskName"))
                throw Invalid(path, (int)value.Start.Line, $"{where}.{key}", "means nothing: a task has one of command, shell and robotTaskName");
        }
        if (forms is not [var form]) throw Invalid(path, (int)node.Start.Line, where, "needs exactly one of command, shell and robotTaskName");
        string full = $"{where}.{form.Key}";
        IReadOnlyList<string> words = form.Key switch
        {
            "command" => Words(form.Value, full),
            "shell" => ShellWords.Split(Word(form.Value, full)) ?? throw Invalid(path, (int)form.Value.Start.Line, full, "has a quote that is not closed"),
            _ => ["python", "-m", "robot", "--report", "NONE", "--outputdir", artifacts, "--logtitle", "Task log", "--task", Word(form.Value, full), "."],
        };
        return words.Count > 0 && words[0].Length > 0 ? new BlueprintTask(name.Trim(), words) : throw Invalid(path, (int)form.Value.Start.Line, full, "has no command in it");
    }

    IEnumerable<(string Key, YamlNode Value)> Entries(YamlNode node, string what)
    {
        if (node is not YamlMappingNode mapping) throw Invalid(path, (int)node.Start.Line, what, "has to be a mapping (key: value)");
        return mapping.Children.Select(entry => (Word(entry.Key, $"a key of {what}"), entry.Value));
    }

    string Word(YamlNode node, string key) =>
        node is YamlScalarNode { Value: { } value } && !value.Contains('\0', StringComparison.Ordinal) ? value : throw Invalid(path, (int)node.Start.Line, key, "has to be a word");

    string[] Words(YamlNode node, string key) =>
        node is YamlSequenceNode list
            ? [.. list.Children.Select(item => Word(item, $"each entry of {key}"))]
            : throw Invalid(path, (int)node.Start.Line, key, "has to be a list");

    static bool IsNothing(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };
}
