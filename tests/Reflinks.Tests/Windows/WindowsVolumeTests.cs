using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Windows;

/// <summary>The real thing: volumes of Windows. Everywhere else, Wine included, these tests are left out.</summary>
[SupportedOSPlatform("windows")]
public sealed class WindowsVolumeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4_096)]
    [InlineData(65_537)]
    [InlineData(3_000_001)]
    public void Clone_on_refs_shares_its_clusters_until_it_is_written_to(int length)
    {
        using TemporaryFolder place = TestVolumes.Get("refs").Folder();
        string source = place.WriteRandom("source", length);

        CopyOutcome outcome = Reflink.Clone(source, place["made"]);

        Assert.Equal((Mechanism.Reflink, (long)length), (outcome.Mechanism, outcome.LengthBytes));
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(place["made"]));
        Assert.NotEmpty(WindowsVolume.ClustersOf(source));
        Assert.Equal(WindowsVolume.ClustersOf(source), WindowsVolume.ClustersOf(place["made"]));
        using (FileStream written = File.OpenWrite(place["made"]))
        {
            written.WriteByte((byte)~File.ReadAllBytes(source)[0]);
            written.Flush(flushToDisk: true);
        }
        Assert.NotEqual(WindowsVolume.ClustersOf(source), WindowsVolume.ClustersOf(place["made"]));
        Assert.NotEqual(File.ReadAllBytes(source), File.ReadAllBytes(place["made"]));
    }

    [Fact]
    public void Tree_on_refs_is_cloned_with_all_that_is_in_it()
    {
        using TemporaryFolder place = TestVolumes.Get("refs").Folder();
        RealTree.Make(place, "source");

        TreeReport report = TreeCloner.Clone(place["source"], place["made"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink });

        RealTree.AssertEqual(place["source"], place["made"]);
        Assert.Equal((3, 1), (report.Mechanisms[Mechanism.Reflink], report.Mechanisms[Mechanism.Empty]));
        foreach (string file in RealTree.Files(place["source"]))
            Assert.Equal(WindowsVolume.ClustersOf(file), WindowsVolume.ClustersOf(Path.Join(place["made"], Path.GetRelativePath(place["source"], file))));
    }

    [Fact]
    public void Ntfs_refuses_a_clone_and_gets_a_counted_copy()
    {
        using TemporaryFolder place = TestVolumes.Get("ntfs").Folder();

        RealTree.AssertRefusedAndCopied(place);
    }
}
