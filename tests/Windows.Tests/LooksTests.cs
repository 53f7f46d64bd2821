using FsCheck;
using FsCheck.Fluent;
using Reflinks.Platform;
using Reflinks.Platform.Windows;

namespace Windows.Tests;

public sealed unsafe class LooksTests : IDisposable
{
    readonly Place place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Files_and_folders_look_like_what_they_are()
    {
        place.Write("file", "12345");
        Place.Must(place.MakeFolder("folder"), "make");

        Assert.Equal((Errno.None, Errno.None), (place.Stat("file", out Kernel.Statx file), place.Stat("folder", out Kernel.Statx folder)));
        Assert.Equal((Kernel.S_IFREG | 0x1A4, 5ul, 1u), (file.stx_mode, file.stx_size, file.stx_nlink));
        Assert.Equal(Kernel.S_IFDIR | 0x1ED, folder.stx_mode);
        Assert.NotEqual(file.stx_ino, folder.stx_ino);
        Assert.Equal((file.stx_dev_major, file.stx_dev_minor), (folder.stx_dev_major, folder.stx_dev_minor));
        Assert.Equal(WindowsKernel.geteuid(), file.stx_uid);
    }

    [Fact]
    public void A_file_looks_the_same_by_its_name_and_by_a_handle()
    {
        int handle = place.Create("file");
        Assert.Equal(Errno.None, place.Stat("file", out Kernel.Statx named));
        Kernel.Statx open = Place.Stat(handle);
        Place.Close(handle);

        Assert.Equal((named.stx_ino, named.stx_mode, named.stx_mtime), (open.stx_ino, open.stx_mode, open.stx_mtime));
        Assert.Equal(Errno.ENOENT, place.Stat("missing", out _));
    }

    [Theory]
    [InlineData(0x1ED, 0x1A4)]
    [InlineData(0x124, 0x124)]
    [InlineData(0x180, 0x1A4)]
    [InlineData(0x000, 0x124)]
    public void A_mode_is_kept_as_to_whether_the_owner_may_write(int mode, int kept)
    {
        int handle = place.Create("file");
        Assert.Equal(0, WindowsKernel.fchmod(handle, (uint)mode));
        Place.Close(handle);

        Assert.Equal(Errno.None, place.Stat("file", out Kernel.Statx stat));
        Assert.Equal(kept, stat.stx_mode & 0xFFF);
        fixed (byte* name = Place.Bytes("file")) Assert.Equal(Errno.None, WindowsKernel.SetModeAt(place.Directory, name, 0x1A4));
        Assert.Equal(Errno.None, place.Stat("file", out stat));
        Assert.Equal(0x1A4, stat.stx_mode & 0xFFF);
    }

    [Fact]
    public void Times_are_kept_to_a_tenth_of_a_microsecond_and_left_where_they_shall_be()
    {
        int handle = place.Create("file");
        SetTimes(handle, (1_000_000_000, 123_456_789), (-1_000_000_000, 987_654_321));
        Kernel.Statx set = Place.Stat(handle);

        Assert.Equal((1_000_000_000, 123_456_700u), (set.stx_atime.tv_sec, set.stx_atime.tv_nsec));
        Assert.Equal((-1_000_000_000, 987_654_300u), (set.stx_mtime.tv_sec, set.stx_mtime.tv_nsec));
        SetTimes(handle, (0, Kernel.UTIME_OMIT), (2_000_000_000, 0));
        Assert.Equal((1_000_000_000, 2_000_000_000), (Place.Stat(handle).stx_atime.tv_sec, Place.Stat(handle).stx_mtime.tv_sec));
        SetTimes(handle, (0, Kernel.UTIME_OMIT), (0, Kernel.UTIME_NOW));
        Assert.InRange(Place.Stat(handle).stx_mtime.tv_sec, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60);
        Place.Close(handle);
    }

    [Fact]
    public void Times_are_set_by_a_handle_that_only_reads_and_by_name()
    {
        place.Write("file", "x");
        int handle = place.Open("file", Kernel.O_RDONLY);
        SetTimes(handle, (0, Kernel.UTIME_OMIT), (1_000_000_000, 0));
        Place.Close(handle);
        Assert.Equal(Errno.None, place.Stat("file", out Kernel.Statx stat));
        Assert.Equal(1_000_000_000, stat.stx_mtime.tv_sec);

        Kernel.Timespec* times = stackalloc Kernel.Timespec[] { new() { tv_nsec = Kernel.UTIME_OMIT }, new() { tv_sec = 1_500_000_000 } };
        fixed (byte* name = Place.Bytes("file")) Assert.Equal(0, WindowsKernel.utimensat(place.Directory, name, times, Kernel.AT_SYMLINK_NOFOLLOW));
        Assert.Equal(Errno.None, place.Stat("file", out stat));
        Assert.Equal(1_500_000_000, stat.stx_mtime.tv_sec);
    }

    [Fact]
    public void A_time_in_ticks_is_the_same_again() => Prop.ForAll(
        Gen.Choose(int.MinValue, int.MaxValue).SelectMany(seconds => Gen.Choose(0, 9_999_999).Select(rest => (Seconds: seconds * 5L, Nanoseconds: rest * 100L))).ToArbitrary(),
        time => WindowsTime.TryToTicks(time.Seconds, time.Nanoseconds, out long ticks)
            && WindowsTime.ToTimestamp(ticks) is var back && back.tv_sec == time.Seconds && back.tv_nsec == time.Nanoseconds).QuickCheckThrowOnFailure();

    [Fact]
    public void A_time_that_windows_does_not_have_is_refused()
    {
        Assert.False(WindowsTime.TryToTicks(-11_644_473_600, 0, out _));
        Assert.False(WindowsTime.TryToTicks(long.MaxValue, 0, out _));
        Assert.False(WindowsTime.TryToTicks(long.MinValue, 0, out _));
        Assert.False(WindowsTime.TryToTicks(0, 1_000_000_000, out _));
    }

    [Fact]
    public void The_volume_has_a_name_for_its_filesystem_and_a_place()
    {
        Assert.Equal(Errno.None, WindowsKernel.FileSystemOf(place.Path, out string name));
        Assert.NotEmpty(name);
        Assert.Matches(@"^[A-Z]:\\", WindowsKernel.MountPointOf(place.Path));
        Assert.Equal(Errno.ENOENT, WindowsKernel.FileSystemOf(Path.Combine(place.Path, "missing"), out _));
    }

    [Fact]
    public void The_clock_tells_the_time()
    {
        Kernel.Timespec now;
        foreach (int clock in (int[])[0, Kernel.CLOCK_REALTIME_COARSE])
        {
            Assert.Equal(0, WindowsKernel.clock_gettime(clock, &now));
            Assert.InRange(now.tv_sec, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 5, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 5);
        }
    }

    static void SetTimes(int handle, (long Seconds, long Nanoseconds) access, (long Seconds, long Nanoseconds) write)
    {
        Kernel.Timespec* times = stackalloc Kernel.Timespec[]
        {
            new() { tv_sec = access.Seconds, tv_nsec = access.Nanoseconds }, new() { tv_sec = write.Seconds, tv_nsec = write.Nanoseconds },
        };
        Assert.Equal(0, WindowsKernel.futimens(handle, times));
    }
}
