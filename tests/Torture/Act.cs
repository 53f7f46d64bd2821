using TestKit;
using Xunit;

namespace Torture;

/// <summary>A command to be disturbed, with what is there before and what has to be right after.</summary>
/// <param name="Name">For the tally.</param>
/// <param name="Prepare">Makes what it needs.</param>
/// <param name="Command">The command line.</param>
internal sealed record Act(string Name, Action<Stage> Prepare, Func<Stage, string[]> Command)
{
    /// <summary>On which filesystems it means something.</summary>
    internal Func<Stage, bool> IsFor { get; init; } = static _ => true;

    /// <summary>What has to be right after it was disturbed, beside what always has to; then takes away what is in the way of the next.</summary>
    internal Action<Stage>? After { get; init; }

    /// <summary>How it may end when it is run again: a space that is gone cannot be deleted.</summary>
    internal int[] Ends { get; init; } = [0];

    /// <summary>Whether there is damage before it, which it heals.</summary>
    internal bool Heals { get; init; }

    /// <summary>Whether somebody has changed the space before it.</summary>
    internal bool Disarranges { get; init; }

    internal static IReadOnlyList<Act> All { get; } =
    [
        new("init of a new space", static stage => stage.Clear(), static stage => Init(stage, stage.One, "--strategy", stage.AnyStrategy)),
        new("refresh over damage", static stage => { stage.Stand(); stage.Disarrange(); }, static stage => Init(stage, stage.One)) { Disarranges = true },
        new("refresh to another catalog", static stage => stage.Stand(), static stage => Init(stage, stage.Two, "--strategy", stage.AnyStrategy)),
        new("init with force", static stage => stage.Stand(), static stage => Init(stage, stage.Two, "--force", "--strategy", stage.AnyStrategy)),
        new("record", static stage => stage.Scene.MakeTree(stage.FreshName("new"), 120, stage.Random), static stage => ["record", stage.Scene[stage.LastName("new")]])
        {
            After = static stage => { stage.RemoveOthers(); Directory.Delete(stage.Scene[stage.LastName("new")], recursive: true); },
        },
        new("record again", static stage => RecordAndChange(stage, stage.FreshName("again")), static stage => ["record", stage.Scene[stage.LastName("again")]])
        {
            After = static stage => { stage.RemoveOthers(); Directory.Delete(stage.Scene[stage.LastName("again")], recursive: true); },
        },
        new("delete", static stage => stage.Stand(), static _ => ["delete", Stage.Space]) { Ends = [0, 5] },
        new("gc", MakeGarbage, static _ => ["gc"]),
        new("remove", static stage => RecordAndChange(stage, stage.FreshName("gone")), static stage => ["remove", stage.LastName("gone")])
        {
            After = static stage => { stage.RemoveOthers(); Directory.Delete(stage.Scene[stage.LastName("gone")], recursive: true); },
            Ends = [0, 5],
        },
        new("check --repair", static stage => { stage.Clear(); stage.Damage(); }, static _ => ["check", "--repair"]) { Heals = true },
        new("run --ephemeral", static stage => stage.Clear(), static stage =>
            ["run", "--catalog", stage.One, "--ephemeral", "--", "sh", "-c", "echo new >new; rm -r 'folder 1'; sleep 0.02"]),
        new("claim of a space in waiting", static stage => Wait(stage, 1), static stage => Init(stage, stage.One)) { IsFor = HasStandby, After = static stage => Wait(stage, 0) },
        new("standby", static stage => Wait(stage, 2, fill: false), static _ => ["standby"]) { IsFor = HasStandby, After = static stage => Wait(stage, 0) },
        new("settings", static stage => stage.Run("settings", "holotree.workers", "1"), static _ => ["settings", "holotree.workers", "2"])
        {
            After = static stage =>
            {
                string file = System.IO.Path.Combine(stage.Scene.Home, "settings.yaml");
                Assert.Contains("workers: 2\n", File.ReadAllText(file), StringComparison.Ordinal);
                Assert.Equal([file], Directory.EnumerateFiles(stage.Scene.Home));
            },
        },
        new("clone", static stage => stage.FreshName("clone"), static stage => ["clone", stage.Scene["one"], stage.Scene[stage.LastName("clone")], "--overwrite"]) { After = AssertCloned },
    ];

    /// <summary>Asserts what holds when it was disturbed; then it is run again, without any help.</summary>
    internal void AssertRight(Stage stage, Tally tally, HashSet<string> damaged)
    {
        HomeProcesses.AssertNoneStays(stage.Scene.Home);
        if (!Heals)
        {
            stage.AssertSound(tally);
            stage.Scene.LeftAs = null;
            CliResult again = stage.Scene.Cli.Run(Command(stage));
            Assert.True(Ends.Contains(again.ExitCode), again.ToString());
        }
        else
        {
            Assert.Subset(damaged, stage.Found(6));
            stage.Run("check", "--repair");
        }
        stage.AssertSound(tally);
        After?.Invoke(stage);
    }

    static string[] Init(Stage stage, string catalog, params string[] options) => ["init", "--catalog", catalog, "--space", Stage.Space, .. options];

    static bool HasStandby(Stage stage) => stage.Kind != "btrfs";

    /// <summary>Has spaces waiting, or from the next fill on, or none.</summary>
    static void Wait(Stage stage, int number, bool fill = true)
    {
        stage.Stand("copy");
        stage.Clear();
        stage.Run("settings", "holotree.standby", number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (fill) stage.Run("standby");
    }

    static void RecordAndChange(Stage stage, string name)
    {
        stage.Scene.MakeTree(name, 120, stage.Random);
        stage.Run("record", stage.Scene[name]);
        for (int i = 0; i < 20; i += 4) File.AppendAllText(stage.Scene[System.IO.Path.Combine(name, $"folder {i % 7}", i % 3 == 0 ? "inner" : ".", $"file {i}")], "more");
    }

    static void MakeGarbage(Stage stage)
    {
        string name = stage.FreshName("garbage");
        stage.Scene.MakeTree(name, 100, stage.Random);
        stage.Run("record", stage.Scene[name]);
        Directory.Delete(stage.Scene[name], recursive: true);
        stage.Run("init", "--catalog", name, "--space", name);
        stage.Run("run", "--catalog", name, "--ephemeral", "--", "true");
        stage.Run("delete", name);
        stage.Run("remove", name);
    }

    /// <summary>A clone is there as a whole or not at all. What a killed one was building lies beside it, as nobody else knows of it.</summary>
    static void AssertCloned(Stage stage)
    {
        string clone = stage.Scene[stage.LastName("clone")];
        TreeComparison.AssertEqual(stage.Scene["one"], clone);
        Directory.Delete(clone, recursive: true);
        foreach (string half in Directory.EnumerateDirectories(System.IO.Path.GetDirectoryName(clone)!, ".reflink-*.partial").ToArray())
        {
            Tool.Run("rm", "-rf", half);
        }
    }
}
