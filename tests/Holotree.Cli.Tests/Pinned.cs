using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>What programs outside this repository rely on: keys that have to be there. More may be.</summary>
internal static class Pinned
{
    internal static readonly string[] Mechanisms = ["snapshot", "reflink", "hardlink", "kernelCopy", "plainCopy", "empty", "unchanged"];

    internal static void AssertKeys(JsonElement element, params string[] keys)
    {
        foreach (string key in keys) Assert.True(element.TryGetProperty(key, out _), $"The key '{key}' is missing in: {element}");
    }

    /// <summary>The document of <c>clone</c> and, but for space and catalog, of <c>init</c>; every file is under exactly one mechanism.</summary>
    internal static void AssertRestore(JsonElement done)
    {
        AssertKeys(done, "path", "mode", "strategy", "files", "directories", "symlinks", "mechanisms", "relocated", "removed", "fallbacks",
            "skipped", "bytes", "elapsedMilliseconds");
        AssertKeys(done.GetProperty("strategy"), "requested", "used", "origin");
        AssertKeys(done.GetProperty("mechanisms"), Mechanisms);
        AssertKeys(done.GetProperty("relocated"), "files", "places", "skipped", "unfit");
        AssertKeys(done.GetProperty("bytes"), "logical", "shared", "written");
        foreach (JsonElement left in done.GetProperty("fallbacks").EnumerateArray()) AssertKeys(left, "from", "to", "reason", "files", "example");
        foreach (JsonElement entry in done.GetProperty("skipped").EnumerateArray()) AssertKeys(entry, "path", "reason");
        Assert.Equal(done.GetProperty("files").GetInt64(), Mechanisms.Sum(name => done.GetProperty("mechanisms").GetProperty(name).GetInt64()));
        JsonElement bytes = done.GetProperty("bytes");
        long made = bytes.GetProperty("shared").GetInt64() + bytes.GetProperty("written").GetInt64(), all = bytes.GetProperty("logical").GetInt64();
        if (done.GetProperty("mode").GetString() == "created") Assert.Equal(all, made);
        else Assert.InRange(made, 0, all);
    }

    /// <summary>A failure told as JSON: nothing on standard output, one object on standard error.</summary>
    internal static JsonElement AssertFails(CliResult result, int exitCode, string code)
    {
        result.Expect(exitCode);
        Assert.Equal(string.Empty, result.Output);
        AssertKeys(result.Error, "code", "message", "path", "errno", "hint");
        Assert.Equal(code, result.Error.GetProperty("code").GetString());
        Assert.NotEmpty(result.Error.GetProperty("message").GetString()!);
        return result.Error;
    }

    internal static string? Text(this JsonElement element, string key) => element.GetProperty(key).GetString();

    internal static long Number(this JsonElement element, string key) => element.GetProperty(key).GetInt64();
}
