using System.ComponentModel;
using System.Diagnostics;

namespace Holotree.Tests.Staging;

/// <summary>Programs of the system that stage what .NET cannot: attributes, subvolumes, swap, compilers, languages.</summary>
internal static class Tool
{
    /// <summary>Runs a program that has to succeed; skips the test where only root may run it.</summary>
    internal static string Run(string program, params string[] arguments)
    {
        Root.IsNeededToRun(program, arguments);
        (int code, string output) = Try(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {output}");
        return output;
    }

    internal static (int Code, string Output) Try(string program, params string[] arguments)
    {
        using Process process = Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors);
    }

    /// <summary>
    /// What was just written may be busy for a moment (ETXTBSY): a process that another test has forked holds the descriptor until it
    /// executes something.
    /// </summary>
    static Process Start(ProcessStartInfo program)
    {
        const int busy = 26;
        for (int tries = 0; ; tries++)
        {
            try
            {
                return Process.Start(program)!;
            }
            catch (Win32Exception failure) when (failure.NativeErrorCode == busy && tries < 500)
            {
                Thread.Sleep(10);
            }
        }
    }

    internal static bool Exists(string program)
    {
        try
        {
            _ = Try(program, "--version");
            return true;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Skips the test, out loud, where a program is missing.</summary>
    internal static void Need(params string[] programs)
    {
        foreach (string program in programs)
        {
            if (!Exists(program)) Assert.Skip($"There is no {program} here.");
        }
    }
}
