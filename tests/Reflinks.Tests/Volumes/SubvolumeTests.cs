using System.Runtime.Versioning;
using Reflinks.Platform;
using Reflinks.Platform.Linux;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests.Volumes;

/// <summary>Subvolumes through their calls, held against what btrfs-progs see of them.</summary>
[SupportedOSPlatform("linux")]
public sealed class SubvolumeTests
{
    [Fact]
    public void What_is_made_is_a_subvolume_for_others_too()
    {
        Root.IsNeededToRun("btrfs", "subvolume", "show");
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();

        Assert.Equal(Errno.None, Subvolume.Create(place["one"]));

        string shown = Tool.Run("btrfs", "subvolume", "show", place["one"]);
        SubvolumeIdentity identity = Identity(place["one"]);
        Assert.Contains(identity.Uuid, shown.Replace("-", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal((false, 0u), (identity.IsReadOnly, identity.Owner));
    }

    [Fact]
    public void Snapshot_has_what_the_subvolume_has_shares_its_blocks_and_goes_its_own_way()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        Assert.Equal(Errno.None, Subvolume.Create(place["one"]));
        SampleTree.Make(place["one/sample"], files: 50);
        string original = place.WriteRandom("one/file", 100_000), taken = place["two/file"];

        Assert.Equal(Errno.None, Subvolume.Snapshot(place["one"], place["two"]));

        TreeComparison.AssertEqual(place["one"], place["two"]);
        Assert.Equal(Sharing.Shared, ExtentMap.AssertShared(original, taken));
        File.WriteAllBytes(taken, new byte[100_000]);
        ExtentMap.AssertApart(original, taken);
        Assert.NotEqual(Identity(place["one"]).Uuid, Identity(place["two"]).Uuid);
    }

    [Fact]
    public void Snapshot_of_a_read_only_one_can_be_written_to()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        Assert.Equal(Errno.None, Subvolume.Create(place["one"]));
        Assert.Equal(Errno.None, Subvolume.SetReadOnly(place["one"], readOnly: true));

        Assert.Equal(Errno.None, Subvolume.Snapshot(place["one"], place["two"]));

        Assert.Equal((true, false), (Identity(place["one"]).IsReadOnly, Identity(place["two"]).IsReadOnly));
        Assert.Throws<IOException>(() => File.WriteAllText(place["one/file"], "file"));
        File.WriteAllText(place["two/file"], "file");
        Assert.Equal(Errno.None, Subvolume.SetReadOnly(place["one"], readOnly: false));
        File.WriteAllText(place["one/file"], "file");
    }

    [Fact]
    public void Identity_stays_while_it_is_renamed_and_snapshotted_and_its_cache_is_dropped()
    {
        Root.IsNeededFor("dropping caches");
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        Assert.Equal(Errno.None, Subvolume.Create(place["one"]));
        place.Write("one/file", "file");
        DropCaches(place);
        Assert.Equal(Errno.None, Subvolume.SetReadOnly(place["one"], readOnly: true));
        SubvolumeIdentity before = Identity(place["one"]);

        Directory.Move(place["one"], place["other"]);
        Assert.Equal(Errno.None, Subvolume.Snapshot(place["other"], place["two"]));
        place.Write("two/file", "changed in the snapshot");
        _ = File.ReadAllText(place["other/file"]);
        DropCaches(place);

        Assert.Equal(before, Identity(place["other"]));
    }

    [Theory]
    [InlineData("content")]
    [InlineData("mode")]
    [InlineData("attribute")]
    [InlineData("name")]
    [InlineData("link")]
    public void Identity_is_another_one_after_any_change(string change)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        Assert.Equal(Errno.None, Subvolume.Create(place["one"]));
        string file = place.WriteRandom("one/folder/file", 5000);
        Tool.Run("sync", "-f", place.Path);
        Assert.Equal(Errno.None, Subvolume.SetReadOnly(place["one"], readOnly: true));
        SubvolumeIdentity before = Identity(place["one"]);

        Assert.Equal(Errno.None, Subvolume.SetReadOnly(place["one"], readOnly: false));
        switch (change)
        {
            case "content":
                using (FileStream stream = File.OpenWrite(file)) stream.WriteByte(0);
                break;
            case "mode": File.SetUnixFileMode(file, UnixFileMode.UserRead); break;
            case "attribute": Tool.Run("setfattr", "-n", "user.x", "-v", "1", file); break;
            case "name": File.Move(file, file + "2"); break;
            default: File.CreateSymbolicLink(place["one/folder/link"], "file"); break;
        }
        Assert.Equal(Errno.None, Subvolume.SetReadOnly(place["one"], readOnly: true));
        Tool.Run("sync", "-f", place.Path);

        SubvolumeIdentity after = Identity(place["one"]);
        Assert.Equal((before.Uuid, true), (after.Uuid, after.IsReadOnly));
        Assert.True(after.ChangedAt > before.ChangedAt, $"{before.ChangedAt} then, {after.ChangedAt} now");
    }

    [Fact]
    public void Change_that_is_not_yet_on_disk_is_seen_once_a_snapshot_was_taken()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        Assert.Equal(Errno.None, Subvolume.Create(place["one"]));
        string file = place.WriteRandom("one/file", 5000);
        Tool.Run("sync", "-f", place.Path);
        Assert.Equal(Errno.None, Subvolume.SetReadOnly(place["one"], readOnly: true));
        SubvolumeIdentity before = Identity(place["one"]);

        Assert.Equal(Errno.None, Subvolume.SetReadOnly(place["one"], readOnly: false));
        using (FileStream stream = File.OpenWrite(file)) stream.WriteByte(0);
        Assert.Equal(Errno.None, Subvolume.SetReadOnly(place["one"], readOnly: true));

        // The snapshot writes out what it shall hold; before that the number may not have moved.
        Assert.Equal(Errno.None, Subvolume.Snapshot(place["one"], place["two"]));
        Assert.Equal(0, File.ReadAllBytes(place["two/file"])[0]);
        Assert.NotEqual(before, Identity(place["one"]));
    }

    [Fact]
    public void Ordinary_user_makes_snapshots_and_seals_his_own_but_not_those_of_others()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        Assert.Equal(Errno.None, Subvolume.Create(place["of root"]));
        place.GiveToUnprivileged();

        Unprivileged.Run(() =>
        {
            Assert.Equal(Errno.None, Subvolume.Create(place["one"]));
            File.WriteAllText(place["one/file"], "file");
            Assert.Equal(Errno.None, Subvolume.Snapshot(place["one"], place["two"]));
            Assert.Equal(Errno.None, Subvolume.SetReadOnly(place["one"], readOnly: true));
            Assert.Equal(((uint)Unprivileged.UserId, true), (Identity(place["one"]).Owner, Identity(place["one"]).IsReadOnly));
            Assert.Equal("file", File.ReadAllText(place["two/file"]));

            Assert.Equal(Errno.EPERM, Subvolume.Snapshot(place["of root"], place["three"]));
            Assert.NotEqual(Errno.None, Subvolume.SetReadOnly(place["of root"], readOnly: true));
            Assert.Equal(0u, Identity(place["of root"]).Owner);
        });
    }

    [Fact]
    public void What_cannot_be_is_an_errno_and_leaves_nothing()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder(), other = TestVolumes.Btrfs2.Folder(), without = TestVolumes.Ext4.Folder();
        Assert.Equal(Errno.None, Subvolume.Create(place["one"]));
        place.MakeFolder("folder");

        Assert.Equal(Errno.EXDEV, Subvolume.Snapshot(place["one"], other["two"]));
        Assert.Equal(Errno.EINVAL, Subvolume.Snapshot(place["folder"], place["two"]));
        Assert.Equal(Errno.EEXIST, Subvolume.Snapshot(place["one"], place["folder"]));
        Assert.Equal(Errno.ENOENT, Subvolume.Snapshot(place["missing"], place["two"]));
        Assert.Equal(Errno.EEXIST, Subvolume.Create(place["folder"]));
        Assert.Equal(Errno.ENAMETOOLONG, Subvolume.Create(place[new string('n', 5000)]));
        Assert.Equal(Errno.ENOTTY, Subvolume.Create(without["one"]));

        Assert.Equal(["folder", "one"], place.Names());
        Assert.Empty(other.Names());
        Assert.Empty(without.Names());
    }

    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public void Folder_is_no_subvolume(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        place.Write("file", "file");
        File.CreateSymbolicLink(place["link"], place.Path);

        foreach (string name in (string[])["", "file", "link", "missing"]) Assert.Null(Subvolume.IdentityOf(place[name]));
    }

    static SubvolumeIdentity Identity(string path) => Subvolume.IdentityOf(path) ?? throw new InvalidOperationException($"'{path}' is no subvolume.");

    static void DropCaches(TemporaryFolder place)
    {
        Tool.Run("sync", "-f", place.Path);
        File.WriteAllText("/proc/sys/vm/drop_caches", "2");
    }
}
