using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Spaces;

/// <summary>Somebody puts links into a space, or into one that is being made, while a restore is at work: none of them is followed.</summary>
[SupportedOSPlatform("linux")]
public sealed class SwappedLinkTests : IDisposable
{
    readonly Site site = new("btrfs");

    public SwappedLinkTests()
    {
        Write("first");
        site.Record("first");
        Write("second");
        foreach (string name in (string[])["a", "b"]) File.SetUnixFileMode(site.Folder[$"source/{name}/kept"], (UnixFileMode)0x1ED);
        File.SetUnixFileMode(site.Folder["source/c"], (UnixFileMode)0x140);
        site.Record("second");
        File.SetUnixFileMode(site.Folder["source/c"], (UnixFileMode)0x1ED);
        foreach (string name in (string[])["a", "b", "c"])
        {
            site.Folder.Write($"elsewhere/{name}/kept", "elsewhere");
            site.Folder.Write($"elsewhere/{name}/new", "elsewhere");
            File.SetUnixFileMode(site.Folder[$"elsewhere/{name}/kept"], (UnixFileMode)0x180);
        }
    }

    public void Dispose() => site.Dispose();

    void Write(string generation)
    {
        foreach (string name in (string[])["a", "b", "c"])
        {
            if (generation == "first") site.Folder.Write($"source/{name}/kept", $"kept in {name}");
            site.Folder.Write($"source/{name}/new", generation);
            File.WriteAllText(site.Folder[$"source/{name}/of {generation}"], generation);
        }
    }

    [Theory]
    [InlineData("a")]               // a folder of which a file is adjusted and others are replaced
    [InlineData("a/kept")]          // a file whose mode is set
    [InlineData("b/new")]           // a file that is replaced
    [InlineData("c")]               // a folder that is given another mode
    [InlineData("")]                // the space itself
    public void Refresh_does_not_follow_a_link(string victim)
    {
        site.Restore("space", Strategy.Copy, "first");
        var elsewhere = TreeSnapshot.Take(site.Folder["elsewhere"]);
        bool done = false;
        var told = new Told(_ =>
        {
            if (done) return;
            done = true;
            Swap(Path.Join(site.PathOf("space"), victim).TrimEnd('/'), Path.Join(site.Folder["elsewhere"], victim).TrimEnd('/'));
        });

        Exception? failure = Record.Exception(() => site.Spaces.Restore("space", "second", new RestoreOptions { Strategy = Strategy.Copy, Workers = 1 }, told));

        Assert.True(done);
        TreeComparison.AssertEqual(elsewhere, site.Folder["elsewhere"]);
        if (failure is not null) Assert.True(failure is IOException or UnauthorizedAccessException or HolotreeException, failure.ToString());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b/new")]
    public void Init_does_not_follow_a_link(string victim)
    {
        var elsewhere = TreeSnapshot.Take(site.Folder["elsewhere"]);
        bool done = false;
        var told = new Told(_ =>
        {
            string? building = Directory.EnumerateDirectories(site.Home.SpacesPath, ".reflink-*").SingleOrDefault();
            if (done || building is null || (!File.Exists(Path.Join(building, victim)) && !Directory.Exists(Path.Join(building, victim)))) return;
            done = true;
            Swap(Path.Join(building, victim), site.Folder[$"elsewhere/{victim}"]);
        });

        Exception? failure = Record.Exception(() => site.Spaces.Restore("space", "first", new RestoreOptions { Strategy = Strategy.Copy, Workers = 1 }, told));

        Assert.True(done);
        TreeComparison.AssertEqual(elsewhere, site.Folder["elsewhere"]);
        if (failure is not null) Assert.True(failure is IOException or UnauthorizedAccessException or HolotreeException, failure.ToString());
    }

    void Swap(string victim, string target)
    {
        string away = site.Folder["moved away"];
        if (Directory.Exists(victim)) Directory.Move(victim, away);
        else File.Move(victim, away);
        File.CreateSymbolicLink(victim, target);
    }
}
