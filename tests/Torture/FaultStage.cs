using System.Text.Json;
using TestKit;
using Xunit;

namespace Torture;

/// <summary>A scene with two generations of a tree and a space that nobody touches.</summary>
internal sealed class FaultStage : IDisposable
{
    internal FaultStage(Volume volume, Random random)
    {
        (Volume, Random, Scene) = (volume, random, new Scene(volume));
        string tree = Scene.MakeTree("tree", 30, random);
        Tool.Try("setfattr", "-n", "user.note", "-v", "kept", Path.Combine(tree, "folder 1/file 1"));
        Tool.Run("ln", Path.Combine(tree, "folder 1/file 1"), Path.Combine(tree, "folder 2/another name"));
        Scene.Write("tree/bin/tool", "#!/bin/sh\n");
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
    /// <param name="tally">For the figures.</param>
    /// <param name="staged">The object that is damaged, where the damage may still be there: then it and nothing else is.</param>
    internal void AssertUntouched(Tally tally, string? staged = null)
    {
        HomeProcesses.AssertNoneStays(Scene.Home);
        Scene.AssertSound(tally, staged);
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
