using System.Collections.Concurrent;
using TestKit;

namespace Torture;

/// <summary>Kills commands at random moments.</summary>
internal sealed class Kills : Ordeal
{
    const int KillsARound = 12;

    static readonly string[] Volumes = ["btrfs", "xfs", "ext4"];

    /// <summary>How long each act takes undisturbed, on each kind of filesystem.</summary>
    readonly ConcurrentDictionary<(string Kind, string Act), TimeSpan> durations = new();

    internal override string Name => "kills";

    internal override string What => "kill -9 at random moments of every command that changes something, on btrfs, XFS and ext4";

    internal override int Share => 3;

    internal override void Round(int number, Random random, Tally tally)
    {
        using var stage = new Stage(TestVolumes.Get(Volumes[number % Volumes.Length]), random);
        Act[] acts = [.. Act.All.Where(act => act.IsFor(stage))];
        for (int i = 0; i < KillsARound; i++)
        {
            // All in turn: a round has fewer than there are.
            Act act = acts[((number / Volumes.Length * KillsARound) + i) % acts.Length];
            try
            {
                Kill(stage, act, tally);
            }
            catch (Exception wrong)
            {
                throw new InvalidOperationException($"On {stage.Kind}, after a kill in '{act.Name}': {wrong.Message}", wrong);
            }
        }
        stage.AssertUsable(tally);
    }

    void Kill(Stage stage, Act act, Tally tally)
    {
        act.Prepare(stage);
        TimeSpan duration = durations.GetOrAdd((stage.Kind, act.Name), _ => MeasureUndisturbed(stage, act, tally));
        HomeProcesses.AssertNoneStays(stage.Scene.Home);
        HashSet<string> damaged = act.Heals ? stage.Found(6) : [];
        string[] command = act.Command(stage);
        int way = stage.Random.Next(4);
        (_, _, bool met) = Attempt.Run(stage.Scene, command, duration * (1.1 * stage.Random.NextDouble()), process =>
        {
            // The program alone; all that a terminal's session has; and everything that works on the home, also what left the session.
            HomeProcesses.Signal(way == 0 ? process : -process, HomeProcesses.SIGKILL);
            if (way > 1) HomeProcesses.KillAll(stage.Scene.Home);
        });
        tally.Count(met ? "kills" : "commands that were done before");
        if (met) tally.Count($"kills on {stage.Kind}");
        act.AssertRight(stage, tally, damaged);
    }

    static TimeSpan MeasureUndisturbed(Stage stage, Act act, Tally tally)
    {
        HashSet<string> damaged = act.Heals ? stage.Found(6) : [];
        TimeSpan duration = Attempt.Measure(stage.Scene, act.Command(stage));
        act.AssertRight(stage, tally, damaged);
        act.Prepare(stage);
        return duration;
    }
}
