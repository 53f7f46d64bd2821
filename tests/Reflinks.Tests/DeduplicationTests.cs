using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>Sharing what was copied before: the kernel compares, and never changes a byte.</summary>
[SupportedOSPlatform("linux")]
public sealed class DeduplicationTests
{
    const int Mebibyte = 1 << 20;

    [Theory]
    [CombinatorialVolumes("btrfs xfs bind overlay", 8192, 100_000, 3 * Mebibyte)]
    public void Two_files_of_the_same_bytes_share_them_afterwards(string volume, int size)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        byte[] content = Content.Random(size);
        string one = place.Write("one", content), two = place.Write("two", content);
        Tool.Run("sync", "--file-system", place.Path);
        ExtentMap.AssertApart(one, two);
        DateTime before = File.GetLastWriteTimeUtc(two);

        DeduplicationOutcome outcome = Deduplicate(one, 0, two, 0, size);

        Assert.Equal(new DeduplicationOutcome(true, size), outcome);
        ExtentMap.AssertShared(one, two);
        Assert.Equal(content, File.ReadAllBytes(two));
        Assert.Equal(before, File.GetLastWriteTimeUtc(two));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs overlay")]
    public void Different_bytes_are_left_alone(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        byte[] content = Content.Random(100_000), other = [.. content];
        other[^1] ^= 1;
        string one = place.Write("one", content), two = place.Write("two", other);

        Assert.Equal(new DeduplicationOutcome(false, 0), Deduplicate(one, 0, two, 0, content.Length));

        ExtentMap.AssertApart(one, two);
        Assert.Equal(other, File.ReadAllBytes(two));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs")]
    public void Pieces_before_the_first_difference_are_shared(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        byte[] content = Content.Random(40 * Mebibyte), other = [.. content];
        other[35 * Mebibyte] ^= 1;
        string one = place.Write("one", content), two = place.Write("two", other);

        Assert.Equal(new DeduplicationOutcome(false, 32 * Mebibyte), Deduplicate(one, 0, two, 0, content.Length));

        Assert.True(Block.IsSame(one, (32 * Mebibyte) - 4096, two, (32 * Mebibyte) - 4096));
        ExtentMap.AssertApart(one, two, 32 * Mebibyte);
        Assert.True(other.AsSpan().SequenceEqual(File.ReadAllBytes(two)));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs")]
    public void A_part_that_ends_within_a_block_is_counted_as_far_as_it_is_shared(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        byte[] content = Content.Random(100_000);
        string one = place.Write("one", content), two = place.Write("two", content);

        DeduplicationOutcome outcome = Deduplicate(one, 0, two, 0, 10_000);

        Assert.Equal(new DeduplicationOutcome(false, 8192), outcome);
        Assert.True(Block.IsSame(one, 4096, two, 4096));
        ExtentMap.AssertApart(one, two, 8192);
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs")]
    public void A_difference_behind_the_last_whole_block_is_not_called_the_same(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        byte[] content = Content.Random(100_000), other = [.. content];
        other[9000] ^= 1;
        string one = place.Write("one", content), two = place.Write("two", other);

        Assert.False(Deduplicate(one, 0, two, 0, 10_000).Same);
        Assert.Equal(new DeduplicationOutcome(false, 0), Deduplicate(one, 0, two, 0, 1000));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs")]
    public void Places_of_one_file_can_share(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        byte[] half = Content.Random(40_960);
        string path = place.Write("file", [.. half, .. half]);

        Assert.Equal(new DeduplicationOutcome(true, 40_960), Deduplicate(path, 0, path, 40_960, 40_960));

        Assert.True(Block.IsSame(path, 0, path, 40_960) && Block.IsSame(path, 36_864, path, 77_824));
    }

    [Theory]
    [InlineData("ext4", "ext4", "EOPNOTSUPP", CloneFailure.UnsupportedByPair)]
    [InlineData("tmpfs", "tmpfs", "EOPNOTSUPP", CloneFailure.UnsupportedByPair)]
    [InlineData("xfs-noreflink", "xfs-noreflink", "EOPNOTSUPP", CloneFailure.UnsupportedByPair)]
    [InlineData("btrfs", "btrfs2", "EXDEV", CloneFailure.UnsupportedByPair)]
    [InlineData("btrfs", "nocow", "EINVAL", CloneFailure.UnsupportedByFile)]
    public void Where_it_cannot_work_the_reason_is_told(string from, string to, string errno, CloneFailure failure)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string one = here.WriteRandom("one", 8192), two = there.WriteRandom("two", 8192);

        var exception = Assert.Throws<CloneException>(() => Deduplicate(one, 0, two, 0, 8192));

        Assert.Equal((failure, errno, one, two), (exception.Failure, exception.Error.Name, exception.SourcePath, exception.DestinationPath));
    }

    [Theory]
    [InlineData(100, 0, 4096)]
    [InlineData(0, 100, 4096)]
    [InlineData(0, 0, 200_000)]
    [InlineData(204_800, 0, 4096)]
    public void Range_off_the_blocks_or_behind_the_end_is_refused(long oneOffset, long twoOffset, long length)
    {
        foreach (string volume in (string[])["btrfs", "xfs"])
        {
            using TemporaryFolder place = TestVolumes.Get(volume).Folder();
            string one = place.WriteRandom("one", 100_000), two = place.WriteRandom("two", 100_000);

            var exception = Assert.Throws<CloneException>(() => Deduplicate(one, oneOffset, two, twoOffset, length));

            Assert.Equal((CloneFailure.UnsupportedByFile, "EINVAL"), (exception.Failure, exception.Error.Name));
        }
    }

    [Fact]
    public void Own_file_needs_no_writable_handle_and_that_of_another_user_is_refused()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string one = place.WriteRandom("one", 8192), two = place.WriteRandom("two", 8192);

        Unprivileged.Run(() =>
        {
            using SafeFileHandle from = Handles.Read(one), to = Handles.Read(two);
            var exception = Assert.Throws<CloneException>(() => Reflink.DeduplicateRange(from, 0, to, 0, 8192));
            Assert.Equal((CloneFailure.Refused, "EPERM"), (exception.Failure, exception.Error.Name));
        });
        place.GiveToUnprivileged("two");
        Unprivileged.Run(() =>
        {
            using SafeFileHandle from = Handles.Read(one), to = Handles.Read(two);
            Assert.Equal(new DeduplicationOutcome(true, 8192), Reflink.DeduplicateRange(from, 0, to, 0, 8192));
        });
        ExtentMap.AssertShared(one, two);
    }

    [Fact]
    public void Folder_is_refused()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        using SafeFileHandle file = Handles.ReadWrite(place.WriteRandom("file", 8192)), folder = Handles.Read(place.Path);

        Assert.Equal("EISDIR", Assert.Throws<CloneException>(() => Reflink.DeduplicateRange(file, 0, folder, 0, 4096)).Error.Name);
        Assert.Equal("EISDIR", Assert.Throws<CloneException>(() => Reflink.DeduplicateRange(folder, 0, file, 0, 4096)).Error.Name);
    }

    [Fact]
    public void Cancellation_is_looked_at_first()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string one = place.WriteRandom("one", 8192), two = place.WriteRandom("two", 8192);
        using SafeFileHandle from = Handles.Read(one), to = Handles.Write(two);

        Assert.Throws<OperationCanceledException>(() => Reflink.DeduplicateRange(from, 0, to, 0, 8192, new CancellationToken(canceled: true)));

        ExtentMap.AssertApart(one, two);
    }

    static DeduplicationOutcome Deduplicate(string one, long oneOffset, string two, long twoOffset, long length)
    {
        using SafeFileHandle from = Handles.Read(one), to = Handles.Write(two);
        return Reflink.DeduplicateRange(from, oneOffset, to, twoOffset, length);
    }
}
