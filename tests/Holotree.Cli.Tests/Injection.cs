using System.Diagnostics;
using System.Globalization;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>Runs the program under strace(1), which makes chosen system calls fail.</summary>
internal static class Injection
{
    /// <param name="place">Whose program and home.</param>
    /// <param name="injections">As strace's option inject takes them: <c>ioctl:error=ENOTTY</c>.</param>
    /// <param name="arguments">The command line.</param>
    internal static CliResult Run(Workplace place, IEnumerable<string> injections, params IEnumerable<string> arguments) =>
        Strace(place, "/dev/null", injections.SelectMany(static injection => (string[])["-e", $"inject={injection}"]), arguments);

    /// <summary>The same, for calls that concern one path alone.</summary>
    internal static CliResult RunAt(Workplace place, string path, string injection, params IEnumerable<string> arguments) =>
        Strace(place, "/dev/null", ["-P", path, "-e", $"inject={injection}"], arguments);

    /// <summary>
    /// How many ioctl calls the program makes before it clones for the first time (they ask whether a terminal is there), found by
    /// cloning a file: strace counts calls by their name alone.
    /// </summary>
    internal static int CallsBeforeCloning(Workplace place, params string[] arguments)
    {
        string trace = place["trace"];
        Strace(place, trace, ["-e", "trace=ioctl"], arguments).Expect(0);
        int before = Array.FindIndex(File.ReadAllLines(trace), static line => line.Contains("FICLONE", StringComparison.Ordinal));
        Assert.True(before >= 0, "There was nothing cloned.");
        return before;
    }

    /// <summary>Writes strace's table of all system calls that the program makes.</summary>
    internal static CliResult Count(Workplace place, string table, params IEnumerable<string> arguments) => Strace(place, table, ["-c"], arguments);

    /// <summary>Writes down system calls that the program makes.</summary>
    /// <param name="place">Whose program and home.</param>
    /// <param name="trace">Where.</param>
    /// <param name="options">Which calls, and how, as strace takes it.</param>
    /// <param name="arguments">The command line.</param>
    internal static CliResult Trace(Workplace place, string trace, IEnumerable<string> options, params IEnumerable<string> arguments) => Strace(place, trace, options, arguments);

    static CliResult Strace(Workplace place, string trace, IEnumerable<string> options, IEnumerable<string> arguments)
    {
        ProcessStartInfo plain = place.Cli.StartInfo([.. arguments]);
        var start = new ProcessStartInfo("strace", ["-f", "-qqq", "-o", trace, .. options, "--", plain.FileName, .. plain.ArgumentList])
        {
            WorkingDirectory = plain.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach ((string name, string? value) in plain.Environment) start.Environment[name] = value;
        if (!Array.Exists((start.Environment["PATH"] ?? "").Split(':'), static folder => File.Exists(Path.Combine(folder, "strace"))))
            Assert.Skip("strace, which makes system calls fail, is not installed.");

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        string said = errors.GetAwaiter().GetResult();
        if (said.Contains("ptrace", StringComparison.Ordinal)) Assert.Skip($"strace may not trace here: {said}");
        return new CliResult(string.Create(CultureInfo.InvariantCulture, $"strace {string.Join(' ', start.ArgumentList)}"), process.ExitCode, output.GetAwaiter().GetResult(), said);
    }
}
