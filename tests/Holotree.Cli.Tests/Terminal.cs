using System.Diagnostics;
using System.Text;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>A program on a pseudo-terminal of its own, made by script(1), with somebody at the keys.</summary>
internal sealed class Terminal : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly Process process;
    readonly StringBuilder seen = new();

    /// <param name="cli">Whose variables and folder it has.</param>
    /// <param name="commandLine">For sh.</param>
    internal Terminal(TestKit.Cli cli, string commandLine)
    {
        if (!File.Exists("/usr/bin/script")) Assert.Skip("script(1) of util-linux is not installed.");
        ProcessStartInfo start = cli.StartInfo("-q", "-e", "-f", "-c", commandLine, "/dev/null");
        start.FileName = "/usr/bin/script";
        start.Environment["SHELL"] = "/bin/sh";
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        var reader = new Thread(() =>
        {
            Span<char> some = new char[1024];
            int count;
            while ((count = process.StandardOutput.Read(some)) > 0)
            {
                lock (seen) seen.Append(some[..count]);
            }
        })
        { IsBackground = true };
        reader.Start();
    }

    /// <summary>What stood on the screen, the lines ended as everywhere else.</summary>
    internal string Screen
    {
        get
        {
            lock (seen) return seen.ToString().Replace("\r\n", "\n", StringComparison.Ordinal);
        }
    }

    internal void Type(string keys)
    {
        process.StandardInput.Write(keys);
        process.StandardInput.Flush();
    }

    internal void WaitFor(string text) => WaitUntil(text, screen => screen.Contains(text, StringComparison.Ordinal));

    /// <summary>Waits until this is the last thing on the screen.</summary>
    internal void WaitForPrompt(string prompt) => WaitUntil(prompt, screen => screen.EndsWith(prompt, StringComparison.Ordinal));

    void WaitUntil(string text, Predicate<string> isThere)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isThere(Screen))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"'{text}' did not come. There was:\n{Screen}");
            Thread.Sleep(10);
        }
    }

    /// <summary>The exit code of the program, 128 and the signal's number where one ended it.</summary>
    internal int WaitForEnd()
    {
        Assert.True(process.WaitForExit(Patience), $"The program did not end. There was:\n{Screen}");
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.Dispose();
    }
}
