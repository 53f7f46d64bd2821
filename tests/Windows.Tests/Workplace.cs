using System.Diagnostics;
using System.Text.Json;

namespace Windows.Tests;

/// <summary>A folder with a home of its own, and the program to be used on it.</summary>
internal sealed class Workplace : IDisposable
{
    internal sealed record Result(int Code, string Output, string Errors)
    {
        internal Result Expect(int code)
        {
            Assert.True(Code == code, $"exit code {Code} and not {code}\n{Output}\n{Errors}");
            return this;
        }

        internal JsonElement Json => JsonDocument.Parse(Output).RootElement;

        internal JsonElement Error => JsonDocument.Parse(Errors).RootElement.GetProperty("error");
    }

    /// <summary>The program beside the tests, where it is not said that another one is to be tested.</summary>
    internal static string Program { get; } = Environment.GetEnvironmentVariable("HOLOTREE_BINARY") is { Length: > 0 } given ? given : Path.Combine(AppContext.BaseDirectory, "Holotree.Cli.exe");

    readonly Place place = new();

    internal string this[string name] => Path.Combine(place.Path, name);

    internal string Home => this["home"];

    internal Dictionary<string, string> Variables { get; } = [];

    internal Result Run(params string[] arguments) => ResultOf(Start(arguments), $"holotree {string.Join(' ', arguments)}");

    /// <summary>Runs another program as <see cref="Run"/> does this one.</summary>
    internal Result RunOther(string program, params string[] arguments) => ResultOf(Start(program, arguments), program);

    static Result ResultOf(Process started, string name)
    {
        using Process process = started;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromSeconds(100)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{name} did not end.");
        }
        return new Result(process.ExitCode, output.Result, errors.Result);
    }

    internal Process Start(params string[] arguments) => Start(Program, arguments);

    Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = place.Path };
        start.Environment["HOLOTREE_HOME"] = Home;
        foreach ((string name, string value) in Variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>A small tree with a bit of everything.</summary>
    internal string MakeTree(string name = "tree")
    {
        string tree = this[name];
        Directory.CreateDirectory(Path.Combine(tree, "Scripts"));
        Directory.CreateDirectory(Path.Combine(tree, "lib", "empty"));
        for (int i = 0; i < 20; i++) File.WriteAllText(Path.Combine(tree, "lib", $"part {i}.txt"), $"part {i}\r\n");
        File.WriteAllText(Path.Combine(tree, "where.cfg"), $"home = {tree}\r\n");
        File.WriteAllText(Path.Combine(tree, "Scripts", "hello.cmd"), "@echo hello from %HOLOTREE_SPACE%\r\n");
        return tree;
    }

    public void Dispose() => place.Dispose();
}
