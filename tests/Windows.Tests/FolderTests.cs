using Reflinks.Platform;
using Reflinks.Platform.Windows;

namespace Windows.Tests;

public sealed class FolderTests : IDisposable
{
    const byte Folder = 4, Regular = 8;

    readonly Place place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void A_folder_lists_its_entries_with_their_types_and_again_from_the_start()
    {
        string[] names = [.. Enumerable.Range(0, 700).Select(number => $"file number {number:d4}"), "ümlaut", "日本語", "🦊"];
        foreach (string name in names) Place.Close(place.Create(name));
        Place.Must(place.MakeFolder("a folder"), "make a folder");

        var listed = Place.List(place.Directory);
        Assert.Equal([.. names.Append("a folder").Order(StringComparer.Ordinal)], listed.Keys);
        Assert.All(listed, entry => Assert.Equal(entry.Key == "a folder" ? Folder : Regular, entry.Value));
        Assert.Empty(Place.List(place.Directory));
        Assert.Equal(0, WindowsKernel.lseek(place.Directory, 0, Kernel.SEEK_SET));
        Assert.Equal(listed.Count, Place.List(place.Directory, room: 4096).Count);
    }

    [Fact]
    public void Names_of_the_greatest_length_have_room_in_a_small_listing()
    {
        // Three bytes for each of 255 units.
        string[] names = [.. Enumerable.Range(0, 30).Select(number => new string('語', Place.IsWine ? 80 : 250) + number)];
        foreach (string name in names) Place.Close(place.Create(name));

        Assert.Equal(names.Order(StringComparer.Ordinal), Place.List(place.Directory, room: 2048).Keys);
        Assert.Equal((-1, Errno.ENAMETOOLONG), (place.Open(new string('x', 256), Kernel.O_RDWR | Kernel.O_CREAT), Place.Last));
    }

    [Theory]
    [InlineData("dot.")]
    [InlineData("blank ")]
    [InlineData("con")]
    [InlineData("NUL.txt")]
    [InlineData("com1")]
    [InlineData("...")]
    public void Names_that_windows_programs_mostly_cannot_have_are_kept_as_they_are(string name)
    {
        place.Write(name, "text");

        Assert.Equal([name], Place.List(place.Directory).Keys);
        Assert.Equal("text", place.Read(name));
        Assert.Equal(0, place.Rename(name, $"{name}{name}"));
        Assert.Equal(0, place.Unlink($"{name}{name}"));
        Assert.False(place.Exists(name));
    }

    [Fact]
    public void A_name_that_is_no_valid_text_is_kept_as_it_is()
    {
        const string name = "half \uD83D of a pair";
        int file = place.Open(name, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL);
        if (file < 0 && Place.IsWine) Assert.Skip($"Wine keeps names as UTF-8 and refuses half of a pair ({Place.Last}).");
        Place.Close(Place.Must(file, "create"));

        Assert.Equal([name], Place.List(place.Directory).Keys);
        Assert.Equal(0, place.Unlink(name));
    }

    [Fact]
    public void Folders_are_made_and_left_far_behind_the_length_of_260()
    {
        string[] parts = [.. Enumerable.Range(0, 20).Select(number => $"folder {number} {new string('x', 30)}")];
        for (int depth = 1; depth <= parts.Length; depth++) Assert.Equal(0, place.MakeFolder(string.Join('/', parts[..depth])));
        string deep = string.Join('/', parts);
        place.Write($"{deep}/file", "deep");

        string whole = Path.Combine(place.Path, deep.Replace('/', '\\'), "file");
        Assert.True(whole.Length > 700);
        int file = Place.Must(Place.OpenAt(Kernel.AT_FDCWD, whole, Kernel.O_RDONLY), "open by a long path");
        Assert.Equal("deep", Place.Get(file, 0, 10));
        string? told = WindowsKernel.PathBehind(file);
        Place.Close(file);
        if (Place.IsWine && told is null) Assert.Skip("Wine opens files by long paths and does not tell those of open ones.");
        Assert.Equal(Path.GetFullPath(whole), told, ignoreCase: true);
    }

    [Fact]
    public void A_folder_is_made_once_and_not_below_what_is_missing()
    {
        Assert.Equal(0, place.MakeFolder("folder"));

        Assert.Equal((-1, Errno.EEXIST), (place.MakeFolder("folder"), Place.Last));
        Assert.Equal((-1, Errno.ENOENT), (place.MakeFolder("missing/folder"), Place.Last));
        Assert.Equal((-1, Errno.EEXIST), (place.MakeFolder("."), Place.Last));
    }

    [Fact]
    public void Files_and_folders_are_deleted_each_by_its_own_call()
    {
        Assert.Equal(0, place.MakeFolder("folder"));
        place.Write("folder/file", "x");

        Assert.Equal((-1, Errno.EISDIR), (place.Unlink("folder"), Place.Last));
        Assert.Equal((-1, Errno.ENOTDIR), (place.Unlink("folder/file", Kernel.AT_REMOVEDIR), Place.Last));
        Assert.Equal((-1, Errno.ENOTEMPTY), (place.Unlink("folder", Kernel.AT_REMOVEDIR), Place.Last));
        Assert.Equal(0, place.Unlink("folder/file"));
        Assert.Equal(0, place.Unlink("folder", Kernel.AT_REMOVEDIR));
        Assert.Equal((-1, Errno.ENOENT), (place.Unlink("folder"), Place.Last));
    }

    [Fact]
    public void A_file_that_is_read_only_is_deleted()
    {
        Place.Close(Place.Must(place.Open("file", Kernel.O_RDWR | Kernel.O_CREAT, 0x124), "create"));
        Assert.Equal(Errno.None, place.Stat("file", out Kernel.Statx stat));
        Assert.Equal(0x124, stat.stx_mode & 0xFFF);

        Assert.Equal(0, place.Unlink("file"));
        Assert.False(place.Exists("file"));
    }

    [Fact]
    public void A_name_is_found_whatever_its_case_and_taken_by_one_of_another_case()
    {
        place.Write("Name", "x");

        Assert.True(place.Exists("nAME"));
        Assert.Equal((-1, Errno.EEXIST), (place.Open("NAME", Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL), Place.Last));
    }

    [Fact]
    public void A_name_gets_another_case()
    {
        if (Place.IsWine) Assert.Skip("Wine takes a rename to another case for one to the same name.");
        place.Write("Name", "x");

        Assert.Equal(0, place.Rename("Name", "name"));
        Assert.Equal(["name"], Place.List(place.Directory).Keys);
    }

    [Fact]
    public void What_is_no_folder_is_not_listed()
    {
        place.Write("file", "x");
        int file = place.Open("file", Kernel.O_RDONLY);
        byte[] room = new byte[4096];
        unsafe
        {
            fixed (byte* start = room) Assert.Equal((-1, Errno.ENOTDIR), ((int)WindowsKernel.getdents64(file, start, 4096), Place.Last));
        }
        Place.Close(file);
    }
}
