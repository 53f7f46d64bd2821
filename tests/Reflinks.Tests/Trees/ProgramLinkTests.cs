using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>Where a system remembers by inode what it found of a program's signature (macOS; asked for here), trees share no programs.</summary>
[SupportedOSPlatform("linux")]
public sealed class ProgramLinkTests
{
    [Fact]
    public void Program_is_copied_where_the_system_remembers_its_signature_by_inode()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        byte[] library = [0xCF, 0xFA, 0xED, 0xFE, 12, 0, 0, 1, .. new byte[5000]];
        place.WriteRandom("source/text", 5000);
        place.Write("source/lib/library.dylib", library);
        place.Write("source/lib/short", "x");
        foreach ((string name, int mode) in new[] { ("bin/all", 0x1ED), ("bin/owner", 0x1C0), ("bin/others", 0x1A5) })
            File.SetUnixFileMode(place.WriteRandom($"source/{name}", 5000), (UnixFileMode)mode);
        Tool.Run("ln", place["source/bin/all"], place["source/bin/same"]);
        var options = new TreeCloneOptions { Strategy = TreeStrategy.HardLink };
        TreePlan plan = TreeCloner.Plan(place["source"], options);

        TreeReport report = TreeCloner.Apply(
            plan, place["clone"], () => new ClonedContent(plan.Scan.Listing, plan.Source, Preserve.All, sharesPrograms: false), null, CancellationToken.None);

        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Equal((2, 5), (report.Mechanisms[Mechanism.HardLink], report.Mechanisms[Mechanism.KernelCopy]));
        Assert.Equal(["HardLink KernelCopy LINKED_PROGRAM 4"], Reports.Fallbacks(report));
        Assert.Equal((2u, 2u, 1u), (Handles.Stat(place["clone/text"]).stx_nlink, Handles.Stat(place["clone/bin/all"]).stx_nlink, Handles.Stat(place["clone/lib/library.dylib"]).stx_nlink));
        Assert.NotEqual(Handles.Stat(place["source/bin/all"]).stx_ino, Handles.Stat(place["clone/bin/all"]).stx_ino);
    }
}
