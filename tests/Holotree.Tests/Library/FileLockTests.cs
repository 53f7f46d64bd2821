using System.Diagnostics;
using System.Runtime.Versioning;
using Holotree.Library;

namespace Holotree.Tests.Library;

/// <summary>Who holds a lock, who waits, and who is told.</summary>
[SupportedOSPlatform("linux")]
public sealed class FileLockTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    string LockPath => folder["lock"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Many_share_and_one_alone_has_to_wait()
    {
        using FileLock one = Take(exclusive: false), other = Take(exclusive: false);

        Assert.Null(FileLock.TryTake(LockPath, exclusive: true));
        other.Dispose();
        Assert.Null(FileLock.TryTake(LockPath, exclusive: true));
        one.Dispose();
        using FileLock alone = Take(exclusive: true);
        Assert.Null(FileLock.TryTake(LockPath, exclusive: false));
        Assert.Null(FileLock.TryTake(LockPath, exclusive: true));
    }

    [Fact]
    public void Lock_is_given_back_once()
    {
        FileLock held = Take(exclusive: true);
        held.Dispose();

        // The number of its descriptor goes to the next one who opens a file.
        using FileStream other = File.Create(folder["other"]);
        held.Dispose();
        other.WriteByte(1);
        other.Flush();
    }

    [Fact]
    public void Lock_held_alone_can_be_shared()
    {
        using FileLock first = Take(exclusive: true);

        Assert.True(first.TryShare());

        using FileLock second = Take(exclusive: false);
        Assert.Null(FileLock.TryTake(LockPath, exclusive: true));
    }

    [Fact]
    public async Task Who_waits_has_the_lock_when_it_is_given_back()
    {
        FileLock held = Take(exclusive: true);
        Task<FileLock> waiting = Task.Run(() => FileLock.Take(LockPath, exclusive: true, TimeSpan.FromSeconds(30), "library", CancellationToken.None));
        await Task.Delay(100);
        Assert.False(waiting.IsCompleted);

        held.Dispose();

        using FileLock taken = await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Null(FileLock.TryTake(LockPath, exclusive: false));
    }

    [Fact]
    [OnLinux("who holds a lock")]
    public void Waiting_ends_in_time_and_says_for_whom()
    {
        using FileLock held = Take(exclusive: true);
        long start = Stopwatch.GetTimestamp();

        var exception = Assert.Throws<HolotreeException>(
            () => FileLock.Take(LockPath, exclusive: false, TimeSpan.FromMilliseconds(300), "space 'x'", CancellationToken.None));

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMilliseconds(300), TimeSpan.FromSeconds(20));
        Assert.Equal((HolotreeFailure.Busy, "busy", LockPath), (exception.Failure, exception.Code, exception.Path));
        Assert.Contains("space 'x'", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"(process {Environment.ProcessId})", exception.Message, StringComparison.Ordinal);
        Assert.Contains("within 0.3 s", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(exception.Hint);
    }

    [Fact]
    public void Waiting_can_be_cancelled()
    {
        using FileLock held = Take(exclusive: true);
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        long start = Stopwatch.GetTimestamp();

        Assert.Throws<OperationCanceledException>(() => FileLock.Take(LockPath, exclusive: true, TimeSpan.FromMinutes(1), "library", cancellation.Token));

        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(20));
    }

    [Fact]
    [OnLinux("who holds a lock")]
    public void Lock_of_another_process_is_named_and_ends_with_it()
    {
        File.WriteAllText(LockPath, "");
        using Process other = Process.Start(new ProcessStartInfo("flock", ["--exclusive", "--close", LockPath, "sleep", "60"]))!;
        try
        {
            while (FileLock.TryTake(LockPath, exclusive: true) is { } free)
            {
                free.Dispose();
                Thread.Sleep(10);
            }

            var exception = Assert.Throws<HolotreeException>(() => FileLock.Take(LockPath, exclusive: true, TimeSpan.Zero, "library", CancellationToken.None));
            Assert.Contains($"flock (process {other.Id})", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            other.Kill(entireProcessTree: true);
            other.WaitForExit();
        }

        using FileLock taken = FileLock.Take(LockPath, exclusive: true, TimeSpan.FromSeconds(30), "library", CancellationToken.None);
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("nocow")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    [InlineData("tmpfs")]
    [InlineData("overlay")]
    [InlineData("bind")]
    public void Holder_is_named_on_every_filesystem(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        using FileLock held = FileLock.Take(place["lock"], exclusive: true, TimeSpan.Zero, "library", CancellationToken.None);

        var exception = Assert.Throws<HolotreeException>(() => FileLock.Take(place["lock"], exclusive: true, TimeSpan.Zero, "library", CancellationToken.None));

        Assert.Contains($"by Holotree.Tests (process {Environment.ProcessId}) and", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_of_the_same_inode_number_elsewhere_is_no_holder()
    {
        // Every tmpfs numbers its files from the start.
        using TemporaryFolder folders = TestVolumes.Xfs.Folder();
        string one = folders.MakeFolder("one"), other = folders.MakeFolder("other");
        foreach (string mount in new[] { one, other }) Tool.Run("mount", "-t", "tmpfs", "tmpfs", mount);
        try
        {
            string here = Path.Combine(one, "lock"), there = Path.Combine(other, "lock");
            using FileLock held = FileLock.Take(here, exclusive: true, TimeSpan.Zero, "library", CancellationToken.None);
            using FileLock shared = FileLock.Take(there, exclusive: false, TimeSpan.Zero, "library", CancellationToken.None);
            Assert.Equal(Inode(here), Inode(there));

            var exception = Assert.Throws<HolotreeException>(() => FileLock.Take(here, exclusive: true, TimeSpan.Zero, "library", CancellationToken.None));

            Assert.Contains($"by Holotree.Tests (process {Environment.ProcessId}) and", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            foreach (string mount in new[] { one, other }) Tool.Run("umount", mount);
        }
    }

    [Fact]
    public void Lock_that_cannot_be_made_is_an_error_with_its_path()
    {
        var exception = Assert.ThrowsAny<IOException>(() => FileLock.TryTake(folder["nowhere/lock"], exclusive: true));
        Assert.Contains(folder["nowhere/lock"], exception.Message, StringComparison.Ordinal);
    }

    static string Inode(string path) => Tool.Run("stat", "--format=%i", path);

    FileLock Take(bool exclusive) => FileLock.Take(LockPath, exclusive, TimeSpan.Zero, "library", CancellationToken.None);
}
