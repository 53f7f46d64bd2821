using System.Collections.Concurrent;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>Asks commands to end at random moments, as Ctrl-C does and who stops a service.</summary>
internal sealed class Interrupts : Ordeal
{
    const int SignalsARound = 12;

    static readonly string[] Volumes = ["btrfs", "xfs", "ext4"];

    /// <summary>What a person takes for at once, on a machine that does other things as well.</summary>
    static readonly TimeSpan Promptly = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<(string Kind, string Act), TimeSpan> durations = new();

    internal override string Name => "interrupts";

    internal override string What => "SIGINT and SIGTERM at random moments of every command that changes something: an end within 2 s, with exit code 130, and nothing half-made";

    internal override void Round(int number, Random random, Tally tally)
    {
        using var stage = new Stage(TestVolumes.Get(Volumes[number % Volumes.Length]), random);
        Act[] acts = [.. Act.All.Where(act => act.IsFor(stage))];
        for (int i = 0; i < SignalsARound; i++)
        {
            Act act = acts[((number / Volumes.Length * SignalsARound) + i) % acts.Length];
            try
            {
                Interrupt(stage, act, tally);
            }
            catch (Exception wrong)
            {
                throw new InvalidOperationException($"On {stage.Kind}, after a signal in '{act.Name}': {wrong.Message}", wrong);
            }
        }
        stage.AssertUsable(tally);
    }

    void Interrupt(Stage stage, Act act, Tally tally)
    {
        act.Prepare(stage);
        if (!durations.TryGetValue((stage.Kind, act.Name), out TimeSpan duration))
        {
            HashSet<string> before = act.Heals ? stage.Found(6) : [];
            durations[(stage.Kind, act.Name)] = duration = Attempt.Measure(stage.Scene, act.Command(stage));
            act.AssertRight(stage, tally, before);
            act.Prepare(stage);
        }
        HomeProcesses.AssertNoneStays(stage.Scene.Home);
        HashSet<string> damaged = act.Heals ? stage.Found(6) : [];
        int signal = stage.Random.Next(2) == 0 && !Attempt.IgnoresInterrupt ? HomeProcesses.SIGINT : HomeProcesses.SIGTERM;
        bool group = stage.Random.Next(2) == 0;
        (CliResult result, TimeSpan after, bool met) = Attempt.Run(stage.Scene, act.Command(stage), duration * (1.1 * stage.Random.NextDouble()),
            process => HomeProcesses.Signal(group ? -process : process, signal));
        if (met)
        {
            tally.Count("signals");
            tally.Count(result.ExitCode == 0 ? "commands that were done all the same" : "commands that ended with 130");

            // Before it has begun to listen the system ends it, as any program: 128 and the signal.
            Assert.True(result.ExitCode is 0 or 130 || result.ExitCode == 128 + signal, result.ToString());
            Assert.True(after < Promptly, $"It took {after} to end.\n{result}");
            HomeProcesses.AssertNoneStays(stage.Scene.Home);
            AssertNothingHalfMade(stage);
        }
        act.AssertRight(stage, tally, damaged);
    }

    /// <summary>Unlike one that is killed, a command that is asked to end clears up itself.</summary>
    static void AssertNothingHalfMade(Stage stage)
    {
        string[] half = [.. Directory.EnumerateFileSystemEntries(stage.Scene.Home, "*", SearchOption.AllDirectories)
            .Where(static path => path.Contains("/.reflink-", StringComparison.Ordinal) || path.Contains("/incoming/", StringComparison.Ordinal))];
        Assert.Empty(half);
    }
}
