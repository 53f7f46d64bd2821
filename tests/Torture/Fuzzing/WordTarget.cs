using System.CommandLine;
using System.Runtime.Versioning;
using System.Text;
using Holotree.Cli.Commands;
using Holotree.Cli.Output;
using Holotree.Cli.Settings;
using Holotree.Journal;
using Holotree.Library;
using Holotree.Spaces;
using Reflinks.Platform;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>What people and programs say: command lines, names, paths, patterns; and the two smallest files of a home.</summary>
[SupportedOSPlatform("linux")]
internal sealed class WordTarget : FuzzTarget
{
    readonly Func<byte[], bool> read;

    WordTarget(string name, string[] seeds, string[] words, int executions, Func<byte[], bool> read)
    {
        (Name, Executions, this.read) = (name, executions, read);
        Seeds = [.. seeds.Select(Encoding.UTF8.GetBytes)];
        Words = [.. words.Select(Encoding.UTF8.GetBytes)];
    }

    internal override string Name { get; }

    internal override IReadOnlyList<byte[]> Seeds { get; }

    internal override IReadOnlyList<byte[]> Words { get; }

    internal override int Executions { get; }

    internal override int BytesForEach => Name == "journal file" ? 1024 : 128;      // a line that is no record is refused by an exception

    internal override int BytesBesides => 4 << 20;

    internal override IEnumerable<byte[]> Hard => Name switch
    {
        "arguments" => [Many("init\n", "--k{0}\n"), Many("run\n--\n", "a{0}\n"), Many("", "frob{0}"), Many("init\n", "--space\na{0}\n")],
        "names" => [Many("", "*a{0}", length: 100_000), Many("", "?", length: 100_000), Many("", "a{0}/")],
        "journal file" => [Many("", "{{0}\n"), Many("", "{{0}}\n"), Many("", "{\"time\":\"2026-01-01T00:00:00Z\",\"space\":\"{0}\",\"used\":\"{0}\"}\n", length: 8_000_000)],
        _ => [],
    };

    internal override bool Execute(byte[] input)
    {
        try
        {
            return read(input);
        }
        catch (HolotreeException refused) when (refused.Failure is not HolotreeFailure.Failed)
        {
            Assert.NotEmpty(refused.Message);
            return false;
        }
    }

    /// <summary>A target for each.</summary>
    internal static IEnumerable<FuzzTarget> All(FuzzSite site)
    {
        yield return new WordTarget("arguments",
            [
                "init\n--catalog\nenv\n--space\nx\n--strategy\nsmart\n--json", "run\n--space\nx\n--\nls\n-l\n--json", "clone\na\nb\n--relocate\n--strict", "record\n.\n--name\nx", "list",
                "settings\nholotree.workers\n3", "check\n--repair\n--quick", "variables\n--space=x\n--format\nfish", "--workers\n2\nlist\n--color=never", "frob\nlist", "gc\n--grace\n1h", "--version", "init\n--help",
            ],
            ["--", "-", "--json", "--space", "--home", "=", "\n", "@file", "\n--\n", "--help", "-h", "--workers\n", "-1", "99999999999999999999", "é", "\u001b[31m", "init\n", "\n\n", "--space=\n", "--verify\nfull", "/..", "[diagram]", "[parse]"],
            50, ReadArguments);
        var named = new Home(site["named"]);
        yield return new WordTarget("names", ["env", "one", "some", "0123456789ab", "a.b_c+d@e-f", ".hidden", "../../etc", "my env", "__pycache__/*", "*.pyc", "lib/*/a?c"],
            [.. site.Ids, "/", "..", ".", "*", "?", "\\", "\0", "%", "\n", "\u001b", "é", "\ud83d\ude00", new string('a', 130), new string('*', 40), "@", "-"], 200, input => ReadName(site, named, Encoding.UTF8.GetString(input)));
        Directory.CreateDirectory(named.LibraryPath);
        yield return new WordTarget("format", ["holotree library 1\n", "holotree library 2\n", "holotree library 0\n"], ["holotree library ", "1", "\n", "9999999999", "-1", " ", "\0"], 200, input =>
        {
            File.WriteAllBytes(named.FormatPath, input);
            return LibraryFolder.Exists(named);
        });
        var journal = new RestoreJournal(named);
        string lines = Path.Join(named.JournalPath, "restores.jsonl");
        Directory.CreateDirectory(named.JournalPath);
        yield return new WordTarget("journal file", [.. site.Files("restores.jsonl").Select(Encoding.UTF8.GetString)], ["\n", "\r", "\r\n", "{", "}", "\0", "\ud83d\ude00", "{}\n", "null\n", "\u2028", "[[[["], 150, input =>
        {
            // A long one was put aside by the next line.
            File.Delete(Path.Join(named.JournalPath, "restores.old.jsonl"));
            File.WriteAllBytes(lines, input);
            JournalContents contents = journal.Read();
            _ = WeekStatistics.Of(contents.Restores, 100_000, new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));

            // Whatever stands there, the next line can be read.
            Assert.Null(journal.Append(new RestoreRecord { Time = DateTimeOffset.UnixEpoch, Space = "next", Requested = "smart" }));
            JournalContents after = journal.Read();
            Assert.Equal("next", after.Restores[^1].Space);
            Assert.InRange(after.Restores.Count, contents.Restores.Count + 1, contents.Restores.Count + 1);
            return contents.Restores.Count > 0;
        });
    }

    static bool ReadArguments(byte[] input)
    {
        // Some words of the parser's own would stop or write; they are none of this program's.
        string[] words = [.. Encoding.UTF8.GetString(input).Replace("\0", "", StringComparison.Ordinal).Split('\n')];
        ParseResult parsed = CommandTree.Parse(words, new GlobalOptions());
        using var output = new StringWriter();
        if (parsed.Action is HelpWithExamples)
        {
            Assert.Equal(0, parsed.Invoke(new InvocationConfiguration { Output = output, Error = output }));
            return true;
        }
        UsageErrors.ThrowIfAny(parsed);
        Assert.IsAssignableFrom<Command>(parsed.CommandResult.Command);
        return true;
    }

    static bool ReadName(FuzzSite site, Home elsewhere, string text)
    {
        Names.Check(Names.From(text), "catalog");
        Assert.DoesNotContain(Printable.Of(text), static letter => char.IsControl(letter));
        if (!text.Contains('\0', StringComparison.Ordinal) && text.Length > 0) Assert.StartsWith("/", NativePath.AbsoluteForNew(text), StringComparison.Ordinal);
        var listing = site.Catalogs.Load(site.Ids[1]).Listing;
        var patterns = new LinkPatterns(listing, [text]);
        foreach (var file in listing.Files) _ = patterns.Excludes(file);
        if (text.Length == 0) return false;
        Assert.Null(new SpaceStore(elsewhere).Find(text));
        return site.Catalogs.Find(text).Id.Length > 0;
    }
}
