using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class SettingsCommandTests
{
    const string StrategyKey = "holotree.restoration-strategy", Excludes = "holotree.hardlink-excludes", Timeout = "holotree.lock-timeout", Workers = "holotree.workers";

    [Fact]
    public void Every_setting_is_listed_with_its_default_and_nothing_is_made()
    {
        using var place = new Workplace();

        JsonElement document = place.Cli.Json("settings");
        string[] lines = place.Cli.Run("settings").Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(place["home/settings.yaml"], document.Text("file"));
        JsonElement home = document.GetProperty("home");
        Assert.Equal((place["home"], "environment", "HOLOTREE_HOME"), (home.Text("path"), home.Text("origin"), home.Text("source")));
        JsonElement[] settings = [.. document.GetProperty("settings").EnumerateArray()];
        Assert.Equal([StrategyKey, Excludes, Timeout, Workers, "holotree.standby"], settings.Select(setting => setting.Text("key")));
        Assert.All(settings, setting => Assert.Equal(("default", null), (setting.Text("origin"), setting.Text("source"))));
        Assert.Equal("smart", settings[0].Text("value"));
        Assert.Equal(["*.pyc", "*.pyo", "__pycache__/*"], settings[1].GetProperty("value").EnumerateArray().Select(word => word.GetString()));
        Assert.Equal((60, 0, 0), (settings[2].Number("value"), settings[3].Number("value"), settings[4].Number("value")));
        Assert.Equal(7, lines.Length);
        Assert.Matches(@"^holotree\.restoration-strategy +smart +default$", lines[2]);
        Assert.Empty(place.NamesIn("."));
    }

    [Theory]
    [InlineData("smart", "copy", "hardlink", true, "smart", "option", "--strategy")]
    [InlineData(null, "copy", "hardlink", true, "copy", "environment", "HOLOTREE_STRATEGY")]
    [InlineData(null, "", "hardlink", true, "hardlink", "environment", "RCC_HOLOTREE_STRATEGY")]
    [InlineData(null, null, null, true, "reflink", "settings", "settings.yaml:2:25")]
    [InlineData(null, null, null, false, "smart", "default", null)]
    public void A_setting_is_shown_with_who_says_it(
        string? option, string? holotree, string? rcc, bool settings, string value, string origin, string? source)
    {
        using var place = new Workplace();
        place.Cli.Environment["HOLOTREE_STRATEGY"] = holotree;
        place.Cli.Environment["RCC_HOLOTREE_STRATEGY"] = rcc;
        if (settings) place.Folder.Write("home/settings.yaml", "holotree:\n  restoration-strategy: reflink\n");
        string[] asked = ["settings", StrategyKey, .. option is null ? (string[])[] : ["--strategy", option]];

        JsonElement said = Assert.Single(place.Cli.Json(asked).GetProperty("settings").EnumerateArray());
        string text = place.Cli.Run(asked).Expect(0).Output;

        string? expected = source is not null && source.StartsWith("settings", StringComparison.Ordinal) ? place["home/" + source] : source;
        Assert.Equal((value, origin, expected), (said.Text("value"), said.Text("origin"), said.Text("source")));
        Assert.Matches($@"\n  value +{value}\n  from +{expected ?? "default"}\n", text);
        Assert.Contains("HOLOTREE_STRATEGY, RCC_HOLOTREE_STRATEGY", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Time_to_wait_and_threads_come_from_variables_too()
    {
        using var place = new Workplace();
        place.Cli.Environment["HOLOTREE_LOCK_TIMEOUT"] = "2.5";
        place.Cli.Environment["HOLOTREE_WORKERS"] = "3";

        JsonElement[] settings = [.. place.Cli.Json("settings").GetProperty("settings").EnumerateArray()];
        JsonElement workers = Assert.Single(place.Cli.Json("settings", Workers, "--workers", "7").GetProperty("settings").EnumerateArray());

        Assert.Equal((2.5, "HOLOTREE_LOCK_TIMEOUT"), (settings[2].GetProperty("value").GetDouble(), settings[2].Text("source")));
        Assert.Equal((3, "HOLOTREE_WORKERS"), (settings[3].Number("value"), settings[3].Text("source")));
        Assert.Equal((7, "option"), (workers.Number("value"), workers.Text("origin")));
    }

    [Theory]
    [InlineData("HOLOTREE_LOCK_TIMEOUT", "soon", "settings-invalid")]
    [InlineData("HOLOTREE_LOCK_TIMEOUT", "-1", "settings-invalid")]
    [InlineData("HOLOTREE_LOCK_TIMEOUT", "1e9", "settings-invalid")]
    [InlineData("HOLOTREE_WORKERS", "many", "settings-invalid")]
    [InlineData("RCC_HOLOTREE_STRATEGY", "fast", "strategy-invalid")]
    public void A_bad_variable_is_named(string variable, string value, string code)
    {
        using var place = new Workplace();
        place.Cli.Environment[variable] = value;

        JsonElement error = Pinned.AssertFails(place.Cli.Run("settings", "--json"), 2, code);

        Assert.StartsWith($"the environment variable {variable}: '{value}' ", error.Text("message"), StringComparison.Ordinal);
        Assert.NotNull(error.Text("hint"));
    }

    [Theory]
    [InlineData(null, "holotree:\n  restoration-strategy: copy\n")]
    [InlineData("", "holotree:\n  restoration-strategy: copy\n")]
    [InlineData("# mine\n", "# mine\nholotree:\n  restoration-strategy: copy\n")]
    [InlineData("network: [a]", "network: [a]\nholotree:\n  restoration-strategy: copy\n")]
    [InlineData("  a: 1\n  b: 2\n", "  a: 1\n  b: 2\n  holotree:\n    restoration-strategy: copy\n")]
    [InlineData("holotree:\n", "holotree:\n  restoration-strategy: copy\n")]
    [InlineData("holotree:", "holotree:\n  restoration-strategy: copy\n")]
    [InlineData("holotree: ~ # none\nz: 1\n", "holotree:  # none\n  restoration-strategy: copy\nz: 1\n")]
    [InlineData("holotree: # ours\n    # threads\n    workers: 1\nz: 1\n", "holotree: # ours\n    restoration-strategy: copy\n    # threads\n    workers: 1\nz: 1\n")]
    [InlineData("holotree:\n  restoration-strategy:   'reflink'   # why\n  workers: 1\n", "holotree:\n  restoration-strategy: copy   # why\n  workers: 1\n")]
    [InlineData("holotree:\n  restoration-strategy: # later\n", "holotree:\n  restoration-strategy: copy # later\n")]
    [InlineData("holotree: {restoration-strategy: reflink, workers: 1}\n", "holotree: {restoration-strategy: copy, workers: 1}\n")]
    [InlineData("a: 1\r\nholotree:\r\n  workers: 1\r\n", "a: 1\r\nholotree:\r\n  restoration-strategy: copy\r\n  workers: 1\r\n")]
    [InlineData("\uFEFFholotree:\n  restoration-strategy: fast\n", "\uFEFFholotree:\n  restoration-strategy: copy\n")]
    [InlineData("holotree:\n  restoration-strategy: copy\n  workers: many\n", "holotree:\n  restoration-strategy: copy\n  workers: many\n")]
    public void A_value_is_written_and_everything_else_stays_as_it_is(string? before, string after)
    {
        using var place = new Workplace();
        if (before is not null) place.Folder.Write("home/settings.yaml", before);

        JsonElement said = Assert.Single(place.Cli.Json("settings", StrategyKey, "copy").GetProperty("settings").EnumerateArray());

        Assert.Equal(after, System.Text.Encoding.UTF8.GetString(File.ReadAllBytes(place["home/settings.yaml"])));
        Assert.Equal(("copy", "settings"), (said.Text("value"), said.Text("origin")));
        Assert.Equal(["settings.yaml"], place.NamesIn("home"));
    }

    [Theory]
    [InlineData("holotree:\n  hardlink-excludes:\n    - a\n    - 'b'\n  workers: 1\n", "holotree:\n  hardlink-excludes: [\"*.db\", \"say \\\"x\\\"\"]\n  workers: 1\n")]
    [InlineData("holotree:\n  hardlink-excludes: [a, b] # these\n", "holotree:\n  hardlink-excludes: [\"*.db\", \"say \\\"x\\\"\"] # these\n")]
    [InlineData("holotree:\n  hardlink-excludes: []\n", "holotree:\n  hardlink-excludes: [\"*.db\", \"say \\\"x\\\"\"]\n")]
    [InlineData("holotree:\n  hardlink-excludes: wrong\n", "holotree:\n  hardlink-excludes: [\"*.db\", \"say \\\"x\\\"\"]\n")]
    public void A_list_is_written_whole(string before, string after)
    {
        using var place = new Workplace();
        place.Folder.Write("home/settings.yaml", before);

        JsonElement said = Assert.Single(place.Cli.Json("settings", Excludes, "*.db", "say \"x\"").GetProperty("settings").EnumerateArray());

        Assert.Equal(after, File.ReadAllText(place["home/settings.yaml"]));
        Assert.Equal(["*.db", "say \"x\""], said.GetProperty("value").EnumerateArray().Select(word => word.GetString()));

        place.Cli.Run("settings", Excludes, "[]").Expect(0);
        Assert.Equal(0, place.Cli.Json("settings", Excludes).GetProperty("settings")[0].GetProperty("value").GetArrayLength());
    }

    [Theory]
    [InlineData("holotree:\n  # how\n  restoration-strategy: copy # why\n  workers: 1\n", "holotree:\n  # how\n  workers: 1\n")]
    [InlineData("holotree:\n  restoration-strategy: copy", "holotree:\n")]
    [InlineData("holotree:\n  workers: 1\n", "holotree:\n  workers: 1\n")]
    [InlineData("holotree:\n  restoration-strategy:\n  workers: 1\n", "holotree:\n  workers: 1\n")]
    [InlineData("holotree:\n  restoration-strategy: fast\n", "holotree:\n")]
    [InlineData(null, null)]
    public void A_setting_is_taken_out_with_its_line_alone(string? before, string? after)
    {
        using var place = new Workplace();
        if (before is not null) place.Folder.Write("home/settings.yaml", before);

        JsonElement said = Assert.Single(place.Cli.Json("settings", StrategyKey, "--unset").GetProperty("settings").EnumerateArray());

        Assert.Equal(after, File.Exists(place["home/settings.yaml"]) ? File.ReadAllText(place["home/settings.yaml"]) : null);
        Assert.Equal(("smart", "default"), (said.Text("value"), said.Text("origin")));
    }

    [Theory]
    [InlineData("{holotree: {workers: 1}}\n")]
    [InlineData("{}\n")]
    [InlineData("holotree: {workers: 1}\n")]
    [InlineData("holotree:\n  restoration-strategy: &way reflink\n")]
    [InlineData("holotree:\n  restoration-strategy: >-\n    reflink\n")]
    [InlineData("holotree:\n  restoration-strategy:\n    # why\n    reflink\n")]
    [InlineData("other: 1\n...\n")]
    public void A_file_of_another_form_is_refused_and_stays(string text)
    {
        using var place = new Workplace();
        string file = place.Folder.Write("home/settings.yaml", text);

        JsonElement error = Pinned.AssertFails(place.Cli.Run("settings", StrategyKey, "copy", "--json"), 2, "settings-not-editable");

        Assert.Contains("because", error.Text("message"), StringComparison.Ordinal);
        Assert.Contains("by hand", error.Text("hint"), StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(file));
        Assert.Equal(["settings.yaml"], place.NamesIn("home"));
    }

    [Theory]
    [InlineData("strategy-invalid", StrategyKey, "fast")]
    [InlineData("settings-invalid", Timeout, "soon")]
    [InlineData("settings-invalid", Workers, "0x1")]
    [InlineData("settings-invalid", Excludes, "")]
    [InlineData("usage", Workers, "1", "2")]
    [InlineData("usage", Workers, "1", "--unset")]
    [InlineData("usage", "--unset")]
    [InlineData("usage", "")]
    [InlineData("setting-unknown", "holotree.restoration-stategy", "copy")]
    [InlineData("setting-unknown", "lock-timeout", "5")]
    [InlineData("setting-unknown", "network.proxy", "5")]
    public void A_bad_key_or_value_changes_nothing(string code, params string[] arguments)
    {
        using var place = new Workplace();

        JsonElement error = Pinned.AssertFails(place.Cli.Run(["--json", "settings", .. arguments]), 2, code);

        Assert.NotNull(error.Text("hint"));
        Assert.Empty(place.NamesIn("."));
    }

    [Fact]
    public void A_misspelt_key_is_recognized()
    {
        using var place = new Workplace();

        Assert.Contains("Did you mean holotree.lock-timeout?", place.Cli.Run("settings", "lock-timeout").Expect(2).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_stays_a_link_and_the_file_keeps_its_mode()
    {
        using var place = new Workplace();
        string real = place.Folder.Write("dotfiles/holotree.yaml", "holotree:\n  workers: 1\n");
        place.SetMode("dotfiles/holotree.yaml", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        place.Folder.MakeFolder("home");
        File.CreateSymbolicLink(place["home/settings.yaml"], "../dotfiles/holotree.yaml");

        place.Cli.Run("settings", Workers, "2").Expect(0);

        Assert.Equal("../dotfiles/holotree.yaml", new FileInfo(place["home/settings.yaml"]).LinkTarget);
        Assert.Equal("holotree:\n  workers: 2\n", File.ReadAllText(real));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(real));
        Assert.Equal(["holotree.yaml"], place.NamesIn("dotfiles"));
    }

    [Fact]
    public void Settings_written_at_the_same_time_leave_one_whole_file()
    {
        using var place = new Workplace();
        (string Key, string Value)[] all = [(StrategyKey, "copy"), (Timeout, "7"), (Workers, "3"), (Excludes, "*.db")];

        CliResult[] said = new CliResult[all.Length];
        Parallel.For(0, all.Length, new ParallelOptions { MaxDegreeOfParallelism = all.Length }, one => said[one] = place.Cli.Run("settings", all[one].Key, all[one].Value));

        Assert.All(said, result => Assert.Contains(result.ExitCode, (int[])[0, 7]));
        place.Cli.Run("settings").Expect(0);
        Assert.Equal(["settings.yaml"], place.NamesIn("home"));
    }

    [Fact]
    public void A_variable_that_stays_stronger_is_a_warning()
    {
        using var place = new Workplace();
        place.Cli.Environment["HOLOTREE_STRATEGY"] = "hardlink";

        CliResult said = place.Cli.Run("settings", StrategyKey, "copy").Expect(0);

        Assert.Contains("hardlink", said.Output, StringComparison.Ordinal);
        Assert.Contains("HOLOTREE_STRATEGY is stronger", said.Errors, StringComparison.Ordinal);
        Assert.Contains("copy", File.ReadAllText(place["home/settings.yaml"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_killed_writer_left_goes_with_the_next_one_and_what_others_write_stays(bool isLink)
    {
        using var place = new Workplace();
        string folder = isLink ? "dotfiles" : "home", settings = place.Folder.Write($"{folder}/settings.yaml", "holotree:\n  workers: 1\n");
        if (isLink)
        {
            place.Folder.MakeFolder("home");
            File.CreateSymbolicLink(place["home/settings.yaml"], settings);
        }
        CliResult killed = Injection.Run(place, ["renameat,renameat2:signal=KILL:when=1"], "settings", Workers, "2");
        Assert.NotEqual(0, killed.ExitCode);
        Assert.Single(place.NamesIn(folder), static name => name.StartsWith(".reflink-", StringComparison.Ordinal));
        Assert.Equal("holotree:\n  workers: 1\n", File.ReadAllText(settings));
        string anothers = place.Folder.Write($"{folder}/.reflink-0123456789abcdef.tmp", "a clone that is being made");

        place.Cli.Run("settings", Workers, "3").Expect(0);

        Assert.Equal([Path.GetFileName(anothers), "settings.yaml"], place.NamesIn(folder));
        Assert.Equal("holotree:\n  workers: 3\n", File.ReadAllText(settings));
    }

    [Fact]
    public void What_a_killed_writer_of_settings_left_goes_with_a_collection()
    {
        using var place = new Workplace();
        place.Record();
        place.Folder.Write("home/settings.yaml", "holotree:\n  workers: 1\n");
        Injection.Run(place, ["renameat,renameat2:signal=KILL:when=1"], "settings", Workers, "2");
        Assert.Single(place.NamesIn("home"), static name => name.StartsWith(".reflink-", StringComparison.Ordinal));

        place.Cli.Run("gc").Expect(0);

        Assert.DoesNotContain(place.NamesIn("home"), static name => name.StartsWith('.'));
    }
}
