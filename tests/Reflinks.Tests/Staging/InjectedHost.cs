using System.Diagnostics;

namespace Reflinks.Tests.Staging;

/// <summary>Runs calls of the library in a process of their own, in which strace(1) makes chosen system calls fail.</summary>
internal static class InjectedHost
{
    /// <summary>What one call came to; the names of enums and exceptions as text.</summary>
    internal sealed record Result(
        string Made, long LengthBytes, string[] Fallbacks, string[] NotPreserved, string Exception, string Failure, string Error, string Message)
    {
        internal bool Succeeded => Exception.Length == 0;
    }

    /// <summary>The program tests/CloneHost, built beside the tests.</summary>
    internal static string Program => Path.Combine(AppContext.BaseDirectory, "CloneHost");

    /// <param name="injections">As strace's option inject takes them: <c>ioctl:error=ENOTTY</c>.</param>
    /// <param name="onlyOn">A path, or null: the calls on this file alone are met.</param>
    internal static Result[] Run(string source, string folder, string[] calls, string[] injections, string? onlyOn = null)
    {
        if (!Tool.Exists("strace")) Assert.Skip("strace, which makes system calls fail, is not installed.");

        List<string> arguments = ["-f", "-qqq", "-o", "/dev/null"];
        if (onlyOn is not null) arguments.AddRange(["-P", onlyOn]);
        foreach (string injection in injections) arguments.AddRange(["-e", $"inject={injection}"]);
        arguments.AddRange(["--", Program, source, folder, .. calls]);

        var start = new ProcessStartInfo("strace", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        string said = errors.Result;
        if (said.Contains("ptrace", StringComparison.Ordinal)) Assert.Skip($"strace may not trace here: {said}");
        Assert.True(process.ExitCode == 0 && lines.Length == calls.Length, $"{process.ExitCode}: {said}{string.Join('\n', lines)}");
        return [.. lines.Select(Parse)];
    }

    static Result Parse(string line)
    {
        string[] fields = line.Split('|', 4);
        return line[0] == '!'
            ? new Result("", 0, [], [], fields[0][1..], fields[1], fields[2], fields[3])
            : new Result(fields[0], long.Parse(fields[1], provider: null), List(fields[2]), List(fields[3]), "", "", "", "");

        static string[] List(string field) => field.Split(',', StringSplitOptions.RemoveEmptyEntries);
    }
}
