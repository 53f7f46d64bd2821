using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Maintenance;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Spaces;

/// <summary>A restore that meets a damaged object puts a whole copy in its place where there is one, and says so.</summary>
[SupportedOSPlatform("linux")]
public sealed class HealingTests
{
    const string Name = "package-000/file-00007.js";

    [Theory]
    [InlineData("xfs", Strategy.Reflink, "source")]
    [InlineData("btrfs", Strategy.Smart, "space")]
    [InlineData("ext4", Strategy.HardLink, "source")]
    [InlineData("ext4", Strategy.Smart, "space")]
    [InlineData("tmpfs", Strategy.Copy, "source")]
    public void Damaged_object_is_healed_from_the_recorded_tree_or_a_space(string volume, Strategy strategy, string copyIn)
    {
        using Site site = Recorded(volume, out string path);
        string copy = Path.Join(site.Source, Name);
        if (copyIn == "space")
        {
            site.Restore("other", Strategy.Copy);
            copy = Path.Join(site.PathOf("other"), Name);
            Directory.Move(site.Source, site.Folder["away"]);
        }
        byte[] content = File.ReadAllBytes(copy);
        Harm.FlipBit(path);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow);

        RestoreReport report = site.Restore("space", strategy);

        HealedObject healed = Assert.Single(report.Healed);
        Assert.Equal((Path.GetFileName(path), copy), (healed.Name, healed.From));
        Assert.Equal(content, File.ReadAllBytes(Path.Join(site.PathOf("space"), Name)));
        Assert.Equal(content, File.ReadAllBytes(path));
        Assert.True(Harm.IsSealed(path));
        Assert.Single(Directory.EnumerateFiles(site.Home.QuarantinePath));
        Assert.Empty(Directory.EnumerateFileSystemEntries(site.Home.IncomingPath));
        Assert.Empty(site.Restore("again", strategy).Healed);
    }

    [Theory]
    [InlineData(Strategy.Reflink)]
    [InlineData(Strategy.HardLink)]
    public void Missing_object_is_healed_as_well(Strategy strategy)
    {
        using Site site = Recorded("xfs", out string path);
        File.Delete(path);

        Assert.Single(site.Restore("space", strategy).Healed);

        Assert.True(CheckIsSound(site));
        TreeComparison.AssertEqual(site.Source, site.PathOf("space"), strategy == Strategy.HardLink ? TreeComparisonOptions.Without(TreeParts.Times | TreeParts.Mode) : null);
    }

    [Fact]
    public void Bit_flipped_under_a_whole_seal_is_found_by_full_verification_and_healed()
    {
        using Site site = Recorded("xfs", out string path);
        Harm.FlipBit(path);

        RestoreReport report = site.Restore("space", options: new RestoreOptions { VerifyFull = true });

        Assert.Equal(Path.GetFileName(path), Assert.Single(report.Healed).Name);
        Assert.True(CheckIsSound(site));
    }

    [Theory]
    [InlineData(Strategy.Copy)]
    [InlineData(Strategy.HardLink)]
    public void Workers_that_meet_the_same_damaged_object_all_end_right(Strategy strategy)
    {
        using var site = new Site("xfs");
        for (int i = 0; i < 400; i++) site.Folder.WriteRandom($"source/folder-{i % 40}/file-{i}", 200_000);
        site.Record();
        string path = Assert.Single(site.Objects());
        byte[] content = File.ReadAllBytes(path);
        for (int round = 0; round < 5; round++)
        {
            Harm.FlipBit(path);
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);

            RestoreReport report = site.Restore($"space-{round}", strategy, options: new RestoreOptions { Workers = 16 });

            Assert.Single(report.Healed);
            Assert.All(Directory.EnumerateFiles(site.PathOf($"space-{round}"), "*", SearchOption.AllDirectories), file => Assert.Equal(content, File.ReadAllBytes(file)));
        }
    }

    [Fact]
    public void Restores_at_the_same_time_that_meet_the_same_damaged_object_all_end_right()
    {
        using Site site = Recorded("xfs", out string path);
        Harm.FlipBit(path);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow);

        var reports = new RestoreReport[8];
        var threads = Enumerable.Range(0, reports.Length)
            .Select(i => new Thread(() => reports[i] = site.Restore($"space-{i}", options: new RestoreOptions { LockTimeout = TimeSpan.FromMinutes(1) }))).ToArray();
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();

        Assert.All(reports, Assert.NotNull);
        Assert.Contains(reports, report => report.Healed.Count == 1);
        Assert.True(CheckIsSound(site));
    }

    [Theory]
    [InlineData("edited")]
    [InlineData("cut")]
    [InlineData("link")]
    [InlineData("folder")]
    public void What_is_no_whole_copy_heals_nothing(string copy)
    {
        using Site site = Recorded("xfs", out string path);
        File.Delete(path);
        string source = Path.Join(site.Source, Name);
        string other = site.Folder.Write("elsewhere", File.ReadAllBytes(source));
        if (copy == "edited") Harm.FlipBit(source);
        else if (copy == "cut") Harm.Resize(source, 3);
        else File.Delete(source);
        if (copy == "link") File.CreateSymbolicLink(source, other);
        if (copy == "folder") Directory.CreateDirectory(source);

        var exception = Assert.Throws<HolotreeException>(() => site.Restore());

        Assert.Equal(("object-missing", HolotreeFailure.Damaged, path), (exception.Code, exception.Failure, exception.Path));
        Assert.Contains(site.Source, exception.Hint, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
        site.AssertNothingLeft();
    }

    [Fact]
    public void Library_that_cannot_be_written_to_is_named_beside_the_damage()
    {
        using Site site = Recorded("xfs", out string path);
        File.Delete(path);
        Tool.Run("chattr", "+i", site.Home.IncomingPath);
        try
        {
            var exception = Assert.Throws<HolotreeException>(() => site.Restore());

            Assert.Equal(("object-missing", path), (exception.Code, exception.Path));
            Assert.Contains(site.Home.IncomingPath, exception.Hint, StringComparison.Ordinal);
        }
        finally
        {
            Tool.Run("chattr", "-i", site.Home.IncomingPath);
        }
        site.AssertNothingLeft();
    }

    static bool CheckIsSound(Site site) => new LibraryCheck(site.Home).Run(new CheckOptions()).IsSound;

    static Site Recorded(string volume, out string path)
    {
        var site = new Site(volume);
        site.MakeSample(SampleParts.None, files: 40);
        site.Record();
        path = site.ObjectOf(Path.Join(site.Source, Name));
        return site;
    }
}
