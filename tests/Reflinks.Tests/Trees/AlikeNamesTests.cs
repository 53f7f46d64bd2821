using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>Names that some filesystems take for one. None that does can be mounted here: what it would say, that a name is taken, is brought about.</summary>
[SupportedOSPlatform("linux")]
[OnLinux("folders of which some ignore case and some do not")]
public sealed class AlikeNamesTests : IDisposable
{
    readonly TemporaryFolder place = new();

    [Theory]
    [InlineData("a/Readme", "a/README", true)]
    [InlineData("a/größe", "a/GRÖSSE", false)]
    [InlineData("a/größe", "a/GRÖßE", true)]
    [InlineData("a/x", "b/X", false)]
    [InlineData("a/x", "a/x1", false)]
    [InlineData("lib/x", "Lib/y", true)]
    [InlineData("a/x/y", "a/X", true)]
    public void Two_names_in_one_folder_that_differ_by_case_are_found(string first, string second, bool alike)
    {
        place.Write("source/" + first, "1");
        place.Write("source/" + second, "2");

        (string First, string Second)? found = AlikeNames.Find(Listing());

        Assert.Equal(alike, found is not null);
        if (found is var (one, other)) Assert.Equal(one, other, ignoreCase: true);
    }

    [Fact]
    public void Directory_file_and_link_of_one_name_are_alike()
    {
        place.MakeFolder("source/Bin");
        File.CreateSymbolicLink(place["source/bin"], "elsewhere");
        Assert.Equal(("Bin", "bin"), AlikeNames.Find(Listing()));

        File.Delete(place["source/bin"]);
        place.Write("source/BIN", "x");
        Assert.Equal(("Bin", "BIN"), AlikeNames.Find(Listing()));
    }

    [Fact]
    public void Name_that_is_no_UTF_8_is_like_no_other()
    {
        var listing = new TreeListingBuilder();
        listing.Add(new DirectoryEntry { Parent = -1 });
        foreach (byte[] name in (byte[][])[[(byte)'A', 0xE4], [(byte)'a', 0xE4], [(byte)'a', 0xFF]])
            listing.Add(new FileEntry { NameOffset = listing.AddName(name), NameLength = (ushort)name.Length, LinkedTo = -1 });

        Assert.Null(AlikeNames.Find(listing.Build()));
    }

    [Fact]
    public void Tree_whose_names_are_taken_for_one_is_refused_by_both()
    {
        place.Write("source/d/name", "1");
        place.Write("source/d/NAME", "2");
        place.MakeFolder("made/d");     // what is here is met as the second of two would meet the first

        var refused = Assert.Throws<NamesAlikeException>(() => Write(place["made"]));

        Assert.Equal(("d/NAME", "d/name", "/shown"), (refused.FirstPath, refused.SecondPath, refused.DestinationPath));
        Assert.Contains("'d/NAME' and 'd/name' in '/shown'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_that_is_taken_in_a_tree_without_such_names_is_told_as_it_is()
    {
        place.Write("source/d/name", "1");
        place.MakeFolder("made/d");

        Assert.Equal(Errno.EEXIST, NativeErrors.Of(Assert.ThrowsAny<IOException>(() => Write(place["made"]))));
    }

    [Fact]
    public void Folder_that_tells_case_apart_takes_both()
    {
        place.Write("source/d/name", "1");
        place.Write("source/d/NAME", "2");
        place.MakeFolder("made/Here");
        place.MakeFolder("made/hERE");

        Assert.False(AlikeNames.IgnoresCase(place["made/Here"]));
        Assert.False(AlikeNames.IgnoresCase(place["made/1"]));
        AlikeNames.Check(Listing(), place["made/Here"]);
    }

    TreeListing Listing() => TreeScanner.Scan(place["source"], null, 1, CancellationToken.None).Listing;

    void Write(string root)
    {
        TreeListing listing = Listing();
        TreeWriter.Write(listing, root, () => new ClonedContent(listing, place["source"], Preserve.All),
            new TreeWriteOptions(Rungs.Copy, Preserve.All, KeepAccessTimes: false, "/shown", Workers: 1), null, CancellationToken.None);
    }

    public void Dispose() => place.Dispose();
}
