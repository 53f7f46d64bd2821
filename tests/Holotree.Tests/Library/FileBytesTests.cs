using System.Runtime.Versioning;
using Holotree.Library;

namespace Holotree.Tests.Library;

/// <summary>Bytes of an open file and bytes in memory are taken apart alike, and nothing is asked for that is not there.</summary>
[SupportedOSPlatform("linux")]
public sealed class FileBytesTests : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly byte[] content = [.. Enumerable.Range(0, 100).Select(static i => (byte)i)];

    public FileBytesTests() => File.WriteAllBytes(folder["file"], content);

    public void Dispose() => folder.Dispose();

    FileBytes Open(bool inMemory) => inMemory ? new FileBytes(content) : FileBytes.Open(folder["file"], longest: 100);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Records_are_read_from_where_they_are(bool inMemory)
    {
        using FileBytes file = Open(inMemory);

        Assert.Equal(100, file.Length);
        Assert.Equal([BitConverter.ToInt32(content, 10), BitConverter.ToInt32(content, 14)], file.Records<int>(10, 2)!);
        Assert.Equal(content, file.Records<byte>(0, 100, pinned: true));
        Assert.Equal(content[60..], file.Records<byte>(60, 40));
        Assert.Empty(file.Records<long>(100, 0)!);
        Span<byte> some = stackalloc byte[3];
        Assert.True(file.TryFill(97, some));
        Assert.Equal(content.AsSpan(97), some);
    }

    [Theory]
    [InlineData(true, 0, 26)]
    [InlineData(false, 0, 26)]
    [InlineData(true, 97, 1)]
    [InlineData(false, 97, 1)]
    [InlineData(true, -4, 1)]
    [InlineData(false, -4, 1)]
    [InlineData(true, 0, -1)]
    [InlineData(false, 0, -1)]
    [InlineData(true, 0, long.MaxValue)]
    [InlineData(false, 0, long.MaxValue)]
    [InlineData(true, long.MaxValue, 1)]
    [InlineData(false, long.MaxValue, 1)]
    public void More_than_there_is_is_not_read_and_no_memory_is_taken_for_it(bool inMemory, long offset, long count)
    {
        using FileBytes file = Open(inMemory);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Null(file.Records<int>(offset, count));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Place_that_reaches_beyond_the_end_is_not_filled(bool inMemory)
    {
        byte[] place = new byte[10];
        using FileBytes file = Open(inMemory);

        Assert.False(file.TryFill(91, place));
        Assert.False(file.TryFill(-1, place));
        Assert.False(file.TryFill(long.MinValue, place));
        Assert.False(file.TryFill(long.MaxValue, place));
        Assert.All(place, static one => Assert.Equal(0, one));
    }

    [Fact]
    public void File_that_was_cut_after_it_was_opened_ends_there()
    {
        using FileBytes file = Open(inMemory: false);
        using (var stream = new FileStream(folder["file"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) stream.SetLength(50);

        Assert.Null(file.Records<byte>(40, 20));
        Assert.Equal(content[40..50], file.Records<byte>(40, 10));
    }
}
