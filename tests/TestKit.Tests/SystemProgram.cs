using System.Diagnostics;
using Xunit;

namespace TestKit.Tests;

/// <summary>The system's own programs, which know nothing of this repository: the second opinion.</summary>
internal static class SystemProgram
{
    internal static string Run(string program, params string[] arguments)
    {
        (int code, string output, string errors) = Start(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {errors}");
        return output;
    }

    internal static int ExitCode(string program, params string[] arguments) => Start(program, arguments).Code;

    private static (int Code, string Output, string Errors) Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
