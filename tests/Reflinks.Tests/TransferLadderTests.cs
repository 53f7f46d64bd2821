using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>What one ladder remembers over many files: the pair of places, and never more than that.</summary>
[SupportedOSPlatform("linux")]
public sealed class TransferLadderTests
{
    [Fact]
    public void What_one_pair_cannot_another_still_can()
    {
        using TemporaryFolder btrfs = TestVolumes.Btrfs.Folder(), ext4 = TestVolumes.Ext4.Folder();
        string source = btrfs.WriteRandom("source", 100_000);
        var ladder = new TransferLadder();

        Assert.Equal((Mechanism.PlainCopy, Errno.EXDEV, Errno.EXDEV), Told(Fill(ladder, source, ext4["one"])));
        Assert.Equal((Mechanism.Reflink, Errno.None, Errno.None), Told(Fill(ladder, source, btrfs["two"])));
        Assert.Equal((Mechanism.PlainCopy, Errno.EXDEV, Errno.EXDEV), Told(Fill(ladder, source, ext4["three"])));
        Assert.Equal((Mechanism.KernelCopy, Errno.EOPNOTSUPP, Errno.None), Told(Fill(ladder, ext4["one"], ext4["four"])));
    }

    [Fact]
    public void What_a_pair_cannot_is_not_asked_again()
    {
        // The second target is called by the first one's device, and would be cloned if it were asked.
        using TemporaryFolder btrfs = TestVolumes.Btrfs.Folder(), ext4 = TestVolumes.Ext4.Folder();
        string source = btrfs.WriteRandom("source", 100_000);
        var ladder = new TransferLadder();

        Assert.Equal((Mechanism.PlainCopy, Errno.EXDEV, Errno.EXDEV), Told(Fill(ladder, source, ext4["one"])));
        Assert.Equal(
            (Mechanism.PlainCopy, Errno.EXDEV, Errno.EXDEV),
            Told(Fill(ladder, source, btrfs["two"], NativeFile.Device(Handles.Stat(ext4["one"])))));
    }

    [Fact]
    public void What_one_file_cannot_the_next_still_can()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.WriteRandom("source", 100_000);
        Directory.CreateDirectory(place["nocow"]);
        Tool.Run("chattr", "+C", place["nocow"]);
        var ladder = new TransferLadder();

        Assert.Equal((Mechanism.KernelCopy, Errno.EINVAL, Errno.None), Told(Fill(ladder, source, place["nocow/one"])));
        Assert.Equal((Mechanism.Reflink, Errno.None, Errno.None), Told(Fill(ladder, source, place["two"])));
        Assert.Equal((Mechanism.KernelCopy, Errno.EINVAL, Errno.None), Told(Fill(ladder, source, place["nocow/three"])));
        Assert.Equal((Mechanism.Reflink, Errno.None, Errno.None), Told(Fill(ladder, place["nocow/one"], place["nocow/four"])));
    }

    [Fact]
    public void Refusal_after_a_success_is_of_the_one_file()
    {
        // Source and target on one device, and for one file another superblock: so it looks through bind mounts and submounts.
        using TemporaryFolder btrfs = TestVolumes.Btrfs.Folder();
        string source = btrfs.WriteRandom("source", 100_000);
        var ladder = new TransferLadder();
        ulong device = NativeFile.Device(Handles.Stat(source));

        Assert.Equal(Mechanism.Reflink, Fill(ladder, source, btrfs["one"]).Mechanism);
        using (TemporaryFolder xfs = TestVolumes.Xfs.Folder())
            Assert.Equal((Mechanism.PlainCopy, Errno.EXDEV, Errno.EXDEV), Told(Fill(ladder, source, xfs["two"], device)));
        Assert.Equal(Mechanism.Reflink, Fill(ladder, source, btrfs["three"]).Mechanism);
    }

    [Fact]
    public void Kernel_copy_that_is_refused_once_is_asked_again_where_it_worked_before()
    {
        // EXDEV comes from another superblock under a device that is said to be the same, as a transient refusal comes from a busy one.
        using TemporaryFolder ext4 = TestVolumes.Ext4.Folder(), xfs = TestVolumes.XfsWithoutReflink.Folder();
        string source = ext4.WriteRandom("source", 100_000);
        var ladder = new TransferLadder();
        ulong device = NativeFile.Device(Handles.Stat(source));

        Assert.Equal((Mechanism.KernelCopy, Errno.EOPNOTSUPP, Errno.None), Told(Fill(ladder, source, ext4["one"])));
        Assert.Equal((Mechanism.PlainCopy, Errno.EOPNOTSUPP, Errno.EXDEV), Told(Fill(ladder, source, xfs["two"], device)));
        Assert.Equal((Mechanism.KernelCopy, Errno.EOPNOTSUPP, Errno.None), Told(Fill(ladder, source, ext4["three"])));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs", 1, 16_383, 16_385, 1 << 20, (1 << 20) + 1, 3_000_001)]
    public void Plain_copy_brings_every_byte_at_the_borders_of_its_buffer(string volume, int size)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.WriteRandom("source", size);

        Transfer transfer = Fill(new TransferLadder { KernelCopyAbsent = Errno.ENOSYS }, source, place["copy"], rungs: Rungs.Copy);

        Assert.Equal((Mechanism.PlainCopy, Errno.None, Errno.ENOSYS), Told(transfer));
        if (size > 4096 && volume != "tmpfs") ExtentMap.AssertApart(source, place["copy"]);
    }

    static (Mechanism, Errno, Errno) Told(Transfer transfer) => (transfer.Mechanism, transfer.ReflinkError, transfer.KernelCopyError);

    static Transfer Fill(
        TransferLadder ladder, string source, string target, ulong? device = null, Rungs rungs = Rungs.Reflink | Rungs.Copy)
    {
        using SafeFileHandle from = Handles.Read(source), to = Handles.ReadWrite(target);
        Transfer transfer = ladder.Fill(
            rungs, (int)from.DangerousGetHandle(), Handles.Stat(source), (int)to.DangerousGetHandle(),
            device ?? NativeFile.Device(Handles.Stat(target)), CancellationToken.None);
        Assert.False(transfer.Failed);
        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(target)));
        return transfer;
    }
}
