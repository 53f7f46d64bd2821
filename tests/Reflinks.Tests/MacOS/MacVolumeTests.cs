using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.MacOS;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.MacOS;

/// <summary>The real thing: volumes of a Mac. Everywhere else these tests are left out.</summary>
[SupportedOSPlatform("macos")]
public sealed class MacVolumeTests
{
    [Fact]
    public void Clone_on_apfs_shares_its_blocks_until_it_is_written_to()
    {
        using TemporaryFolder place = TestVolumes.Get("apfs").Folder();
        string source = place.WriteRandom("source", 3_000_000);

        CopyOutcome outcome = Reflink.Clone(source, place["made"]);

        Assert.Equal((Mechanism.Reflink, 3_000_000L), (outcome.Mechanism, outcome.LengthBytes));
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(place["made"]));
        AssertShared(source, place["made"]);
        using (FileStream written = File.OpenWrite(place["made"])) written.Write("changed"u8);
        Assert.NotEqual(0, SharingOf(place["made"]).OwnBytes);
        Assert.NotEqual(File.ReadAllBytes(source), File.ReadAllBytes(place["made"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public void Tree_on_apfs_is_cloned_with_all_that_is_in_it(int wholeTreeLimit)
    {
        using TemporaryFolder place = TestVolumes.Get("apfs").Folder();
        RealTree.Make(place, "source");

        TreeReport report = TreeCloner.Clone(
            place["source"], place["made"], new TreeCloneOptions { Strategy = TreeStrategy.Reflink, WholeTreeLimit = wholeTreeLimit });

        RealTree.AssertEqual(place["source"], place["made"]);
        Assert.Equal((3, 1), (report.Mechanisms[Mechanism.Reflink], report.Mechanisms[Mechanism.Empty]));
        Assert.Empty(report.Fallbacks);
        AssertShared(place["source/a/large"], place["made/a/large"]);
    }

    [Fact]
    public void Hfs_refuses_a_clone_and_gets_a_counted_copy()
    {
        using TemporaryFolder place = TestVolumes.Get("hfs").Folder();

        RealTree.AssertRefusedAndCopied(place);
    }

    static void AssertShared(string one, string other)
    {
        Assert.Equal((0, 0), (SharingOf(one).OwnBytes, SharingOf(other).OwnBytes));
        Assert.Equal(SharingOf(one).CloneId, SharingOf(other).CloneId);
    }

    static SharedBlocks SharingOf(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        file.Flush(flushToDisk: true);
        Assert.Equal(Errno.None, MacKernel.SharingOf((int)file.SafeFileHandle.DangerousGetHandle(), out SharedBlocks sharing));
        return sharing;
    }
}
