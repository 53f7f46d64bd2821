using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>
/// The program is killed at each of the renames by which it makes something known, one after the other: what has a name then is whole, the same
/// command succeeds, and nothing is left that a collection does not take away.
/// </summary>
public sealed class KillPointTests
{
    const int Killed = 128 + 9;

    /// <summary>Each of the commands makes at least so many renames, or it was not killed where it should have been.</summary>
    const int Fewest = 5;

    /// <summary>The C library makes the one of the other where there are no flags.</summary>
    static readonly string[] Renames = ["renameat", "renameat2"];

    /// <summary>Does something with the command line of a command that is killed at a rename, for one after the other.</summary>
    /// <returns>How many there were.</returns>
    static int AtEach(Func<string, bool> isKilled)
    {
        int points = 0;
        foreach (string call in Renames)
        {
            for (int at = 1; isKilled($"{call}:signal=SIGKILL:when={at}"); at++) points++;
        }
        return points;
    }

    /// <summary>Runs a command that is killed when one of its threads comes to its n-th call of a kind; false where none comes so far.</summary>
    static bool IsKilled(Workplace place, string injection, params string[] command)
    {
        CliResult result = Injection.Run(place, [injection], [.. command, "--workers", "1"]);
        if (result.ExitCode == Killed) return true;
        result.Expect(0);
        return false;
    }

    static string[] Catalogs(Workplace place) =>
        [.. place.Cli.Json("catalogs").GetProperty("catalogs").EnumerateArray().Select(static catalog => catalog.Text("catalog")!)];

    [Theory]
    [InlineData("xfs")]
    [InlineData("ext4")]
    public void Catalog_that_stands_is_complete_with_every_object(string volume) =>
        Assert.InRange(AtEach(injection =>
        {
            using var place = new Workplace(TestVolumes.Get(volume));
            string tree = place.MakeTree();
            bool killed = IsKilled(place, injection, "record", tree, "--name", "tools");

            place.Cli.Run("check").Expect(0);
            foreach (string catalog in Catalogs(place)) AssertIs(tree, place, "init", "--catalog", catalog, "--space", "before", "--strategy", "copy");
            place.Cli.Run("record", tree, "--name", "tools").Expect(0);
            AssertIs(tree, place, "init", "--catalog", Assert.Single(Catalogs(place)), "--space", "after", "--strategy", "copy");
            Directory.Delete(tree, recursive: true);
            place.Cli.Run("remove", "tools").Expect(0);
            place.Cli.Run("gc").Expect(0);
            Assert.Empty(Directory.EnumerateFiles(place["home/library/objects"], "*", SearchOption.AllDirectories));
            Assert.Empty(place.NamesIn("home/library/incoming"));
            Assert.Empty(place.NamesIn("home/library/catalogs"));
            return killed;
        }), Fewest, int.MaxValue);

    static void AssertIs(string tree, Workplace place, params string[] command)
    {
        string path = place.Cli.Json(command).Text("path")!;
        TreeComparison.AssertEqual(tree, path, new TreeComparisonOptions { Except = static name => name == "self" });
    }

    [Theory]
    [InlineData("btrfs", "snapshot", "new")]
    [InlineData("btrfs", "snapshot", "changed")]
    [InlineData("btrfs", "snapshot", "forced")]
    [InlineData("xfs", "reflink", "new")]
    [InlineData("xfs", "reflink", "changed")]
    [InlineData("xfs", "reflink", "forced")]
    [InlineData("ext4", "smart", "new")]
    [InlineData("ext4", "smart", "changed")]
    [InlineData("ext4", "smart", "forced")]
    public void Space_that_is_said_to_be_complete_is(string volume, string strategy, string kind)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.Record();
        string space = place["home/spaces/dev"];
        string[] init = ["init", "--catalog", "tools", "--space", "dev", "--strategy", strategy];
        place.Cli.Run(init).Expect(0);
        TreeSnapshot right = TreeSnapshot.Take(space);
        Assert.InRange(AtEach(injection =>
        {
            if (kind == "new")
            {
                place.Cli.Run("delete", "dev").Expect(0);
                foreach (string template in Directory.Exists(place["home/library/templates"]) ? Directory.EnumerateFiles(place["home/library/templates"], "*.facts") : []) File.Delete(template);
            }
            else
            {
                File.Delete(Path.Combine(space, "text"));       // it may be a link to its object
                place.Folder.Write("home/spaces/dev/text", "changed");
                place.Folder.Write("home/spaces/dev/added", "added");
            }
            TreeSnapshot? before = kind == "new" ? null : TreeSnapshot.Take(space);

            bool killed = IsKilled(place, injection, kind == "forced" ? [.. init, "--force"] : init);

            JsonElement? state = place.Cli.Json("list").GetProperty("spaces").EnumerateArray().Select(static found => (JsonElement?)found).SingleOrDefault();
            if (state is { } one && one.GetProperty("complete").GetBoolean())
            {
                TreeSnapshot found = TreeSnapshot.Take(space);
                bool isAsItWas = before is not null && !TreeComparison.Differences(before, found).Any();
                if (!isAsItWas) TreeComparison.AssertEqual(right, found);
            }
            place.Cli.Run(init).Expect(0);
            TreeComparison.AssertEqual(right, space);
            place.Cli.Run("gc").Expect(0);
            Assert.Equal(["dev"], place.NamesIn("home/spaces"));
            place.Cli.Run("check").Expect(0);
            return killed;
        }), Fewest, int.MaxValue);
    }
}
