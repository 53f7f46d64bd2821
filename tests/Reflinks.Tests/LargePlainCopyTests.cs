using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>A large file has its room taken before it is copied through the process.</summary>
[SupportedOSPlatform("linux")]
public sealed class LargePlainCopyTests
{
    const int Size = (int)PlainCopy.ReservedBytes + 777;

    [Fact]
    public void File_that_does_not_fit_is_refused_before_a_byte_is_written()
    {
        using TemporaryFolder here = TestVolumes.Xfs.Folder(), there = TestVolumes.Small.Folder();
        string source = here.WriteRandom("source", Size);
        there.Write("copy-handle", "old");

        // A write would be answered otherwise.
        foreach (string call in (string[])["copy", "copy-handle"])
        {
            InjectedHost.Result result = Assert.Single(InjectedHost.Run(source, there.Path, [call], ["pwrite64:error=EIO"]));
            Assert.Equal(("IOException", "ENOSPC"), (result.Exception, result.Error));
        }

        Assert.Equal(["copy-handle"], there.Names());
        Assert.Equal(0, Handles.BytesAllocated(there["copy-handle"]));
    }

    [Theory]
    [CombinatorialVolumes("xfs ext4 tmpfs")]
    public void Room_is_taken_for_no_more_than_the_file_needs(string volume)
    {
        using TemporaryFolder btrfs = TestVolumes.Btrfs.Folder(), there = TestVolumes.Get(volume).Folder();
        string source = btrfs.WriteRandom("source", Size);

        Assert.Equal(Mechanism.PlainCopy, Reflink.CloneOrCopy(source, there["copy"]).Mechanism);

        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(there["copy"])));
        using (SafeFileHandle copy = File.OpenHandle(there["copy"], FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(copy);
        Assert.InRange(Handles.BytesAllocated(there["copy"]), Size, Size + (1 << 20));
    }

    [Theory]
    [InlineData("ext4", "EOPNOTSUPP")]
    [InlineData("ext4", "EIO")]
    [InlineData("xfs-noreflink", "EPERM")]
    [InlineData("btrfs", "ENOSPC")]             // which is not asked: what it compresses needs less
    [InlineData("tmpfs", "ENOSPC")]             // nor this one: its room is the pages that are written
    public void Copy_goes_on_where_no_room_can_be_taken(string volume, string errno)
    {
        using TemporaryFolder xfs = TestVolumes.Xfs.Folder(), there = TestVolumes.Get(volume).Folder();
        string source = xfs.WriteRandom("source", Size);

        InjectedHost.Result result = Assert.Single(InjectedHost.Run(source, there.Path, ["copy"], [$"fallocate:error={errno}"]));

        Assert.Equal(("PlainCopy", Size), (result.Made, result.LengthBytes));
        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(there["copy"])));
    }

    [Fact]
    public void Interrupted_request_for_room_is_repeated()
    {
        using TemporaryFolder here = TestVolumes.Xfs.Folder(), there = TestVolumes.Small.Folder();
        string source = here.WriteRandom("source", Size);

        InjectedHost.Result result = Assert.Single(InjectedHost.Run(source, there.Path, ["copy"], ["fallocate:error=EINTR:when=1..3", "pwrite64:error=EIO"]));

        Assert.Equal("ENOSPC", result.Error);
        Assert.Empty(there.Names());
    }
}
