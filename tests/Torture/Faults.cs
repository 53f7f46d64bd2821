using System.Text.Json;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>
/// One system call after the other fails, in every command that touches files. The command either does what it should all the same, or says
/// what failed; what stood there before stands there still; and the same command succeeds when nothing fails any more.
/// </summary>
internal sealed class Faults : Ordeal
{
    const int FaultsPerRound = 16;

    static readonly string[] Volumes = ["btrfs", "xfs", "ext4"], Errors = ["EIO", "ENOSPC", "EDQUOT", "EROFS", "EMFILE", "ENOMEM"];

    /// <summary>1 failed, 4 cannot be done here, 6 damage found, 7 busy.</summary>
    static readonly int[] Codes = [1, 4, 6, 7];

    static readonly Func<Stage, Subject>[] Subjects =
    [
        Record, static stage => Init(stage, "smart"), Refresh, static stage => Init(stage, stage.Volume.CanReflink ? "reflink" : "copy"), Force, Delete,
        static stage => Init(stage, "hardlink"), Collect, Check, static stage => Init(stage, "copy"), Clone, Ephemeral, Template, RecordAgain, List, Diff,
    ];

    internal override string Name => "faults";

    internal override string What => "makes single system calls fail: EIO, ENOSPC, EDQUOT, EROFS, EMFILE, ENOMEM";

    internal override string? Missing => base.Missing ?? (Tool.Exists("strace") ? null : "strace");

    internal override int Share => 3;

    internal override void Round(int number, Random random, Tally tally)
    {
        using var stage = new Stage(TestVolumes.Get(Volumes[number % Volumes.Length]), random);
        Subject subject = Subjects[number / Volumes.Length % Subjects.Length](stage);
        var tracer = new Tracer(stage.Scene.Cli, stage.Scene[""].TrimEnd('/'), Path.Combine(Path.GetTempPath(), $"torture-{Guid.NewGuid():n}"));

        subject.Prepare();
        (CliResult undisturbed, Tracer.Occurrence[] calls) = tracer.Watch(subject.Arguments);
        undisturbed.Expect(0);
        subject.AssertRight(undisturbed);
        string[] names = [.. calls.Select(static call => call.Name).Distinct()];
        Assert.NotEmpty(names);

        // By name first: there are a thousand reads for one rename.
        for (int i = 0; i < FaultsPerRound; i++)
        {
            string name = names[random.Next(names.Length)];
            Tracer.Occurrence[] of = [.. calls.Where(call => call.Name == name)];
            Try(stage, subject, tracer, of[random.Next(of.Length)], Errors[random.Next(Errors.Length)], tally);
        }
        subject.CleanUp?.Invoke();
        stage.Scene.AssertUsable(stage.One, "s", tally);
    }

    static void Try(Stage stage, Subject subject, Tracer tracer, Tracer.Occurrence call, string error, Tally tally)
    {
        subject.Prepare();
        CliResult result = tracer.Fail(call, error, subject.Arguments);
        tally.Count("faults");
        tally.Count($"faults of {call.Name}");
        try
        {
            if (result.ExitCode == 0) subject.AssertRight(result);
            else if (result.ExitCode != 6 || !subject.MayFindDamage) AssertTold(result, call.Name, error);
            tally.Count(result.ExitCode == 0 ? "faults withstood" : "faults told");
            stage.AssertUntouched(tally);
            if (result.ExitCode != 0) subject.AssertRight(stage.Scene.Cli.Run(subject.Arguments).Expect(0));
            stage.AssertUntouched(tally);
        }
        catch (Exception wrong)
        {
            throw new InvalidOperationException($"{call.Name} number {call.Number} failed with {error}:\n{result}\n", wrong);
        }
    }

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
        Assert.Equal(JsonValueKind.String, error.GetProperty("path").ValueKind);
        Assert.Equal(JsonValueKind.String, error.GetProperty("hint").ValueKind);
    }

    /// <summary>A command, how its scene is set, and what it has to have done.</summary>
    sealed record Subject(string[] Arguments, Action Prepare, Action<CliResult> AssertRight)
    {
        internal bool MayFindDamage { get; init; }

        internal Action? CleanUp { get; init; }
    }

    static Subject Record(Stage stage)
    {
        stage.Scene.MakeTree("new", 20, stage.Random);
        string id = stage.Scene.Cli.Json("record", stage.Scene["new"], "--name", "new").GetProperty("catalog").GetString()!;
        return new Subject(["record", stage.Scene["new"], "--name", "new", "--json"], () =>
        {
            if (!stage.HasCatalog(id)) return;
            stage.Scene.Cli.Run("remove", id).Expect(0);
            stage.Scene.Cli.Run("gc").Expect(0);
        }, result => Assert.Equal(id, result.Json.GetProperty("catalog").GetString()));
    }

    static Subject RecordAgain(Stage stage) => new(["record", stage.Scene["tree"], "--name", "env", "--json"], static () => { },
        result => Assert.Equal(stage.Two, result.Json.GetProperty("catalog").GetString()));

    static Subject Init(Stage stage, string strategy) => new(
        ["init", "--catalog", stage.One, "--space", "s", "--strategy", strategy, "--workers", stage.Random.Next(2) == 0 ? "1" : "2", "--json"],
        stage.DeleteSpace, _ => stage.AssertStands(stage.One));

    static Subject Template(Stage stage) => Init(stage, stage.Volume.Name == "btrfs" ? "snapshot" : "smart") with
    {
        Prepare = () =>
        {
            stage.DeleteSpace();
            File.Delete(Path.Combine(stage.Scene.Home, "library/templates", stage.One + ".facts"));
        },
    };

    static Subject Refresh(Stage stage) => new(["init", "--catalog", stage.One, "--space", "s", "--json"],
        () => stage.MakeSpace(stage.Two), _ => stage.AssertStands(stage.One));

    static Subject Force(Stage stage) => Refresh(stage) with { Arguments = ["init", "--catalog", stage.One, "--space", "s", "--force", "--json"] };

    static Subject Delete(Stage stage) => new(["delete", "s", "--json"], () => stage.MakeSpace(stage.One), _ => Assert.False(Directory.Exists(stage.Scene.PathOf("s"))));

    static Subject Collect(Stage stage)
    {
        stage.Scene.MakeTree("junk", 10, stage.Random);
        return new Subject(["gc", "--json"], () =>
        {
            string id = stage.Scene.Cli.Json("record", stage.Scene["junk"], "--name", "junk").GetProperty("catalog").GetString()!;
            stage.Scene.Cli.Run("remove", id).Expect(0);
        }, _ => Assert.Equal(0, stage.Scene.Cli.Json("gc", "--dry-run").GetProperty("removed").GetInt64()));
    }

    static Subject Check(Stage stage)
    {
        string[] objects = [.. Directory.EnumerateFiles(Path.Combine(stage.Scene.Home, "library/objects"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        return new Subject(["check", "--repair", "--json"],
            () => Damages.Flip(objects[stage.Random.Next(objects.Length)], stage.Random, keepsTimes: true),
            result => Assert.Equal(0, stage.Scene.Cli.Run("check", "--json").ExitCode))
        {
            MayFindDamage = true,
            CleanUp = () => Directory.Delete(Path.Combine(stage.Scene.Home, "library/quarantine"), recursive: true),
        };
    }

    static Subject Clone(Stage stage)
    {
        string copy = stage.Scene["copy"];
        return new Subject(["clone", stage.Scene["tree"], copy, "--json"], () =>
        {
            if (Directory.Exists(copy)) Directory.Delete(copy, recursive: true);
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(stage.Scene[""]), static path => Path.GetFileName(path).StartsWith(".reflink-", StringComparison.Ordinal));
        }, _ => TreeComparison.AssertEqual(stage.Scene["tree"], copy));
    }

    static Subject Ephemeral(Stage stage) => new(["run", "--catalog", stage.One, "--ephemeral", "--json", "--", "true"], static () => { }, static _ => { });

    static Subject List(Stage stage) => new(["list", "--json"], () => stage.MakeSpace(stage.One),
        static result => Assert.All(result.Json.GetProperty("spaces").EnumerateArray(), static space => Assert.True(space.GetProperty("complete").GetBoolean())));

    static Subject Diff(Stage stage) => new(["diff", "s", "--json"], () => stage.MakeSpace(stage.One),
        static result => Assert.Equal((0, 0, 0), (result.Json.GetProperty("added").GetArrayLength(), result.Json.GetProperty("removed").GetArrayLength(), result.Json.GetProperty("changed").GetArrayLength())));

    /// <summary>A scene with two generations of a tree and a space that nobody touches.</summary>
    sealed class Stage : IDisposable
    {
        internal Stage(Volume volume, Random random)
        {
            (Volume, Random, Scene) = (volume, random, new Scene(volume));
            string tree = Scene.MakeTree("tree", 30, random);
            Tool.Try("setfattr", "-n", "user.note", "-v", "kept", Path.Combine(tree, "folder 1/file 1"));
            Tool.Run("ln", Path.Combine(tree, "folder 1/file 1"), Path.Combine(tree, "folder 2/another name"));
            One = Scene.Record("tree", "env");
            File.AppendAllText(Path.Combine(tree, "folder 2/file 2"), "of the second generation");
            File.Delete(Path.Combine(tree, "folder 4/file 4"));
            File.WriteAllText(Path.Combine(tree, "folder 5/added"), $"{tree} is new");
            Two = Scene.Record("tree", "env");
            Scene.Learn(One, "s");
            Scene.Learn(Two, "s");
            Scene.Learn(One, "other");
            Scene.Cli.Run("init", "--catalog", One, "--space", "other", "--strategy", "copy").Expect(0);
        }

        internal Volume Volume { get; }

        internal Random Random { get; }

        internal Scene Scene { get; }

        internal string One { get; }

        internal string Two { get; }

        internal bool HasCatalog(string id) => Scene.Cli.Json("catalogs").GetProperty("catalogs").EnumerateArray().Any(known => known.GetProperty("catalog").GetString() == id);

        internal void DeleteSpace()
        {
            if (Find("s") is not null) Scene.Cli.Run("delete", "s").Expect(0);
        }

        internal void MakeSpace(string catalog)
        {
            Scene.Cli.Run("init", "--catalog", catalog, "--space", "s").Expect(0);
            AssertStands(catalog);
        }

        internal void AssertStands(string catalog)
        {
            JsonElement space = Find("s") ?? throw new InvalidOperationException("There is no space.");
            Assert.Equal((catalog, true), (space.GetProperty("catalog").GetString(), space.GetProperty("complete").GetBoolean()));
        }

        /// <summary>Whatever happened to somebody else: the catalogs and the other space are what they were.</summary>
        internal void AssertUntouched(Tally tally)
        {
            Scene.AssertSound(tally);
            Assert.True(HasCatalog(One) && HasCatalog(Two));
            Assert.True(Find("other") is { } other && other.GetProperty("complete").GetBoolean());
        }

        JsonElement? Find(string name)
        {
            foreach (JsonElement space in Scene.Cli.Json("list").GetProperty("spaces").EnumerateArray())
            {
                if (space.GetProperty("space").GetString() == name) return space;
            }
            return null;
        }

        public void Dispose() => Scene.Dispose();
    }
}
