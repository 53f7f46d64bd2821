using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class SettingsTests
{
    [Fact]
    public void A_file_as_long_as_settings_may_be_is_read_key_by_key_and_not_each_against_all()
    {
        using var place = new Workplace();
        place.Folder.Write("home/settings.yaml", "holotree:\n" + string.Concat(Enumerable.Range(0, 95_000).Select(static i => string.Create(CultureInfo.InvariantCulture, $"  k{i:x}:\n"))));

        long start = Stopwatch.GetTimestamp();
        place.Cli.Run("settings", "--json").Expect(0);

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 60);
    }

    [Theory]
    [InlineData("holotree:\n\n  restoration-strategy: fast\n", "strategy-invalid", "3:25", "holotree.restoration-strategy")]
    [InlineData("holotree:\n  restoration-strategy: [reflink]\n", "settings-invalid", "2:25", "holotree.restoration-strategy")]
    [InlineData("holotree:\n  restoration-strategy: *base\n", "settings-invalid", "2:25", "holotree.restoration-strategy")]
    [InlineData("base: &base copy\nholotree:\n  restoration-strategy: *base\n", "settings-invalid", "3:25", "alias")]
    [InlineData("base: &base\n  workers: 1\nholotree:\n  <<: *base\n", "settings-invalid", "4:3", "<<")]
    [InlineData("base: &base\n  workers: 1\nholotree: *base\n", "settings-invalid", "3:11", "holotree")]
    [InlineData("holotree:\n  hardlink-excludes: '*.pyc'\n", "settings-invalid", "2:22", "holotree.hardlink-excludes")]
    [InlineData("holotree:\n  hardlink-excludes:\n  - '*.pyc'\n  - a: b\n", "settings-invalid", "4:5", "holotree.hardlink-excludes")]
    [InlineData("holotree:\n  hardlink-excludes: [a, '']\n", "settings-invalid", "2:22", "holotree.hardlink-excludes")]
    [InlineData("holotree:\n  lock-timeout: soon\n", "settings-invalid", "2:17", "holotree.lock-timeout")]
    [InlineData("holotree:\n  lock-timeout: -1\n", "settings-invalid", "2:17", "holotree.lock-timeout")]
    [InlineData("holotree:\n  workers: 1025\n", "settings-invalid", "2:12", "holotree.workers")]
    [InlineData("# a comment\nholotree: reflink\n", "settings-invalid", "2:11", "holotree")]
    [InlineData("holotree:\n  [a, b]: c\n", "settings-invalid", "2:3", "holotree")]
    [InlineData("- holotree\n", "settings-invalid", "1:1", "mapping")]
    [InlineData("holotree:\n  restoration-strategy: 'reflink\n", "settings-invalid", "2:25", "YAML")]
    [InlineData("holotree:\n\trestoration-strategy: copy\n", "settings-invalid", "2:1", "tab")]
    [InlineData("holotree:\n  restoration-strategy: copy\n  restoration-strategy: smart\n", "settings-invalid", "3:3", "holotree.restoration-strategy")]
    [InlineData("holotree:\n  workers: 1\nother: 1\nholotree:\n  workers: 2\n", "settings-invalid", "4:1", "holotree")]
    [InlineData("holotree:\n  workers: 1\n---\nholotree:\n  workers: 2\n", "settings-invalid", "3:1", "second document")]
    public void What_is_wrong_is_named_with_file_line_column_and_key(string text, string code, string at, string key)
    {
        using var place = new Workplace();
        string file = place.Folder.Write("home/settings.yaml", text);

        JsonElement error = Pinned.AssertFails(place.Cli.Run("clone", place.MakeTree(), place["copy"], "--json"), 2, code);

        Assert.StartsWith($"{file}:{at}: ", error.Text("message"), StringComparison.Ordinal);
        Assert.Contains(key, error.Text("message"), StringComparison.Ordinal);
        Assert.Equal(file, error.Text("path"));
        Assert.NotNull(error.Text("hint"));
        Assert.Equal(["home", "tree"], place.NamesIn("."));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing yet\n")]
    [InlineData("~\n")]
    [InlineData("holotree:\n")]
    [InlineData("holotree:\n  restoration-strategy:\n")]
    [InlineData("certificates:\n  verify-ssl: true\nnetwork: [a, b]\n")]
    [InlineData("\uFEFFholotree:\r\n  workers: 1\r\n")]
    [InlineData("other: {a: 1, a: 2, ? [b] : *nobody}\n? [odd]\n: {}\n")]
    public void An_empty_file_and_other_programs_settings_are_no_matter(string text)
    {
        using var place = new Workplace();
        place.Folder.Write("home/settings.yaml", text);

        CliResult said = place.Cli.Run("clone", place.MakeTree(), place["copy"]).Expect(0);

        Assert.Equal(string.Empty, said.Errors);
    }

    [Fact]
    public void A_key_that_means_nothing_is_a_warning_with_the_nearest_that_does()
    {
        using var place = new Workplace();
        string file = place.Folder.Write("home/settings.yaml", "holotree:\n  restoration-strategy: copy\n  hardlink-exclude: []\n  frobnicate: 1\n");

        CliResult said = place.Cli.Run("clone", place.MakeTree(), place["copy"]).Expect(0);
        JsonElement done = place.Cli.Json("clone", place["tree"], place["other"]);

        Assert.Equal(
            $"warning: {file}:3:3: there is no setting holotree.hardlink-exclude; it is ignored. Did you mean holotree.hardlink-excludes?\n" +
            $"warning: {file}:4:3: there is no setting holotree.frobnicate; it is ignored.\n", said.Errors);
        Assert.Equal(2, done.GetProperty("warnings").GetArrayLength());
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("link to nothing")]
    [InlineData("not text")]
    [InlineData("endless")]
    [InlineData("fifo")]
    [InlineData("huge")]
    [InlineData("deep")]
    public void What_cannot_be_read_is_named_and_not_passed_over(string what)
    {
        using var place = new Workplace();
        string file = place["home/settings.yaml"];
        place.Folder.MakeFolder("home");
        switch (what)
        {
            case "folder": Directory.CreateDirectory(file); break;
            case "link to nothing": File.CreateSymbolicLink(file, "nowhere"); break;
            case "not text": File.WriteAllBytes(file, [.. "holotree:\n  workers: "u8, 0xFF, 0xFE]); break;
            case "fifo": Tool.Run("mkfifo", file); break;
            case "huge": Tool.Run("truncate", "--size", "1G", file); break;
            case "endless": File.CreateSymbolicLink(file, "/dev/zero"); break;
            default: File.WriteAllText(file, "other: " + new string('[', 500_000)); break;
        }

        JsonElement error = Pinned.AssertFails(place.Cli.Run("clone", place.MakeTree(), place["copy"], "--json"), 2, "settings-invalid");

        Assert.StartsWith(file, error.Text("message"), StringComparison.Ordinal);
        Assert.Equal(["home", "tree"], place.NamesIn("."));
    }

    [Fact]
    public void A_file_that_says_the_same_a_billion_times_costs_what_it_is_long()
    {
        using var place = new Workplace();
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 40; i++)
            text.Append(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        place.Folder.Write("home/settings.yaml", text + "holotree:\n  restoration-strategy: copy\n");

        JsonElement done = place.Cli.Json("clone", place.MakeTree(), place["copy"]);

        Assert.Equal("settings", done.GetProperty("strategy").Text("origin"));
    }

    [Fact]
    public void A_file_the_user_may_not_read_is_a_failure_and_a_home_he_may_not_enter_a_warning()
    {
        using var place = new Workplace();
        place.Folder.Write("home/settings.yaml", "holotree:\n  restoration-strategy: copy\n");
        place.MakeTree();
        TestKit.Cli cli = place.AsOrdinaryUser();
        place.SetMode("home/settings.yaml", UnixFileMode.None);

        JsonElement error = Pinned.AssertFails(cli.Run("clone", place["tree"], place["copy"], "--json"), 2, "settings-invalid");
        Assert.Contains(place["home/settings.yaml"], error.Text("message"), StringComparison.Ordinal);

        place.SetMode("home", UnixFileMode.None);
        CliResult said = cli.Run("clone", place["tree"], place["copy"]).Expect(0);
        place.SetMode("home", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.StartsWith("warning: cannot look for settings in " + place["home"], said.Errors, StringComparison.Ordinal);
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
