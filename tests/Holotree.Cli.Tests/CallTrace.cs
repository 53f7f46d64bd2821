using System.Text.RegularExpressions;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>The system calls that one run of the program made with files, in their order, as strace(1) saw them.</summary>
internal sealed partial class CallTrace
{
    /// <summary>One call.</summary>
    /// <param name="Begun">Its place in the order of beginnings and ends.</param>
    /// <param name="Ended">The same of its end.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Text">Arguments and result.</param>
    /// <param name="Paths">The files it names: each descriptor's with the name relative to it.</param>
    internal sealed record Call(int Begun, int Ended, string Name, string Text, string[] Paths)
    {
        internal bool Succeeded => !Text.Contains(" = -1 ", StringComparison.Ordinal);

        public override string ToString() => $"{Begun}-{Ended}: {Text}";
    }

    static readonly string[] Movers = ["pwrite64(", "write(", "pread64(", "read(", "fsetxattr("];

    readonly List<Call> calls = [];

    CallTrace(IEnumerable<string> lines)
    {
        var unfinished = new Dictionary<string, (int Begun, string Text)>();
        int at = 0;
        foreach (string line in lines)
        {
            at++;
            if (Line().Match(line) is not { Success: true } match) continue;
            (string thread, string text) = (match.Groups[1].Value, match.Groups[2].Value);
            int begun = at;
            if (text.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                unfinished[thread] = (at, text[..^"<unfinished ...>".Length]);
                continue;
            }
            if (Resumed().Match(text) is { Success: true } rest && unfinished.Remove(thread, out (int Begun, string Text) begin))
                (begun, text) = (begin.Begun, begin.Text + rest.Groups[1].Value);
            int parenthesis = text.IndexOf('(', StringComparison.Ordinal);
            if (parenthesis < 0) continue;

            // What is written or read stands behind the descriptor as a name does elsewhere.
            bool moves = Array.Exists(Movers, call => text.StartsWith(call, StringComparison.Ordinal));
            string[] paths = [.. Argument().Matches(text).Select(found => found.Groups[3].Success ? found.Groups[3].Value : moves ? found.Groups[1].Value : Path.Combine(found.Groups[1].Value, found.Groups[2].Value))];
            calls.Add(new Call(begun, at, text[..parenthesis], text, paths));
        }
    }

    /// <summary>Runs the program under strace; it must succeed.</summary>
    internal static CallTrace Of(Workplace place, params string[] arguments) => OfFailing(place, [], arguments);

    /// <summary>The same, where system calls fail as strace's option inject says.</summary>
    internal static CallTrace OfFailing(Workplace place, string[] injections, params string[] arguments)
    {
        string trace = place["trace"];
        Injection.Trace(place, trace, [.. injections.SelectMany(static injection => (string[])["-e", $"inject={injection}"]), "-y", "-s", "4000", "-e", "trace=openat,mkdirat,mkdir,renameat2,renameat,unlinkat,unlink,linkat,fsync,fdatasync,syncfs,ioctl,pwrite64,write,rename,flock,rmdir,fcntl,fsetxattr,fchmod,utimensat,pread64,copy_file_range,close"], arguments).Expect(0);
        var found = new CallTrace(File.ReadAllLines(trace));
        Assert.NotEmpty(found.calls);
        return found;
    }

    /// <summary>Calls that succeeded.</summary>
    internal Call[] All(string names, Func<Call, bool>? which = null) =>
        [.. calls.Where(call => names.Split(' ').Contains(call.Name) && call.Succeeded && (which is null || which(call)))];

    /// <summary>Renames from one place to another.</summary>
    internal Call[] Renames(Func<string, string, bool> which) => All("renameat2 renameat rename", call => call.Paths.Length == 2 && which(call.Paths[0], call.Paths[1]));

    /// <summary>Renames that gave a file written beside it a name, each with what was written.</summary>
    internal (Call Rename, string Content)[] Replaced(string path) =>
        [.. Renames((_, to) => to == path).Select(rename => (rename, string.Concat(All("pwrite64 write", call => call.Paths[0] == rename.Paths[0]).Select(static call => call.Text))))];

    /// <summary>Calls about one file: by its open descriptor, or by a name that is given to be deleted or made.</summary>
    internal Call[] At(string path, string names) => All(names, call => call.Paths is [var first, ..] && first == path);

    internal Call[] Syncs => All("fsync fdatasync syncfs");

    /// <summary>Asserts that there is a call of some kind that began after one and ended before another.</summary>
    internal static void AssertBetween(Call first, IEnumerable<Call> between, Call last) =>
        Assert.True(between.Any(call => first.Ended < call.Begun && call.Ended < last.Begun), $"There is none between\n{first}\nand\n{last}\nbut\n{string.Join('\n', between)}");

    /// <summary>Calls by which bytes come into a file.</summary>
    internal Call[] Fills(string path) => All("pwrite64 write ioctl copy_file_range", call => call.Paths.Contains(path));

    /// <summary>Asserts that a file was synced after it was last written to and before it got its name, and its folder after.</summary>
    internal void AssertDurable(Call named)
    {
        AssertBetween(At(named.Paths[0], "pwrite64")[^1], At(named.Paths[0], "fsync"), named);
        Assert.Contains(At(Path.GetDirectoryName(named.Paths[1])!, "fsync"), call => named.Ended < call.Begun);
    }

    internal static void AssertOrder(Call first, Call second) => Assert.True(first.Ended < second.Begun, $"Not in this order:\n{first}\n{second}");

    [GeneratedRegex(@"^(\d+)\s+(.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>(.*)$")]
    private static partial Regex Resumed();

    /// <summary>A descriptor with its file, and the name behind it: <c>5&lt;/home&gt;, "states"</c>; a path alone: <c>"/home"</c> as the first argument.</summary>
    [GeneratedRegex("(?:\\b\\d+|AT_FDCWD)<([^>]*)>(?:, \"((?:[^\"\\\\]|\\\\.)*)\")?|^\\w+\\(\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex Argument();
}
