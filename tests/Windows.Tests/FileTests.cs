using Reflinks.Platform;
using Reflinks.Platform.Windows;

namespace Windows.Tests;

[Collection(Alone.Name)]
public sealed class FileTests : IDisposable
{
    readonly Place place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void A_file_that_must_be_new_is_made_once()
    {
        Place.Close(place.Create("new"));

        Assert.Equal(-1, place.Open("new", Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL));
        Assert.Equal(Errno.EEXIST, Place.Last);
        Place.Close(Place.Must(place.Open("new", Kernel.O_RDWR | Kernel.O_CREAT), "open what is there"));
    }

    [Fact]
    public void What_is_written_at_an_offset_is_read_there()
    {
        int file = place.Create("data");
        Assert.Equal(5, Place.Put(file, "hello", 3));

        Assert.Equal("\0\0\0hello", Place.Get(file, 0, 100));
        Assert.Equal("lo", Place.Get(file, 6, 100));
        Assert.Equal(string.Empty, Place.Get(file, 8, 100));
        Assert.Equal(string.Empty, Place.Get(file, 1000, 100));
        Place.Close(file);
    }

    [Fact]
    public unsafe void Reading_in_order_moves_along_and_ends_with_nothing()
    {
        place.Write("data", "abcdef");
        int file = place.Open("data", Kernel.O_RDONLY);
        byte* room = stackalloc byte[4];

        Assert.Equal((4, 2, 0), ((int)WindowsKernel.read(file, room, 4), (int)WindowsKernel.read(file, room, 4), (int)WindowsKernel.read(file, room, 4)));
        Assert.Equal(2, WindowsKernel.lseek(file, 2, Kernel.SEEK_SET));
        Assert.Equal(2, WindowsKernel.lseek(file, 0, Kernel.SEEK_CUR));
        Assert.Equal(6, WindowsKernel.lseek(file, 0, Kernel.SEEK_END));
        Place.Close(file);
    }

    [Theory]
    [InlineData(Kernel.O_RDONLY)]
    [InlineData(Kernel.O_WRONLY)]
    [InlineData(Kernel.O_RDWR)]
    [InlineData(Kernel.O_WRONLY | Kernel.O_APPEND)]
    [InlineData(Kernel.O_RDWR | Kernel.O_APPEND)]
    [InlineData(Kernel.O_PATH)]
    public void A_handle_tells_what_it_was_opened_for(int flags)
    {
        place.Write("data", "x");
        int file = Place.Must(place.Open("data", flags), "open");

        Assert.Equal(flags, WindowsKernel.fcntl(file, Kernel.F_GETFL));
        Place.Close(file);
    }

    [Fact]
    public void A_handle_for_appending_writes_at_the_end_wherever_it_is_told_to()
    {
        place.Write("data", "begin");
        int file = place.Open("data", Kernel.O_WRONLY | Kernel.O_APPEND);
        Assert.Equal(3, Place.Put(file, "end", 0));
        Place.Close(file);

        if (Place.IsWine && place.Read("data") == "endin") Assert.Skip("Wine writes at the offset also by a handle that has only the right to append.");
        Assert.Equal("beginend", place.Read("data"));
    }

    [Fact]
    public unsafe void A_handle_without_the_right_is_a_bad_one_for_that()
    {
        place.Write("data", "x");
        int reads = place.Open("data", Kernel.O_RDONLY), writes = place.Open("data", Kernel.O_WRONLY);
        byte room;

        Assert.Equal((-1, Errno.EBADF), ((int)Place.Put(reads, "y", 0), Place.Last));
        Assert.Equal((-1, Errno.EBADF), ((int)WindowsKernel.pread(writes, &room, 1, 0), Place.Last));
        Place.Close(reads);
        Place.Close(writes);
        Assert.Equal(-1, WindowsKernel.close(0x7FFF_FFF0));
        Assert.Equal(Errno.EBADF, Place.Last);
    }

    [Fact]
    public void The_length_is_set_up_and_down()
    {
        int file = place.Create("data");
        Place.Put(file, "abcdef", 0);

        Assert.Equal(0, WindowsKernel.ftruncate(file, 3));
        Assert.Equal("abc", Place.Get(file, 0, 100));
        Assert.Equal(0, WindowsKernel.ftruncate(file, 300_000));
        Assert.Equal(300_000ul, Place.Stat(file).stx_size);
        Assert.Equal("\0", Place.Get(file, 299_999, 100));
        Assert.Equal(-1, WindowsKernel.ftruncate(file, -1));
        Place.Close(file);
    }

    [Fact]
    public void A_file_without_holes_is_data_to_its_end()
    {
        place.Write("data", "abcdef");
        int file = place.Open("data", Kernel.O_RDONLY);

        Assert.Equal(2, WindowsKernel.lseek(file, 2, Kernel.SEEK_DATA));
        Assert.Equal(6, WindowsKernel.lseek(file, 2, Kernel.SEEK_HOLE));
        Assert.Equal(-1, WindowsKernel.lseek(file, 6, Kernel.SEEK_DATA));
        Assert.Equal(Errno.ENXIO, Place.Last);
        Place.Close(file);
    }

    [Fact]
    public void Holes_are_found_again()
    {
        const long mega = 1024 * 1024;
        int file = place.Create("sparse");
        Assert.Equal(0, WindowsKernel.ftruncate(file, 4 * mega));
        if (WindowsKernel.lseek(file, 0, Kernel.SEEK_DATA) == 0) Assert.Skip("This filesystem, or Wine, makes no sparse files.");
        Place.Put(file, "data", 2 * mega);

        Assert.Equal(2 * mega, WindowsKernel.lseek(file, 0, Kernel.SEEK_DATA));
        Assert.Equal(0, WindowsKernel.lseek(file, 0, Kernel.SEEK_HOLE));
        Place.Close(file);
    }

    [Fact]
    public void A_folder_is_opened_and_not_read_or_written_as_a_file()
    {
        Place.Must(place.MakeFolder("folder"), "make a folder");

        int folder = Place.Must(place.Open("folder", Kernel.O_RDONLY), "open the folder");
        byte[] room = new byte[8];
        unsafe
        {
            fixed (byte* start = room) Assert.Equal((-1, Errno.EISDIR), ((int)WindowsKernel.pread(folder, start, 8, 0), Place.Last));
        }
        Place.Close(folder);
        Assert.Equal((-1, Errno.EISDIR), (place.Open("folder", Kernel.O_RDWR), Place.Last));
    }

    [Fact]
    public void Only_a_folder_is_opened_where_a_folder_is_asked_for()
    {
        place.Write("file", "x");

        Assert.Equal((-1, Errno.ENOTDIR), (place.Open("file", OpenFlags.O_DIRECTORY), Place.Last));
        Assert.Equal((-1, Errno.ENOTDIR), (place.Open("file", Kernel.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW), Place.Last));
        Assert.Equal((-1, Errno.ENOENT), (place.Open("missing", Kernel.O_RDONLY), Place.Last));
    }

    [Theory]
    [InlineData(@"..\out")]
    [InlineData(@"a\b")]
    [InlineData("file:stream")]
    [InlineData("C:/windows")]
    [InlineData("/windows")]
    public void A_name_does_not_lead_out_of_its_folder_nor_into_a_stream(string name)
    {
        place.Write("file", "x");

        Assert.Equal(-1, place.Open(name, Kernel.O_RDWR | Kernel.O_CREAT));
        Assert.Equal(Errno.EINVAL, Place.Last);
    }

    [Fact]
    public void The_folder_itself_and_the_one_above_are_reached_from_a_handle()
    {
        Place.Must(place.MakeFolder("folder"), "make a folder");
        place.Write("file", "x");
        int folder = place.Open("folder", OpenFlags.O_DIRECTORY);

        int itself = Place.Must(Place.OpenAt(folder, ".", OpenFlags.O_DIRECTORY), "open .");
        int above = Place.Must(Place.OpenAt(folder, "..", Kernel.O_PATH | OpenFlags.O_DIRECTORY), "open ..");
        int beside = Place.Must(Place.OpenAt(folder, "../file", Kernel.O_RDONLY), "open ../file");

        Assert.Equal(Place.Stat(folder).stx_ino, Place.Stat(itself).stx_ino);
        Assert.Equal(Place.Stat(place.Directory).stx_ino, Place.Stat(above).stx_ino);
        Assert.Equal("x", Place.Get(beside, 0, 10));
        foreach (int handle in (int[])[folder, itself, above, beside]) Place.Close(handle);
    }

    [Fact]
    public void What_is_written_is_flushed_by_a_handle_that_only_reads_too()
    {
        place.Write("data", "x");
        int file = place.Open("data", Kernel.O_RDONLY);

        Assert.Equal(0, WindowsKernel.fsync(file));
        Place.Close(file);
        Assert.Equal((-1, Errno.ENOSYS), (WindowsKernel.syncfs(place.Directory), Place.Last));
    }

    [Fact]
    public unsafe void A_file_without_a_name_is_read_and_written_and_goes()
    {
        int file;
        fixed (byte* name = "scratch\0"u8) file = Place.Must(WindowsKernel.memfd_create(name, 0), "make a file in memory");
        Place.Put(file, "text", 0);
        string? path = WindowsKernel.PathBehind(file);

        Assert.Equal("text", Place.Get(file, 0, 100));
        Place.Close(file);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_file_that_others_have_open_is_opened_by_all_and_deleted_meanwhile()
    {
        place.Write("data", "x");
        using var other = new FileStream(Path.Combine(place.Path, "data"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

        int file = Place.Must(place.Open("data", Kernel.O_RDWR), "open what is open");
        Assert.Equal(0, place.Unlink("data"));
        Place.Close(file);
    }

    [Fact]
    public void A_file_that_another_program_holds_for_a_moment_is_opened_after_it()
    {
        place.Write("data", "x");
        var scanner = new FileStream(Path.Combine(place.Path, "data"), FileMode.Open, FileAccess.Read, FileShare.None);
        // By a thread of its own: those of the pool may all be busy with other tests.
        var later = new Thread(() =>
        {
            Thread.Sleep(60);
            scanner.Dispose();
        });
        later.Start();

        Place.Close(Place.Must(place.Open("data", Kernel.O_RDWR), "open what is held"));
        later.Join();
    }

    [Fact]
    public void A_file_that_another_program_keeps_is_busy_after_a_while()
    {
        place.Write("data", "x");
        using var holder = new FileStream(Path.Combine(place.Path, "data"), FileMode.Open, FileAccess.Read, FileShare.None);
        long start = System.Diagnostics.Stopwatch.GetTimestamp();

        Assert.Equal((-1, Errno.EBUSY), (place.Open("data", Kernel.O_RDWR), Place.Last));
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, 0.4, 30);
    }
}
