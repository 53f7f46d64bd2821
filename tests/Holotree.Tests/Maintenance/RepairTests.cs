using System.Runtime.Versioning;
using Holotree.Maintenance;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Maintenance;

/// <summary>A check that may repair puts right what it can be sure of, and sets aside the rest.</summary>
[SupportedOSPlatform("linux")]
public sealed class RepairTests
{
    const string Name = "package-000/file-00007.js";

    [Theory]
    [InlineData("flipped bit", "source")]
    [InlineData("truncated", "space")]
    [InlineData("missing", "source")]
    [InlineData("missing", "space")]
    [InlineData("folder", "source")]
    [InlineData("flipped bit", "other mode")]
    [InlineData("missing", "quarantine")]
    public void Object_is_healed_from_a_whole_copy(string harm, string copy)
    {
        using Site site = CheckTests.Recorded("xfs");
        string path = site.ObjectOf(Path.Join(site.Source, Name));
        string from = Path.Join(site.Source, Name);
        byte[] content = File.ReadAllBytes(path);
        if (copy == "space")
        {
            site.Restore();
            from = Path.Join(site.PathOf("space"), Name);
        }
        else if (copy == "other mode")
        {
            File.SetUnixFileMode(from, (UnixFileMode)0x1ED);
            site.Record();
            from = path + ".x";
        }
        else if (copy == "quarantine")
        {
            Directory.CreateDirectory(site.Home.QuarantinePath);
            from = Path.Join(site.Home.QuarantinePath, Path.GetFileName(path) + "-1");
            File.WriteAllBytes(from, content);
        }
        if (copy != "source") Directory.Delete(site.Source, recursive: true);
        if (harm == "flipped bit") Harm.FlipBit(path);
        else if (harm == "truncated") Harm.Resize(path, 1);
        else File.Delete(path);
        if (harm == "folder") Directory.CreateDirectory(path);

        CheckReport report = CheckTests.Check(site, repair: true);

        Assert.True(report.IsSound, string.Join('\n', report.Damaged));
        HealedObject healed = Assert.Single(report.Healed);
        Assert.Equal((Path.GetFileName(path), from, 1), (healed.Name, healed.From, report.Repaired));
        Assert.Equal(content, File.ReadAllBytes(path));
        Assert.True(Harm.IsSealed(path));
        Assert.Equal((harm == "missing" ? 0 : 1) + (copy == "quarantine" ? 1 : 0), report.Quarantined);
        Assert.True(CheckTests.Check(site).IsSound);
    }

    [Fact]
    public void Damaged_object_without_a_whole_copy_is_set_aside_and_recording_again_stores_it_anew()
    {
        using Site site = CheckTests.Recorded("xfs");
        string path = site.ObjectOf(Path.Join(site.Source, Name));
        Harm.FlipBit(path);
        Directory.Move(site.Source, site.Folder["away"]);

        CheckReport report = CheckTests.Check(site, repair: true);

        Assert.Contains("set aside", Assert.Single(report.Damaged).Reason, StringComparison.Ordinal);
        Assert.Equal((0, 1), (report.Repaired, report.Quarantined));
        Assert.False(File.Exists(path));
        Assert.Equal(Path.GetFileName(path), Assert.Single(CheckTests.Check(site).Missing).ObjectName);

        Directory.Move(site.Folder["away"], site.Source);
        Assert.Equal(1, site.Record().ObjectsAdded);
        Assert.True(CheckTests.Check(site).IsSound);
    }

    [Fact]
    public void Broken_seals_are_set_again()
    {
        using Site site = CheckTests.Recorded("ext4");
        site.Folder.Write("source/program", "#!/bin/sh\n");
        File.SetUnixFileMode(Path.Join(site.Source, "program"), (UnixFileMode)0x1ED);
        site.Record();
        string[] paths = [site.ObjectOf(Path.Join(site.Source, Name)), site.ObjectOf(Path.Join(site.Source, "program"), executable: true)];
        foreach (string path in paths) Harm.BreakSeal(path);

        CheckReport report = CheckTests.Check(site, repair: true);

        Assert.True(report.IsSound, string.Join('\n', report.Damaged));
        Assert.Equal((2, 2, 0), (report.Repaired, report.Resealed, report.Unsealed));
        Assert.All(paths, path => Assert.True(Harm.IsSealed(path)));
    }

    [Fact]
    public void Nothing_else_is_touched()
    {
        using Site site = CheckTests.Recorded("xfs");
        site.Restore();
        string path = site.ObjectOf(Path.Join(site.Source, Name));
        File.AppendAllText(Path.Join(site.PathOf("space"), "package-000/file-00001.js"), "my own");
        File.Delete(Path.Join(site.PathOf("space"), "package-000/file-00002.js"));
        File.WriteAllText(Path.Join(site.Home.ObjectsPath, "note"), "strange");
        Harm.FlipBit(path);
        string before = Files(site, path);

        Assert.Equal(1, CheckTests.Check(site, repair: true).Repaired);

        Assert.Equal(before, Files(site, path));
    }

    static string Files(Site site, string besides) => string.Join('\n',
        Tool.Run("find", site.Home.Path, "!", "-name", "*lock", "!", "-path", site.Home.QuarantinePath + "*", "-type", "f", "-printf", "%p %i %s %m %C@\n")
            .Split('\n').Where(line => !line.StartsWith(besides, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
}
