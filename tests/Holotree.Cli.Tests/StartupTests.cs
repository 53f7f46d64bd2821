using System.Text;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>What a command does not need is not loaded: every assembly costs a millisecond or more before the work begins.</summary>
/// <remarks>
/// Asked of the program as it is built, not as it is published: one in native code loads nothing, but it has just as little work to
/// do. The runtime itself tells what it loads (its event pipe, keyword Loader); the program has no part in it.
/// </remarks>
public sealed class StartupTests : IDisposable
{
    const string Tables = "Spectre.Console", Yaml = "YamlDotNet", Json = "System.Text.Json", JsonEncoders = "System.Text.Encodings.Web",
        Expressions = "System.Text.RegularExpressions", Globs = "Microsoft.Extensions.FileSystemGlobbing", Processes = "System.Diagnostics.Process";

    static readonly string[] NotNeeded = [Tables, Yaml, Json, JsonEncoders, Expressions, Globs, Processes];

    readonly Workplace place = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Init_loads_no_parser_and_nothing_that_draws(bool stands)
    {
        place.Record();
        if (stands) place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        string[] loaded = LoadedBy("init", "--catalog", "tools", "--space", "dev");

        Assert.Contains("Holotree", loaded);
        Assert.Empty(loaded.Intersect(NotNeeded));
    }

    [Fact]
    public void What_is_asked_for_is_loaded()
    {
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        Assert.Contains(Json, LoadedBy("init", "--catalog", "tools", "--space", "dev", "--json"));
        Assert.Contains(Tables, LoadedBy("list"));
        place.Folder.Write("home/settings.yaml", "holotree:\n  workers: 2\n");
        Assert.Contains(Yaml, LoadedBy("init", "--catalog", "tools", "--space", "dev"));
    }

    /// <summary>The assemblies that a command loads. Their full names stand in the trace as UTF-16, with their versions.</summary>
    string[] LoadedBy(params string[] arguments)
    {
        string trace = place[Guid.NewGuid().ToString("n") + ".nettrace"];
        var cli = new TestKit.Cli(place["home"])
        {
            Program = Path.Combine(Repository.Root, "artifacts", "build", "Holotree.Cli", "release", "Holotree.Cli"),
            WorkingDirectory = place.Folder.Path,
            Environment =
            {
                ["DOTNET_EnableEventPipe"] = "1",
                ["DOTNET_EventPipeConfig"] = "Microsoft-Windows-DotNETRuntime:0x8:4",
                ["DOTNET_EventPipeOutputPath"] = trace,
            },
        };
        cli.Run(arguments).Expect(0);
        byte[] written = File.ReadAllBytes(trace);

        // A name may begin at an odd place.
        return [.. Enumerable.Range(0, 2).SelectMany(start => NamesIn(Encoding.Unicode.GetString(written.AsSpan(start)))).Distinct()];
    }

    static IEnumerable<string> NamesIn(string text)
    {
        const string Version = ", Version=";
        for (int at = text.IndexOf(Version, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Version, at + 1, StringComparison.Ordinal))
        {
            int begin = at;
            while (begin > 0 && (char.IsAsciiLetterOrDigit(text[begin - 1]) || text[begin - 1] is '.' or '_')) begin--;
            yield return text[begin..at];
        }
    }

    public void Dispose() => place.Dispose();
}
