using TestKit;
using Xunit;

namespace Torture;

/// <summary>
/// Eight workers at once in one home. Each has spaces and a catalog of its own, which nobody else touches and which it looks at when it
/// has made them; other spaces are everybody's. Some of their commands are killed.
/// </summary>
internal sealed class Crowd : Ordeal
{
    const int Workers = 8;

    static readonly TimeSpan Time = TimeSpan.FromSeconds(6);

    internal override string Name => "crowd";

    internal override string What => "eight workers that record, restore, refresh, run, delete, check and collect in the same home, some of them killed";

    internal override int Share => 2;

    internal override void Round(int number, Random random, Tally tally)
    {
        string volume = (number % 3) switch { 0 => "btrfs", 1 => "xfs", _ => "ext4" };

        // In every second round nobody waits long, so that `busy` is met.
        TimeSpan wait = number % 2 == 0 ? TimeSpan.FromSeconds(45) : TimeSpan.FromMilliseconds(300);
        using var scene = new Scene(TestVolumes.Get(volume));
        string[] catalogs = [scene.RecordTree("first", 120, random), scene.RecordTree("second", 80, random)];
        Directory.CreateDirectory(scene.Home);
        File.WriteAllText(Path.Combine(scene.Home, "settings.yaml"), "holotree:\n  standby: 2\n");

        CrowdWorker[] workers = [.. Enumerable.Range(0, Workers).Select(i => new CrowdWorker(i, scene, catalogs, wait, new Random(random.Next()), tally))];
        foreach (CrowdWorker worker in workers)
        {
            foreach (string catalog in catalogs) scene.Learn(catalog, worker.Space);
        }
        Together.Run(workers, Time, static worker => worker.Act());

        // What commands started and did not wait for ends by itself.
        Assert.True(scene.WaitUntilQuiet(TimeSpan.FromSeconds(60)), "Processes of this home do not end.");
        foreach (CrowdWorker worker in workers) worker.Settle();
        scene.AssertSound(tally);
        foreach (CrowdWorker worker in workers) worker.TakeLeave();
        Assert.True(scene.WaitUntilQuiet(TimeSpan.FromSeconds(60)), "Processes of this home do not end.");
        File.Delete(Path.Combine(scene.Home, "settings.yaml"));
        scene.AssertUsable(catalogs[0], workers[0].Space, tally);
    }
}
