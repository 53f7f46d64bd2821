using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>
/// A source that changes its length between being opened and being copied, staged by telling the ladder a length the file does
/// not have any more: it must not come out padded, torn or called whole.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class ChangingSourceTests
{
    const int Size = 300_000;

    [Theory]
    [InlineData("ext4", "ext4")]
    [InlineData("tmpfs", "tmpfs")]
    [InlineData("xfs", "ext4")]
    public void Source_that_became_shorter_is_a_failure_of_a_copy(string from, string to)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = here.WriteRandom("source", Size);
        foreach (int nowBytes in (int[])[0, 1, 4096, Size - 1])
        {
            Transfer dense = Fill(Rungs.Copy, source, nowBytes, there[$"dense{nowBytes}"], allocated: Size + 4096);
            Assert.Equal(NativeErrors.SourceShrank, dense.Failure);

            Transfer sparse = Fill(Rungs.Copy, source, nowBytes, there[$"sparse{nowBytes}"], allocated: 0);
            Assert.Equal(NativeErrors.SourceShrank, sparse.Failure);
        }
    }

    [Theory]
    [InlineData("ext4", "ext4")]
    [InlineData("xfs", "ext4")]
    public void Source_that_became_shorter_within_its_last_hole_is_a_failure_too(string from, string to)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = Handles.WriteSparse(here["source"], 1 << 20, (0, Content.Random(4096)));

        Assert.Equal(NativeErrors.SourceShrank, Fill(Rungs.Copy, source, 1 << 19, there["copy"], allocated: 4096, saidBytes: 1 << 20).Failure);
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs", (int)LengthCheck.Look, (int)LengthCheck.Kernels)]
    public void Clone_has_the_length_the_source_has_by_then(string volume, int check)
    {
        // A clone is one step for the kernel, so whatever it took is a whole version of the file.
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.WriteRandom("source", Size);
        foreach ((int saidBytes, int nowBytes) in ((int, int)[])[(Size, 200_000), (Size, 4096), (Size, 1), (200_000, Size)])
        {
            string clone = place[$"from {saidBytes} to {nowBytes}"];

            Transfer transfer = Fill(Rungs.Reflink | Rungs.Copy, source, nowBytes, clone, allocated: Size, saidBytes, (LengthCheck)check);

            Assert.Equal((Mechanism.Reflink, nowBytes, Errno.None), (transfer.Mechanism, transfer.Length, transfer.Failure));
            Assert.Equal(Content.Random(Size)[..nowBytes], File.ReadAllBytes(clone));
        }
    }

    [Theory]
    [CombinatorialVolumes("btrfs ext4")]
    public void Source_that_is_empty_no_more_is_taken_as_it_is(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.WriteRandom("source", Size);

        Transfer transfer = Fill(Rungs.Reflink | Rungs.Copy, source, Size, place["copy"], allocated: 0, saidBytes: 0);

        Assert.Equal((volume == "btrfs" ? Mechanism.Reflink : Mechanism.PlainCopy, Size, Errno.None), (transfer.Mechanism, transfer.Length, transfer.Failure));
        Assert.Equal(Content.Random(Size), File.ReadAllBytes(place["copy"]));
    }

    [Fact]
    public void Failure_is_told_in_words()
    {
        Exception exception = NativeErrors.Failure(NativeErrors.SourceShrank, "copy '/a' to", "/b");

        Assert.IsType<IOException>(exception);
        Assert.Equal("Cannot copy '/a' to '/b': The source became shorter while it was copied.", exception.Message);
    }

    /// <summary>Cuts the source, and fills the target as if the source still were what it was said to be.</summary>
    static Transfer Fill(Rungs rungs, string source, int nowBytes, string target, int allocated, int saidBytes = Size, LengthCheck check = LengthCheck.Look)
    {
        byte[] whole = File.ReadAllBytes(source);
        try
        {
            using (SafeFileHandle cut = File.OpenHandle(source, FileMode.Open, FileAccess.Write)) RandomAccess.SetLength(cut, nowBytes);
            using SafeFileHandle from = Handles.Read(source), to = Handles.ReadWrite(target);
            Kernel.Statx stat = Handles.Stat(source);
            stat.stx_size = (ulong)saidBytes;
            stat.stx_blocks = (ulong)allocated / 512;
            return new TransferLadder().Fill(
                rungs, (int)from.DangerousGetHandle(), stat, (int)to.DangerousGetHandle(), NativeFile.Device(Handles.Stat(target)), CancellationToken.None,
                check);
        }
        finally
        {
            File.WriteAllBytes(source, whole);
        }
    }
}
