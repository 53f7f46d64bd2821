using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using TestKit;

namespace Torture;

/// <summary>Runs the program under strace(1): counts its system calls, or makes a certain one fail.</summary>
internal sealed partial class Tracer(Cli cli, string folder, string traceFile)
{
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    /// <summary>Calls that say nothing about files, or by which the program comes into being.</summary>
    static readonly string[] NoMatter =
    [
        "execve", "close", "mmap", "fcntl", "dup", "dup2", "dup3", "poll", "ppoll", "epoll_wait", "epoll_ctl", "epoll_pwait", "chdir", "getcwd", "fadvise64",
        "execveat", "mprotect", "vfork", "clone", "eventfd2", "pipe2", "sendfile", "pidfd_open", "pidfd_send_signal",
    ];

    /// <summary>One call among those of its name that one thread makes.</summary>
    /// <param name="Name">Of the call.</param>
    /// <param name="Number">Counted from 1, as strace does it.</param>
    internal readonly record struct Occurrence(string Name, int Number);

    [GeneratedRegex(@"^(?:(\d+) +)?([a-z_0-9]+)\(")]
    private static partial Regex CallLine { get; }

    /// <summary>Runs it and lists the calls that concern files below the folder, and whose number means no other call in any thread.</summary>
    internal (CliResult Result, Occurrence[] Calls) Watch(string[] arguments)
    {
        File.Delete(traceFile);
        CliResult result = Run(["-y", "-s", "0", "-o", traceFile, "-e", "trace=%file,%desc"], arguments);
        var counts = new Dictionary<(string Thread, string Name), int>();
        var ours = new HashSet<Occurrence>();
        var others = new HashSet<Occurrence>();
        foreach (string line in File.ReadLines(traceFile))
        {
            if (CallLine.Match(line) is not { Success: true } match) continue;
            string name = match.Groups[2].Value;
            if (NoMatter.Contains(name)) continue;
            (string, string) key = (match.Groups[1].Value, name);
            int number = counts[key] = counts.GetValueOrDefault(key) + 1;
            (line.Contains(folder, StringComparison.Ordinal) ? ours : others).Add(new Occurrence(name, number));
        }
        File.Delete(traceFile);
        ours.ExceptWith(others);
        return (result, [.. ours.OrderBy(static call => call.Name, StringComparer.Ordinal).ThenBy(static call => call.Number)]);
    }

    /// <summary>Runs it and lets one call fail.</summary>
    internal CliResult Fail(Occurrence call, string error, string[] arguments) => Run(
        ["-o", "/dev/null", "-e", $"trace={call.Name}", "-e", string.Create(CultureInfo.InvariantCulture, $"inject={call.Name}:error={error}:when={call.Number}")], arguments);

    CliResult Run(string[] options, string[] arguments)
    {
        ProcessStartInfo plain = cli.StartInfo(arguments);
        var start = new ProcessStartInfo("strace", ["-f", "--seccomp-bpf", "-qqq", .. options, "--", plain.FileName, .. plain.ArgumentList])
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
