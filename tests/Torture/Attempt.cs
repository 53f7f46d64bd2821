using System.Diagnostics;
using System.Globalization;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>One command that is disturbed at a moment.</summary>
internal static class Attempt
{
    /// <summary>A command of these trees takes a tenth of a second.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Whether this process was started with Ctrl-C ignored, which everything it starts inherits (signal(7)).</summary>
    internal static bool IgnoresInterrupt { get; } = ((Convert.ToUInt64(
        File.ReadLines("/proc/self/status").First(static line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim(), 16)
        >> (HomeProcesses.SIGINT - 1)) & 1) != 0;

    /// <summary>Runs it undisturbed. Returns how long it took.</summary>
    internal static TimeSpan Measure(Scene scene, string[] command)
    {
        long start = Stopwatch.GetTimestamp();
        scene.Cli.Run(command).Expect(0);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Starts it in a session and process group of its own, and does something to it after a while.</summary>
    /// <param name="scene">Whose home.</param>
    /// <param name="command">The command line.</param>
    /// <param name="moment">After how long.</param>
    /// <param name="disturb">What; is told the process, whose group has the same number.</param>
    /// <returns>How it ended, how long after it was disturbed, and whether it was at work then.</returns>
    internal static (CliResult Result, TimeSpan After, bool Met) Run(Scene scene, string[] command, TimeSpan moment, Action<int> disturb)
    {
        var cli = new Cli(scene.Home) { Program = "setsid", WorkingDirectory = scene.Cli.WorkingDirectory };
        using Process process = cli.Start([Cli.Binary, .. command]);
        long start = Stopwatch.GetTimestamp();
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (moment > TimeSpan.FromMilliseconds(3)) Thread.Sleep(moment - TimeSpan.FromMilliseconds(2));
        while (Stopwatch.GetElapsedTime(start) < moment) Thread.SpinWait(20);

        bool met = !process.HasExited;
        long disturbed = Stopwatch.GetTimestamp();
        if (met) disturb(process.Id);
        if (!process.WaitForExit(Patience))
        {
            HomeProcesses.KillAll(scene.Home);
            Assert.Fail($"holotree {string.Join(' ', command)} did not end within {Patience}.");
        }
        TimeSpan after = Stopwatch.GetElapsedTime(disturbed);
        process.WaitForExit();
        string line = string.Create(CultureInfo.InvariantCulture, $"holotree {string.Join(' ', command)}, disturbed after {moment.TotalMilliseconds:F1} ms");
        return (new CliResult(line, process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult()), after, met);
    }
}
