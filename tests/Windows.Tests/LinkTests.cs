using Reflinks.Platform;

namespace Windows.Tests;

public sealed class LinkTests : IDisposable
{
    readonly Place place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void A_file_gets_a_second_name()
    {
        place.Write("one", "1");

        Assert.Equal(0, place.Link("one", "two"));
        Assert.Equal((Errno.None, Errno.None), (place.Stat("one", out Kernel.Statx one), place.Stat("two", out Kernel.Statx two)));
        Assert.Equal((one.stx_ino, 2u, 2u), (two.stx_ino, one.stx_nlink, two.stx_nlink));
        Assert.Equal((-1, Errno.EEXIST), (place.Link("one", "two"), Place.Last));
        Assert.Equal((-1, Errno.ENOENT), (place.Link("missing", "three"), Place.Last));
    }

    [Fact]
    public void A_folder_gets_no_second_name()
    {
        Place.Must(place.MakeFolder("folder"), "make");

        Assert.Equal((-1, Errno.EPERM), (place.Link("folder", "second"), Place.Last));
    }

    [Fact]
    public void The_limit_of_1023_names_more_is_told()
    {
        if (Place.IsWine) Assert.Skip("Under Wine the limit is that of the filesystem below.");
        place.Write("one", "1");
        for (int number = 1; number < 1024; number++) Assert.Equal(0, place.Link("one", $"name {number}"));

        Assert.Equal((-1, Errno.EMLINK), (place.Link("one", "too many"), Place.Last));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("folder")]
    [InlineData(@"folder\below")]
    [InlineData("missing")]
    [InlineData(@"C:\somewhere")]
    public void A_symbolic_link_holds_what_it_was_given(string target)
    {
        place.Write("file", "x");
        Place.Must(place.MakeFolder("folder"), "make");
        MakeLinkOrSkip(target, "link");

        Assert.Equal(target, place.ReadLink("link"));
        Assert.Equal(Errno.None, place.Stat("link", out Kernel.Statx stat));
        Assert.Equal(Kernel.S_IFLNK, stat.stx_mode & Kernel.S_IFMT);
        Assert.Equal((-1, Errno.ELOOP), (place.Open("link", OpenFlags.O_NOFOLLOW), Place.Last));
        Assert.Equal(0, place.Unlink("link"));
        Assert.False(place.Exists("link"));
    }

    [Fact]
    public void A_junction_holds_what_it_was_given_and_goes_like_a_link()
    {
        Place.Must(place.MakeFolder("folder"), "make");
        place.Write("folder/file", "x");
        string target = $@"\??\{place.Path}\folder";
        MakeLinkOrSkip(target, "junction");

        Assert.Equal(target, place.ReadLink("junction"));
        Assert.Equal("x", place.Read("junction/file"));
        Assert.Equal(0, place.Unlink("junction"));
        Assert.True(place.Exists("folder/file"));
    }

    [Fact]
    public void What_is_no_link_holds_nothing()
    {
        place.Write("file", "x");

        Assert.Null(place.ReadLink("file"));
        Assert.Equal(Errno.EINVAL, Place.Last);
        Assert.Null(place.ReadLink("missing"));
        Assert.Equal(Errno.ENOENT, Place.Last);
    }

    [Fact]
    public void A_link_that_could_not_be_made_is_not_said_to_be()
    {
        bool made = place.SymbolicLink("file", "link") == 0;

        if (!made) Assert.Contains(Place.Last, (Errno[])[Errno.EPERM, Errno.EOPNOTSUPP]);
        Assert.Equal(made, place.Exists("link"));
    }

    void MakeLinkOrSkip(string target, string name)
    {
        if (place.SymbolicLink(target, name) == 0) return;
        Errno error = Place.Last;
        Assert.Contains(error, (Errno[])[Errno.EPERM, Errno.EOPNOTSUPP]);
        Assert.False(place.Exists(name));
        Assert.Skip(error == Errno.EPERM ? "This user may not make symbolic links." : "Wine makes no symbolic links and no junctions.");
    }
}
