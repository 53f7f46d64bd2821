using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>One of a crowd: does one thing after the other, and knows for each which answers can be right.</summary>
internal sealed class CrowdWorker
{
    const int Done = 0, Failed = 1, Unsupported = 4, NotFound = 5, Busy = 7;

    static readonly string[] Strategies = ["smart", "snapshot", "reflink", "hardlink", "copy"];

    readonly Scene scene;
    readonly string[] catalogs;
    readonly TimeSpan wait;
    readonly Random random;
    readonly Tally tally;
    readonly Cli cli;
    readonly string ownTree, ownCatalog, ownCopy;
    int edits;
    bool spoilt;

    internal CrowdWorker(int number, Scene scene, string[] catalogs, TimeSpan wait, Random random, Tally tally)
    {
        (this.scene, this.catalogs, this.wait, this.random, this.tally) = (scene, catalogs, wait, random, tally);
        Space = string.Create(CultureInfo.InvariantCulture, $"own-{number}");
        (ownTree, ownCatalog, ownCopy) = ($"tree-{number}", $"catalog-{number}", $"copy-{number}");
        cli = new Cli(scene.Home) { WorkingDirectory = scene.Cli.WorkingDirectory, Timeout = TimeSpan.FromSeconds(100) };
        cli.Environment["HOLOTREE_LOCK_TIMEOUT"] = wait.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        for (int i = 0; i < 12; i++) Edit();
    }

    /// <summary>The space that nobody else touches.</summary>
    internal string Space { get; }

    string Tree => scene[ownTree];

    string Common => $"common-{random.Next(3)}";

    string AnyCatalog => catalogs[random.Next(catalogs.Length)];

    /// <summary>Does one thing.</summary>
    internal void Act()
    {
        switch (random.Next(20))
        {
            case 0 or 1 or 2 or 3: MakeOwn(); break;
            case 4 or 5: Run([Done, Unsupported, Busy], Restore(Common)); break;
            case 6: Run([Done, NotFound, Busy], "delete", Common); break;
            case 7: Run([Done, NotFound, Busy], "delete", Space); break;
            case 8 or 9: RecordOwn(); break;
            case 10: Run([Done, NotFound, Busy], "remove", ownCatalog); break;
            case 11: Run([Done, Busy], "gc", "--grace", "0"); break;
            case 12: Run([Done, Busy], "gc"); break;
            case 13: Check(); break;
            case 14 or 15: RunEphemeral(); break;
            case 16: DiffOwn(); break;
            case 17: Run([Done, NotFound, Busy], "run", "--space", Common, "--", "true"); break;
            case 18: Run([Done], random.Next(3) switch { 0 => "list", 1 => "catalogs", _ => "statistics" }); break;
            default: Kill(); break;
        }
    }

    /// <summary>Brings the own space back where it was spoilt and somebody was in the way of bringing it back.</summary>
    internal void Settle()
    {
        if (spoilt) scene.Cli.Run("init", "--catalog", catalogs[0], "--space", Space).Expect(Done);
    }

    /// <summary>Deletes what this one alone knows of.</summary>
    internal void TakeLeave()
    {
        Run([Done, NotFound], "delete", ownCopy);
        Run([Done, NotFound], "remove", ownCatalog);
    }

    string[] Restore(string space)
    {
        var words = new List<string> { "init", "--catalog", AnyCatalog, "--space", space, "--strategy", Strategies[random.Next(Strategies.Length)] };
        if (random.Next(4) == 0) words.Add("--force");
        if (random.Next(6) == 0) words.AddRange(["--verify", "full"]);
        return [.. words];
    }

    /// <summary>Makes or refreshes the own space, and looks at every byte of it.</summary>
    void MakeOwn()
    {
        if (random.Next(3) == 0) Spoil();
        string[] words = Restore(Space);
        if (Run([Done, Unsupported, Busy], words) != Done) return;
        spoilt = false;
        bool linked = words[6] is "hardlink" or "smart";
        scene.AssertRight(words[2], Space, linked);
        tally.Count("spaces compared");
    }

    /// <summary>Changes something in the own space, if it stands.</summary>
    void Spoil()
    {
        string file = Path.Combine(scene.PathOf(Space), "folder 1", "file 1");
        if (!File.Exists(file)) return;
        spoilt = true;
        File.Delete(file);
        File.WriteAllText(file, "spoilt");
        File.WriteAllText(Path.Combine(scene.PathOf(Space), "folder 1", "another"), "another");
    }

    void Edit()
    {
        string folder = Path.Combine(Tree, $"part {edits % 3}");
        Directory.CreateDirectory(folder);
        byte[] bytes = new byte[random.Next(1, 50_000)];
        random.NextBytes(bytes);
        File.WriteAllBytes(Path.Combine(folder, $"file {edits++ % 20}"), bytes);
    }

    /// <summary>Records the own tree, makes a copy of it, and holds both against each other.</summary>
    void RecordOwn()
    {
        for (int i = random.Next(3); i > 0; i--) Edit();
        if (Run([Done, Busy], "record", Tree, "--name", ownCatalog) != Done) return;
        if (Run([Done, Busy], "init", "--catalog", ownCatalog, "--space", ownCopy) != Done) return;
        TreeComparison.AssertEqual(Tree, scene.PathOf(ownCopy), new TreeComparisonOptions { Parts = TreeParts.Content | TreeParts.LinkTargets });
        tally.Count("spaces compared");
    }

    void Check()
    {
        CliResult result = RunFor([Done, Busy], "check", "--json");
        if (result.ExitCode != Done) return;
        JsonElement found = result.Json;
        Assert.True((found.GetProperty("damaged").GetArrayLength(), found.GetProperty("missing").GetArrayLength()) == (0, 0), result.ToString());
    }

    void RunEphemeral()
    {
        CliResult result = RunFor([Done, Busy], "run", "--ephemeral", "--catalog", AnyCatalog, "--", "sh", "-c",
            "echo x >> \"$HOLOTREE_SPACE_PATH/folder 1/file 1\" && cat \"$HOLOTREE_SPACE_PATH/folder 0/inner/file 0\" | head -n 1");
        if (result.ExitCode == Done) Assert.StartsWith("#!/", result.Output, StringComparison.Ordinal);
    }

    void DiffOwn()
    {
        CliResult made = RunFor([Done, Unsupported, Busy], Restore(Space));
        if (made.ExitCode != Done) return;
        CliResult result = RunFor([Done, Busy], "diff", Space, "--json");
        if (result.ExitCode != Done) return;
        JsonElement difference = result.Json;
        foreach (string kind in (string[])["added", "removed", "changed"]) Assert.True(difference.GetProperty(kind).GetArrayLength() == 0, result.ToString());
    }

    /// <summary>Starts something and kills it. What it was to do another one has to be able to do at once.</summary>
    void Kill()
    {
        string[] words = random.Next(8) switch
        {
            0 or 1 => Restore(Space),
            2 or 3 => Restore(Common),
            4 => ["delete", Common],
            5 => ["record", Tree, "--name", ownCatalog],
            6 => ["gc", "--grace", "0"],
            _ => ["run", "--ephemeral", "--catalog", AnyCatalog, "--", "sleep", "0.05"],
        };
        using Process process = cli.Start(words);
        Thread.Sleep(random.Next(60));
        process.Kill();
        process.WaitForExit();
        tally.Count("kills");
    }

    int Run(int[] right, params string[] words) => RunFor(right, words).ExitCode;

    CliResult RunFor(int[] right, params string[] words)
    {
        long start = Stopwatch.GetTimestamp();
        CliResult result = cli.Run(words);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        tally.Count("commands");
        if (result.ExitCode == Busy)
        {
            tally.Count("busy");
            Assert.True(took >= wait - TimeSpan.FromMilliseconds(50), $"Busy after {took} already, and the wait is {wait}.\n{result}");
        }
        if (result.ExitCode == Failed || !right.Contains(result.ExitCode)) Assert.Fail($"Not one of {string.Join(", ", right)}.\n{result}");
        return result;
    }
}
