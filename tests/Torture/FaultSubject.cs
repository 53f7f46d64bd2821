using System.Globalization;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>A command, how its scene is set, and what it has to have done.</summary>
/// <param name="Arguments">The command line.</param>
/// <param name="Prepare">Sets the scene, whatever came before.</param>
/// <param name="AssertRight">What it has to have done when it says that it succeeded.</param>
internal sealed record FaultSubject(string[] Arguments, Action Prepare, Action<CliResult> AssertRight)
{
    /// <summary>In this order rounds take them: the short form has time for the first few.</summary>
    internal static (string Name, Func<FaultStage, FaultSubject> Make)[] All { get; } =
    [
        ("record", Record), ("init by smart", static stage => Init(stage, "smart")), ("check --repair", Repair), ("gc", Collect), ("refresh", Refresh), ("delete", Delete),
        ("settings", Settings), ("init by reflink", static stage => Init(stage, stage.Volume.CanReflink ? "reflink" : "copy")), ("init --force", Force),
        ("init by hard link", static stage => Init(stage, "hardlink")), ("check", Check), ("init by copy", static stage => Init(stage, "copy")), ("clone", CloneTree),
        ("run --ephemeral", Ephemeral), ("init of a template", Template), ("remove", Remove), ("record again", RecordAgain), ("list", List), ("diff", Diff), ("run", Run),
        ("variables", Variables), ("catalogs", Catalogs), ("standby", Standby),
    ];

    /// <summary>Whether it may end with 6: what cannot be read is damaged.</summary>
    internal bool MayFindDamage { get; init; }

    /// <summary>The object that was damaged when the scene was set.</summary>
    internal Func<string?> Staged { get; init; } = static () => null;

    /// <summary>How it may end when it is repeated after a failure.</summary>
    internal int[] Ends { get; init; } = [0];

    /// <summary>What must not have changed when it failed, beside what never must.</summary>
    internal Action AssertKept { get; init; } = static () => { };

    internal Action? CleanUp { get; init; }

    static FaultSubject Record(FaultStage stage)
    {
        stage.Scene.MakeTree("new", 20, stage.Random);
        string id = stage.Scene.Cli.Json("record", stage.Scene["new"], "--name", "new").GetProperty("catalog").GetString()!;
        return new FaultSubject(["record", stage.Scene["new"], "--name", "new", "--json"], () =>
        {
            if (!stage.HasCatalog(id)) return;
            stage.Scene.Cli.Run("remove", id).Expect(0);
            stage.Scene.Cli.Run("gc").Expect(0);
        }, result => Assert.Equal(id, result.Json.GetProperty("catalog").GetString()));
    }

    static FaultSubject RecordAgain(FaultStage stage) => new(["record", stage.Scene["tree"], "--name", "env", "--json"], static () => { },
        result => Assert.Equal(stage.Two, result.Json.GetProperty("catalog").GetString()));

    static FaultSubject Init(FaultStage stage, string strategy) => new(
        ["init", "--catalog", stage.One, "--space", "s", "--strategy", strategy, "--workers", stage.Random.Next(2) == 0 ? "1" : "2", "--json"],
        stage.DeleteSpace, _ => stage.AssertStands(stage.One));

    static FaultSubject Template(FaultStage stage) => Init(stage, stage.Volume.Name == "btrfs" ? "snapshot" : "smart") with
    {
        Prepare = () =>
        {
            stage.DeleteSpace();
            string templates = Path.Combine(stage.Scene.Home, "library/templates");
            if (Directory.Exists(templates)) File.Delete(Path.Combine(templates, stage.One + ".facts"));
        },
    };

    static FaultSubject Refresh(FaultStage stage) => new(["init", "--catalog", stage.One, "--space", "s", "--json"],
        () => stage.MakeSpace(stage.Two), _ => stage.AssertStands(stage.One));

    static FaultSubject Force(FaultStage stage) => Refresh(stage) with { Arguments = ["init", "--catalog", stage.One, "--space", "s", "--force", "--json"] };

    static FaultSubject Delete(FaultStage stage) => new(["delete", "s", "--json"], () => stage.MakeSpace(stage.One), _ => Assert.False(Directory.Exists(stage.Scene.PathOf("s"))));

    static FaultSubject Collect(FaultStage stage)
    {
        stage.Scene.MakeTree("junk", 10, stage.Random);
        return new FaultSubject(["gc", "--json"], () =>
        {
            string id = stage.Scene.Cli.Json("record", stage.Scene["junk"], "--name", "junk").GetProperty("catalog").GetString()!;
            stage.Scene.Cli.Run("remove", id).Expect(0);
        }, _ => Assert.Equal(0, stage.Scene.Cli.Json("gc", "--dry-run").GetProperty("removed").GetInt64()));
    }

    static FaultSubject Check(FaultStage stage) => new(["check", "--json"], static () => { },
        static result => Assert.Equal(0, result.Json.GetProperty("damaged").GetArrayLength() + result.Json.GetProperty("missing").GetArrayLength()))
    { MayFindDamage = true };

    static FaultSubject Repair(FaultStage stage)
    {
        string[] objects = [.. Directory.EnumerateFiles(Path.Combine(stage.Scene.Home, "library/objects"), "*", SearchOption.AllDirectories)
            .Where(static path => new FileInfo(path).Length > 0).Order(StringComparer.Ordinal)];
        string damaged = string.Empty;
        return new FaultSubject(["check", "--repair", "--json"], () =>
        {
            damaged = objects[stage.Random.Next(objects.Length)];
            Damages.Flip(damaged, stage.Random, keepsTimes: true);
        }, _ => Assert.Equal(0, stage.Scene.Cli.Run("check", "--json").ExitCode))
        {
            MayFindDamage = true,

            // Whoever was kept from mending has not mended it, and must have made nothing worse.
            Staged = () => Path.GetFileName(damaged),
            CleanUp = () => Directory.Delete(Path.Combine(stage.Scene.Home, "library/quarantine"), recursive: true),
        };
    }

    static FaultSubject CloneTree(FaultStage stage)
    {
        string copy = stage.Scene["copy"];
        return new FaultSubject(["clone", stage.Scene["tree"], copy, "--json"], () =>
        {
            if (Directory.Exists(copy)) Directory.Delete(copy, recursive: true);
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(stage.Scene[""]), static path => Path.GetFileName(path).StartsWith(".reflink-", StringComparison.Ordinal));
        }, _ => TreeComparison.AssertEqual(stage.Scene["tree"], copy));
    }

    static FaultSubject Ephemeral(FaultStage stage) => new(["run", "--catalog", stage.One, "--ephemeral", "--json", "--", "true"], () =>
    {
        // The tree below the overlay is laid out anew.
        string facts = Path.Combine(stage.Scene.Home, "library/lowers", stage.One + ".facts");
        if (File.Exists(facts)) File.Delete(facts);
    }, static _ => { });

    static FaultSubject List(FaultStage stage) => new(["list", "--json"], () => stage.MakeSpace(stage.One),
        static result => Assert.All(result.Json.GetProperty("spaces").EnumerateArray(), static space => Assert.True(space.GetProperty("complete").GetBoolean())));

    static FaultSubject Diff(FaultStage stage) => new(["diff", "s", "--json"], () => stage.MakeSpace(stage.One),
        static result => Assert.Equal((0, 0, 0), (result.Json.GetProperty("added").GetArrayLength(), result.Json.GetProperty("removed").GetArrayLength(), result.Json.GetProperty("changed").GetArrayLength())));

    static FaultSubject Remove(FaultStage stage)
    {
        stage.Scene.MakeTree("junk", 10, stage.Random);
        string id = string.Empty;
        return new FaultSubject(["remove", "junk", "--json"],
            () => id = stage.Scene.Cli.Json("record", stage.Scene["junk"], "--name", "junk").GetProperty("catalog").GetString()!,
            _ => Assert.False(stage.HasCatalog(id)))
        {
            // What failed may have been the last sync: then it is gone, and cannot be removed again.
            Ends = [0, 5],
        };
    }

    static FaultSubject Settings(FaultStage stage)
    {
        const string Before = "# mine\nholotree:\n  workers: 1\n", Added = "  lock-timeout: 70\n";
        string file = Path.Combine(stage.Scene.Home, "settings.yaml");
        return new FaultSubject(["settings", "holotree.lock-timeout", "70", "--json"], () => File.WriteAllText(file, Before), _ => AssertSet())
        {
            AssertKept = () =>
            {
                if (File.ReadAllText(file) != Before) AssertSet();
                Assert.DoesNotContain(Directory.EnumerateFiles(stage.Scene.Home), static path => Path.GetFileName(path).StartsWith(".reflink-", StringComparison.Ordinal));
            },
            CleanUp = () => File.Delete(file),
        };

        void AssertSet()
        {
            string text = File.ReadAllText(file);
            Assert.Contains(Added, text, StringComparison.Ordinal);
            Assert.Equal(Before, text.Replace(Added, string.Empty, StringComparison.Ordinal));
        }
    }

    static FaultSubject Run(FaultStage stage) => new(["run", "--space", "s", "--json", "--", "true"], () => stage.MakeSpace(stage.One), _ => stage.AssertStands(stage.One));

    static FaultSubject Variables(FaultStage stage)
    {
        string? first = null;
        return new FaultSubject(["variables", "--space", "s", "--json"], () => stage.MakeSpace(stage.One), result => Assert.Equal(first ??= result.Output, result.Output));
    }

    static FaultSubject Catalogs(FaultStage stage) => new(["catalogs", "--json"], static () => { },
        result => Assert.Equal(new SortedSet<string> { stage.One, stage.Two }, [.. result.Json.GetProperty("catalogs").EnumerateArray().Select(static known => known.GetProperty("catalog").GetString()!)]));

    /// <summary>Nothing waits on btrfs, where a snapshot is as quick.</summary>
    static FaultSubject Standby(FaultStage stage)
    {
        if (stage.Volume.Name == "btrfs") return RecordAgain(stage);
        return new FaultSubject(["standby", "--json"], () => { Wait(0); stage.Scene.Cli.Run("settings", "holotree.standby", "1").Expect(0); },
            _ => Assert.NotEmpty(Directory.GetFiles(Path.Combine(stage.Scene.Home, "standby", stage.One), "*.facts")))
        {
            CleanUp = () => Wait(0),
        };

        void Wait(int number)
        {
            stage.Scene.Cli.Run("settings", "holotree.standby", number.ToString(CultureInfo.InvariantCulture)).Expect(0);
            stage.Scene.Cli.Run("standby").Expect(0);
        }
    }
}
