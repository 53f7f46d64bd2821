using System.Diagnostics;
using System.Globalization;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class InterruptionTests
{
    /// <summary>Enough that no machine is done with them before a signal arrives that is sent at the first sight of work; in memory, where making them is quick.</summary>
    const int ManyFiles = 20_000;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public void An_interrupted_clone_leaves_nothing(string signal)
    {
        using var place = new Workplace(TestVolumes.Tmpfs);
        MakeManyFiles(place);

        using Process process = place.Cli.Start("clone", place["many"], place["copy"], "--strategy", "copy", "--workers", "1", "--json");
        WaitFor(process, () => place.NamesIn(".").Any(name => name.EndsWith(".partial", StringComparison.Ordinal)));

        Assert.Equal("cancelled", Interrupt(process, signal));
        Assert.Equal(["many"], place.NamesIn("."));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void An_interrupted_recording_publishes_nothing(string signal)
    {
        using var place = new Workplace(TestVolumes.Tmpfs);
        MakeManyFiles(place);

        using Process process = place.Cli.Start("record", place["many"], "--workers", "1", "--json");
        WaitFor(process, () => place.NamesIn("home/library/incoming").Length > 0);

        Assert.Equal("cancelled", Interrupt(process, signal));
        Assert.Equal(0, place.Cli.Json("catalogs").GetProperty("catalogs").GetArrayLength());
        Assert.Empty(place.NamesIn("home/library/incoming"));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void An_interrupted_restore_leaves_no_space(string signal)
    {
        using var place = new Workplace(TestVolumes.Tmpfs);
        MakeManyFiles(place);
        place.Cli.Run("record", place["many"]).Expect(0);

        using Process process = place.Cli.Start("init", "--catalog", "many", "--space", "dev", "--strategy", "copy", "--workers", "1", "--json");
        WaitFor(process, () => place.NamesIn("home/spaces").Length > 0);

        Assert.Equal("cancelled", Interrupt(process, signal));
        Assert.Empty(place.NamesIn("home/spaces"));
        Assert.Equal(0, place.Cli.Json("list").GetProperty("spaces").GetArrayLength());
    }

    /// <summary>strace(1) slows down what cleans up, so that it is seen at work: twenty seconds for what the second signal ends at once.</summary>
    [Fact]
    public void The_second_signal_ends_the_program_at_once_and_the_next_command_cleans_up()
    {
        using var place = new Workplace(TestVolumes.Tmpfs);
        for (int i = 0; i < 400; i++) place.Folder.Write(string.Create(CultureInfo.InvariantCulture, $"few/{i}"), "text");
        place.Cli.Run("record", place["few"]).Expect(0);
        if (!File.Exists("/usr/bin/strace")) Assert.Skip("This needs strace(1).");
        string[] slowly = ["-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=openat,unlinkat", "-e", "inject=unlinkat:delay_enter=50ms", "-e", "inject=openat:delay_enter=3ms:when=200+"];
        var slow = new TestKit.Cli(place["home"]) { Program = "/usr/bin/strace", WorkingDirectory = place.Folder.Path };

        using Process process = slow.Start([.. slowly, TestKit.Cli.Binary, "init", "--space", "dev", "--strategy", "copy", "--workers", "1", "--json"]);
        string Pending() => Path.Combine("home/spaces", place.NamesIn("home/spaces").FirstOrDefault(string.Empty));
        WaitFor(process, () => place.NamesIn("home/spaces").Length > 0 && place.NamesIn(Pending()).Length > 100);
        Signal(process, "INT");
        int before = place.NamesIn(Pending()).Length;
        WaitFor(process, () => place.NamesIn(Pending()).Length < before);
        long start = Stopwatch.GetTimestamp();
        Signal(process, "INT");
        string errors = process.StandardError.ReadToEnd();

        Assert.True(process.WaitForExit(Patience));
        Assert.Equal(130, process.ExitCode);
        Assert.DoesNotContain("cancelled", errors, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.NotEmpty(place.NamesIn("home/spaces"));
        Assert.Equal("created", place.Cli.Json("init", "--space", "dev").Text("mode"));
        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
    }

    static void MakeManyFiles(Workplace place)
    {
        for (int folder = 0; folder < ManyFiles / 1000; folder++)
        {
            string path = place.Folder.MakeFolder(string.Create(CultureInfo.InvariantCulture, $"many/{folder}"));
            for (int file = 0; file < 1000; file++)
                File.WriteAllText(Path.Combine(path, file.ToString(CultureInfo.InvariantCulture)), string.Create(CultureInfo.InvariantCulture, $"{folder}/{file}"));
        }
    }

    static void WaitFor(Process process, Func<bool> sight)
    {
        long start = Stopwatch.GetTimestamp();
        while (!sight())
        {
            Assert.False(process.HasExited, "The program ended before its work was seen.");
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "The program did not begin to work.");
            Thread.Sleep(1);
        }
    }

    /// <summary>Sends a signal, waits for the end, asserts on the exit code, and returns the code of the error that was told.</summary>
    static string? Interrupt(Process process, string signal)
    {
        Signal(process, signal);
        string output = process.StandardOutput.ReadToEnd(), errors = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(Patience), "The program did not end.");
        return new CliResult("holotree", process.ExitCode, output, errors).Expect(130).Error.Text("code");
    }

    static void Signal(Process process, string signal)
    {
        string ignored = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        bool isIgnored = ((Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) >> (Signals.NumberOf(signal) - 1)) & 1) != 0;
        if (isIgnored)
        {
            process.Kill();
            Assert.Skip($"SIG{signal} is ignored here, as by what a script starts in the background (signal(7)).");
        }
        Signals.Send(signal, process.Id);
    }
}
