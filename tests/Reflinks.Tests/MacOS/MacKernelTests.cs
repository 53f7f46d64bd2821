using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Reflinks.Platform;
using Reflinks.Platform.MacOS;

namespace Reflinks.Tests.MacOS;

/// <summary>The calls on files, names and folders, made through the simulation (<see cref="Simulation"/>) on real volumes.</summary>
[SupportedOSPlatform("macos")]
[Collection(nameof(Simulation))]
public sealed unsafe class MacKernelTests
{
    const int Made = Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL | Kernel.O_CLOEXEC;

    public MacKernelTests() => Simulation.Need();

    [Fact]
    public void File_is_made_with_the_mode_that_was_asked_for()
    {
        // The mode is the variadic argument: where it went astray the file would have any other.
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        int made = Open(place["file"], Made, 0x141);

        Assert.True(made >= 0);
        Assert.Equal(0x8000 | (0x141 & ~Kernel.Umask()), Look(made).stx_mode);
        _ = MacKernel.close(made);
    }

    [Fact]
    public void Bytes_are_written_and_read_where_they_belong()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        int made = Open(place["file"], Made, 0x180);
        byte[] read = new byte[5];
        fixed (byte* from = "hello"u8, to = read)
        {
            Assert.Equal(5, MacKernel.pwrite(made, from, 5, 1000));
            Assert.Equal(5, MacKernel.pread(made, to, 5, 1000));
        }
        Assert.Equal("hello"u8.ToArray(), read);
        Assert.Equal((1005, 0), (MacKernel.lseek(made, 0, Kernel.SEEK_END), MacKernel.ftruncate(made, 3)));
        Assert.Equal(3ul, Look(made).stx_size);
        _ = MacKernel.close(made);
    }

    [Theory]
    [InlineData(Kernel.SEEK_DATA)]
    [InlineData(Kernel.SEEK_HOLE)]
    public void Holes_are_not_asked_for(int whence)
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        int made = Open(place["file"], Made, 0x180);
        _ = MacKernel.ftruncate(made, 1 << 20);

        // ENXIO would say that there is nothing but a hole.
        Assert.Equal((-1, Errno.EINVAL), (MacKernel.lseek(made, 0, whence), NativeErrors.Last));
        _ = MacKernel.close(made);
    }

    [Fact]
    public void Open_file_tells_how_it_was_opened()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        place.Write("file", "x");
        Assert.Equal(Kernel.O_RDONLY, FlagsOf(place["file"], Kernel.O_RDONLY) & Kernel.O_ACCMODE);
        Assert.Equal(Kernel.O_WRONLY | Kernel.O_APPEND, FlagsOf(place["file"], Kernel.O_WRONLY | Kernel.O_APPEND));
        Assert.Equal(Kernel.O_PATH, FlagsOf(place.Path, Kernel.O_PATH | OpenFlags.O_DIRECTORY) & Kernel.O_PATH);

        static int FlagsOf(string path, int flags)
        {
            int opened = Open(path, flags, 0);
            int found = MacKernel.fcntl(opened, Kernel.F_GETFL);
            _ = MacKernel.close(opened);
            return found;
        }
    }

    [Fact]
    public void Error_arrives_as_the_number_of_Linux()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        place.Write("folder/file", "x");
        Directory.CreateSymbolicLink(place["link"], place["folder"]);
        string longName = new('n', 300);

        Assert.Equal(Errno.ENOENT, Refusal(() => Open(place["absent"], Kernel.O_RDONLY, 0)));
        Assert.Equal(Errno.EEXIST, Refusal(() => Open(place["folder/file"], Made, 0x180)));
        Assert.Equal(Errno.ENAMETOOLONG, Refusal(() => Open(place[longName], Kernel.O_RDONLY, 0)));
        Assert.Equal(Errno.ELOOP, Refusal(() => Open(place["link"], Kernel.O_RDONLY | OpenFlags.O_NOFOLLOW, 0)));
        Assert.Equal(Errno.ENOTEMPTY, Refusal(() => At(place["folder"], (at, name) => MacKernel.unlinkat(at, name, Kernel.AT_REMOVEDIR))));
        Assert.Equal(Errno.EISDIR, Refusal(() => At(place["folder"], (at, name) => MacKernel.unlinkat(at, name, 0))));
        Assert.Equal(Errno.EBADF, Refusal(() => MacKernel.close(-1)));
    }

    [Fact]
    public void Look_of_a_file_is_what_Linux_sees()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string path = place.WriteRandom("file", 100_000);
        File.SetLastWriteTimeUtc(path, new DateTime(1969, 12, 31, 23, 59, 58, 500, DateTimeKind.Utc));
        Kernel.Statx mac, linux;
        fixed (byte* name = NativeFile.Terminated(path))
        {
            Assert.Equal(0, MacKernel.statx(Kernel.AT_FDCWD, name, Kernel.AT_SYMLINK_NOFOLLOW, 0, &mac));
            Assert.Equal(0, Kernel.statx(Kernel.AT_FDCWD, name, Kernel.AT_SYMLINK_NOFOLLOW, Kernel.STATX_BASIC_STATS, &linux));
        }

        Assert.Equal((linux.stx_ino, linux.stx_mode, linux.stx_nlink, linux.stx_uid, linux.stx_gid), (mac.stx_ino, mac.stx_mode, mac.stx_nlink, mac.stx_uid, mac.stx_gid));
        Assert.Equal((linux.stx_size, linux.stx_blocks, linux.stx_blksize), (mac.stx_size, mac.stx_blocks, mac.stx_blksize));
        Assert.Equal((linux.stx_mtime, linux.stx_ctime, linux.stx_dev_minor), (mac.stx_mtime, mac.stx_ctime, mac.stx_dev_minor));
        Assert.Equal(-2, mac.stx_mtime.tv_sec);
    }

    [Theory]
    [InlineData(64 * 1024)]
    [InlineData(2048)]
    public void Folder_is_listed_to_its_end_and_again(int room)
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        var names = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < 300; i++) names.Add($"{new string('n', i % 200)}{i}");
        foreach (string name in names) place.Write($"folder/{name}", "");
        place.MakeFolder("folder/below");
        File.CreateSymbolicLink(place["folder/link"], "nowhere");
        names.UnionWith(["below", "link"]);

        int folder = Open(place["folder"], Kernel.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
        for (int round = 0; round < 2; round++)
        {
            List<(string Name, byte Kind)> found = List(folder, room);
            Assert.Equal(names, found.Select(entry => entry.Name).Order(StringComparer.Ordinal));
            Assert.Equal(((byte)4, (byte)10), (found.Single(entry => entry.Name == "below").Kind, found.Single(entry => entry.Name == "link").Kind));
            Assert.All(found.Where(entry => entry.Name is not ("below" or "link")), entry => Assert.Equal(8, entry.Kind));
            Assert.Equal(0, MacKernel.lseek(folder, 0, Kernel.SEEK_SET));
        }
        _ = MacKernel.close(folder);
    }

    [Fact]
    public void Empty_folder_has_no_records_not_even_of_itself()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        int folder = Open(place.Path, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY, 0);

        Assert.Empty(List(folder, 4096));
        _ = MacKernel.close(folder);
    }

    [Fact]
    public void Entry_that_could_not_be_looked_at_is_listed()
    {
        ref int errors = ref Simulation.Counter("listing_errors");
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        foreach (string name in (string[])["a", "!broken", "z"]) place.Write(name, "");
        int folder = Open(place.Path, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY, 0);
        errors = 1;
        try
        {
            Assert.Equal([("!broken", (byte)0), ("a", (byte)8), ("z", (byte)8)], List(folder, 4096).OrderBy(entry => entry.Name, StringComparer.Ordinal));
        }
        finally
        {
            errors = 0;
            _ = MacKernel.close(folder);
        }
    }

    [Fact]
    public void Names_are_made_moved_swapped_and_never_replaced_unasked()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        place.Write("one", "1");
        place.Write("two", "2");
        int folder = Open(place.Path, Kernel.O_PATH | OpenFlags.O_DIRECTORY, 0);
        fixed (byte* one = "one\0"u8, two = "two\0"u8, three = "three\0"u8, link = "link\0"u8, below = "below\0"u8)
        {
            Assert.Equal(-1, MacKernel.renameat2(folder, one, folder, two, Kernel.RENAME_NOREPLACE));
            Assert.Equal(Errno.EEXIST, NativeErrors.Last);
            Assert.Equal(0, MacKernel.renameat2(folder, one, folder, two, Kernel.RENAME_EXCHANGE));
            Assert.Equal(("2", "1"), (File.ReadAllText(place["one"]), File.ReadAllText(place["two"])));
            Assert.Equal(0, MacKernel.renameat2(folder, one, folder, two, 0));
            Assert.Equal(0, MacKernel.linkat(folder, two, folder, three, 0));
            Assert.Equal(0, MacKernel.symlinkat(two, folder, link));
            Assert.Equal(0, MacKernel.mkdirat(folder, below, 0x1C0));
            byte* target = stackalloc byte[100];
            Assert.Equal(3, MacKernel.readlinkat(folder, link, target, 100));
            Assert.Equal(0, MacKernel.unlinkat(folder, below, Kernel.AT_REMOVEDIR));
        }
        _ = MacKernel.close(folder);
        Assert.Equal(["link", "three", "two"], Directory.EnumerateFileSystemEntries(place.Path).Select(Path.GetFileName).Order());
        Assert.Equal("2", File.ReadAllText(place["three"]));
    }

    [Fact]
    public void Times_are_set_to_the_nanosecond_and_left_where_none_is_given()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string path = place.Write("file", "x");
        File.CreateSymbolicLink(place["link"], "file");
        int file = Open(path, Kernel.O_RDONLY, 0);
        Kernel.StatxTimestamp read = Look(file).stx_atime;
        Kernel.Timespec* times = stackalloc Kernel.Timespec[] { new() { tv_nsec = Kernel.UTIME_OMIT }, new() { tv_sec = 12, tv_nsec = 345_678_901 } };

        Assert.Equal(0, MacKernel.futimens(file, times));
        Assert.Equal((12, 345_678_901u, read), (Look(file).stx_mtime.tv_sec, Look(file).stx_mtime.tv_nsec, Look(file).stx_atime));
        times[1].tv_sec = 99;
        fixed (byte* name = NativeFile.Terminated(place["link"])) Assert.Equal(0, MacKernel.utimensat(Kernel.AT_FDCWD, name, times, Kernel.AT_SYMLINK_NOFOLLOW));
        Assert.Equal(12, Look(file).stx_mtime.tv_sec);
        _ = MacKernel.close(file);
    }

    [Fact]
    public void Mode_is_set_by_name_and_never_through_a_link()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string path = place.Write("file", "x");
        File.CreateSymbolicLink(place["link"], "file");
        File.SetUnixFileMode(path, (UnixFileMode)0x1A4);
        int folder = Open(place.Path, Kernel.O_PATH | OpenFlags.O_DIRECTORY, 0);
        fixed (byte* file = "file\0"u8, link = "link\0"u8)
        {
            Assert.Equal(Errno.ELOOP, MacKernel.SetModeAt(folder, link, 0x1FF));
            Assert.Equal(0x1A4, (int)File.GetUnixFileMode(path));
            Assert.Equal(Errno.None, MacKernel.SetModeAt(folder, file, 0x140));
        }
        Assert.Equal(0x140, (int)File.GetUnixFileMode(path));
        _ = MacKernel.close(folder);
    }

    [Fact]
    public void Sync_goes_to_the_medium_and_not_just_to_the_drive()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        int file = Open(place.Write("file", "x"), Kernel.O_RDONLY, 0);
        int files = Simulation.Counter("full_syncs"), volumes = Simulation.Counter("volume_syncs");

        Assert.Equal((0, 0), (MacKernel.fsync(file), MacKernel.syncfs(file)));
        Assert.Equal((files + 1, volumes + 1), (Simulation.Counter("full_syncs"), Simulation.Counter("volume_syncs")));
        _ = MacKernel.close(file);
        Assert.Equal((-1, Errno.EBADF), (MacKernel.syncfs(-1), NativeErrors.Last));
    }

    [Fact]
    public void Lock_of_an_open_file_keeps_another_one_out()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string path = place.Write("file", "x");
        int one = Open(path, Kernel.O_RDWR, 0), other = Open(path, Kernel.O_RDWR, 0);
        var all = new Kernel.Flock { l_type = Kernel.F_WRLCK };

        Assert.Equal(0, MacKernel.fcntl(one, Kernel.F_OFD_SETLK, &all));
        Assert.Equal((-1, Errno.EAGAIN), (MacKernel.fcntl(other, Kernel.F_OFD_SETLK, &all), NativeErrors.Last));
        Assert.Equal(0, MacKernel.flock(one, Kernel.LOCK_EX | Kernel.LOCK_NB));
        Assert.Equal((-1, Errno.EAGAIN), (MacKernel.flock(other, Kernel.LOCK_SH | Kernel.LOCK_NB), NativeErrors.Last));
        _ = MacKernel.close(one);
        Assert.Equal(0, MacKernel.fcntl(other, Kernel.F_OFD_SETLK, &all));
        _ = MacKernel.close(other);
    }

    [Fact]
    public void Path_of_an_open_file_is_told()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string path = place.Write("with ümläut", "x");
        int file = Open(path, Kernel.O_RDONLY, 0);

        Assert.Equal(path, MacKernel.PathBehind(file));
        _ = MacKernel.close(file);
        Assert.Null(MacKernel.PathBehind(-1));
    }

    [Fact]
    public void Volume_is_named_and_says_whether_it_clones()
    {
        Assert.Equal((Errno.None, true), (MacKernel.SaysItClones(TestVolumes.Btrfs.Path, out bool clones), clones));
        Assert.Equal((Errno.None, false), (MacKernel.SaysItClones(TestVolumes.Ext4.Path, out clones), clones));
        Assert.Equal((Errno.None, "apfs"), (MacKernel.FileSystemOf(TestVolumes.Btrfs.Path, out string name), name));
        Assert.Equal("/Volumes/simulation", MacKernel.MountPointOf(TestVolumes.Btrfs.Path));
        Assert.Equal(Errno.ENOENT, MacKernel.FileSystemOf("/absent", out _));
    }

    [Fact]
    public void Scratch_file_has_no_name_and_tells_the_umask()
    {
        int scratch;
        fixed (byte* name = "scratch\0"u8) scratch = MacKernel.memfd_create(name, Kernel.MFD_CLOEXEC);

        Assert.Equal(0u, Look(scratch).stx_nlink);
        fixed (byte* bytes = "xy"u8) Assert.Equal(2, MacKernel.pwrite(scratch, bytes, 2, 0));
        _ = MacKernel.close(scratch);
        Assert.Equal(Kernel.Umask(), MacKernel.Umask());
    }

    [Fact]
    public void Clock_is_not_behind_the_times_of_files()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        int file = Open(place.Write("file", "x"), Kernel.O_RDONLY, 0);
        Kernel.Timespec now;

        Assert.Equal(0, MacKernel.clock_gettime(Kernel.CLOCK_REALTIME_COARSE, &now));
        Kernel.StatxTimestamp changed = Look(file).stx_ctime;
        Assert.True((now.tv_sec, now.tv_nsec).CompareTo((changed.tv_sec, (long)changed.tv_nsec)) >= 0);
        _ = MacKernel.close(file);
    }

    [Fact]
    public void What_the_system_lacks_is_said_so()
    {
        Assert.Equal((Errno.ENOSYS, Errno.ENOSYS), (MacKernel.Clone(0, 0), MacKernel.CloneRange(0, 0, 0, 0, 1)));
        Assert.Equal((-1, Errno.ENOSYS), (MacKernel.copy_file_range(0, null, 0, null, 1, 0), NativeErrors.Last));
    }

    /// <summary>Opens as the product does.</summary>
    internal static int Open(string path, int flags, uint mode)
    {
        fixed (byte* name = NativeFile.Terminated(path)) return MacKernel.openat(Kernel.AT_FDCWD, name, flags, mode);
    }

    internal static Kernel.Statx Look(int descriptor)
    {
        Kernel.Statx stat;
        byte empty = 0;
        Assert.Equal(0, MacKernel.statx(descriptor, &empty, Kernel.AT_EMPTY_PATH, 0, &stat));
        return stat;
    }

    delegate int Call(int directory, byte* name);

    static int At(string path, Call call)
    {
        fixed (byte* name = NativeFile.Terminated(path)) return call(Kernel.AT_FDCWD, name);
    }

    static Errno Refusal(Func<int> call)
    {
        int result = call();
        Errno error = NativeErrors.Last;
        Assert.Equal(-1, result);
        return error;
    }

    static List<(string Name, byte Kind)> List(int folder, int room)
    {
        var found = new List<(string, byte)>();
        byte[] buffer = new byte[room];
        fixed (byte* start = buffer)
        {
            nint length;
            while ((length = MacKernel.getdents64(folder, start, (nuint)room)) > 0)
            {
                for (int at = 0; at < length; at += BitConverter.ToUInt16(buffer, at + 16))
                    found.Add((Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(start + at + 19)), buffer[at + 18]));
            }
            Assert.Equal(0, length);
        }
        return found;
    }
}
