using System.Diagnostics;
using System.Runtime.Versioning;

namespace Holotree.Tests.Running;

/// <summary>A private run whose program is killed leaves no process, no mount and no file.</summary>
[SupportedOSPlatform("linux")]
public sealed class PrivateRunDeathTests
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Two processes that outlive what started them, if they are let; one of them has left the session.</summary>
    const string Command = "echo x >$M/file; mkdir $M/a; chmod 0 $M/a; setsid sleep 1234 & sleep 1234 & echo ready; wait";

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void Killed_alone_or_with_its_group_it_leaves_nothing(bool asUser, bool withGroup)
    {
        using var place = new RunPlace(TestVolumes.Ext4.Folder(), asUser);
        using Process process = StartInGroup(place);
        int[] started = ProcessesOf(place);
        Assert.True(started.Length >= 3, "The command's processes were not found.");

        Signals.Send("KILL", withGroup ? -process.Id : process.Id);

        // Nobody holds the streams of who called it.
        Assert.Equal(string.Empty, process.StandardOutput.ReadToEnd());
        Assert.True(SpinWait.SpinUntil(() => place.Runs.Length == 0, Patience), $"There is left: {string.Join(' ', place.Runs)}");
        Assert.True(SpinWait.SpinUntil(() => ProcessesOf(place).Length == 0, Patience), "Processes are left.");
    }

    [Fact]
    public void Where_all_died_at_once_the_next_command_takes_away_what_is_left()
    {
        using var place = new RunPlace(TestVolumes.Ext4.Folder(), asUser: true);
        using Process process = StartInGroup(place);
        int caretaker = Assert.Single(ChildrenOf(process.Id), child => File.ReadAllText($"/proc/{child}/comm").StartsWith("RunHost", StringComparison.Ordinal));
        Signals.Send("KILL", caretaker);
        Signals.Send("KILL", process.Id);
        process.WaitForExit();
        Assert.NotEmpty(place.Runs);

        Assert.Equal(0, place.Sweep().Code);

        Assert.Empty(place.Runs);
        Assert.Empty(ProcessesOf(place));
    }

    [Fact]
    public void A_sweep_leaves_a_run_alone_that_is_alive()
    {
        using var place = new RunPlace(TestVolumes.Ext4.Folder(), asUser: true);
        using Process process = place.Start("sh", "-c", "echo ready; read line; cat $M/file");
        Assert.Equal("ready", process.StandardOutput.ReadLine());

        Assert.Equal(0, place.Sweep().Code);
        process.StandardInput.Close();

        Assert.Equal("from below\n", process.StandardOutput.ReadToEnd());
    }

    [Fact]
    public void The_waiting_process_keeps_no_stream_and_no_folder_of_its_makers()
    {
        using var place = new RunPlace(TestVolumes.Ext4.Folder(), asUser: false);
        using Process process = StartInGroup(place);
        int caretaker = Assert.Single(ChildrenOf(process.Id), child => File.ReadAllText($"/proc/{child}/comm").StartsWith("RunHost", StringComparison.Ordinal));
        string? Folder() => new FileInfo($"/proc/{caretaker}/cwd").LinkTarget;
        string[] Open() => [.. Directory.GetFiles($"/proc/{caretaker}/fd").Select(link => new FileInfo(link).LinkTarget!)];

        // It makes its calls beside the command, which may be ready before.
        SpinWait.SpinUntil(() => Folder() == "/" && Open().Length == 4, Patience);
        (string[] open, string? folder) = (Open(), Folder());
        process.Kill(entireProcessTree: true);

        Assert.Equal(["/dev/null", "/dev/null", "/dev/null"], open.Where(link => !link.StartsWith("pipe:", StringComparison.Ordinal)));
        Assert.Single(open, link => link.StartsWith("pipe:", StringComparison.Ordinal));
        Assert.Equal("/", folder);
    }

    /// <summary>Leads a process group of its own, as a shell's job does.</summary>
    static Process StartInGroup(RunPlace place)
    {
        Process process = place.StartBy(["setsid"], "sh", "-c", Command);
        Assert.Equal("ready", process.StandardOutput.ReadLine() ?? process.StandardError.ReadToEnd());
        return process;
    }

    static int[] ProcessesOf(RunPlace place) =>
        [.. Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _) && Sees(name!, place)).Select(name => int.Parse(name!, System.Globalization.CultureInfo.InvariantCulture))];

    static bool Sees(string process, RunPlace place)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/mountinfo").Contains($" {place.Mount} ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    static int[] ChildrenOf(int process) =>
        [.. File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
}
