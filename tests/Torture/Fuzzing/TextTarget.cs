using System.Runtime.Versioning;
using System.Text;
using Holotree.Cli.Blueprints;
using Holotree.Cli.Settings;
using Holotree.Journal;
using Holotree.Library;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>Texts: lines of the journal, settings, blueprints.</summary>
[SupportedOSPlatform("linux")]
internal sealed class TextTarget : FuzzTarget
{
    readonly Func<byte[], bool> read;

    TextTarget(string name, string[] seeds, string[] words, int bytesForEach, Func<byte[], bool> read, params byte[][] hard)
    {
        Hard = hard;
        (Name, this.read, BytesForEach) = (name, read, bytesForEach);
        Seeds = [.. seeds.Select(Encoding.UTF8.GetBytes)];
        Words = [.. words.Select(Encoding.UTF8.GetBytes)];
    }

    internal override string Name { get; }

    internal override IReadOnlyList<byte[]> Seeds { get; }

    internal override IReadOnlyList<byte[]> Words { get; }

    internal override int Longest => 1 << 20;

    internal override int BytesForEach { get; }

    internal override IEnumerable<byte[]> Hard { get; }

    internal override bool Execute(byte[] input)
    {
        try
        {
            return read(input);
        }
        catch (HolotreeException refused) when (refused.Failure == HolotreeFailure.Invalid)
        {
            return false;
        }
    }

    /// <summary>A target for each kind of text.</summary>
    internal static IEnumerable<FuzzTarget> All(FuzzSite site)
    {
        string[] yaml = ["- ", ": ", "? ", "&a ", "*a", "<<: *a", "!!str ", "!", "|\n", ">-\n", "'", "\"", "\\u0000", "\"\\ud800\"", "{", "}", "[", "]", ",", "#", "---\n", "...\n", "%YAML 1.2\n", "\t", "\r\n", "\uFEFF", "~", "null", "\n  ", "\u2028"];
        string[] journal = Encoding.UTF8.GetString(site.Files("restores.jsonl")[0]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        yield return new TextTarget("journal", [.. journal, """{"time":"2026-01-01T00:00:00Z","space":"a","error":"busy"}"""],
            ["{", "}", "[", "]", "\"time\":", "1e999", "-1", "9223372036854775808", "null", "\\ud800", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"], 128, static input =>
            {
                if (RecordReader.Read(Encoding.UTF8.GetString(input)) is not { } record) return false;
                _ = WeekStatistics.Of([record, record], 100_000, new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.FromHours(14)));
                _ = record.ToLine();
                return true;
            },
            Many("""{"time":"2026-01-01T00:00:00Z","space":"a","mechanisms":{""", "\"{0}\":1,", "\"x\":1}}"), Many("""{"time":"2026-01-01T00:00:00Z","space":"a","fallbacks":[""", "{\"from\":\"{0}\"},", "{}]}"),
            Many("""{"time":"2026-01-01T00:00:00Z",""", "\"{0}\":1,", "\"space\":\"a\"}"));
        yield return new TextTarget("settings",
            [
                "holotree:\n  restoration-strategy: copy\n  hardlink-excludes:\n    - '*.pyc'\n    - __pycache__/*\n  workers: 2\n",
                "# head\nother:\n  key: [1, {a: b}]\nholotree: {lock-timeout: 3.5, standby: \"2\"}\n", "holotree: ~\n", "{holotree: {workers: 1}}\n", "a: &a b\nholotree:\n  workers: *a\n",
            ],
            [.. yaml, "holotree:", "  workers: 3\n", "hardlink-excludes:", "standby: 1"], 512, ReadSettings,
            Many("holotree:\n", "  k{0}:\n"), Many("holotree:\n  workers: 2\n", "k{0}: &a{0}\n"), Many("holotree:\n  hardlink-excludes:\n", "    - a{0}\n"), Many("a: ", "{k{0}: "), Many("holotree: {", "k{0}: 1,", "}"));
        string blueprint = site["robot.yaml"];
        yield return new TextTarget("blueprint",
            [
                "tasks:\n  Run:\n    shell: python -m robot 'a b' \"c\"\n  Other:\n    command:\n      - a\n      - b\n  Third:\n    robotTaskName: X\nartifactsDir: out\nPATH:\n  - bin\nPYTHONPATH: [lib]\n",
                "tasks:\n  One:\n    command: [python, task.py]\npreRunScripts:\n  - x.sh\n", "a: &a [b, *a]\ntasks: {x: {shell: ls}}\n",
            ],
            [.. yaml, "tasks:", "  A:\n    shell: b\n", "command:", "PATH:"], 512, input =>
            {
                File.WriteAllBytes(blueprint, input);
                Blueprint read = Blueprint.Read(blueprint);
                return read.Tasks.Count + read.Folders.Count >= 0;
            },
            Many("tasks:\n", "  k{0}:\n    shell: a\n"), Many("PATH:\n", "  - a{0}\n"), Many("tasks:\n  a:\n    shell: ", "a{0} '' "), Many("", "k{0}: &a{0}\n"), Many("x: [", "&a{0} [*a{0}],", "]"));
    }

    /// <summary>Settings that are taken for right can be changed, or it is said that they cannot; and then they say what was wanted.</summary>
    static bool ReadSettings(byte[] input)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(input);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        if (text.StartsWith('\uFEFF')) text = text[1..];
        var file = new SettingsFile { Path = "fuzzed", Text = text, Layout = SettingsReader.Read("fuzzed", text) };
        string edited = SettingsEdit.Apply(file, Setting.Workers, ["3"]);
        SettingsLayout layout = SettingsReader.Read("fuzzed", edited);
        Assert.Equal(["3"], layout.Find(Setting.Workers.Key)!.Words!);
        Assert.Equal(file.Layout.Outside, layout.Outside);
        file.Check();
        return true;
    }
}
