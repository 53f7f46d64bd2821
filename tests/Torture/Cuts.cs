using System.Text.Json;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>Cuts the power while commands run, and looks at what the disk has then.</summary>
internal sealed class Cuts : Ordeal
{
    const int MostCuts = 14, Acts = 5;

    static readonly string[] Kinds = ["btrfs", "xfs", "ext4"];

    internal override string Name => "cuts";

    internal override string What => "power cuts at random moments: a clone of the disk under a mounted btrfs, XFS and ext4 is mounted after a restart";

    internal override int Share => 3;

    /// <summary>What may be on the disk at a moment.</summary>
    /// <param name="During">What is being done; null while something is made that nobody need have on disk, such as damage.</param>
    /// <param name="Recorded">The ids of the catalogs that were said to be recorded by then, and not asked to be removed.</param>
    /// <param name="LeftAs">What somebody has made of the space in this round, if anybody has: without a sync it may be so again.</param>
    /// <param name="Damaged">The objects that are damaged until the command at work has healed them.</param>
    sealed record Moment(string? During, HashSet<string> Recorded, TreeSnapshot? LeftAs, HashSet<string> Damaged);

    /// <summary>A clone of the disk, taken between two moments.</summary>
    sealed record Cut(string Image, Moment Before, Moment After);

    internal override void Round(int number, Random random, Tally tally)
    {
        string kind = Kinds[number % Kinds.Length];
        using TemporaryFolder folder = TestVolumes.Get(number / Kinds.Length % 2 == 0 ? "xfs" : "btrfs").Folder();
        using var boot = new Boot(folder);
        using var disk = new Disk(folder, kind);
        using var stage = new Stage(disk.Volume, random);
        List<Cut> cuts = CutWhileAtWork(stage, disk, number, random);
        HomeProcesses.AssertNoneStays(stage.Scene.Home);
        disk.Unmount();
        foreach (Cut cut in cuts)
        {
            boot.Again();
            try
            {
                disk.Mount(cut.Image);
                Examine(stage, cut, tally);
                disk.Unmount();
            }
            catch (Exception wrong)
            {
                throw new InvalidOperationException($"On {kind}, after a power cut during {cut.Before.During}: {wrong.Message}", wrong);
            }
            File.Delete(cut.Image);
            tally.Count("cuts");
            tally.Count($"cuts on {kind}");
        }
    }

    static List<Cut> CutWhileAtWork(Stage stage, Disk disk, int number, Random random)
    {
        // What a clone leaves on disk after a power cut nobody has promised, as of cp(1).
        Act[] acts = [.. Act.All.Where(act => act.IsFor(stage) && act.Name != "clone")];
        HashSet<string> both = [stage.One, stage.Two];
        var now = new Moment("the beginning", both, null, []);
        var cuts = new List<Cut>();
        int moments = random.Next();
        Task work = Task.Run(() =>
        {
            for (int i = 0; i < Acts; i++)
            {
                Act act = acts[((number / Kinds.Length * Acts) + i) % acts.Length];
                bool spoils = act.Heals || act.Disarranges;
                now = now with { During = spoils ? null : act.Name };
                act.Prepare(stage);
                if (spoils) Tool.Run("sync", "--file-system", stage.Scene.Home);
                now = new Moment(act.Name, both, stage.Scene.LeftAs, act.Heals ? stage.Found(6) : []);
                stage.Run(act.Command(stage));
                HomeProcesses.AssertNoneStays(stage.Scene.Home);
                now = now with { During = $"'{act.Name}' had ended", Damaged = [], Recorded = act.Name.StartsWith("record", StringComparison.Ordinal) ? Catalogs(stage) : both };
                Thread.Sleep(stage.Random.Next(60));
                now = now with { Recorded = both };
                act.After?.Invoke(stage);
            }
        });
        var chance = new Random(moments);
        while (!work.IsCompleted && cuts.Count < MostCuts)
        {
            work.Wait(chance.Next(10, 250));
            if (work.IsCompleted) break;
            Sync(stage, chance);
            Moment before = now;
            if (before.During is null) continue;
            string image = disk.Cut(cuts.Count);
            var cut = new Cut(image, before, now);
            if (cut.After.During is null) File.Delete(image);
            else cuts.Add(cut);
        }
        work.GetAwaiter().GetResult();
        stage.Scene.LeftAs = null;
        return cuts;
    }

    /// <summary>Other programs wait for the disk too, and have filesystems write out their logs with all that others did to names, but not what they wrote into files.</summary>
    static void Sync(Stage stage, Random chance)
    {
        int way = chance.Next(6);
        string file = stage.Scene["somebody's file"];
        if (way < 3)
        {
            using FileStream stream = File.Create(file);
            stream.WriteByte(1);
            stream.Flush(flushToDisk: true);
        }
        else if (way == 3)
        {
            // In another thread, so that the power goes while it is at it.
            _ = Task.Run(() => Tool.Try("sync", "--file-system", stage.Scene["one"]));
            Thread.Sleep(chance.Next(15));
        }
    }

    static HashSet<string> Catalogs(Stage stage) =>
        [.. stage.Scene.Cli.Json("catalogs").GetProperty("catalogs").EnumerateArray().Select(static known => known.GetProperty("catalog").GetString()!)];

    static void Examine(Stage stage, Cut cut, Tally tally)
    {
        Assert.Superset(cut.Before.Recorded.Intersect(cut.After.Recorded).ToHashSet(), Catalogs(stage));
        stage.Scene.LeftAs = cut.After.LeftAs;
        HashSet<string> damaged = [.. cut.Before.Damaged, .. cut.After.Damaged];
        if (damaged.Count > 0)
        {
            Assert.Subset(damaged, stage.Found(6));
            stage.Run("check", "--repair");
            tally.Count("cuts while damage was being healed");
        }
        stage.AssertSound(tally);
        foreach (JsonElement space in stage.Scene.Cli.Json("list").GetProperty("spaces").EnumerateArray())
        {
            if (!space.GetProperty("inDoubt").GetBoolean()) continue;
            CliResult use = stage.Scene.Cli.Run("run", "--space", space.GetProperty("space").GetString()!, "--", "true");
            Assert.True(use.ExitCode == 0 || (use.ExitCode == 5 && use.Errors.Contains("shortly before the machine stopped", StringComparison.Ordinal)), use.ToString());
            tally.Count(use.ExitCode == 0 ? "spaces in doubt that were whole" : "spaces in doubt that were not");
        }

        // What was in doubt and was used is said to be complete by now.
        stage.AssertSound(tally);
        stage.Scene.LeftAs = null;
        stage.AssertUsable(tally);
    }
}
