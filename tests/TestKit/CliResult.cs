using System.Text.Json;
using Xunit;

namespace TestKit;

/// <summary>What one run of the program left.</summary>
/// <param name="CommandLine">What was run, for messages.</param>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
public sealed record CliResult(string CommandLine, int ExitCode, string Output, string Errors)
{
    /// <summary>The one JSON document on standard output.</summary>
    public JsonElement Json => Parse(Output);

    /// <summary>The object <c>error</c> of the one JSON document on standard error.</summary>
    public JsonElement Error => Parse(Errors).GetProperty("error");

    /// <summary>Asserts on the exit code; the message shows everything the program said.</summary>
    public CliResult Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"Exit code {ExitCode}, expected {exitCode}.\n{this}");
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{CommandLine}\nexit code {ExitCode}\n-- output\n{Output}\n-- errors\n{Errors}";

    private JsonElement Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            Assert.Fail($"Not one JSON document: {exception.Message}\n{this}");
            throw;
        }
    }
}
