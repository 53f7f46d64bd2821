using Reflinks.Platform;
using Reflinks.Platform.Windows;

namespace Windows.Tests;

public sealed class RenameTests : IDisposable
{
    readonly Place place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void A_file_takes_the_place_of_another()
    {
        place.Write("one", "1");
        place.Write("two", "2");

        Assert.Equal(0, place.Rename("one", "two"));
        Assert.Equal("1", place.Read("two"));
        Assert.False(place.Exists("one"));
        Assert.Equal((-1, Errno.ENOENT), (place.Rename("one", "two"), Place.Last));
    }

    [Fact]
    public void A_file_takes_the_place_of_a_read_only_one_and_of_one_that_is_open()
    {
        place.Write("one", "1");
        Place.Close(Place.Must(place.Open("two", Kernel.O_RDWR | Kernel.O_CREAT, 0x124), "create"));
        int open = place.Open("two", Kernel.O_RDONLY);

        Assert.Equal(0, place.Rename("one", "two"));
        Assert.Equal("1", place.Read("two"));
        Place.Close(open);
    }

    [Fact]
    public void A_name_that_is_taken_is_left_where_none_shall_be_replaced()
    {
        place.Write("one", "1");
        place.Write("two", "2");

        Assert.Equal((-1, Errno.EEXIST), (place.Rename("one", "two", Kernel.RENAME_NOREPLACE), Place.Last));
        Assert.Equal(("1", "2"), (place.Read("one"), place.Read("two")));
        Assert.Equal(0, place.Rename("one", "three", Kernel.RENAME_NOREPLACE));
        Assert.Equal("1", place.Read("three"));
    }

    [Fact]
    public void A_folder_moves_with_all_it_holds_into_another()
    {
        Place.Must(place.MakeFolder("from"), "make");
        Place.Must(place.MakeFolder("to"), "make");
        place.Write("from/file", "x");

        Assert.Equal(0, place.Rename("from", "to/moved", Kernel.RENAME_NOREPLACE));
        Assert.Equal("x", place.Read("to/moved/file"));
    }

    [Fact]
    public void A_folder_replaces_an_empty_one_and_nothing_else()
    {
        foreach (string name in (string[])["folder", "empty", "full"]) Place.Must(place.MakeFolder(name), "make");
        place.Write("full/file", "x");
        place.Write("file", "x");

        Assert.Equal((-1, Errno.ENOTEMPTY), (place.Rename("folder", "full"), Place.Last));
        Assert.Equal((-1, Errno.ENOTDIR), (place.Rename("folder", "file"), Place.Last));
        Assert.Equal((-1, Errno.EISDIR), (place.Rename("file", "empty"), Place.Last));
        Assert.Equal(0, place.Rename("folder", "empty"));
        Assert.False(place.Exists("folder"));
    }

    [Fact]
    public void Two_trees_change_places()
    {
        Place.Must(place.MakeFolder("one"), "make");
        place.Write("one/file", "1");
        place.Write("two", "2");

        Assert.Equal(0, place.Rename("one", "two", Kernel.RENAME_EXCHANGE));
        Assert.Equal(("2", "1"), (place.Read("one"), place.Read("two/file")));
        Assert.Equal(["one", "two"], Place.List(place.Directory).Keys);
    }

    [Fact]
    public void An_exchange_with_what_is_missing_leaves_everything()
    {
        place.Write("one", "1");

        Assert.Equal((-1, Errno.ENOENT), (place.Rename("one", "missing", Kernel.RENAME_EXCHANGE), Place.Last));
        Assert.Equal(["one"], Place.List(place.Directory).Keys);
    }

    [Fact]
    public void An_exchange_that_fails_half_way_is_taken_back()
    {
        place.Write("one", "1");
        place.Write("two", "2");
        using var held = new FileStream(Path.Combine(place.Path, "two"), FileMode.Open, FileAccess.Read, FileShare.None);

        Assert.Equal((-1, Errno.EBUSY), (place.Rename("one", "two", Kernel.RENAME_EXCHANGE), Place.Last));
        Assert.Equal(["one", "two"], Place.List(place.Directory).Keys);
        Assert.Equal("1", place.Read("one"));
    }
}
