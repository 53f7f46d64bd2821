using System.Runtime.Versioning;
using Holotree.Recording;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Spaces;

/// <summary>Trees and places of which one part cannot do what the rest can: it is one recording, one restore, and each exception is counted.</summary>
[SupportedOSPlatform("linux")]
public sealed class MixedSpaceTests
{
    const int Files = 10;

    [Fact]
    public void Tree_across_mounts_and_without_copy_on_write_is_recorded_and_restored_in_one_go()
    {
        using var site = new Site("btrfs");
        using TemporaryFolder same = TestVolumes.Btrfs.Folder(), other = TestVolumes.Btrfs2.Folder();
        foreach (string part in (string[])["a", "nocow", "mount", "volume", "z"]) site.Folder.MakeFolder($"source/{part}");
        Tool.Run("chattr", "+C", site.Folder["source/nocow"]);
        Tool.Run("mount", "--bind", same.Path, site.Folder["source/mount"]);
        Tool.Run("mount", "--bind", other.Path, site.Folder["source/volume"]);
        try
        {
            int seed = 0;
            foreach (string part in (string[])["a", "nocow", "mount", "volume", "z"])
                for (int i = 0; i < Files; i++) site.Folder.WriteRandom($"source/{part}/{i}", 9000, seed: ++seed);

            RecordReport recorded = site.Record();
            RestoreReport restored = site.Restore("space", Strategy.Reflink);

            TreeComparison.AssertEqual(site.Source, site.PathOf("space"));
            Assert.Equal((3 * Files, Files, Files),
                (recorded.Mechanisms[Mechanism.Reflink], recorded.Mechanisms[Mechanism.KernelCopy], recorded.Mechanisms[Mechanism.PlainCopy]));
            AssertFallbacks(recorded.Fallbacks,
                ("Reflink KernelCopy EINVAL", Files, "nocow/"), ("Reflink KernelCopy EXDEV", Files, "volume/"), ("KernelCopy PlainCopy EXDEV", Files, "volume/"));
            Assert.Equal(5 * Files, restored.Mechanisms[Mechanism.Reflink]);
            Assert.Empty(restored.Fallbacks);
        }
        finally
        {
            Tool.Run("umount", site.Folder["source/mount"]);
            Tool.Run("umount", site.Folder["source/volume"]);
        }
    }

    [Fact]
    public void Place_without_copy_on_write_gets_a_snapshot_and_no_reflinks()
    {
        using var site = new Site("btrfs");
        using TemporaryFolder place = TestVolumes.NoCow.Folder();
        Make(site);
        site.Record();

        var refused = Assert.Throws<CloneException>(() => site.Restore("space", Strategy.Reflink, options: new RestoreOptions { Destination = place["space"] }));
        Assert.Equal((CloneFailure.UnsupportedByFile, "EINVAL"), (refused.Failure, refused.Error.Name));
        Assert.Empty(Directory.EnumerateFileSystemEntries(place.Path));
        site.AssertNothingLeft();

        RestoreReport report = site.Restore("space", options: new RestoreOptions { Destination = place["space"] });

        TreeComparison.AssertEqual(site.Source, place["space"]);
        Assert.Equal(Files + 1, report.Mechanisms[Mechanism.Snapshot]);
        Assert.Empty(report.Fallbacks);
    }

    [Fact]
    public void Place_behind_another_mount_is_cloned_to_but_not_linked_to()
    {
        using var site = new Site("xfs");
        using TemporaryFolder place = TestVolumes.Bind.Folder();
        Make(site);
        site.Record();

        RestoreReport cloned = site.Restore("one", Strategy.Reflink, options: new RestoreOptions { Destination = place["one"] });
        RestoreReport linked = site.Restore("two", Strategy.HardLink, options: new RestoreOptions { Destination = place["two"] });

        TreeComparison.AssertEqual(site.Source, place["one"]);
        TreeComparison.AssertEqual(site.Source, place["two"]);
        Assert.Equal(Files + 1, cloned.Mechanisms[Mechanism.Reflink]);
        Assert.Equal((0, Files + 1), (linked.Mechanisms[Mechanism.HardLink], linked.Mechanisms[Mechanism.KernelCopy]));
        AssertFallbacks(linked.Fallbacks, ("HardLink KernelCopy EXDEV", Files, "lib/"));
    }

    [Fact]
    public void One_object_that_cannot_be_cloned_is_copied_into_the_template()
    {
        using var site = new Site("btrfs");
        Make(site);
        site.Record();
        string item = site.ObjectOf(site.Folder["source/lib/5"]), copy = item + ".copy";
        Tool.Run("touch", copy);
        Tool.Run("chattr", "+C", copy);
        Tool.Run("cp", "--preserve=mode,timestamps", "--reflink=never", item, copy);
        File.Move(copy, item, overwrite: true);

        RestoreReport report = site.Restore();

        TreeComparison.AssertEqual(site.Source, site.PathOf("space"));
        Assert.Equal(Files + 1, report.Mechanisms[Mechanism.Snapshot]);
        AssertFallbacks(report.Fallbacks, ("Reflink KernelCopy EINVAL", 1, "lib/5"));
        Assert.Empty(site.Restore("second").Fallbacks);
    }

    static void Make(Site site)
    {
        for (int i = 0; i < Files; i++) site.Folder.WriteRandom($"source/lib/{i}", 9000, seed: i + 1);
        site.Folder.WriteRandom("source/lib/module.pyc", 9000, seed: 100);
    }

    static void AssertFallbacks(IReadOnlyList<Reflinks.Trees.FallbackCount> fallbacks, params (string Step, long Files, string Example)[] expected)
    {
        Assert.Equal(expected.Select(one => (one.Step, one.Files)).Order(), fallbacks.Select(left => ($"{left.From} {left.To} {left.Error.Name}", left.Files)).Order());
        foreach ((string step, _, string example) in expected)
            Assert.StartsWith(example, fallbacks.Single(left => $"{left.From} {left.To} {left.Error.Name}" == step).Example, StringComparison.Ordinal);
    }
}
