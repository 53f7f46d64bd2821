using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>Giving an open file the content of another one; what a wrong handle does, and that nothing is lost by it.</summary>
[SupportedOSPlatform("linux")]
public sealed class CloneByHandleTests
{
    const int Size = 50_000;

    static readonly byte[] Content = Staging.Content.Random(Size), Old = Staging.Content.Random(300_000, seed: 9);

    [Theory]
    [CombinatorialVolumes("btrfs nocow xfs bind overlay", 0, 10_000, Size, 300_000)]
    public void Content_replaces_what_was_there_whatever_its_length(string volume, int oldLength)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content), target = place.Write("target", Old.AsSpan(0, oldLength));
        File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        CopyOutcome outcome = Clone(source, target);

        Assert.Equal((Mechanism.Reflink, Size), (outcome.Mechanism, outcome.LengthBytes));
        Assert.Equal(Content, File.ReadAllBytes(target));
        ExtentMap.AssertShared(source, target);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(target));
    }

    [Theory]
    [CombinatorialVolumes("btrfs nocow xfs bind overlay", 40_960, 45_056, 300_000)]
    public void Tail_of_a_longer_file_is_cut_where_the_source_ends_on_a_block(string volume, int oldLength)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        byte[] blocks = Staging.Content.Random(40_960);
        string source = place.Write("source", blocks), strict = place.Write("strict", Old.AsSpan(0, oldLength)), lenient = place.Write("lenient", Old.AsSpan(0, oldLength));

        Assert.Equal((Mechanism.Reflink, 40_960), (Clone(source, strict).Mechanism, Clone(source, strict).LengthBytes));
        Assert.Equal(Mechanism.Reflink, CloneOrCopy(source, lenient).Mechanism);

        foreach (string target in (string[])[strict, lenient])
        {
            Assert.Equal(blocks, File.ReadAllBytes(target));
            ExtentMap.AssertShared(source, target);
        }
    }

    [Theory]
    [CombinatorialVolumes("btrfs nocow xfs xfs-noreflink ext4 tmpfs overlay bind", 0, 10_000, 300_000)]
    public void Clone_or_copy_replaces_what_was_there_anywhere(string volume, int oldLength)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content), target = place.Write("target", Old.AsSpan(0, oldLength));

        CopyOutcome outcome = CloneOrCopy(source, target);

        Assert.Equal(volume is "xfs-noreflink" or "ext4" or "tmpfs" ? Mechanism.KernelCopy : Mechanism.Reflink, outcome.Mechanism);
        Assert.Equal(Size, outcome.LengthBytes);
        Assert.Equal(Content, File.ReadAllBytes(target));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs xfs-noreflink ext4 tmpfs overlay")]
    public void Empty_source_empties_the_destination(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", []);

        Assert.Equal(Mechanism.Empty, Clone(source, place.Write("strict", Old)).Mechanism);
        Assert.Equal(Mechanism.Empty, CloneOrCopy(source, place.Write("lenient", Old)).Mechanism);

        Assert.Empty(File.ReadAllBytes(place["strict"]));
        Assert.Empty(File.ReadAllBytes(place["lenient"]));
    }

    [Theory]
    [InlineData("ext4", "EOPNOTSUPP", CloneFailure.UnsupportedByPair)]
    [InlineData("tmpfs", "EOPNOTSUPP", CloneFailure.UnsupportedByPair)]
    [InlineData("xfs-noreflink", "EOPNOTSUPP", CloneFailure.UnsupportedByPair)]
    public void Strict_clone_that_cannot_leaves_the_destination_as_it_was(string volume, string errno, CloneFailure failure)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content), target = place.Write("target", Old);

        var exception = Assert.Throws<CloneException>(() => Clone(source, target));

        Assert.Equal((errno, failure, source, target), (exception.Error.Name, exception.Failure, exception.SourcePath, exception.DestinationPath));
        Assert.Equal(Old, File.ReadAllBytes(target));
    }

    [Theory]
    [InlineData("btrfs", "nocow", "EINVAL")]
    [InlineData("nocow", "btrfs", "EINVAL")]
    [InlineData("btrfs", "btrfs2", "EXDEV")]
    [InlineData("xfs", "overlay", "EXDEV")]
    public void Longer_destination_that_cannot_share_is_not_cut(string from, string to, string errno)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = here.Write("source", Content), target = there.Write("target", Old);

        var exception = Assert.Throws<CloneException>(() => Clone(source, target));
        Assert.Equal(errno, exception.Error.Name);
        Assert.Equal(Old, File.ReadAllBytes(target));

        CopyOutcome outcome = CloneOrCopy(source, target);
        Assert.Equal(errno, outcome.Fallbacks[0].Error.Name);
        Assert.Equal(Content, File.ReadAllBytes(target));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs xfs-noreflink ext4 tmpfs overlay")]
    public void A_file_is_a_copy_of_itself_and_nothing_is_done(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string path = place.Write("file", Content);

        Assert.Equal((Mechanism.Unchanged, Size), Summary(Clone(path, path)));
        Assert.Equal((Mechanism.Unchanged, Size), Summary(CloneOrCopy(path, path)));
        Assert.Equal(Content, File.ReadAllBytes(path));

        static (Mechanism, long) Summary(CopyOutcome outcome) => (outcome.Mechanism, outcome.LengthBytes);
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void Destination_opened_for_reading_is_refused_and_keeps_its_content(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content), target = place.Write("target", Old);
        using SafeFileHandle from = Handles.Read(source), to = Handles.Read(target);

        AssertBadHandle(from, to);
        Assert.Equal(Old, File.ReadAllBytes(target));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void Source_opened_for_writing_is_refused_and_the_destination_keeps_its_content(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content), target = place.Write("target", Old);
        using SafeFileHandle from = Handles.Write(source), to = Handles.Write(target);

        AssertBadHandle(from, to);
        Assert.Equal(Old, File.ReadAllBytes(target));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void Destination_opened_for_appending_is_refused_and_keeps_its_content(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Content), target = place.Write("target", Old);
        using SafeFileHandle from = Handles.Read(source), to = Handles.Open(target, Kernel.O_RDWR | Kernel.O_APPEND);

        AssertBadHandle(from, to);
        var range = Assert.Throws<IOException>(() => Reflink.CloneOrCopyRange(from, 0, to, 4096, 4096));
        Assert.Equal("EBADF", NativeError.Of(range)?.Name);
        Assert.Equal(Old, File.ReadAllBytes(target));
    }

    [Fact]
    public void Appending_handle_on_another_filesystem_is_refused_too()
    {
        // There the kernel looks at the filesystems first and says EXDEV, which alone would lead to a copy at the wrong place.
        using TemporaryFolder here = TestVolumes.Btrfs.Folder(), there = TestVolumes.Xfs.Folder();
        string source = Handles.WriteSparse(here["source"], 1_000_000, (900_000, Content)), target = there.Write("target", Old);
        using SafeFileHandle from = Handles.Read(source), to = Handles.Open(target, Kernel.O_RDWR | Kernel.O_APPEND);

        Assert.Equal("EBADF", NativeError.Of(Assert.Throws<IOException>(() => Reflink.CloneOrCopy(from, to)))?.Name);
        Assert.Equal(Old, File.ReadAllBytes(target));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void Folder_is_no_source(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string target = place.Write("target", Old);
        using SafeFileHandle from = Handles.Read(place.Path), to = Handles.ReadWrite(target);

        Assert.Equal("EISDIR", ErrorOf(() => Reflink.Clone(from, to)));
        Assert.Equal("EISDIR", ErrorOf(() => Reflink.CloneOrCopy(from, to)));
        Assert.Equal(Old, File.ReadAllBytes(target));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void Folder_is_no_destination(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        using SafeFileHandle from = Handles.Read(place.Write("source", Content)), to = Handles.Read(place.Path);

        Assert.Equal("EISDIR", ErrorOf(() => Reflink.Clone(from, to)));
        Assert.Equal("EISDIR", ErrorOf(() => Reflink.CloneOrCopy(from, to)));
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    public void Device_is_neither_source_nor_destination(string device)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string file = place.Write("file", Old);
        using SafeFileHandle special = Handles.ReadWrite(device), regular = Handles.ReadWrite(file);

        Assert.Equal("EINVAL", ErrorOf(() => Reflink.Clone(special, regular)));
        Assert.Equal("EINVAL", ErrorOf(() => Reflink.CloneOrCopy(special, regular)));
        Assert.Equal("EINVAL", ErrorOf(() => Reflink.Clone(regular, special)));
        Assert.Equal("EINVAL", ErrorOf(() => Reflink.CloneOrCopy(regular, special)));
        Assert.Equal(Old, File.ReadAllBytes(file));
    }

    [Fact]
    public void Fifo_is_no_source()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        Tool.Run("mkfifo", place["fifo"]);
        string file = place.Write("file", Old);
        using SafeFileHandle from = Handles.Open(place["fifo"], Kernel.O_RDONLY | Kernel.O_NONBLOCK), to = Handles.ReadWrite(file);

        Assert.Equal("EINVAL", ErrorOf(() => Reflink.Clone(from, to)));
        Assert.Equal("EINVAL", ErrorOf(() => Reflink.CloneOrCopy(from, to)));
        Assert.Equal(Old, File.ReadAllBytes(file));
    }

    [Fact]
    public void File_of_proc_can_be_copied_and_not_cloned()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string strict = place.Write("strict", Old), lenient = place.Write("lenient", Old);
        using SafeFileHandle from = Handles.Read("/proc/version"), to = Handles.ReadWrite(strict), other = Handles.ReadWrite(lenient);

        var exception = Assert.Throws<CloneException>(() => Reflink.Clone(from, to));
        Assert.Equal(("EXDEV", CloneFailure.UnsupportedByPair), (exception.Error.Name, exception.Failure));
        Assert.Equal(Old, File.ReadAllBytes(strict));

        CopyOutcome outcome = Reflink.CloneOrCopy(from, other);
        Assert.Equal(Mechanism.PlainCopy, outcome.Mechanism);
        Assert.Equal(["EXDEV", "EXDEV"], outcome.Fallbacks.Select(left => left.Error.Name));
        Assert.Equal(new FileInfo(lenient).Length, outcome.LengthBytes);
        Assert.Equal(File.ReadAllText("/proc/version"), File.ReadAllText(lenient));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4")]
    public void Immutable_destination_opened_before_is_not_cloned_over(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string target = place.Write("target", Old);
        using SafeFileHandle from = Handles.Read(place.Write("source", Content)), to = Handles.ReadWrite(target);
        Tool.Run("chattr", "+i", target);
        try
        {
            if (volume == "ext4")
            {
                var refused = Assert.Throws<UnauthorizedAccessException>(() => Reflink.CloneOrCopy(from, to));
                Assert.Equal("EPERM", NativeError.Of(refused)?.Name);
                Assert.Equal(Old, File.ReadAllBytes(target));
                return;
            }
            var strict = Assert.Throws<CloneException>(() => Reflink.Clone(from, to));
            Assert.Equal(("EPERM", CloneFailure.Refused), (strict.Error.Name, strict.Failure));
            Assert.Equal(Old, File.ReadAllBytes(target));

            // EPERM does not say whether it cannot or may not. Here writing through a handle opened before may go on.
            CopyOutcome outcome = Reflink.CloneOrCopy(from, to);
            Assert.Equal(Mechanism.PlainCopy, outcome.Mechanism);
            Assert.Equal(["EPERM", "EPERM"], outcome.Fallbacks.Select(left => left.Error.Name));
            Assert.Equal(Content, File.ReadAllBytes(target));
        }
        finally
        {
            Tool.Run("chattr", "-i", target);
        }
    }

    [Fact]
    public void Handles_stay_open_and_where_they_were()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string source = Handles.WriteSparse(place["source"], 1_000_000, (500_000, Content));
        using SafeFileHandle from = Handles.Read(source), to = Handles.ReadWrite(place["target"]);
        Assert.Equal(1234, Kernel.lseek(Descriptor(from), 1234, Kernel.SEEK_SET));

        Reflink.CloneOrCopy(from, to);

        Assert.Equal(1234, Kernel.lseek(Descriptor(from), 0, Kernel.SEEK_CUR));
        Assert.Equal(0, Kernel.lseek(Descriptor(to), 0, Kernel.SEEK_CUR));
        Assert.False(from.IsClosed || to.IsClosed);
    }

    [Fact]
    public void Closed_handle_is_told_as_such()
    {
        using TemporaryFolder place = new TemporaryFolder();
        using SafeFileHandle open = Handles.ReadWrite(place["open"]), closed = Handles.ReadWrite(place["closed"]);
        closed.Dispose();

        Assert.Throws<ObjectDisposedException>(() => Reflink.Clone(closed, open));
        Assert.Throws<ObjectDisposedException>(() => Reflink.CloneOrCopy(open, closed));
        Assert.Throws<ArgumentNullException>(() => Reflink.Clone(open, null!));
    }

    static void AssertBadHandle(SafeFileHandle from, SafeFileHandle to)
    {
        var strict = Assert.Throws<CloneException>(() => Reflink.Clone(from, to));
        Assert.Equal(("EBADF", CloneFailure.UnsupportedByFile), (strict.Error.Name, strict.Failure));
        Assert.Equal("EBADF", ErrorOf(() => Reflink.CloneOrCopy(from, to)));
    }

    static string? ErrorOf(Action action) => NativeError.Of(Assert.ThrowsAny<IOException>(action))?.Name;

    static CopyOutcome Clone(string source, string target)
    {
        using SafeFileHandle from = Handles.Read(source), to = Handles.Write(target);
        return Reflink.Clone(from, to);
    }

    static CopyOutcome CloneOrCopy(string source, string target)
    {
        using SafeFileHandle from = Handles.Read(source), to = Handles.Write(target);
        return Reflink.CloneOrCopy(from, to);
    }

    static int Descriptor(SafeFileHandle handle) => (int)handle.DangerousGetHandle();
}
