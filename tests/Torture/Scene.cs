using System.Text.Json;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>
/// A home on a volume, with recorded trees and spaces, and what everything in it has to look like: whatever is done to the program, a
/// space that is said to be complete is what an undisturbed restore makes at the same path.
/// </summary>
internal sealed class Scene : IDisposable
{
    readonly TemporaryFolder folder;
    readonly Dictionary<(string Catalog, string Space), TreeSnapshot> right = [];

    internal Scene(Volume volume)
    {
        folder = volume.Folder();
        Cli = new Cli(folder["home"]) { WorkingDirectory = folder.Path };
    }

    internal Cli Cli { get; }

    internal string Home => folder["home"];

    internal string this[string name] => folder[name];

    /// <summary>The ids of all catalogs that were recorded without being disturbed.</summary>
    internal List<string> Catalogs { get; } = [];

    /// <summary>Makes a tree that names its own path in some of its files.</summary>
    internal string MakeTree(string name, int files, Random random)
    {
        string root = folder.MakeFolder(name);
        for (int i = 0; i < files; i++)
        {
            string path = $"{name}/folder {i % 7}/{(i % 3 == 0 ? "inner/" : "")}file {i}";
            if (i % 10 == 0) folder.Write(path, $"#!{root}/bin/python\nprefix = {root}\n{random.Next()}\n");
            else folder.WriteRandom(path, random.Next(4) == 0 ? random.Next(200_000) : random.Next(4000), random.Next());
        }
        File.CreateSymbolicLink(Path.Combine(root, "link"), Path.Combine(root, "folder 0"));
        return root;
    }

    /// <summary>Writes a file below the scene's folder.</summary>
    internal string Write(string path, string content) => folder.Write(path, content);

    /// <summary>Records a tree; returns the catalog's id.</summary>
    internal string Record(string tree, string name)
    {
        string id = Cli.Json("record", folder[tree], "--name", name).GetProperty("catalog").GetString()!;
        Catalogs.Add(id);
        return id;
    }

    /// <summary>Makes a tree and records it under the same name; returns the catalog's id.</summary>
    internal string RecordTree(string name, int files, Random random)
    {
        MakeTree(name, files, random);
        return Record(name, name);
    }

    /// <summary>Learns what a catalog looks like as a certain space, by restoring it there undisturbed, in this home or in another with the same objects.</summary>
    internal void Learn(string catalog, string space)
    {
        Cli.Run("init", "--catalog", catalog, "--space", space, "--strategy", "copy").Expect(0);
        right[(catalog, space)] = TreeSnapshot.Take(PathOf(space));
        Cli.Run("delete", space).Expect(0);
    }

    /// <summary>What somebody has made of a space, which then is complete as well as what its catalog says; null where nobody has.</summary>
    internal TreeSnapshot? LeftAs { get; set; }

    internal string PathOf(string space) => Path.Combine(Home, "spaces", space);

    /// <summary>Asserts that a space is what its catalog says.</summary>
    /// <param name="linked">Whether files may be hard links to objects, which have the objects' modes and times.</param>
    internal void AssertRight(string catalog, string space, bool linked) => AssertRight(right[(catalog, space)], PathOf(space), linked);

    // Hard links to objects have the objects' modes and times.
    static TreeComparisonOptions PartsOf(bool linked) => new()
    {
        Parts = linked ? TreeParts.Content | TreeParts.LinkTargets : TreeParts.Content | TreeParts.LinkTargets | TreeParts.Mode | TreeParts.Times,
    };

    static bool IsLinked(JsonElement space) => space.GetProperty("mechanisms").GetProperty("hardlink").GetInt64() > 0;

    static void AssertRight(TreeSnapshot wanted, string path, bool linked) => TreeComparison.AssertEqual(wanted, path, PartsOf(linked));

    /// <summary>Waits for processes that commands on this home have started and not waited for. Returns whether there are none any more.</summary>
    internal bool WaitUntilQuiet(TimeSpan time)
    {
        for (DateTime end = DateTime.UtcNow + time; DateTime.UtcNow < end; Thread.Sleep(20))
        {
            if (!Directory.EnumerateDirectories("/proc").Any(IsOfHome)) return true;
        }
        return false;
    }

    bool IsOfHome(string process)
    {
        try
        {
            return char.IsAsciiDigit(Path.GetFileName(process)[0]) && File.ReadAllText(Path.Combine(process, "cmdline")).Contains(Home, StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Asserts that nothing is damaged, and that every space that is said to be complete is what its catalog says.</summary>
    /// <param name="tally">For the figures.</param>
    /// <param name="staged">An object that may be damaged or missing, if anything is.</param>
    internal void AssertSound(Tally tally, string? staged = null)
    {
        CliResult checking = Cli.Run("check", "--json");
        JsonElement check = checking.Json;
        string?[] found = [.. check.GetProperty("damaged").EnumerateArray().Select(static damage => damage.GetProperty("object").GetString()),
            .. check.GetProperty("missing").EnumerateArray().Select(static missing => missing.GetString())];
        Assert.True(found.Length == 0 ? checking.ExitCode == 0 : checking.ExitCode == 6 && found is [{ } one] && one == staged, checking.ToString());
        tally.Count("checks");
        foreach (JsonElement space in Cli.Json("list").GetProperty("spaces").EnumerateArray())
        {
            if (!space.GetProperty("complete").GetBoolean()) continue;
            string name = space.GetProperty("space").GetString()!, catalog = space.GetProperty("catalog").GetString()!;
            if (!right.TryGetValue((catalog, name), out TreeSnapshot? wanted)) continue;
            if (LeftAs is null || TreeComparison.Differences(LeftAs, TreeSnapshot.Take(space.GetProperty("path").GetString()!), PartsOf(IsLinked(space))).Any()) AssertRight(wanted, space);
            tally.Count("spaces compared");
        }
    }

    /// <summary>Asserts that a space is complete and what a catalog says.</summary>
    internal void AssertIs(string name, string catalog, Tally tally)
    {
        JsonElement space = Cli.Json("list").GetProperty("spaces").EnumerateArray().Single(space => space.GetProperty("space").GetString() == name);
        Assert.Equal((catalog, true), (space.GetProperty("catalog").GetString(), space.GetProperty("complete").GetBoolean()));
        AssertRight(right[(catalog, name)], space);
        tally.Count("spaces compared");
    }

    static void AssertRight(TreeSnapshot wanted, JsonElement space) =>
        AssertRight(wanted, space.GetProperty("path").GetString()!, IsLinked(space));

    /// <summary>Asserts that what was cut off can be done again without help, and that deleting everything leaves nothing.</summary>
    internal void AssertUsable(string catalog, string space, Tally tally)
    {
        Cli.Run("init", "--catalog", catalog, "--space", space).Expect(0);
        AssertSound(tally);
        foreach (JsonElement standing in Cli.Json("list").GetProperty("spaces").EnumerateArray())
            Cli.Run("delete", standing.GetProperty("space").GetString()!).Expect(0);
        foreach (JsonElement known in Cli.Json("catalogs").GetProperty("catalogs").EnumerateArray())
            Cli.Run("remove", known.GetProperty("catalog").GetString()!).Expect(0);
        Cli.Run("gc", "--grace", "0").Expect(0);
        AssertNothingLeaked();
    }

    /// <summary>Asserts that nothing is left in a home from which everything was deleted, but what is always there.</summary>
    void AssertNothingLeaked()
    {
        string[] left = [.. Directory.EnumerateFiles(Home, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Home, path)).Where(static path => !IsAlwaysThere(path))];
        Assert.Empty(left);
        foreach (string place in (string[])["spaces", "standby", "runs", "mounts", "library/templates", "library/lowers", "library/incoming"])
        {
            string path = Path.Combine(Home, place);
            Assert.Empty(Directory.Exists(path) ? Directory.GetDirectories(path) : []);
        }
    }

    static bool IsAlwaysThere(string path) =>
        path is "settings.yaml" or "library/format" || path.StartsWith("journal/", StringComparison.Ordinal) || path.EndsWith(".lock", StringComparison.Ordinal) || path == "library/lock"
        || path.StartsWith("library/quarantine/", StringComparison.Ordinal);

    public void Dispose() => folder.Dispose();
}
