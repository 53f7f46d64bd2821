using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace TestKit;

/// <summary>Programs of the system that stage what .NET cannot: attributes, subvolumes, swap, compilers, languages.</summary>
public static class Tool
{
    /// <summary>Runs a program that has to succeed; skips the test where only root may run it.</summary>
    public static string Run(string program, params string[] arguments)
    {
        Root.IsNeededToRun(program, arguments);
        (int code, string output) = Try(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {output}");
        return output;
    }

    /// <summary>Runs a program to its end, whatever that is. The output has its errors behind it.</summary>
    public static (int Code, string Output) Try(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors);
    }

    /// <summary>Starts a program with both its outputs redirected.</summary>
    public static Process Start(string program, params string[] arguments)
    {
        const int ETXTBSY = 26;
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        for (int tries = 0; ; tries++)
        {
            try
            {
                return Process.Start(start)!;
            }
            catch (Win32Exception busy) when (busy.NativeErrorCode == ETXTBSY && tries < 500)
            {
                // A program made a moment ago: another test's child still has our writing handle, until it becomes its own program.
                Thread.Sleep(10);
            }
        }
    }

    /// <summary>Whether a program is installed.</summary>
    public static bool Exists(string program)
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
    public static void Need(params string[] programs)
    {
        foreach (string program in programs)
        {
            if (!Exists(program)) Assert.Skip($"There is no {program} here.");
        }
    }
}
