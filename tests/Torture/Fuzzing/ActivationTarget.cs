using System.Runtime.Versioning;
using System.Text;
using Holotree.Activation;
using Holotree.Cli.Output;
using Holotree.Spaces;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>What a tree declares about its variables, and the variables that a space comes upon.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ActivationTarget : FuzzTarget
{
    readonly Func<byte[], bool> read;

    ActivationTarget(string name, IReadOnlyList<byte[]> seeds, IReadOnlyList<byte[]> words, Func<byte[], bool> read) =>
        (Name, Seeds, Words, this.read) = (name, seeds, words, read);

    internal override string Name { get; }

    internal override IReadOnlyList<byte[]> Seeds { get; }

    internal override IReadOnlyList<byte[]> Words { get; }

    internal override int Executions => 300;

    internal override int BytesForEach => 256;

    internal override IEnumerable<byte[]> Hard => Name switch
    {
        "conda state" => [Many("{\"env_vars\":{", "\"A{0}\":\"x\",", "\"B\":\"x\"}}"), Many("{\"env_vars\":{", "\"A{0}\":\"***unset***\",", "\"B\":\"x\"}}"), Many("{\"env_vars\":{", "\"A{0};\":1,", "\"B\":\"x\"}}")],
        "conda variables" => [Many("{", "\"A{0}\":\"x\",", "\"B\":\"x\"}")],
        _ => [Many("PATH=", "/a{0}:", "\0"), Many("", "A{0}=x\0"), Many("HOLOTREE_SPACE_VARIABLES=", "A{0} ", "\0")],
    };

    internal override bool Execute(byte[] input) => read(input);

    /// <summary>A target for each.</summary>
    internal static IEnumerable<FuzzTarget> All(FuzzSite site)
    {
        string root = site["conda"];
        var space = new SpaceInfo { Space = "fuzzed", Path = root, Catalog = site.Ids[0], Name = "one", Mechanisms = new Dictionary<string, long>() };
        foreach (string folder in (string[])["bin", "conda-meta", "etc/conda/env_vars.d"]) Directory.CreateDirectory(Path.Join(root, folder));
        byte[][] words = [.. ((string[])["\"A\":", "\"PATH\":", "\"LD_PRELOAD\":", "\"HOLOTREE_SPACE\":", "\"***unset***\"", "\"\\ud800\"", "\"\\u0000\"", "{", "}", "[", ",", "null", "1e999", "\"x\":", "\"env_vars\":", "é", "'\"$(x)`\\n"])
            .Select(Encoding.UTF8.GetBytes), [0xFF], [0xED, 0xA0, 0x80]];
        yield return new ActivationTarget("conda state", [
            """{"version": 1, "env_vars": {"A": "user", "C": "***unset***", "B": "it's $(x)\n"}}"""u8.ToArray(), """{"env_vars": {}}"""u8.ToArray()], words,
            input => ReadConda(site, space, Path.Join(root, "conda-meta/state"), input));
        yield return new ActivationTarget("conda variables", [
            """{"A": "package", "B": "***unset***", "C": "\u2018\\"}"""u8.ToArray(), "{}"u8.ToArray()], words,
            input => ReadConda(site, space, Path.Join(root, "etc/conda/env_vars.d/p.json"), input));
        yield return new ActivationTarget("environment", ["PATH=/usr/bin:/bin\0HOME=/root\0A=1\0A=2\0odd\0"u8.ToArray(),
            Encoding.UTF8.GetBytes($"PATH={root}/bin::/bin\0HOLOTREE_SPACE_PATH={root}\0HOLOTREE_SPACE_VARIABLES=A B PATH HOLOTREE_SPACE_VARIABLES\0")],
            [.. ((string[])["PATH=", "HOLOTREE_SPACE_PATH=", "HOLOTREE_SPACE_VARIABLES=", "=", "\0", ":", root, root + "/bin", " "]).Select(Encoding.UTF8.GetBytes)],
            input => Changes(SpaceVariables.Of(space, site.Home), input));
    }

    static bool ReadConda(FuzzSite site, SpaceInfo space, string path, byte[] input)
    {
        File.WriteAllBytes(path, input);
        var variables = SpaceVariables.Of(space, site.Home);
        File.Delete(path);
        Assert.Contains("conda", variables.Kinds);
        Changes(variables, "PATH=/usr/bin\0"u8);
        return variables.Warnings.Count == 0;
    }

    /// <summary>What is set has a name that every shell takes, a value without NUL, and says which space it is whatever was declared.</summary>
    static bool Changes(SpaceVariables variables, ReadOnlySpan<byte> block)
    {
        var environment = EnvironmentBlock.Parse(block);
        IReadOnlyList<VariableChange> changes = variables.ChangesTo(environment);
        Assert.All(changes, static change =>
        {
            Assert.True(ActivationParts.IsName(change.Name), $"'{change.Name}' is no name.");
            Assert.False(change.Value is { } value && value.Span.Contains((byte)0), $"'{change.Name}' has a NUL in it.");
        });
        foreach (string format in VariableText.Formats.Where(static format => format != "json")) _ = VariableText.Of(format, changes);
        foreach (VariableChange change in changes) environment.Apply(change);
        Assert.Equal("fuzzed", environment.Text("HOLOTREE_SPACE"));
        Assert.StartsWith("/", environment.Text("PATH") is { Length: > 0 } path ? path : "/", StringComparison.Ordinal);
        return changes.Count > 0;
    }
}
