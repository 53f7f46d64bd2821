using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using TestKit;

namespace Torture;

/// <summary>Runs the program under strace(1): counts its system calls, or makes a certain one fail.</summary>
internal sealed partial class Tracer(Cli cli, string folder, string traceFile)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>Calls that say nothing about files, or by which the program comes into being; close(2), as what was written is synced before.</summary>
    static readonly string[] NoMatter =
    [
        "execve", "close", "mmap", "dup", "dup2", "dup3", "poll", "ppoll", "epoll_wait", "epoll_ctl", "epoll_pwait", "chdir", "getcwd", "fadvise64",
        "execveat", "mprotect", "vfork", "clone", "eventfd2", "pipe2", "sendfile", "pidfd_open", "pidfd_send_signal",
    ];

    /// <summary>What was made to fail: nothing, only calls for files below the folder, or others too.</summary>
    internal enum Reach
    {
        Nothing,
        Ours,
        Others,
    }

    /// <summary>What a run was seen to do.</summary>
    /// <param name="Result">How it ended.</param>
    /// <param name="Names">Of all kinds of call that concerned files below the folder.</param>
    /// <param name="Calls">Those of them whose number means no other call in any thread.</param>
    internal sealed record Sight(CliResult Result, IReadOnlySet<string> Names, Occurrence[] Calls);

    /// <summary>One call among those of its name that one thread makes.</summary>
    /// <param name="Name">Of the call.</param>
    /// <param name="Number">Counted from 1, as strace does it.</param>
    internal readonly record struct Occurrence(string Name, int Number);

    [GeneratedRegex(@"^(?:(\d+) +)?(?:<\.\.\. )?([a-z_0-9]+)(?:\(| resumed>)")]
    private static partial Regex CallLine { get; }

    /// <summary>Runs it and lists the calls that concern files below the folder.</summary>
    internal Sight Watch(string[] arguments)
    {
        CliResult result = Run(["-e", "trace=%file,%desc"], arguments);
        var counts = new Dictionary<(string Thread, string Name), int>();
        var ours = new HashSet<Occurrence>();
        var others = new HashSet<Occurrence>();
        foreach ((string thread, string name, string line) in Calls())
        {
            if (NoMatter.Contains(name)) continue;
            int number = counts[(thread, name)] = counts.GetValueOrDefault((thread, name)) + 1;
            (IsOurs(line) ? ours : others).Add(new Occurrence(name, number));
        }
        SortedSet<string> names = new(ours.Select(static call => call.Name), StringComparer.Ordinal);
        ours.ExceptWith(others);
        return new Sight(result, names, [.. ours.OrderBy(static call => call.Name, StringComparer.Ordinal).ThenBy(static call => call.Number)]);
    }

    /// <summary>Runs it and lets one call fail.</summary>
    internal (CliResult Result, Reach Reach) Fail(Occurrence call, string error, string[] arguments)
    {
        CliResult result = Run(["-e", $"trace={call.Name}", "-e", string.Create(CultureInfo.InvariantCulture, $"inject={call.Name}:error={error}:when={call.Number}")], arguments);
        string[] failed = [.. Calls().Select(static made => made.Line).Where(static line => line.EndsWith("(INJECTED)", StringComparison.Ordinal))];
        return (result, failed.Length == 0 ? Reach.Nothing : Array.TrueForAll(failed, IsOurs) ? Reach.Ours : Reach.Others);
    }

    bool IsOurs(string line) => line.Contains(folder, StringComparison.Ordinal);

    /// <summary>Every call of the last run once, in the order in which they were begun in each thread; one that another interrupted is put together.</summary>
    List<(string Thread, string Name, string Line)> Calls()
    {
        const string Cut = " <unfinished ...>";
        var calls = new List<(string, string, string)>();
        var begun = new Dictionary<string, int>();
        foreach (string line in File.ReadLines(traceFile))
        {
            if (CallLine.Match(line) is not { Success: true } match) continue;
            string thread = match.Groups[1].Value, name = match.Groups[2].Value;
            if (match.Value.EndsWith('>'))
            {
                if (begun.Remove(thread, out int at)) calls[at] = (thread, name, calls[at].Item3 + line[match.Length..]);
                continue;
            }
            if (line.EndsWith(Cut, StringComparison.Ordinal)) begun[thread] = calls.Count;
            calls.Add((thread, name, line));
        }
        File.Delete(traceFile);
        return calls;
    }

    CliResult Run(string[] options, string[] arguments)
    {
        ProcessStartInfo plain = cli.StartInfo(arguments);
        var start = new ProcessStartInfo("strace", ["-f", "--seccomp-bpf", "-qqq", "-y", "-s", "0", "-o", traceFile, .. options, "--", plain.FileName, .. plain.ArgumentList])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach ((string name, string? value) in plain.Environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Longest))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"strace {string.Join(' ', start.ArgumentList)} did not end within {Longest}.");
        }
        return new CliResult($"strace {string.Join(' ', start.ArgumentList)}", process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }
}
