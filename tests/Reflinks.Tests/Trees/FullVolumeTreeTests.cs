using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>A tree for which there is no room: the error says so, and nothing of it stays.</summary>
[Collection(nameof(FullVolumeTests))]
[SupportedOSPlatform("linux")]
public sealed class FullVolumeTreeTests
{
    [Theory]
    [InlineData("ext4", "small", 30)]
    [InlineData("btrfs", "smallbtrfs", 200)]
    public void Tree_that_finds_no_room_leaves_nothing(string from, string to, int mebibytes)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        for (int file = 0; file < mebibytes; file++) here.WriteRandom($"source/{file % 7}/{file}", 1 << 20, seed: file);
        there.Write("clone/old", "old");

        foreach (bool overwrite in (bool[])[false, true])
        {
            var exception = Assert.ThrowsAny<IOException>(() => TreeCloner.Clone(
                here["source"], overwrite ? there["clone"] : there["new"], new TreeCloneOptions { Overwrite = overwrite }));

            Assert.Equal("ENOSPC", NativeError.Of(exception)?.Name);
            Assert.Equal(["clone"], there.Names());
            Assert.Equal("old", File.ReadAllText(there["clone/old"]));
        }
    }

    [Fact]
    public void Tree_that_finds_no_inodes_leaves_nothing()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        for (int file = 0; file < 100; file++) place.Write($"source/{file % 7}/{file}", []);
        using Mount few = Mount.Tmpfs(place["few"], "size=1M,nr_inodes=60");

        var exception = Assert.ThrowsAny<IOException>(() => TreeCloner.Clone(place["source"], place["few/clone"]));

        Assert.Equal("ENOSPC", NativeError.Of(exception)?.Name);
        Assert.Contains(place["few/clone/"], exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(place["few"]));
    }
}
