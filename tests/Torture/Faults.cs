using System.Text.Json;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>
/// One system call after the other fails, in every command that touches files. The command either does what it should all the same, or says
/// what failed; what stood there before stands there still; and the same command succeeds when nothing fails any more.
/// </summary>
/// <remarks>
/// A round is one command on one volume, in which every kind of call that it makes fails once. From visit to visit the errors take turns,
/// so that in time every kind fails with every error, in every command, on every filesystem; which call of a kind it is, is thrown.
/// </remarks>
internal sealed class Faults : Ordeal
{
    static readonly string[] Volumes = ["btrfs", "xfs", "ext4"], Errors = ["EIO", "ENOSPC", "EDQUOT", "EROFS", "EMFILE", "ENOMEM"];

    /// <summary>1 failed, 4 cannot be done here, 6 damage found, 7 busy.</summary>
    static readonly int[] Codes = [1, 4, 6, 7];

    /// <summary>Kinds of call by command: those that it makes, and those of them that were made to fail.</summary>
    readonly SortedDictionary<string, (SortedSet<string> Made, SortedSet<string> Failed)> kinds = new(StringComparer.Ordinal);

    readonly HashSet<(string Name, string Error)> pairs = [];

    internal override string Name => "faults";

    internal override string What => "makes single system calls fail: EIO, ENOSPC, EDQUOT, EROFS, EMFILE, ENOMEM";

    internal override string? Missing => base.Missing ?? (Tool.Exists("strace") ? null : "strace");

    internal override int Share => 3;

    internal override void Round(int number, Random random, Tally tally)
    {
        (string command, Func<FaultStage, FaultSubject> make) = FaultSubject.All[number % FaultSubject.All.Length];
        int visit = number / FaultSubject.All.Length;
        using var stage = new FaultStage(TestVolumes.Get(Volumes[((number % FaultSubject.All.Length) + visit) % Volumes.Length]), random);
        FaultSubject subject = make(stage);
        var tracer = new Tracer(stage.Scene.Cli, stage.Scene[""].TrimEnd('/'), Path.Combine(Path.GetTempPath(), $"torture-{Guid.NewGuid():n}"));

        // What only the first run does, such as laying out a template, is a command of its own.
        subject.Prepare();
        subject.AssertRight(stage.Scene.Cli.Run(subject.Arguments).Expect(0));
        subject.Prepare();
        Tracer.Sight sight = tracer.Watch(subject.Arguments);
        sight.Result.Expect(0);
        subject.AssertRight(sight.Result);
        Assert.NotEmpty(sight.Calls);
        if (!kinds.TryGetValue(command, out (SortedSet<string> Made, SortedSet<string> Failed) of)) kinds[command] = of = (new(StringComparer.Ordinal), new(StringComparer.Ordinal));
        of.Made.UnionWith(sight.Names);

        // By name: there are a thousand reads for one rename.
        foreach (IGrouping<string, Tracer.Occurrence> calls in sight.Calls.GroupBy(static call => call.Name))
        {
            string error = Errors[(calls.Key.Sum(static letter => letter) + visit + (visit / Errors.Length)) % Errors.Length];
            Tracer.Occurrence[] choice = [.. calls];

            // The threads of a command do not always make the same calls: the first one of a kind comes nearly always.
            foreach (Tracer.Occurrence call in (Tracer.Occurrence[])[choice[random.Next(choice.Length)], choice[random.Next(choice.Length)], choice[0]])
            {
                if (!Try(stage, subject, tracer, call, error, tally)) continue;
                of.Failed.Add(call.Name);
                pairs.Add((call.Name, error));
                break;
            }
        }
        tally.Remark = Covered();
        subject.CleanUp?.Invoke();
        stage.Scene.AssertUsable(stage.One, "s", tally);
    }

    /// <summary>What was reached in all rounds, and what never was.</summary>
    string Covered()
    {
        string[] left = [.. kinds.Select(static command => (command.Key, Left: command.Value.Made.Except(command.Value.Failed).ToArray()))
            .Where(static command => command.Left.Length > 0).Select(static command => $"{command.Key}: {string.Join(' ', command.Left)}")];
        SortedSet<string> failed = new(kinds.Values.SelectMany(static command => command.Failed), StringComparer.Ordinal);
        return $"{failed.Count} kinds of call failed in {kinds.Count} commands, with {pairs.Count} of {failed.Count * Errors.Length} pairs of kind and error: "
            + $"{string.Join(' ', failed)}; made and never failed: {(left.Length == 0 ? "none" : string.Join("; ", left))}";
    }

    /// <summary>Makes one call fail. Returns whether it was made at all.</summary>
    static bool Try(FaultStage stage, FaultSubject subject, Tracer tracer, Tracer.Occurrence call, string error, Tally tally)
    {
        subject.Prepare();
        (CliResult result, Tracer.Reach reach) = tracer.Fail(call, error, subject.Arguments);
        try
        {
            if (IsLeftOut(result, call.Name, error)) tally.Count("attributes left out and told");
            else if (result.ExitCode == 0) subject.AssertRight(result);
            else if (reach == Tracer.Reach.Nothing) result.Expect(0);
            else if (reach == Tracer.Reach.Ours && !IsDamage(subject, result, error)) AssertTold(result, call.Name, error);
            if (result.ExitCode != 0) subject.AssertKept();
            stage.AssertUntouched(tally, result.ExitCode == 0 ? null : subject.Staged());
            if (result.ExitCode != 0)
            {
                CliResult again = stage.Scene.Cli.Run(subject.Arguments);
                Assert.True(subject.Ends.Contains(again.ExitCode), again.ToString());
                subject.AssertRight(again);
                stage.AssertUntouched(tally);
            }
        }
        catch (Exception wrong)
        {
            throw new InvalidOperationException($"On {stage.Volume.Name}, {call.Name} number {call.Number} failed with {error}:\n{result}\n", wrong);
        }
        if (reach != Tracer.Reach.Ours)
        {
            tally.Count(reach == Tracer.Reach.Nothing ? "calls not made again" : "faults of other files");
            return false;
        }
        tally.Count("faults");
        tally.Count($"faults of {call.Name}");
        tally.Count(result.ExitCode == 0 ? "faults withstood" : "faults told");
        return true;
    }

    /// <summary>
    /// ENOSPC is what ext4 says of an attribute that is too long for it (setxattr(2)). Like all that a filesystem does not take it is left
    /// out, and told.
    /// </summary>
    static bool IsLeftOut(CliResult result, string call, string error) => result.ExitCode == 0 && error == "ENOSPC" && call.EndsWith("xattr", StringComparison.Ordinal)
        && result.Output.StartsWith('{') && result.Json.TryGetProperty("notPreserved", out JsonElement lost) && lost.EnumerateArray().Any(static one => one.GetProperty("reason").GetString() == "ENOSPC");

    /// <summary>What cannot be read is damaged; a system that has no memory or descriptors says nothing about the file.</summary>
    static bool IsDamage(FaultSubject subject, CliResult result, string error) =>
        result.ExitCode == 6 && subject.MayFindDamage && (subject.Staged() is not null || error is not ("EMFILE" or "ENOMEM"));

    static void AssertTold(CliResult result, string call, string injected)
    {
        Assert.Contains(result.ExitCode, Codes);
        JsonElement error = result.Error;
        string message = error.GetProperty("message").GetString()!;
        Assert.NotEqual("internal", error.GetProperty("code").GetString());

        // The framework asks by stat(2) whether there is a folder of the name already when mkdir(2) has said so, and then says that instead.
        bool isFramework = call == "stat" && message.Contains("EEXIST", StringComparison.Ordinal);
        Assert.True(message.Contains(injected, StringComparison.Ordinal) || isFramework || result.ExitCode != 1, $"The message does not say {injected}.");
        Assert.Contains("/", message, StringComparison.Ordinal);
        if (result.ExitCode == 1) Assert.Equal(JsonValueKind.Number, error.GetProperty("errno").ValueKind);
        Assert.StartsWith("/", error.GetProperty("path").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.String, error.GetProperty("hint").ValueKind);
    }
}
