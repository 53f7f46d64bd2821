using System.Runtime.Versioning;
using Holotree.Spaces;
using Reflinks.Trees;

namespace Holotree.Tests.Spaces;

/// <summary>Patterns of files that are never hard-linked are compared with the end of a path.</summary>
[SupportedOSPlatform("linux")]
public sealed class LinkPatternsTests
{
    [Theory]
    [InlineData("*.pyc", "a.pyc", true)]
    [InlineData("*.pyc", "x/y/a.pyc", true)]
    [InlineData("*.pyc", "a.pyc.bak", false)]
    [InlineData("*.pyc", "a.PYC", false)]
    [InlineData("__pycache__/*", "__pycache__/a", true)]
    [InlineData("__pycache__/*", "x/__pycache__/a", true)]
    [InlineData("__pycache__/*", "__pycache__/x/a", false)]
    [InlineData("__pycache__/*", "x__pycache__/a", false)]
    [InlineData("a/b/*.so", "a/b/c.so", true)]
    [InlineData("a/b/*.so", "x/a/b/c.so", true)]
    [InlineData("a/b/*.so", "b/c.so", false)]
    [InlineData("/a/*", "x/a/f", true)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("*", "anything", true)]
    [InlineData("größe*", "größe.txt", true)]
    [InlineData("", "a", false)]
    [InlineData("/", "a", false)]
    public void Pattern_fits_or_not(string pattern, string path, bool fits)
    {
        TreeListing listing = Listing(System.Text.Encoding.UTF8.GetBytes(path));

        Assert.Equal(fits, new LinkPatterns(listing, [pattern]).Excludes(listing.Files[0]));
    }

    [Fact]
    public void One_of_several_is_enough_and_none_is_none()
    {
        TreeListing listing = Listing("a.b"u8.ToArray());

        Assert.True(new LinkPatterns(listing, ["x", "*.b"]).Excludes(listing.Files[0]));
        Assert.False(new LinkPatterns(listing, []).Excludes(listing.Files[0]));
    }

    [Fact]
    public void Name_that_is_no_text_is_compared_as_far_as_it_can_be_read()
    {
        TreeListing listing = Listing([0xFF, (byte)'.', (byte)'p', (byte)'y', (byte)'c']);
        Assert.True(new LinkPatterns(listing, ["*.pyc"]).Excludes(listing.Files[0]));

        listing = Listing([.. Enumerable.Repeat((byte)0xFF, 255)]);
        Assert.False(new LinkPatterns(listing, ["*.pyc"]).Excludes(listing.Files[0]));
    }

    static TreeListing Listing(byte[] path)
    {
        var builder = new TreeListingBuilder();
        int parent = builder.Add(new DirectoryEntry { Parent = -1, NameOffset = builder.AddName([]) });
        int start = 0;
        for (int slash; (slash = path.AsSpan(start).IndexOf((byte)'/')) >= 0; start += slash + 1)
            parent = builder.Add(new DirectoryEntry { Parent = parent, NameOffset = builder.AddName(path.AsSpan(start, slash)), NameLength = (ushort)slash });
        builder.Add(new FileEntry { Directory = parent, NameOffset = builder.AddName(path.AsSpan(start)), NameLength = (ushort)(path.Length - start) });
        return builder.Build();
    }
}
