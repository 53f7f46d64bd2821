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
    public void An_interrupted_clone_leaves_nothing(string signal)
    {
        using var place = new Workplace(TestVolumes.Tmpfs);
        MakeManyFiles(place);

        using Process process = place.Cli.Start("clone", place["many"], place["copy"], "--strategy", "copy", "--workers", "1", "--json");
        WaitFor(process, () => place.NamesIn(".").Any(name => name.EndsWith(".partial", StringComparison.Ordinal)));

        Assert.Equal("cancelled", Interrupt(process, signal));
        Assert.Equal(["many"], place.NamesIn("."));
    }

    [Fact]
    public void An_interrupted_recording_publishes_nothing()
    {
        using var place = new Workplace(TestVolumes.Tmpfs);
        MakeManyFiles(place);

        using Process process = place.Cli.Start("record", place["many"], "--workers", "1", "--json");
        WaitFor(process, () => place.NamesIn("home/library/incoming").Length > 0);

        Assert.Equal("cancelled", Interrupt(process, "INT"));
        Assert.Equal(0, place.Cli.Json("catalogs").GetProperty("catalogs").GetArrayLength());
        Assert.Empty(place.NamesIn("home/library/incoming"));
    }

    [Fact]
    public void An_interrupted_restore_leaves_no_space()
    {
        using var place = new Workplace(TestVolumes.Tmpfs);
        MakeManyFiles(place);
        place.Cli.Run("record", place["many"]).Expect(0);

        using Process process = place.Cli.Start("init", "--catalog", "many", "--space", "dev", "--strategy", "copy", "--workers", "1", "--json");
        WaitFor(process, () => place.NamesIn("home/spaces").Length > 0);

        Assert.Equal("cancelled", Interrupt(process, "INT"));
        Assert.Empty(place.NamesIn("home/spaces"));
        Assert.Equal(0, place.Cli.Json("list").GetProperty("spaces").GetArrayLength());
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
        using (Process kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        string output = process.StandardOutput.ReadToEnd(), errors = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(Patience), "The program did not end.");
        return new CliResult("holotree", process.ExitCode, output, errors).Expect(130).Error.Text("code");
    }
}
