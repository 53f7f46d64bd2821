using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class HardLinkExcludesTests
{
    [Theory]
    [InlineData(null, "lib/data.sqlite lib/module.py")]
    [InlineData("    - \"*.sqlite\"\n", "lib/module.py lib/module.pyc")]
    [InlineData("    - \"*.sqlite\"\n    - \"lib/*.py\"\n", "lib/module.pyc")]
    public void Patterns_in_the_settings_reach_the_restore(string? patterns, string linked)
    {
        using var place = new Workplace(TestVolumes.Ext4);
        foreach (string name in (string[])["data.sqlite", "module.py", "module.pyc"]) place.Folder.WriteRandom($"tree/lib/{name}", 3000, seed: name.Length);
        if (patterns is not null) place.Folder.Write("home/settings.yaml", $"holotree:\n  hardlink-excludes:\n{patterns}");
        place.Cli.Json("record", place["tree"], "--name", "env");

        long made = place.Cli.Json("init", "--catalog", "env", "--space", "dev").GetProperty("mechanisms").Number("hardlink");

        string[] sealedAsObjects = [.. ((string[])["lib/data.sqlite", "lib/module.py", "lib/module.pyc"]).Where(name => !place.IsWritable($"home/spaces/dev/{name}"))];
        Assert.Equal(linked.Split(' '), sealedAsObjects);
        Assert.Equal(sealedAsObjects.Length, made);
    }
}
