using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Spaces;

/// <summary>What was done in a space is told, all of it, and nothing that was not.</summary>
[SupportedOSPlatform("linux")]
public sealed class DiffTests
{
    public static TheoryData<string, Strategy> Ways => new()
    {
        { "btrfs", Strategy.Smart },
        { "xfs", Strategy.HardLink },
        { "ext4", Strategy.Copy },
        { "ext4", Strategy.Smart },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Where_nothing_was_done_nothing_is_told(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.All & ~SampleParts.Special);
        MakeRelocated(site);
        site.Record();
        site.Restore(strategy: strategy);

        AssertDiff(site, [], [], []);

        // Also where every file has to be read, since nobody knows how it looked.
        File.Delete(Path.Join(site.Home.StatesPath, "space.index"));
        AssertDiff(site, [], [], []);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Everything_that_was_done_is_told_once(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.Links | SampleParts.HardLinks);
        MakeRelocated(site);
        site.Record();
        site.Restore(strategy: strategy);
        string space = site.PathOf("space");

        Edit(Path.Join(space, "package-000/file-00001.js"), static bytes => bytes[0] ^= 1);
        Edit(Path.Join(space, "package-000/file-00002.js"), static bytes => bytes[^1] ^= 1);
        Edit(Path.Join(space, "relocated"), static bytes => bytes[^2] ^= 1);
        Directory.CreateDirectory(Path.Join(space, "new/inner"));
        File.WriteAllText(Path.Join(space, "new/inner/file"), "new");
        File.CreateSymbolicLink(Path.Join(space, "new link"), "nowhere");
        Tool.Run("mkfifo", Path.Join(space, "pipe"));
        File.Delete(Path.Join(space, "package-000/file-00003.js"));
        Directory.Delete(Path.Join(space, "empty folder"));
        File.Delete(Path.Join(space, "links/dangling"));
        Tool.Run("ln", "-sfn", "elsewhere", Path.Join(space, "links/relative"));
        Tool.Run("chmod", "700", Path.Join(space, "package-001"));
        File.Delete(Path.Join(space, "package-002/file-00051.js"));
        Directory.CreateDirectory(Path.Join(space, "package-002/file-00051.js"));
        File.Delete(Path.Join(space, "package-002/file-00052.js"));
        File.CreateSymbolicLink(Path.Join(space, "package-002/file-00052.js"), "file-00053.js");
        // What has the same bytes in the end is not changed, whatever its times say.
        Edit(Path.Join(space, "package-000/file-00004.js"), static _ => { });
        Tool.Run("touch", Path.Join(space, "package-003"));

        void Check() => AssertDiff(site,
            ["new link", "new/", "new/inner/", "new/inner/file", "pipe"],
            ["empty folder/", "links/dangling", "package-000/file-00003.js"],
            ["links/relative", "package-000/file-00001.js", "package-000/file-00002.js", "package-001/", "package-002/file-00051.js", "package-002/file-00052.js", "relocated"]);
        Check();
        File.Delete(Path.Join(site.Home.StatesPath, "space.index"));
        Check();
    }

    [Fact]
    public void Mode_and_attributes_are_changes_and_names_that_are_not_utf8_are_told()
    {
        using var site = new Site("xfs");
        site.MakeSample(SampleParts.OddNames);
        site.Record();
        site.Restore();
        string space = site.PathOf("space");
        Tool.Run("chmod", "600", Path.Join(space, "package-000/file-00001.js"));
        Tool.Run("setfattr", "-n", "user.new", "-v", "value", Path.Join(space, "package-000/file-00002.js"));
        Tool.Run("sh", "-c", $"printf x > '{space}/odd names/'\"$(printf 'c\\351')\"");

        AssertDiff(site, [], [], ["odd names/c\uFFFD", "package-000/file-00001.js", "package-000/file-00002.js"]);
    }

    [Fact]
    public void Edit_that_keeps_size_and_time_is_told()
    {
        using var site = new Site("btrfs");
        site.MakeSample(SampleParts.None);
        site.Record();
        site.Restore();
        string file = Path.Join(site.PathOf("space"), "package-000/file-00001.js");
        DateTime time = File.GetLastWriteTimeUtc(file);
        using (FileStream stream = File.OpenWrite(file)) stream.WriteByte((byte)(File.ReadAllBytes(Path.Join(site.Source, "package-000/file-00001.js"))[0] ^ 1));
        File.SetLastWriteTimeUtc(file, time);

        AssertDiff(site, [], [], ["package-000/file-00001.js"]);
    }

    [Fact]
    public void Space_that_is_not_there_is_told()
    {
        using var site = new Site("btrfs");
        site.MakeSample(SampleParts.None);
        site.Record();
        Assert.Equal("space-unknown", Refused(site));
        site.Restore();
        Directory.Delete(site.PathOf("space"), recursive: true);
        Assert.Equal("space-gone", Refused(site));
        site.Restore();
        site.Catalogs.Remove(site.Catalogs.Find("env"), Site.Patience);
        Assert.Equal("catalog-unknown", Refused(site));
    }

    static string Refused(Site site) => Assert.Throws<HolotreeException>(() => site.Spaces.Diff("space", Site.Patience)).Code;

    static void MakeRelocated(Site site) => File.WriteAllText(Path.Join(site.Source, "relocated"), $"#!{site.Source}/bin/python\nhome = {site.Source}\n");

    /// <summary>By a new file, so that no object is written to through a hard link.</summary>
    static void Edit(string path, Action<byte[]> edit)
    {
        byte[] bytes = File.ReadAllBytes(path);
        edit(bytes);
        UnixFileMode mode = File.GetUnixFileMode(path);
        File.WriteAllBytes(path + "~", bytes);
        File.SetUnixFileMode(path + "~", mode);
        File.Move(path + "~", path, overwrite: true);
    }

    static void AssertDiff(Site site, string[] added, string[] removed, string[] changed)
    {
        SpaceDifference difference = site.Spaces.Diff("space", Site.Patience);
        Assert.Equal(added, difference.Added);
        Assert.Equal(removed, difference.Removed);
        Assert.Equal(changed, difference.Changed);
    }
}
