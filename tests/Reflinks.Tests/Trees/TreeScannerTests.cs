using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Reflinks.Platform;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>Several threads list a tree; what they find is one listing that tells nothing of them.</summary>
[SupportedOSPlatform("linux")]
public sealed class TreeScannerTests
{
    const int Folders = 60;

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Listing_is_the_same_for_any_number_of_threads(int workers)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["tree"], SampleParts.All | SampleParts.Special, files: 300);
        for (int i = 0; i < Folders; i++)
        {
            place.Write($"tree/many/{i:D2}/below/file", $"{i}");
            place.Write($"tree/many/{i:D2}/{Folders - i}", $"{i}");
        }
        // One inode of several names: the first in the order of the listing is the file, whoever came to it first.
        for (int i = 0; i < Folders; i += 7) Tool.Run("ln", place["tree/many/31/below/file"], place[$"tree/many/{i:D2}/name"]);

        TreeScan one = TreeScanner.ScanWithStamps(place["tree"], workers: 1, CancellationToken.None);
        TreeScan many = TreeScanner.ScanWithStamps(place["tree"], workers, CancellationToken.None);

        Assert.True(Bytes(one.Listing.Directories).SequenceEqual(Bytes(many.Listing.Directories)));
        Assert.True(Bytes(one.Listing.Files).SequenceEqual(Bytes(many.Listing.Files)));
        Assert.True(Bytes(one.Listing.Symlinks).SequenceEqual(Bytes(many.Listing.Symlinks)));
        Assert.True(one.Listing.Names.SequenceEqual(many.Listing.Names));
        Assert.Equal(one.Stamps!.Files, many.Stamps!.Files);
        Assert.Equal(one.Stamps.Directories, many.Stamps.Directories);
        Assert.NotEmpty(one.Skipped);
        Assert.Equal(one.Skipped, many.Skipped);
        Assert.True(one.Listing.Files.Length > 300 + (2 * Folders));
    }

    [Fact]
    public void First_name_of_an_inode_is_the_first_in_the_order_of_the_listing()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.Write("tree/b/file", "content");
        place.MakeFolder("tree/a/deep");
        place.MakeFolder("tree/c");
        foreach (string name in (string[])["tree/a/deep/name", "tree/c/name", "tree/z"]) Tool.Run("ln", place["tree/b/file"], place[name]);

        TreeListing listing = TreeScanner.Scan(place["tree"], filter: null, workers: 2, CancellationToken.None).Listing;

        Assert.Equal(["z", "a/deep/name", "b/file", "c/name"], Enumerable.Range(0, 4).Select(i => listing.DisplayPath(listing.Files[i])));
        Assert.Equal([-1, 0, 0, 0], Enumerable.Range(0, 4).Select(i => listing.Files[i].LinkedTo));
    }

    static ReadOnlySpan<byte> Bytes<T>(ReadOnlySpan<T> records) where T : unmanaged => MemoryMarshal.AsBytes(records);
}
