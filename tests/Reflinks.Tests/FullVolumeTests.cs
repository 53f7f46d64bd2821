using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>No room: the error says so, and nothing stays behind, least of all a half-made file. One test at a time fills a volume.</summary>
[Collection(nameof(FullVolumeTests))]
[SupportedOSPlatform("linux")]
public sealed class FullVolumeTests
{
    [Theory]
    [InlineData("small", "small", Mechanism.KernelCopy)]
    [InlineData("ext4", "small", Mechanism.PlainCopy)]
    [InlineData("xfs", "smallbtrfs", Mechanism.PlainCopy)]
    [InlineData("btrfs", "smallxfs", Mechanism.PlainCopy)]
    public void Copy_that_finds_no_room_leaves_nothing(string from, string to, Mechanism mechanism)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = here.WriteRandom("source", 5_000_000), copy = there["copy"];
        Filling filling = Fill(there, leaveBytes: 2_000_000);

        foreach (CloneOptions options in (CloneOptions[])[CloneOptions.Default, new() { Overwrite = true }])
        {
            var exception = Assert.Throws<IOException>(() => Reflink.CloneOrCopy(source, copy, options));

            Assert.Equal("ENOSPC", NativeError.Of(exception)?.Name);
            // XFS may have no room left for the inode already: it makes them by the chunk.
            bool namesBoth = exception.Message.Contains(source, StringComparison.Ordinal) && exception.Message.Contains(copy, StringComparison.Ordinal);
            Assert.True(namesBoth || exception.Message.StartsWith($"Cannot create a file in '{there.Path}", StringComparison.Ordinal), exception.Message);
            Assert.DoesNotContain(there.Names(), name => name is not ("fill" or "source"));
        }

        // With room it goes, by the rung that found none before.
        filling.Release();
        Assert.Equal(mechanism, Reflink.CloneOrCopy(source, copy).Mechanism);
    }

    [Theory]
    [InlineData("ext4", "small")]
    [InlineData("xfs", "smallbtrfs")]
    public void Failed_copy_keeps_the_file_that_was_to_be_overwritten(string from, string to)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = here.WriteRandom("source", 5_000_000), destination = there.WriteRandom("destination", 5_000, seed: 4);
        Fill(there, leaveBytes: 2_000_000);

        Assert.Throws<IOException>(() => Reflink.CloneOrCopy(source, destination, new CloneOptions { Overwrite = true }));

        Assert.Equal(Content.Random(5_000, seed: 4), File.ReadAllBytes(destination));
        Assert.Equal(["destination", "fill"], there.Names());
    }

    [Fact]
    public void Full_tmpfs_leaves_nothing()
    {
        using TemporaryFolder here = TestVolumes.Xfs.Folder(), place = TestVolumes.Btrfs.Folder();
        string mount = place.MakeFolder("mount"), source = here.WriteRandom("source", 5_000_000);
        Tool.Run("mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", mount);
        try
        {
            var exception = Assert.Throws<IOException>(() => Reflink.CloneOrCopy(source, Path.Combine(mount, "copy")));
            Assert.Equal("ENOSPC", NativeError.Of(exception)?.Name);
            Assert.Empty(Directory.GetFileSystemEntries(mount));
        }
        finally
        {
            Tool.Run("umount", mount);
        }
    }

    [Theory]
    [InlineData("smallxfs")]
    [InlineData("smallbtrfs")]
    public void Clone_needs_no_room_for_data(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.WriteRandom("source", 20_000_000);
        Fill(place, leaveBytes: 5_000_000);

        Assert.Equal(Mechanism.Reflink, Reflink.Clone(source, place["clone"]).Mechanism);

        ExtentMap.AssertShared(source, place["clone"]);
    }

    [Fact]
    public void Clone_that_finds_no_room_is_a_failure_and_no_reason_to_copy()
    {
        // XFS keeps some room in each of its parts for the counts of shared blocks, and refuses to share more than they can count.
        using TemporaryFolder place = TestVolumes.SmallXfs.Folder();
        string source = place.WriteRandom("source", 5_000_000);
        Fill(place, leaveBytes: 0);

        for (int number = 0; number < 20_000; number++)
        {
            string clone = place[$"clone{number}"];
            Exception? failure = Record.Exception(() => Reflink.CloneOrCopy(source, clone));
            if (failure is null) continue;

            // The folder or the inodes may be what runs out first, before anything is cloned.
            Assert.Equal("ENOSPC", NativeError.Of(failure)?.Name);
            if (failure is CloneException { Failure: var kind }) Assert.Equal(CloneFailure.Failed, kind);
            Assert.False(File.Exists(clone));
            Assert.DoesNotContain(place.Names(), name => name.StartsWith(".reflink-", StringComparison.Ordinal));
            return;
        }
        Assert.Fail("There was always room.");
    }

    /// <summary>A file that takes all room of a volume but some.</summary>
    sealed record Filling(string Path)
    {
        internal void Release()
        {
            File.Delete(Path);
            Tool.Run("sync", "--file-system", System.IO.Path.GetDirectoryName(Path)!);
        }
    }

    static Filling Fill(TemporaryFolder folder, long leaveBytes)
    {
        string path = folder["fill"];
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
        {
            // Random, as btrfs may have been told to compress; ever smaller, until not even a block fits.
            long length = 0;
            byte[] piece = Content.Random(1 << 20, seed: 99);
            for (int size = piece.Length; size >= 4096;)
            {
                try
                {
                    RandomAccess.Write(file, piece.AsSpan(0, size), length);
                    length += size;
                    RandomAccess.FlushToDisk(file);
                }
                catch (IOException)
                {
                    size /= 2;
                }
            }
            if (leaveBytes > 0) RandomAccess.SetLength(file, length - leaveBytes);
        }
        Tool.Run("sync", "--file-system", folder.Path);
        return new Filling(path);
    }
}
