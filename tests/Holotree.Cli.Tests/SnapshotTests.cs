using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>Spaces by one snapshot, as a person and a program see them.</summary>
public sealed class SnapshotTests
{
    [Theory]
    [InlineData(false, "snapshot")]
    [InlineData(false, "smart")]
    [InlineData(true, "snapshot")]
    public void A_space_by_snapshot_accounts_for_every_file_and_says_whether_it_was_laid_out_first(bool asUser, string strategy)
    {
        using var place = new Workplace(TestVolumes.Btrfs);
        TestKit.Cli cli = asUser ? place.AsOrdinaryUser() : place.Cli;
        place.MakeTree();
        cli.Json("record", place["tree"], "--name", "tools");
        foreach ((string space, string template) in ((string, string)[])[("one", "made"), ("two", "used")])
        {
            JsonElement done = cli.Json("init", "--catalog", "tools", "--space", space, "--strategy", strategy);

            Pinned.AssertRestore(done);
            Assert.Equal(("created", "snapshot", template), (done.Text("mode"), done.GetProperty("strategy").Text("used"), done.Text("template")));
            JsonElement by = done.GetProperty("mechanisms");
            Assert.Equal((3, 1, 1, 0), (by.Number("snapshot"), by.Number("plainCopy"), by.Number("empty"), by.Number("reflink")));
            Assert.Equal(1, done.GetProperty("relocated").Number("files"));
            Assert.Equal($"#!{place[$"home/spaces/{space}"]}/bin/python\nhome = {place[$"home/spaces/{space}"]}\n", File.ReadAllText(place[$"home/spaces/{space}/self"]));
            JsonElement again = cli.Json("init", "--catalog", "tools", "--space", space, "--strategy", strategy);
            Assert.Equal(("unchanged", false), (again.Text("mode"), again.TryGetProperty("template", out _)));
        }
        JsonElement listed = cli.Json("list").GetProperty("spaces")[1];
        Assert.Equal(("two", 3), (listed.Text("space"), listed.GetProperty("mechanisms").Number("snapshot")));
        Assert.Contains("snapshot", cli.Run("statistics", "--json").Expect(0).Output, StringComparison.Ordinal);
        foreach (string space in (string[])["one", "two"]) cli.Run("delete", space).Expect(0);
        Assert.Empty(place.NamesIn("home/spaces"));
    }

    [Fact]
    public void A_person_is_told_that_the_catalog_was_laid_out_first_and_only_then()
    {
        using var place = new Workplace(TestVolumes.Btrfs);
        place.Record();

        string Said(string space) => place.Cli.Run("init", "--catalog", "tools", "--space", space).Expect(0) is var result ? result.Output + result.Errors : "";
        string first = Said("one"), second = Said("two");

        Assert.Matches("laid out +the catalog first, once", first);
        Assert.Matches("snapshot +3 files", first);
        Assert.DoesNotContain("laid out", second, StringComparison.Ordinal);
        Assert.Matches("snapshot +3 files", second);
    }

    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("tmpfs")]
    public void Where_there_are_no_snapshots_it_is_refused_with_the_systems_words_and_leaves_nothing(string volume)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.Record();

        JsonElement error = Pinned.AssertFails(place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--strategy", "snapshot", "--json"), 4, "snapshot-unsupported");

        Assert.Equal((place["home/spaces/dev"], 25), (error.Text("path"), error.Number("errno")));
        Assert.Contains("ENOTTY", error.Text("message"), StringComparison.Ordinal);
        Assert.Contains("--strategy smart", error.Text("hint"), StringComparison.Ordinal);
        Assert.Empty(place.NamesIn("home/spaces"));
        Assert.DoesNotContain(place.NamesIn("home/library/templates"), static name => !name.EndsWith(".lock", StringComparison.Ordinal));
    }

    [Fact]
    public void It_takes_the_same_system_calls_however_many_files_there_are()
    {
        if (!File.Exists("/usr/bin/strace")) Assert.Skip("strace, which counts system calls, is not installed.");
        using var place = new Workplace(TestVolumes.Btrfs);
        long few = CallsFor(place, 200), many = CallsFor(place, 4000);

        Assert.InRange(many, 1, few + 60);
    }

    /// <summary>Without those of the runtime's memory and locks, which vary from run to run.</summary>
    static long CallsFor(Workplace place, int files)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"of{files}"), counts = place[name + ".counts"];
        for (int i = 0; i < files; i++) place.Folder.Write(string.Create(CultureInfo.InvariantCulture, $"{name}/{i / 50}/{i}"), name);
        place.Cli.Json("record", place[name], "--name", name);
        place.Cli.Json("init", "--catalog", name, "--space", name, "--strategy", "snapshot");
        var traced = new TestKit.Cli(place["home"]) { WorkingDirectory = place.Folder.Path, Program = "/usr/bin/strace" };
        JsonElement done = traced.Run("-f", "-c", "-U", "calls,name", "-o", counts, TestKit.Cli.Binary, "init", "--catalog", name, "--space", name + "-2", "--strategy", "snapshot", "--json").Expect(0).Json;
        Assert.Equal(("used", files), (done.Text("template"), done.GetProperty("mechanisms").Number("snapshot")));
        return File.ReadLines(counts).Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(static words => words.Length == 2 && words[1] is not ("total" or "futex" or "madvise" or "mmap" or "munmap" or "mprotect" or "sched_yield" or "restart_syscall"))
            .Sum(static words => long.TryParse(words[0], CultureInfo.InvariantCulture, out long calls) ? calls : 0);
    }

    [Fact]
    public void What_was_being_laid_out_when_it_was_killed_is_taken_away_by_the_next()
    {
        if (!File.Exists("/usr/bin/strace")) Assert.Skip("This needs strace(1), to see what is soon over.");
        using var place = new Workplace(TestVolumes.Btrfs);
        for (int i = 0; i < 1000; i++) place.Folder.Write(string.Create(CultureInfo.InvariantCulture, $"many/{i / 100}/{i}"), string.Create(CultureInfo.InvariantCulture, $"file {i}"));
        string id = place.Cli.Json("record", place["many"], "--name", "many").Text("catalog")!;
        var slow = new TestKit.Cli(place["home"]) { Program = "/usr/bin/strace", WorkingDirectory = place.Folder.Path };
        string[] slowly = ["-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=ioctl", "-e", "inject=ioctl:delay_enter=20ms"];
        using (Process process = slow.Start([.. slowly, TestKit.Cli.Binary, "init", "--catalog", "many", "--space", "dev", "--strategy", "snapshot", "--workers", "1"]))
        {
            var patience = Stopwatch.StartNew();
            while (!Directory.Exists(place[$"home/library/templates/{id}.partial/5"])) Assert.True(patience.Elapsed < TimeSpan.FromSeconds(30) && !process.HasExited, "It was never seen at work.");
            process.Kill();
            process.WaitForExit();
        }
        Assert.Empty(place.NamesIn("home/spaces"));

        JsonElement done = place.Cli.Json("init", "--catalog", "many", "--space", "dev", "--strategy", "snapshot");

        Assert.Equal(("made", 1000), (done.Text("template"), done.GetProperty("mechanisms").Number("snapshot")));
        Assert.Equal([id, $"{id}.facts", $"{id}.index", $"{id}.part"], place.NamesIn("home/library/templates").Where(static name => !name.EndsWith(".lock", StringComparison.Ordinal)));
        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
    }
}
