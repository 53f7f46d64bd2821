using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("holotree:\n\n  restoration-strategy: fast\n", "strategy-invalid", 3, "holotree.restoration-strategy")]
    [InlineData("holotree:\n  restoration-strategy: [reflink]\n", "settings-invalid", 2, "holotree.restoration-strategy")]
    [InlineData("holotree:\n  hardlink-excludes: '*.pyc'\n", "settings-invalid", 2, "holotree.hardlink-excludes")]
    [InlineData("holotree:\n  hardlink-excludes:\n  - '*.pyc'\n  - a: b\n", "settings-invalid", 4, "holotree.hardlink-excludes")]
    [InlineData("# a comment\nholotree: reflink\n", "settings-invalid", 2, "holotree")]
    [InlineData("- holotree\n", "settings-invalid", 1, "mapping")]
    [InlineData("holotree:\n  restoration-strategy: 'reflink\n", "settings-invalid", 2, "")]
    [InlineData("holotree:\n  restoration-strategy: copy\n  restoration-strategy: smart\n", "settings-invalid", 3, "")]
    public void What_is_wrong_is_named_with_file_line_and_key(string text, string code, int line, string key)
    {
        using var place = new Workplace();
        string file = place.Folder.Write("home/settings.yaml", text);

        JsonElement error = Pinned.AssertFails(place.Cli.Run("clone", place.MakeTree(), place["copy"], "--json"), 2, code);

        Assert.StartsWith($"{file}:{line}: ", error.Text("message"), StringComparison.Ordinal);
        Assert.Contains(key, error.Text("message"), StringComparison.Ordinal);
        Assert.Equal(file, error.Text("path"));
        Assert.Equal(["home", "tree"], place.NamesIn("."));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing yet\n")]
    [InlineData("holotree:\n")]
    [InlineData("holotree:\n  restoration-strategy:\n")]
    [InlineData("certificates:\n  verify-ssl: true\nnetwork: [a, b]\n")]
    public void An_empty_file_and_other_programs_settings_are_no_matter(string text)
    {
        using var place = new Workplace();
        place.Folder.Write("home/settings.yaml", text);

        CliResult said = place.Cli.Run("clone", place.MakeTree(), place["copy"]).Expect(0);

        Assert.Equal(string.Empty, said.Errors);
    }

    [Fact]
    public void A_key_that_means_nothing_is_a_warning()
    {
        using var place = new Workplace();
        string file = place.Folder.Write("home/settings.yaml", "holotree:\n  restoration-strategy: copy\n  hardlink-exclude: []\n");

        CliResult said = place.Cli.Run("clone", place.MakeTree(), place["copy"]).Expect(0);
        JsonElement done = place.Cli.Json("clone", place["tree"], place["other"]);

        Assert.StartsWith($"warning: {file}:3: ", said.Errors, StringComparison.Ordinal);
        Assert.Contains("holotree.hardlink-exclude;", said.Errors, StringComparison.Ordinal);
        Assert.Contains("holotree.hardlink-exclude;", done.GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Patterns_of_files_that_are_never_hard_linked_replace_the_usual_ones()
    {
        using var place = new Workplace(TestVolumes.Ext4);
        place.Folder.Write("home/settings.yaml", "holotree:\n  hardlink-excludes:\n  - large\n  - text\n");
        place.Record();

        JsonElement done = place.Cli.Json("init", "--catalog", "tools", "--space", "dev", "--strategy", "hardlink");

        Assert.Equal(1, done.GetProperty("mechanisms").Number("hardlink"));
    }
}
