using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>Errors that no filesystem here gives of itself, made by strace: another rung, a failure or another try, as each deserves.</summary>
[SupportedOSPlatform("linux")]
public sealed class InjectedErrorTests
{
    const int Size = 1_300_000;       // more than one piece of a plain copy

    [Theory]
    [InlineData("ENOSYS", CloneFailure.UnsupportedBySystem)]
    [InlineData("EOPNOTSUPP", CloneFailure.UnsupportedByPair)]
    [InlineData("ENOTTY", CloneFailure.UnsupportedByPair)]
    [InlineData("EXDEV", CloneFailure.UnsupportedByPair)]
    [InlineData("EINVAL", CloneFailure.UnsupportedByFile)]
    [InlineData("ETXTBSY", CloneFailure.UnsupportedByFile)]
    [InlineData("EBADF", CloneFailure.UnsupportedByFile)]
    [InlineData("EAGAIN", CloneFailure.UnsupportedByFile)]
    [InlineData("EBUSY", CloneFailure.UnsupportedByFile)]
    [InlineData("EMLINK", CloneFailure.UnsupportedByFile)]
    [InlineData("EPERM", CloneFailure.Refused)]
    [InlineData("EACCES", CloneFailure.Refused)]
    public void Refused_clone_is_an_exception_or_a_copy(string errno, CloneFailure failure)
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");
        place.Write("made/clone-handle", "old");

        InjectedHost.Result[] results = InjectedHost.Run(
            source, folder, ["clone", "clone-handle", "copy", "copy-handle", "copy-range"], [$"ioctl:error={errno}"]);

        foreach (InjectedHost.Result strict in results[..2])
            Assert.Equal((nameof(CloneException), failure.ToString(), errno), (strict.Exception, strict.Failure, strict.Error));
        foreach (InjectedHost.Result lenient in results[2..])
        {
            Assert.True(lenient.Succeeded, lenient.Message);
            Assert.Equal(("KernelCopy", Size), (lenient.Made, lenient.LengthBytes));
            Assert.Equal([$"Reflink>KernelCopy:{errno}"], lenient.Fallbacks);
        }
        AssertMade(folder, "copy", "copy-handle", "copy-range");
        Assert.Equal("old", File.ReadAllText(place["made/clone-handle"]));
        Assert.Equal(["clone-handle", "copy", "copy-handle", "copy-range"], Names(folder));
    }

    [Theory]
    [InlineData("EIO")]
    [InlineData("ENOSPC")]
    [InlineData("EDQUOT")]
    [InlineData("EROFS")]
    [InlineData("ENOMEM")]
    [InlineData("EFBIG")]
    public void Failed_clone_is_an_exception_and_never_a_copy(string errno)
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");
        foreach (string name in (string[])["overwrite", "copy-handle", "copy-range"]) place.Write($"made/{name}", "old");

        InjectedHost.Result[] results = InjectedHost.Run(
            source, folder, ["clone", "copy", "overwrite", "copy-handle", "copy-range"], [$"ioctl:error={errno}"]);

        foreach (InjectedHost.Result result in results)
            Assert.Equal((nameof(CloneException), nameof(CloneFailure.Failed), errno), (result.Exception, result.Failure, result.Error));
        foreach (string name in (string[])["overwrite", "copy-handle", "copy-range"])
            Assert.Equal("old", File.ReadAllText(Path.Combine(folder, name)));
        Assert.Equal(["copy-handle", "copy-range", "overwrite"], Names(folder));
    }

    [Theory]
    [InlineData("EPERM")]
    [InlineData("EACCES")]
    public void Refused_clone_whose_copy_fails_tells_the_copy_s_error(string errno)
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");

        InjectedHost.Result result = Assert.Single(InjectedHost.Run(
            source, folder, ["copy"], [$"ioctl:error={errno}", "copy_file_range:error=ENOSPC"]));

        Assert.Equal(("IOException", "ENOSPC"), (result.Exception, result.Error));
        Assert.Empty(Names(folder));
    }

    [Fact]
    public void Interrupted_clone_is_made_again()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size);
        foreach (string call in (string[])["clone-handle", "copy-range"])
        {
            InjectedHost.Result result = Assert.Single(InjectedHost.Run(
                source, place.Path, [call], ["ioctl:error=EINTR:when=1..3"], onlyOn: place[call]));

            Assert.Equal(("Reflink", 0), (result.Made, result.Fallbacks.Length));
            ExtentMap.AssertShared(source, place[call]);
        }
    }

    [Theory]
    [InlineData("EAGAIN")]
    [InlineData("EBUSY")]
    public void Source_that_is_not_yet_on_disk_is_written_out_and_cloned(string errno)
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size);

        foreach (string call in (string[])["clone-handle", "copy-range"])
        {
            InjectedHost.Result result = Assert.Single(InjectedHost.Run(
                source, place.Path, [call], [$"ioctl:error={errno}:when=1"], onlyOn: place[call]));

            Assert.Equal(("Reflink", 0), (result.Made, result.Fallbacks.Length));
            ExtentMap.AssertShared(source, place[call]);
        }
    }

    [Theory]
    [InlineData("EOPNOTSUPP")]
    [InlineData("ENOTTY")]
    public void Whole_file_is_shared_as_a_range_where_only_that_is_known(string errno)
    {
        // As some ZFS. Of an overlay nobody knows here what it lies on.
        using TemporaryFolder place = TestVolumes.Overlay.Folder();
        string source = place.WriteRandom("source", Size);

        InjectedHost.Result result = Assert.Single(InjectedHost.Run(
            source, place.Path, ["clone-handle"], [$"ioctl:error={errno}:when=1"], onlyOn: place["clone-handle"]));

        Assert.Equal(("Reflink", Size, 0), (result.Made, result.LengthBytes, result.Fallbacks.Length));
        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(place["clone-handle"])));
    }

    [Fact]
    public void Clone_that_says_it_succeeded_and_made_nothing_is_found_out()
    {
        // As ZFS did for files with dirty blocks.
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");

        InjectedHost.Result[] results = InjectedHost.Run(
            source, folder, ["clone", "clone-handle", "copy", "copy-handle"], ["ioctl:retval=0"]);

        foreach (InjectedHost.Result strict in results[..2])
        {
            Assert.Equal((nameof(CloneException), "UnsupportedByFile", "SHORT_CLONE"), (strict.Exception, strict.Failure, strict.Error));
            Assert.Contains("not as long as its source", strict.Message, StringComparison.Ordinal);
        }
        foreach (InjectedHost.Result lenient in results[2..])
            Assert.Equal(("KernelCopy", "Reflink>KernelCopy:SHORT_CLONE"), (lenient.Made, Assert.Single(lenient.Fallbacks)));
        AssertMade(folder, "copy", "copy-handle");
        Assert.Equal(["clone-handle", "copy", "copy-handle"], Names(folder));
    }

    [Theory]
    [InlineData("EXDEV")]
    [InlineData("ENOSYS")]
    [InlineData("EINVAL")]
    [InlineData("EOPNOTSUPP")]
    [InlineData("EPERM")]
    [InlineData("ETXTBSY")]
    public void Kernel_copy_that_is_refused_leaves_the_plain_copy(string errno)
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");

        foreach (InjectedHost.Result result in InjectedHost.Run(
            source, folder, ["copy", "copy-handle", "copy-range"], [$"copy_file_range:error={errno}"]))
        {
            Assert.Equal(("PlainCopy", Size), (result.Made, result.LengthBytes));
            Assert.Equal(["Reflink>KernelCopy:EOPNOTSUPP", $"KernelCopy>PlainCopy:{errno}"], result.Fallbacks);
        }
        AssertMade(folder, "copy", "copy-handle", "copy-range");
    }

    [Fact]
    public void Kernel_copy_that_says_it_is_done_and_copied_nothing_is_found_out()
    {
        // As some virtual filesystems did between Linux 5.3 and 5.18.
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");

        foreach (InjectedHost.Result result in InjectedHost.Run(source, folder, ["copy", "copy-range"], ["copy_file_range:retval=0"]))
        {
            Assert.Equal("PlainCopy", result.Made);
            Assert.Equal("KernelCopy>PlainCopy:EINVAL", result.Fallbacks[1]);
        }
        AssertMade(folder, "copy", "copy-range");
    }

    [Fact]
    public void Kernel_copy_that_says_it_copied_all_and_left_the_file_empty_is_found_out()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");

        foreach (InjectedHost.Result result in InjectedHost.Run(source, folder, ["copy", "copy-handle"], [$"copy_file_range:retval={Size}"]))
            Assert.Equal(("PlainCopy", "KernelCopy>PlainCopy:EINVAL"), (result.Made, result.Fallbacks[1]));
        AssertMade(folder, "copy", "copy-handle");
    }

    [Fact]
    public void Kernel_too_old_for_the_call_is_not_asked_for_it()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");

        // The kernel gives itself out for a 2.6.
        (int code, string output) = Tool.Try("setarch", "--uname-2.6", InjectedHost.Program, source, folder, "copy");
        if (code != 0) Assert.Skip($"This system does not run programs as on an old kernel: {output}");

        Assert.StartsWith($"PlainCopy|{Size}|Reflink>KernelCopy:EOPNOTSUPP,KernelCopy>PlainCopy:ENOSYS|", output, StringComparison.Ordinal);
        AssertMade(folder, "copy");
    }

    [Fact]
    public void Kernel_copy_that_is_refused_half_way_is_gone_on_with_plainly()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        byte[] piece = Content.Random(65_536);
        string source = Handles.WriteSparse(place["source"], 4_000_000, (0, piece), (1 << 20, piece), (2 << 20, piece)), folder = place.MakeFolder("made");

        InjectedHost.Result result = Assert.Single(InjectedHost.Run(source, folder, ["copy"], ["copy_file_range:error=EXDEV:when=2+"]));

        Assert.Equal(("PlainCopy", "KernelCopy>PlainCopy:EXDEV"), (result.Made, result.Fallbacks[1]));
        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder, "copy"))));
    }

    [Fact]
    public void Interrupted_calls_of_a_copy_are_made_again()
    {
        using TemporaryFolder ext4 = TestVolumes.Ext4.Folder(), xfs = TestVolumes.Xfs.Folder();
        string source = ext4.WriteRandom("source", Size), folder = ext4.MakeFolder("made");

        InjectedHost.Result kernel = Assert.Single(InjectedHost.Run(source, folder, ["copy"], ["copy_file_range:error=EINTR:when=1..2"]));
        Assert.Equal("KernelCopy", kernel.Made);
        AssertMade(folder, "copy");

        InjectedHost.Result plain = Assert.Single(InjectedHost.Run(
            source, xfs.Path, ["copy-handle"], ["pwrite64:error=EINTR:when=1..2", "ftruncate:error=EINTR:when=1"], onlyOn: xfs["copy-handle"]));
        Assert.Equal("PlainCopy", plain.Made);
        InjectedHost.Result read = Assert.Single(InjectedHost.Run(
            source, xfs.Path, ["copy"], ["pread64:error=EINTR:when=1..2"], onlyOn: source));
        Assert.Equal("PlainCopy", read.Made);
        AssertMade(xfs.Path, "copy", "copy-handle");
    }

    [Theory]
    [InlineData("ext4", "copy_file_range:error=EIO", "EIO")]
    [InlineData("ext4", "copy_file_range:error=ENOSPC", "ENOSPC")]
    [InlineData("xfs", "pread64:error=EIO:when=2", "EIO")]
    public void Copy_that_fails_leaves_nothing(string volume, string injection, string errno)
    {
        using TemporaryFolder ext4 = TestVolumes.Ext4.Folder(), to = TestVolumes.Get(volume).Folder();
        string source = ext4.WriteRandom("source", Size), folder = to.MakeFolder("made");
        to.Write("made/overwrite", "old");

        // Only reading the source is to fail: the runtime reads its own files by the same call.
        string? onlyOn = volume == "xfs" ? source : null;
        foreach (string call in (string[])["copy", "overwrite"])
        {
            InjectedHost.Result result = Assert.Single(InjectedHost.Run(source, folder, [call], [injection], onlyOn));
            Assert.Equal(("IOException", errno), (result.Exception, result.Error));
            Assert.Contains(source, result.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["overwrite"], Names(folder));
        Assert.Equal("old", File.ReadAllText(Path.Combine(folder, "overwrite")));
    }

    [Fact]
    public void Write_that_fails_is_told()
    {
        using TemporaryFolder ext4 = TestVolumes.Ext4.Folder(), xfs = TestVolumes.Xfs.Folder();
        string source = ext4.WriteRandom("source", Size);

        foreach (string errno in (string[])["ENOSPC", "EDQUOT", "EIO"])
        {
            InjectedHost.Result result = Assert.Single(InjectedHost.Run(
                source, xfs.Path, ["copy-handle"], [$"pwrite64:error={errno}:when=2"], onlyOn: xfs["copy-handle"]));
            Assert.Equal(("IOException", errno), (result.Exception, result.Error));
        }
    }

    [Theory]
    [InlineData("EINVAL")]
    [InlineData("ENOSYS")]
    public void Filesystem_that_cannot_rename_without_replacing_is_served_by_a_link(string errno)
    {
        // NFS. The file system must not replace a file that came meanwhile either.
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");

        InjectedHost.Result made = Assert.Single(InjectedHost.Run(source, folder, ["clone"], [$"renameat2:error={errno}"]));

        Assert.Equal("Reflink", made.Made);
        AssertMade(folder, "clone");
        Assert.Equal(["clone"], Names(folder));
        Assert.Equal(1u, Handles.Stat(Path.Combine(folder, "clone")).stx_nlink);
    }

    [Fact]
    public void File_that_comes_after_the_first_look_is_not_replaced()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");
        string destination = place.Write("made/clone", "came meanwhile");

        // The first look does not see it.
        InjectedHost.Result result = Assert.Single(InjectedHost.Run(source, folder, ["clone"], ["statx:error=ENOENT"], onlyOn: destination));

        Assert.Equal(("IOException", "EEXIST"), (result.Exception, result.Error));
        Assert.Equal("came meanwhile", File.ReadAllText(destination));
        Assert.Equal(["clone"], Names(folder));
    }

    [Theory]
    [InlineData("renameat2:error=EIO", "IOException", "EIO")]
    [InlineData("renameat2:error=EEXIST", "IOException", "EEXIST")]
    [InlineData("fchmod:error=EPERM", "UnauthorizedAccessException", "EPERM")]
    [InlineData("utimensat:error=EIO", "IOException", "EIO")]
    public void Failure_behind_the_bytes_leaves_nothing_either(string injection, string exception, string errno)
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");

        InjectedHost.Result result = Assert.Single(InjectedHost.Run(source, folder, ["clone"], [injection]));

        Assert.Equal((exception, errno), (result.Exception, result.Error));
        Assert.Empty(Names(folder));
    }

    [Fact]
    public void Attribute_that_cannot_be_set_or_read_is_reported()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");
        Tool.Run("setfattr", "-n", "user.text", "-v", "text", source);

        InjectedHost.Result unset = Assert.Single(InjectedHost.Run(source, folder, ["clone"], ["fsetxattr:error=ENOSPC"]));
        InjectedHost.Result unread = Assert.Single(InjectedHost.Run(source, folder, ["copy"], ["fgetxattr:error=EACCES"]));
        InjectedHost.Result unlisted = Assert.Single(InjectedHost.Run(source, folder, ["overwrite"], ["flistxattr:error=EACCES"]));

        Assert.Equal(["user.text=ENOSPC"], unset.NotPreserved);
        Assert.Equal(["user.text=EACCES"], unread.NotPreserved);
        Assert.Equal(["extended attributes=EACCES"], unlisted.NotPreserved);
        AssertMade(folder, "clone", "copy", "overwrite");
    }

    [Theory]
    [InlineData("fsetxattr:error=EDQUOT", "EDQUOT")]
    [InlineData("fgetxattr:error=EIO", "EIO")]
    [InlineData("flistxattr:error=EIO", "EIO")]
    public void Disk_that_fails_at_an_attribute_fails_the_clone_and_nothing_is_left(string injection, string errno)
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");
        Tool.Run("setfattr", "-n", "user.text", "-v", "text", source);

        InjectedHost.Result result = Assert.Single(InjectedHost.Run(source, folder, ["clone"], [injection]));

        Assert.Equal(errno, result.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public void Filesystem_without_attributes_is_nothing_to_report()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        string source = place.WriteRandom("source", Size), folder = place.MakeFolder("made");

        InjectedHost.Result result = Assert.Single(InjectedHost.Run(source, folder, ["clone"], ["flistxattr:error=EOPNOTSUPP"]));

        Assert.Equal(("Reflink", 0), (result.Made, result.NotPreserved.Length));
    }

    [Fact]
    public void Filesystem_that_knows_no_holes_is_copied_whole()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string source = Handles.WriteSparse(place["source"], 1_000_000, (500_000, Content.Random(5000))), folder = place.MakeFolder("made");

        InjectedHost.Result result = Assert.Single(InjectedHost.Run(source, folder, ["copy"], ["lseek:error=EINVAL"], onlyOn: source));

        Assert.Equal(("KernelCopy", 1_000_000), (result.Made, result.LengthBytes));
        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder, "copy"))));
    }

    [Fact]
    public void Data_that_a_filesystem_calls_a_hole_is_copied()
    {
        // As ZFS did with what was not yet written out. Nobody knows here what lies below an overlay, so it is not believed.
        using TemporaryFolder overlay = TestVolumes.Overlay.Folder(), ext4 = TestVolumes.Ext4.Folder();
        byte[] piece = Content.Random(65_536);
        string source = Handles.WriteSparse(overlay["source"], 30_000_001, (0, piece), (9 << 20, piece), (20 << 20, piece)), copy = ext4["copy"];

        InjectedHost.Result result = Assert.Single(InjectedHost.Run(source, ext4.Path, ["copy"], ["lseek:error=ENXIO"], onlyOn: source));

        Assert.Equal(("PlainCopy", 30_000_001), (result.Made, result.LengthBytes));
        Assert.Equal(["Reflink>KernelCopy:EXDEV", "KernelCopy>PlainCopy:UNTRUE_HOLE"], result.Fallbacks);
        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(copy)));
        Assert.InRange(Handles.BytesAllocated(copy), 3 * piece.Length, 4 << 20);
    }

    static void AssertMade(string folder, params string[] names)
    {
        foreach (string name in names)
            Assert.True(Content.Random(Size).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder, name))), $"{name} is not the source.");
    }

    static string[] Names(string folder) => [.. Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
}
