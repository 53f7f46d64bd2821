using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace TestKit;

/// <summary>Runs the real program, as published, in an environment of its own.</summary>
/// <remarks>The program is $HOLOTREE_BINARY, else artifacts/bin/holotree of this repository; without either the test skips. No
/// setting of the person who runs the tests reaches it: its variables are cleared and HOME is <paramref name="home"/>.</remarks>
/// <param name="home">The home of the library and the spaces, as HOLOTREE_HOME; it need not exist.</param>
public sealed class Cli(string home)
{
    private static readonly string[] ClearedPrefixes = ["HOLOTREE_", "ROBOCORP_", "RCC_", "NO_COLOR", "XDG_"];

    /// <summary>Variables to set, or with null to remove, on top of the clean environment.</summary>
    public Dictionary<string, string?> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>The program, when it is another than <see cref="Binary"/>: one started under another name, or a stand-in.</summary>
    public string? Program { get; init; }

    /// <summary>Where it is started; the folder of the tests unless told otherwise.</summary>
    public string WorkingDirectory { get; init; } = System.Environment.CurrentDirectory;

    /// <summary>Whether it runs as the ordinary user of <see cref="TestKit.Unprivileged"/>. Skips when the tests are not run by root.</summary>
    public bool Unprivileged { get; init; }

    /// <summary>How long it may take before it is killed and the test fails.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The path of the program; skips the test when there is none.</summary>
    public static string Binary
    {
        get
        {
            string? path = System.Environment.GetEnvironmentVariable("HOLOTREE_BINARY");
            if (string.IsNullOrEmpty(path)) path = Path.Combine(Repository.Root, "artifacts", "bin", OperatingSystem.IsWindows() ? "holotree.exe" : "holotree");
            else Assert.True(File.Exists(path), $"HOLOTREE_BINARY names {path}, which does not exist.");
            if (!File.Exists(path)) Assert.Skip($"The program is not built: ./build.sh publish makes {path}.");
            return path;
        }
    }

    /// <summary>Runs it to its end.</summary>
    public CliResult Run(params IEnumerable<string> arguments)
    {
        string[] all = [.. arguments];
        using Process process = Start(all);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Timeout))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"holotree {string.Join(' ', all)} did not end within {Timeout}.");
        }

        return new CliResult($"holotree {string.Join(' ', all)}", process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    /// <summary>Runs it, asserts that it succeeded, and returns the JSON it printed. "--json" is added.</summary>
    public JsonElement Json(params IEnumerable<string> arguments) => Run([.. arguments, "--json"]).Expect(0).Json;

    /// <summary>Starts it and does not wait: for killing it, or for running two at once. All three streams are redirected.</summary>
    public Process Start(params IEnumerable<string> arguments) =>
        Process.Start(StartInfo(arguments)) ?? throw new InvalidOperationException("No process was started.");

    /// <summary>What <see cref="Start"/> would start.</summary>
    public ProcessStartInfo StartInfo(params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = Unprivileged
            ? TestKit.Unprivileged.StartInfo(Program ?? Binary, arguments)
            : new ProcessStartInfo(Program ?? Binary, arguments);
        start.WorkingDirectory = WorkingDirectory;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        foreach (string name in start.Environment.Keys.ToArray())
            if (Array.Exists(ClearedPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                start.Environment.Remove(name);
        start.Environment["HOME"] = start.Environment["HOLOTREE_HOME"] = home;
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach ((string name, string? value) in Environment)
        {
            if (value is null) start.Environment.Remove(name);
            else start.Environment[name] = value;
        }

        return start;
    }
}
