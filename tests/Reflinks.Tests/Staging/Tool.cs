using System.ComponentModel;
using System.Diagnostics;

namespace Reflinks.Tests.Staging;

/// <summary>Programs of the system that stage what .NET cannot: attributes, subvolumes, swap.</summary>
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
        using Process process = Start(program, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors);
    }

    /// <summary>Starts a program with both its outputs redirected.</summary>
    internal static Process Start(string program, params string[] arguments)
    {
        const int ETXTBSY = 26;
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        for (int tries = 1; ; tries++)
        {
            try
            {
                return Process.Start(start)!;
            }
            catch (Win32Exception busy) when (busy.NativeErrorCode == ETXTBSY && tries < 100)
            {
                // A program made a moment ago: another test's child still has our writing handle, until it becomes its own program.
                Thread.Sleep(5);
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
}
