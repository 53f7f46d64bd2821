using System.ComponentModel;
using System.Diagnostics;

namespace Holotree.Tests.Staging;

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
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Result + errors);
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
