using System.Globalization;
using System.Text.Json;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>A scene with two environments recorded and known, on which commands can be disturbed again and again.</summary>
internal sealed class Stage : IDisposable
{
    /// <summary>The one space of the stage.</summary>
    internal const string Space = "dev";

    readonly Volume volume;
    int fresh;

    internal Stage(Volume volume, Random random)
    {
        (this.volume, Random) = (volume, random);
        Scene = new Scene(volume);
        Scene.MakeTree("one", random.Next(100, 250), random);
        Scene.MakeTree("two", random.Next(100, 250), random);
        One = Scene.Record("one", "one");
        Two = Scene.Record("two", "two");
        foreach (string catalog in (string[])[One, Two]) Scene.Learn(catalog, Space);
    }

    internal Scene Scene { get; }

    internal Random Random { get; }

    /// <summary>The catalogs; the trees they were recorded from stay as they were.</summary>
    internal string One { get; }

    internal string Two { get; }

    internal string Kind => volume.Name;

    /// <summary>The strategies that work here.</summary>
    internal string[] Strategies => [.. Kind == "btrfs" ? (string[])["snapshot"] : [], .. volume.CanReflink ? (string[])["reflink"] : [], "smart", "hardlink", "copy"];

    internal string AnyStrategy => Strategies[Random.Next(Strategies.Length)];

    internal string Path => Scene.PathOf(Space);

    /// <summary>A name that nothing had yet.</summary>
    internal string FreshName(string what) => string.Create(CultureInfo.InvariantCulture, $"{what}{++fresh}");

    /// <summary>The last name of that kind.</summary>
    internal string LastName(string what) => string.Create(CultureInfo.InvariantCulture, $"{what}{fresh}");

    internal void Run(params string[] command) => Scene.Cli.Run(command).Expect(0);

    /// <summary>Has no space.</summary>
    internal void Clear()
    {
        foreach (JsonElement standing in Scene.Cli.Json("list").GetProperty("spaces").EnumerateArray()) Run("delete", standing.GetProperty("space").GetString()!);
        HomeProcesses.AssertNoneStays(Scene.Home);
    }

    /// <summary>Has the space, made from the first catalog.</summary>
    internal void Stand(string? strategy = null) => Run("init", "--catalog", One, "--space", Space, "--force", "--strategy", strategy ?? AnyStrategy);

    /// <summary>Has no catalogs but the two.</summary>
    internal void RemoveOthers()
    {
        foreach (JsonElement known in Scene.Cli.Json("catalogs").GetProperty("catalogs").EnumerateArray())
        {
            string id = known.GetProperty("catalog").GetString()!;
            if (id != One && id != Two) Run("remove", id);
        }
    }

    /// <summary>Does to a space what people and programs do: changes, removes and adds.</summary>
    internal void Disarrange()
    {
        string[] files = [.. Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        for (int i = 0; i < 12; i++)
        {
            string file = files[Random.Next(files.Length)];
            if (Random.Next(3) == 0) File.WriteAllText(file + ".added", "added");

            // Never through the name: it may be that of an object too.
            File.Delete(file);
            if (Random.Next(2) == 0) File.WriteAllText(file, "changed");
        }
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "a new folder"));
        if (Random.Next(2) == 0) Directory.Delete(System.IO.Path.Combine(Path, "folder 3"), recursive: true);
        Scene.LeftAs = TreeSnapshot.Take(Path);
    }

    /// <summary>Damages some objects of the first catalog, all of which can be healed from the tree it was recorded from.</summary>
    internal void Damage()
    {
        Run("gc");
        string[] objects = [.. Directory.EnumerateFiles(System.IO.Path.Combine(Scene.Home, "library", "objects"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        for (int i = 0; i < 4; i++)
        {
            string path = objects[Random.Next(objects.Length)];
            if (!File.Exists(path)) continue;
            byte[] content = File.ReadAllBytes(path);
            switch (Random.Next(4))
            {
                case 0:
                    File.Delete(path);
                    break;
                case 1:
                    File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
                    break;
                case 2:
                    content[Random.Next(content.Length)] ^= 1;
                    File.WriteAllBytes(path, content);
                    break;
                default:
                    File.WriteAllBytes(path, content[..(content.Length / 2)]);
                    break;
            }
        }
    }

    /// <summary>Asserts what holds whatever happened.</summary>
    internal void AssertSound(Tally tally)
    {
        HomeProcesses.AssertNoneStays(Scene.Home);
        Scene.AssertSound(tally);
    }

    /// <summary>Asserts that everything still works, and that nothing is left when everything is deleted.</summary>
    internal void AssertUsable(Tally tally)
    {
        Scene.AssertUsable(Random.Next(2) == 0 ? One : Two, Space, tally);
        HomeProcesses.AssertNoneStays(Scene.Home);
    }

    /// <summary>What a check finds damaged or missing.</summary>
    internal HashSet<string> Found(int expected, params string[] options)
    {
        CliResult result = Scene.Cli.Run(["check", "--json", .. options]);
        Assert.True(result.ExitCode == 0 || result.ExitCode == expected, result.ToString());
        JsonElement found = result.Json;
        return [.. found.GetProperty("damaged").EnumerateArray().Select(static damage => damage.GetProperty("object").GetString() ?? damage.ToString()),
            .. found.GetProperty("missing").EnumerateArray().Select(static missing => missing.GetString()!)];
    }

    public void Dispose()
    {
        HomeProcesses.KillAll(Scene.Home);
        Scene.Dispose();
    }
}
