using System.Runtime.Versioning;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Spaces;

/// <summary>A restore that cannot be completed says why and leaves nothing.</summary>
[SupportedOSPlatform("linux")]
public sealed class RestoreFailureTests
{
    [Theory]
    [InlineData("ext4", "EOPNOTSUPP")]
    [InlineData("tmpfs", "EOPNOTSUPP")]
    [InlineData("xfs-noreflink", "EOPNOTSUPP")]
    public void Where_nothing_can_be_shared_reflink_fails_and_leaves_nothing(string volume, string errno)
    {
        using var site = new Site(volume);
        site.MakeSample();
        site.Record();

        var exception = Assert.Throws<CloneException>(() => site.Restore("space", Strategy.Reflink));

        Assert.Equal((CloneFailure.UnsupportedByPair, errno), (exception.Failure, exception.Error.Name));
        Assert.Contains(site.Home.ObjectsPath, exception.SourcePath, StringComparison.Ordinal);
        Assert.StartsWith(site.PathOf("space") + "/", exception.DestinationPath, StringComparison.Ordinal);
        site.AssertNothingLeft();
        Assert.Empty(site.Spaces.List());
    }

    [Fact]
    public void Where_only_another_filesystem_is_asked_for_reflink_fails_with_its_errno()
    {
        using var site = new Site("btrfs", "xfs");
        site.MakeSample(files: 10);
        site.Record();

        var exception = Assert.Throws<CloneException>(() => site.Restore("space", Strategy.Reflink, options: new RestoreOptions { Destination = site.Folder["space"] }));

        Assert.Equal((CloneFailure.UnsupportedByPair, "EXDEV"), (exception.Failure, exception.Error.Name));
        site.AssertNothingLeft();
        Assert.False(Directory.Exists(site.Folder["space"]));
    }

    [Fact]
    public void Copy_on_write_and_not_are_two_worlds_that_smart_bridges()
    {
        using var site = new Site("nocow", "btrfs");
        site.MakeSample(SampleParts.None, files: 30);
        site.Record();
        TreeSnapshot source = TreeSnapshot.Take(site.Source);

        var exception = Assert.Throws<CloneException>(() => site.Restore("space", Strategy.Reflink, options: new RestoreOptions { Destination = site.Folder["space"] }));
        Assert.Equal((CloneFailure.UnsupportedByFile, "EINVAL"), (exception.Failure, exception.Error.Name));
        site.AssertNothingLeft();

        // To a snapshot it does not matter whether the folder it is put into is copy-on-write.
        RestoreReport report = site.Restore(options: new RestoreOptions { Destination = site.Folder["space"] });
        Assert.Empty(report.Fallbacks);
        Assert.Equal(source.Files, report.Mechanisms[Mechanism.Snapshot] + report.Mechanisms[Mechanism.Empty]);
        TreeComparison.AssertEqual(source, site.Folder["space"]);
    }

    [Fact]
    public void Destination_in_a_missing_folder_is_named()
    {
        using var site = new Site("xfs");
        site.MakeSample(files: 2);
        site.Record();

        var exception = Assert.ThrowsAny<IOException>(() => site.Restore(options: new RestoreOptions { Destination = site.Folder["no/where"] }));

        Assert.Equal("ENOENT", NativeError.Of(exception)?.Name);
        Assert.Contains($"'{site.Folder["no"]}'", exception.Message, StringComparison.Ordinal);
        site.AssertNothingLeft();
    }

    [Fact]
    public void Destination_that_may_not_be_written_is_named()
    {
        using var site = new Site("xfs");
        site.GiveToUnprivileged();
        string locked = site.Folder.MakeFolder("locked");
        Unprivileged.Run(() =>
        {
            site.MakeSample(SampleParts.None, files: 2);
            site.Record();

            var exception = Assert.Throws<UnauthorizedAccessException>(() => site.Restore(options: new RestoreOptions { Destination = Path.Join(locked, "space") }));

            Assert.Equal("EACCES", NativeError.Of(exception)?.Name);
            Assert.Contains(locked, exception.Message, StringComparison.Ordinal);
            site.AssertNothingLeft();
        });
    }

    [Fact]
    public void Destination_on_a_read_only_filesystem_is_named()
    {
        using var site = new Site("xfs");
        site.MakeSample(files: 2);
        site.Record();
        string mount = site.Folder.MakeFolder("mount");
        Tool.Run("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", mount);
        try
        {
            var exception = Assert.ThrowsAny<IOException>(() => site.Restore(options: new RestoreOptions { Destination = Path.Join(mount, "space") }));
            Assert.Equal("EROFS", NativeError.Of(exception)?.Name);
            site.AssertNothingLeft();
        }
        finally
        {
            Tool.Run("umount", mount);
        }
    }

    [Theory]
    [InlineData("xfs", Strategy.Reflink)]
    [InlineData("ext4", Strategy.Smart)]
    [InlineData("btrfs", Strategy.Copy)]
    public void Cancelled_restore_leaves_nothing_whenever_it_is(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.HardLinks | SampleParts.Modes, files: 1000);
        site.Record();
        int cancelled = 0;
        for (int turn = 0; turn < 25 || (cancelled == 0 && turn < 250); turn++)
        {
            // On a machine that does other things a timer can come too late for all of one round.
            int moment = turn % 25;
            using var cancellation = new CancellationTokenSource();
            if (moment == 0) cancellation.Cancel();
            else cancellation.CancelAfter(TimeSpan.FromMilliseconds(moment));

            Exception? exception = Xunit.Record.Exception(() => site.Spaces.Restore("space", "env", new RestoreOptions { Strategy = strategy, Workers = 2 }, cancellation: cancellation.Token));

            if (exception is null)
            {
                site.AssertNothingLeft("space");
                site.Spaces.Delete("space", Site.Patience);
                continue;
            }
            Assert.IsAssignableFrom<OperationCanceledException>(exception);
            site.AssertNothingLeft();
            Assert.Empty(Directory.EnumerateFiles(site.Home.StatesPath));
            if (moment > 0) cancelled++;
        }
        Assert.True(cancelled > 0, "Every restore was quicker than its cancellation.");
    }
}
