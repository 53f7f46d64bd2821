using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>A copy can be ended between two pieces; a clone is over before anybody could.</summary>
[SupportedOSPlatform("linux")]
public sealed class CancellationTests
{
    static readonly CancellationToken Cancelled = new(canceled: true);

    [Theory]
    [InlineData("xfs", "ext4")]
    [InlineData("ext4", "ext4")]
    public void Cancelled_copy_leaves_nothing(string from, string to)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = here.Write("source", Content.Random(100_000));

        Assert.Throws<OperationCanceledException>(() => Reflink.CloneOrCopy(source, there["copy"], cancellation: Cancelled));

        Assert.DoesNotContain(there.Names(), name => name != "source");
    }

    [Fact]
    public void Clone_that_was_made_is_not_taken_back()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Content.Random(100_000));

        Assert.Equal(Mechanism.Reflink, Reflink.CloneOrCopy(source, place["clone"], cancellation: Cancelled).Mechanism);

        ExtentMap.AssertShared(source, place["clone"]);
    }

    [Fact]
    public void Range_that_has_to_be_copied_can_be_cancelled()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        using SafeFileHandle from = Handles.Read(place.Write("source", Content.Random(100_000))), to = Handles.ReadWrite(place["target"]);

        Assert.Throws<OperationCanceledException>(() => Reflink.CloneOrCopyRange(from, 0, to, 0, 100_000, Cancelled));

        Assert.Equal(0, RandomAccess.GetLength(to));
    }

    [Theory]
    [InlineData("ext4", "ext4")]
    [InlineData("xfs", "ext4")]
    public void Copy_under_way_ends_between_two_pieces(string from, string to)
    {
        // Of 4 GiB, all data to the ladder but holes to the disk: it cannot be over before the cancellation comes.
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = Handles.WriteSparse(here["source"], 4L << 30);
        using SafeFileHandle input = Handles.Read(source), output = Handles.ReadWrite(there["target"]);
        using var underWay = new CancellationTokenSource();
        var watch = new Thread(() =>
        {
            while (RandomAccess.GetLength(output) == 0) Thread.Sleep(1);
            underWay.Cancel();
        })
        { IsBackground = true };
        watch.Start();

        Assert.Throws<OperationCanceledException>(() => Reflink.CloneOrCopyRange(input, 0, output, 0, 4L << 30, underWay.Token));

        Assert.True(watch.Join(TimeSpan.FromMinutes(1)));
        Assert.InRange(RandomAccess.GetLength(output), 1, (4L << 30) - 1);
    }
}
