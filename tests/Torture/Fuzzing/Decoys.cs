using System.Runtime.Versioning;
using Holotree.Library;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>
/// Folders that forged states and notes may name: what nobody may delete for them, and what may be deleted for the right words alone.
/// Each has a file in it, and is made anew when it went rightly.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class Decoys
{
    const string HalfMade = ".reflink-0123456789abcdef.partial";

    readonly FuzzSite site;
    readonly string[] mayGo, stay;

    internal Decoys(FuzzSite site)
    {
        this.site = site;
        mayGo = [site["place/" + HalfMade], site["place/space"], site["place/space/" + HalfMade], site["elsewhere/" + HalfMade], Path.Join(site.Home.RunsPath, "run")];
        stay = [site["dear"], site["one"], site["place"], site["elsewhere"], site.Home.Path, site.Home.RunsPath, site.Home.SpacesPath, site.Home.StatesPath, site.Home.LibraryPath];
        Restore();
        foreach (string folder in stay) Directory.CreateDirectory(folder);
        File.WriteAllText(site["dear/file"], "dear");
    }

    /// <summary>What a state or a note may name: the decoys, and ways to say something else.</summary>
    internal IEnumerable<string> Paths =>
        [.. mayGo, .. stay, Path.Join(site.Home.RunsPath, ".."), site.Home.RunsPath + "/", Path.Join(mayGo[^1], ".."), site["place/../dear"], site["dear/" + HalfMade]];

    /// <summary>What may be deleted for the right words.</summary>
    internal IReadOnlyList<string> MayGo => mayGo;

    /// <summary>Asserts that everything stands but what a state names in the way that docs/format.md asks for.</summary>
    internal void AssertAfterState(FactFile state)
    {
        string pending = state["pending"] ?? "", path = state["path"] ?? "";
        foreach (string gone in Gone())
        {
            bool asHalfMade = Full(pending) == gone && Path.GetFileName(pending) == HalfMade && Path.GetDirectoryName(pending) is { } folder && (folder == path || folder == Path.GetDirectoryName(path));
            bool asSpace = mayGo.Contains(Full(path)) && (Full(path) == gone || gone.StartsWith(Full(path) + "/", StringComparison.Ordinal))
                && (state["pendingIdentity"] is not null || (state["complete"] == "yes" && state["identity"] is not null));
            Assert.True(asHalfMade || asSpace, $"{gone} was deleted.");
        }
        Restore();
    }

    /// <summary>The same of a note.</summary>
    internal void AssertAfterNote(FactFile note)
    {
        string path = note["path"] ?? "";
        foreach (string gone in Gone())
        {
            Assert.True(Full(path) == gone && note["identity"] is not null && (Path.GetFileName(path) == HalfMade || Path.GetDirectoryName(path) == site.Home.RunsPath), $"{gone} was deleted.");
        }
        Restore();
    }

    string[] Gone()
    {
        Assert.Equal("dear", File.ReadAllText(site["dear/file"]));
        Assert.All(stay, static folder => Assert.True(Directory.Exists(folder), $"{folder} was deleted."));
        Assert.True(File.Exists(site["one/bin/program"]), "What is no space was deleted.");
        Assert.True(File.Exists(site.Home.FormatPath), "The library was deleted.");
        return [.. mayGo.Where(static folder => !File.Exists(Path.Join(folder, "file")))];
    }

    static string Full(string path) => path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) ? "/" : Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, "/"));

    void Restore()
    {
        foreach (string folder in mayGo.Where(static folder => !File.Exists(Path.Join(folder, "file"))))
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Join(folder, "file"), "half-made");
        }
    }
}
