using System.Diagnostics;
using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>Another process holds a lock: flock(1) of util-linux, which locks as this program does.</summary>
public sealed class BusyTests
{
    [Theory]
    [InlineData("home/library/lock", "library", "record", "tree-tools", "--name", "more")]
    [InlineData("home/library/lock", "library", "init", "--catalog", "tools", "--space", "other")]
    [InlineData("home/library/lock", "library", "remove", "tools")]
    [InlineData("home/states/dev.lock", "space 'dev'", "init", "--catalog", "tools", "--space", "dev", "--force")]
    [InlineData("home/states/dev.lock", "space 'dev'", "delete", "dev")]
    public void Who_is_in_the_way_is_named_and_the_exit_code_is_7(string lockFile, string what, params string[] arguments)
    {
        using var place = new Workplace();
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        string[] before = [.. place.NamesIn("home/states"), .. place.NamesIn("home/spaces")];
        using Process holder = Hold(place[lockFile]);
        place.Cli.Environment["HOLOTREE_LOCK_TIMEOUT"] = "0.2";

        JsonElement error = Pinned.AssertFails(place.Cli.Run([.. arguments, "--json"]), 7, "busy");
        holder.Kill(entireProcessTree: true);

        Assert.Contains($"The {what} is in use by ", error.Text("message"), StringComparison.Ordinal);
        Assert.Matches(@"flock \(process \d+\)", error.Text("message")!);
        Assert.Contains("0.2 s", error.Text("message"), StringComparison.Ordinal);
        Assert.NotNull(error.Text("hint"));
        string[] after = [.. place.NamesIn("home/states"), .. place.NamesIn("home/spaces")];
        Assert.Equal(before, after);
        place.Cli.Run("list").Expect(0);
    }

    [Fact]
    public void The_settings_say_how_long_to_wait_and_a_lock_that_comes_free_in_time_is_no_matter()
    {
        using var place = new Workplace();
        place.Record();
        place.Cli.Run("settings", "holotree.lock-timeout", "0").Expect(0);

        using (Process holder = Hold(place["home/library/lock"]))
        {
            Assert.Contains("within 0 s", place.Cli.Run("init", "--space", "dev").Expect(7).Errors, StringComparison.Ordinal);
            place.Cli.Environment["HOLOTREE_LOCK_TIMEOUT"] = "60";
            using Process waiting = place.Cli.Start("init", "--space", "dev");
            Assert.False(waiting.WaitForExit(TimeSpan.FromMilliseconds(500)));
            holder.Kill(entireProcessTree: true);
            Assert.True(waiting.WaitForExit(TimeSpan.FromSeconds(60)));
            Assert.Equal(0, waiting.ExitCode);
        }
    }

    [Fact]
    public void Whoever_waits_can_be_interrupted()
    {
        using var place = new Workplace();
        place.Record();
        using Process holder = Hold(place["home/library/lock"]), waiting = place.Cli.Start("init", "--space", "dev", "--json");
        Assert.False(waiting.WaitForExit(TimeSpan.FromMilliseconds(500)));

        Signals.Send("TERM", waiting.Id);
        string errors = waiting.StandardError.ReadToEnd();
        Assert.True(waiting.WaitForExit(TimeSpan.FromSeconds(60)));
        holder.Kill(entireProcessTree: true);

        Assert.Equal("cancelled", new CliResult("init", waiting.ExitCode, string.Empty, errors).Expect(130).Error.Text("code"));
        Assert.Empty(place.NamesIn("home/spaces"));
    }

    static Process Hold(string path)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/flock")) Assert.Skip("This needs flock(1) of util-linux.");
        Process holder = Process.Start(new ProcessStartInfo("flock", ["--exclusive", path, "sh", "-c", "echo held; read end"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", holder.StandardOutput.ReadLine());
        return holder;
    }
}
