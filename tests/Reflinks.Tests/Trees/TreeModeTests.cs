using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>Modes and ACLs are the source's, whatever the umask and the folder above would have made of them.</summary>
[Collection(nameof(AloneInTheProcess))]
[SupportedOSPlatform("linux")]
public sealed class TreeModeTests
{
    const SampleParts Modal = SampleParts.Modes | SampleParts.Acls | SampleParts.Xattrs | SampleParts.HardLinks;

    [Theory]
    [CombinatorialVolumes("btrfs ext4", 0x000, 0x012, 0x017, 0x03F, 0x0C0, 0x1FF)]
    public void Modes_are_kept_whatever_the_umask_is(string volume, int mask)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], Modal, files: 30);

        TreeReport? report = null;
        Mask.Set(mask, () => report = TreeCloner.Clone(place["source"], place["clone"]));

        TreeComparison.AssertEqual(source, place["clone"]);
        Assert.Empty(report!.NotPreserved);
    }

    [Theory]
    [CombinatorialVolumes("btrfs ext4", 0x000, 0x03F, 0x0C0, 0x1FF)]
    public void Ordinary_user_gets_them_too(string volume, int mask)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        SampleTree.Make(place["source"], Modal, files: 30);
        Tool.Run("chown", "-R", "65534:65534", place.Path);
        Tool.Run("chmod", "-R", "u+r", place["source"]);
        Tool.Run("chmod", "u+x", place["source/modes"]);
        foreach (string folder in Directory.GetDirectories(place["source/modes"])) Tool.Run("chmod", "u+x", folder);
        SetAttributesOfReadOnly(place);

        TreeReport? report = null;
        Mask.Set(mask, () => Unprivileged.Run(() => report = TreeCloner.Clone(place["source"], place["clone"])));

        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Empty(report!.NotPreserved);
        Assert.Equal(["clone", "source"], place.Names());
    }

    /// <summary>Setting an attribute of the namespace user needs write permission, which a file that is read-only does not give its owner.</summary>
    static void SetAttributesOfReadOnly(TemporaryFolder place)
    {
        Tool.Run("setfattr", "-n", "user.text", "-v", "text", place["source/modes/file 444"]);
        Tool.Run("setfattr", "-n", "user.text", "-v", "text", place["source/modes/folder 555"]);
        Tool.Run("setfacl", "-m", "u:1234:r", place["source/modes/file 444"], place["source/modes/folder 555"]);
    }

    [Theory]
    [InlineData(0x000, 0x1FF, 0x1B6)]
    [InlineData(0x012, 0x1ED, 0x1A4)]
    [InlineData(0x03F, 0x1C0, 0x180)]
    public void Without_modes_to_keep_the_umask_decides(int mask, int folders, int files)
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        place.Write("source/below/file", "file");
        Tool.Run("chmod", "-R", "701", place["source"]);

        Mask.Set(mask, () => TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Preserve = Preserve.None }));

        Assert.Equal(((UnixFileMode)folders, (UnixFileMode)folders, (UnixFileMode)files),
            (File.GetUnixFileMode(place["clone"]), File.GetUnixFileMode(place["clone/below"]), File.GetUnixFileMode(place["clone/below/file"])));
    }

    [Theory]
    [MemberData(nameof(TestVolumes.All), MemberType = typeof(TestVolumes))]
    public void Folder_above_gives_neither_its_group_bit_nor_its_acl(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        SampleTree.Make(place["source"], Modal, files: 30);
        place.Write("source/plain/file", "file");
        var source = TreeSnapshot.Take(place["source"]);
        place.MakeFolder("above");
        Tool.Run("chgrp", "65534", place["above"]);
        Tool.Run("chmod", "2777", place["above"]);
        Tool.Run("setfacl", "-m", "u:1234:rwx,d:u:1234:rwx,d:g:1234:rwx,d:o::rwx", place["above"]);

        foreach (TreeStrategy strategy in (TreeStrategy[])[TreeStrategy.ReflinkOrCopy, TreeStrategy.Copy])
        {
            TreeReport report = TreeCloner.Clone(place["source"], place["above/clone"], new TreeCloneOptions { Strategy = strategy, Overwrite = true });

            TreeComparison.AssertEqual(source, place["above/clone"]);
            Assert.Empty(report.NotPreserved);
        }
        Assert.DoesNotContain("1234", Tool.Run("getfacl", "--absolute-names", place["above/clone"], place["above/clone/plain"], place["above/clone/plain/file"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Acl_that_locks_its_owner_out_is_set_when_nothing_below_is_to_be_reached()
    {
        Root.IsNeededFor("make what its owner may not enter");
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        // Of root, and open to all others: who clones it is one of them, and owns a clone whose owner may not enter.
        for (int folder = 0; folder < 30; folder++)
        {
            place.Write($"source/{folder}/below/file", "file");
            foreach (string path in (string[])[$"source/{folder}", $"source/{folder}/below"])
            {
                Tool.Run("setfacl", "-m", "u:1234:rwx", place[path]);
                Tool.Run("chmod", "007", place[path]);
            }
        }
        place.GiveToUnprivileged();

        TreeReport? report = null;
        Unprivileged.Run(() => report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Workers = 4 }));

        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Empty(report!.NotPreserved);
    }
}
