using System.Net.Sockets;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>What goes wrong is told by type, errno and path, and leaves nothing behind.</summary>
[SupportedOSPlatform("linux")]
public sealed class ErrorTests
{
    static readonly byte[] Bytes = Content.Random(10_000);

    [Theory]
    [CombinatorialVolumes("btrfs ext4")]
    public void Missing_source(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place["missing"];

        Both(source, place["copy"], (FileNotFoundException exception) =>
        {
            Assert.Equal((source, "ENOENT"), (exception.FileName, NameOf(exception)));
            Assert.Equal($"Cannot open '{source}': No such file or directory (ENOENT, 2).", exception.Message);
        });
        Assert.Empty(place.Names());
    }

    [Fact]
    public void Dangling_link_and_circle_of_links_at_the_source()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        File.CreateSymbolicLink(place["dangling"], "nowhere");
        File.CreateSymbolicLink(place["circle"], "circle");

        Both(place["dangling"], place["copy"], (FileNotFoundException exception) => Assert.Equal("ENOENT", NameOf(exception)));
        Both(place["circle"], place["copy"], (IOException exception) => Assert.Equal("ELOOP", NameOf(exception)));
        Assert.Equal(["circle", "dangling"], place.Names());
    }

    [Fact]
    public void Missing_folder_of_the_destination()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Bytes);

        Both(source, place["missing/copy"], (DirectoryNotFoundException exception) =>
        {
            Assert.Equal("ENOENT", NameOf(exception));
            Assert.Contains(place["missing"], exception.Message, StringComparison.Ordinal);
        });
        Assert.Equal(["source"], place.Names());
    }

    [Fact]
    public void File_in_the_place_of_a_folder()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Bytes);

        Both(source, place["source/copy"], (IOException exception) => Assert.Equal("ENOTDIR", NameOf(exception)));
        Both(place["source/below"], place["copy"], (IOException exception) => Assert.Equal("ENOTDIR", NameOf(exception)));
        Assert.Equal(["source"], place.Names());
    }

    [Theory]
    [CombinatorialVolumes("btrfs ext4")]
    public void Folder_as_source(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.MakeFolder("folder");

        Both(source, place["copy"], (IOException exception) =>
        {
            Assert.Equal("EISDIR", NameOf(exception));
            Assert.Contains(source, exception.Message, StringComparison.Ordinal);
        });
        Assert.Equal(["folder"], place.Names());
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    public void Device_as_source(string device)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();

        Both(device, place["copy"], (IOException exception) =>
        {
            Assert.Equal("EINVAL", NameOf(exception));
            Assert.Contains("not a regular file", exception.Message, StringComparison.Ordinal);
        });
        Assert.Empty(place.Names());
    }

    [Fact]
    public async Task Fifo_as_source_does_not_wait_for_a_writer()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place["fifo"], copy = place["copy"];
        Tool.Run("mkfifo", source);

        Task attempts = Task.Run(() => Both(source, copy, (IOException exception) => Assert.Equal("EINVAL", NameOf(exception))));

        await attempts.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(["fifo"], place.Names());
    }

    [Fact]
    [OnLinux("sockets among files")]
    public void Socket_as_source()
    {
        // The path of a socket has at most 107 bytes.
        using var place = new TemporaryFolder();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(place["socket"]));

        Both(place["socket"], place["copy"], (IOException exception) => Assert.Equal("ENXIO", NameOf(exception)));
        Assert.Equal(["socket"], place.Names());
    }

    [Fact]
    public void Unreadable_source()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Bytes);
        File.SetUnixFileMode(source, UnixFileMode.UserRead);
        place.GiveToUnprivileged();

        Unprivileged.Run(() => Both(source, place["copy"], (UnauthorizedAccessException exception) =>
        {
            Assert.Equal("EACCES", NameOf(exception));
            Assert.Contains(source, exception.Message, StringComparison.Ordinal);
        }));
        Assert.Equal(["source"], place.Names());
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void Folder_that_may_not_be_written(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Bytes), folder = place.MakeFolder("folder");

        Unprivileged.Run(() => Both(source, Path.Combine(folder, "copy"), (UnauthorizedAccessException exception) =>
        {
            Assert.Equal("EACCES", NameOf(exception));
            Assert.Contains(folder, exception.Message, StringComparison.Ordinal);
        }));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    [Fact]
    public void Folder_that_may_be_written_and_not_read_will_do()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Bytes), folder = place.MakeFolder("drop");
        place.GiveToUnprivileged("drop");
        File.SetUnixFileMode(folder, UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        Unprivileged.Run(() => Reflink.Clone(source, Path.Combine(folder, "copy")));

        Assert.Equal(Bytes, File.ReadAllBytes(Path.Combine(folder, "copy")));
    }

    [Fact]
    public void Mount_that_is_read_only()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Bytes), mounted = place.MakeFolder("mounted");
        Tool.Run("mount", "--bind", place.MakeFolder("real"), mounted);
        try
        {
            Tool.Run("mount", "-o", "remount,bind,ro", mounted);
            Both(source, Path.Combine(mounted, "copy"), (IOException exception) => Assert.Equal("EROFS", NameOf(exception)));
        }
        finally
        {
            Tool.Run("umount", mounted);
        }
        Assert.Empty(Directory.GetFileSystemEntries(place["real"]));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void Name_that_is_too_long(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Bytes), tooLong = place[new string('n', 256)];

        BothLeniently(source, tooLong, (PathTooLongException exception) => Assert.Equal("ENAMETOOLONG", NameOf(exception)));
        Both(tooLong, place["copy"], (PathTooLongException exception) => Assert.Equal("ENAMETOOLONG", NameOf(exception)));
        Assert.Equal(["source"], place.Names());
    }

    [Fact]
    public void Path_that_is_too_long()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Bytes);
        string tooLong = place[string.Join('/', Enumerable.Repeat("folder", 700)) + "/file"];

        Both(source, tooLong, (PathTooLongException exception) => Assert.Equal("ENAMETOOLONG", NameOf(exception)));
        Both(tooLong, place["copy"], (PathTooLongException exception) => Assert.Equal("ENAMETOOLONG", NameOf(exception)));
        Assert.Equal(["source"], place.Names());
    }

    [Fact]
    public void Mistakes_of_the_caller_are_argument_exceptions()
    {
        using var place = new TemporaryFolder();
        string source = place.Write("source", Bytes);

        Assert.Throws<ArgumentNullException>(() => Reflink.Clone(null!, place["copy"]));
        Assert.Throws<ArgumentNullException>(() => Reflink.CloneOrCopy(source, null!));
        Assert.Throws<ArgumentException>(() => Reflink.Clone("", place["copy"]));
        Assert.Throws<ArgumentException>(() => Reflink.CloneOrCopy(source, ""));
        Assert.Throws<ArgumentException>(() => Reflink.Clone(source + "\0", place["copy"]));
        Assert.Throws<ArgumentException>(() => Reflink.Clone(source, place["copy\0"]));
        Assert.Throws<ArgumentException>(() => Reflink.Clone(source, place["copy\0"], new CloneOptions { FollowDestinationLink = true }));
        Assert.Equal(["source"], place.Names());
    }

    [Fact]
    public void Deleted_file_is_named_as_the_system_names_it()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string source = place.Write("source", Bytes);
        using SafeFileHandle from = Handles.Read(source), to = Handles.ReadWrite(place["target"]);
        File.Delete(source);

        var exception = Assert.Throws<CloneException>(() => Reflink.Clone(from, to));

        Assert.StartsWith(source, exception.SourcePath, StringComparison.Ordinal);
        Assert.Equal(Mechanism.KernelCopy, Reflink.CloneOrCopy(from, to).Mechanism);
        Assert.Equal(Bytes, File.ReadAllBytes(place["target"]));
    }

    [Fact]
    public void No_descriptor_is_left_open_by_a_failure_or_a_success()
    {
        using TemporaryFolder btrfs = TestVolumes.Btrfs.Folder(), ext4 = TestVolumes.Ext4.Folder();
        string source = btrfs.Write("source", Bytes);

        Both(source, ext4["missing/copy"], (DirectoryNotFoundException _) => { });
        Assert.Throws<CloneException>(() => Reflink.Clone(source, ext4["copy"]));
        Assert.Throws<IOException>(() => Reflink.Clone(source, source));
        Reflink.Clone(source, btrfs["clone"]);
        Reflink.CloneOrCopy(source, ext4["copy"]);

        foreach (string open in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            string? target = new FileInfo(open).LinkTarget;
            Assert.False(target is not null && (target.StartsWith(btrfs.Path, StringComparison.Ordinal) || target.StartsWith(ext4.Path, StringComparison.Ordinal)), target);
        }
    }

    static string? NameOf(Exception exception) => NativeError.Of(exception)?.Name;

    static void Both<T>(string source, string destination, Action<T> check) where T : Exception
    {
        check(Assert.Throws<T>(() => Reflink.Clone(source, destination)));
        BothLeniently(source, destination, check);
    }

    /// <summary>With and without overwriting, where a strict clone may fail before the error in question.</summary>
    static void BothLeniently<T>(string source, string destination, Action<T> check) where T : Exception
    {
        check(Assert.Throws<T>(() => Reflink.CloneOrCopy(source, destination)));
        check(Assert.Throws<T>(() => Reflink.CloneOrCopy(source, destination, new CloneOptions { Overwrite = true })));
    }
}
