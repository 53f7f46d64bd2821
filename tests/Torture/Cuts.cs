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

    /// <summary>A disk as it was at a moment.</summary>
    /// <param name="Image">Its clone.</param>
    /// <param name="During">What was done at that moment.</param>
    /// <param name="Recorded">The ids of the catalogs that were said to be recorded by then, and not asked to be removed.</param>
    sealed record Cut(string Image, string During, HashSet<string> Recorded);

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
                throw new InvalidOperationException($"On {kind}, after a power cut during {cut.During}: {wrong.Message}", wrong);
            }
            File.Delete(cut.Image);
            tally.Count("cuts");
            tally.Count($"cuts on {kind}");
        }
    }

    static List<Cut> CutWhileAtWork(Stage stage, Disk disk, int number, Random random)
    {
        Act[] acts = [.. Act.All.Where(act => act.IsFor(stage) && !act.Heals && act.Name is not ("clone" or "refresh over damage"))];
        HashSet<string> recorded = [stage.One, stage.Two];
        string during = "the beginning";
        var cuts = new List<Cut>();
        int moments = random.Next();
        Task work = Task.Run(() =>
        {
            for (int i = 0; i < Acts; i++)
            {
                Act act = acts[((number / Kinds.Length * Acts) + i) % acts.Length];
                during = act.Name;
                act.Prepare(stage);
                stage.Run(act.Command(stage));
                HomeProcesses.AssertNoneStays(stage.Scene.Home);
                if (act.Name.StartsWith("record", StringComparison.Ordinal)) recorded = Catalogs(stage);
                during = $"'{act.Name}' had ended";
                Thread.Sleep(stage.Random.Next(60));
                recorded = [stage.One, stage.Two];
                act.After?.Invoke(stage);
            }
        });
        var chance = new Random(moments);
        while (!work.IsCompleted && cuts.Count < MostCuts)
        {
            work.Wait(chance.Next(10, 250));
            if (work.IsCompleted) break;
            Sync(stage, chance);
            (HashSet<string> known, string now) = (recorded, during);
            string image = disk.Cut(cuts.Count);
            cuts.Add(new Cut(image, now, ReferenceEquals(known, recorded) ? known : [stage.One, stage.Two]));
        }
        work.GetAwaiter().GetResult();
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
        Assert.Superset(cut.Recorded, Catalogs(stage));
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
        stage.AssertUsable(tally);
    }
}
