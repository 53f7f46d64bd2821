using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform.Portable;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>What systems without a backend get: whole copies, which say that nothing was shared.</summary>
public sealed class PortableCopyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_001)]
    [OnLinux("modes of files", OrAnotherUnix = true)]
    public void A_copy_has_bytes_mode_and_times_and_says_what_it_is(int length)
    {
        using var place = new TemporaryFolder();
        byte[] content = Content.Random(length);
        string source = place.Write("source", content), copy = place["copy"];
        var time = new DateTime(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(source, time);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(source, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        CopyOutcome outcome = PortableCopy.ByPath(source, copy, CloneOptions.Default, mayReflink: true, mayCopy: true, CancellationToken.None);

        Assert.Equal(content, File.ReadAllBytes(copy));
        Assert.Equal((length == 0 ? Mechanism.Empty : Mechanism.PlainCopy, length), (outcome.Mechanism, outcome.LengthBytes));
        Assert.Equal(length == 0 ? 0 : 1, outcome.Fallbacks.Count(left => left is { From: Mechanism.Reflink, Error.Name: "ENOSYS" }));
        Assert.Equal(time, File.GetLastWriteTimeUtc(copy));
        if (!OperatingSystem.IsWindows()) Assert.Equal(File.GetUnixFileMode(source), File.GetUnixFileMode(copy));
        Assert.Contains(outcome.NotPreserved, lost => lost.Path == copy);
        Assert.Equal(["copy", "source"], Names(place));
    }

    [Fact]
    public void What_stands_at_the_destination_stays_unless_it_may_be_replaced()
    {
        using var place = new TemporaryFolder();
        string source = place.Write("source", [1]), copy = place.Write("copy", [2]);

        Assert.Throws<IOException>(() => PortableCopy.ByPath(source, copy, CloneOptions.Default, mayReflink: true, mayCopy: true, CancellationToken.None));
        Assert.Equal([2], File.ReadAllBytes(copy));

        PortableCopy.ByPath(source, copy, new CloneOptions { Overwrite = true }, mayReflink: true, mayCopy: true, CancellationToken.None);
        Assert.Equal([1], File.ReadAllBytes(copy));
        Assert.Equal(["copy", "source"], Names(place));
    }

    [Fact]
    public void A_clone_that_may_not_be_a_copy_is_refused_and_nothing_is_left()
    {
        using var place = new TemporaryFolder();
        string source = place.Write("source", [1]);

        CloneException refused = Assert.Throws<CloneException>(
            () => PortableCopy.ByPath(source, place["copy"], CloneOptions.Default, mayReflink: true, mayCopy: false, CancellationToken.None));

        Assert.Equal(CloneFailure.UnsupportedBySystem, refused.Failure);
        Assert.Equal(["source"], Names(place));
    }

    [Fact]
    public void A_cancelled_copy_leaves_nothing()
    {
        using var place = new TemporaryFolder();
        string source = place.Write("source", [1]);

        Assert.Throws<OperationCanceledException>(
            () => PortableCopy.ByPath(source, place["copy"], CloneOptions.Default, mayReflink: true, mayCopy: true, new CancellationToken(canceled: true)));

        Assert.Equal(["source"], Names(place));
    }

    [Fact]
    [OnLinux("files that are opened twice without being asked to share them", OrAnotherUnix = true)]
    public void Handles_and_ranges_are_copied_in_their_places()
    {
        using var place = new TemporaryFolder();
        byte[] content = Content.Random(100_000);
        using SafeFileHandle from = File.OpenHandle(place.Write("source", content)),
            to = File.OpenHandle(place.Write("target", Content.Random(200_000, seed: 2)), FileMode.Open, FileAccess.ReadWrite);

        PortableCopy.ByHandle(from, to, mayCopy: true, CancellationToken.None);
        Assert.Equal(content.Length, RandomAccess.GetLength(to));
        PortableCopy.Range(from, 10, to, 50_000, 1000, CancellationToken.None);

        byte[] made = File.ReadAllBytes(place["target"]);
        Assert.Equal(content[..50_000], made[..50_000]);
        Assert.Equal(content[10..1010], made[50_000..51_000]);
        Assert.Equal(content[51_000..], made[51_000..]);
        Assert.Throws<EndOfStreamException>(() => PortableCopy.Range(from, 99_999, to, 0, 2, CancellationToken.None));
    }

    static string[] Names(TemporaryFolder place) => [.. Directory.EnumerateFileSystemEntries(place.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
