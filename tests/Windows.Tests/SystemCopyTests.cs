using Reflinks.Files;

namespace Windows.Tests;

/// <summary>Single files where nothing can be shared: the system's own copy, made under a name beside the final one.</summary>
public sealed class SystemCopyTests : IDisposable
{
    readonly Place place = new();

    string Source => Path.Combine(place.Path, "source");

    string Made => Path.Combine(place.Path, "made");

    public void Dispose() => place.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(5_000_001)]
    public void A_file_that_cannot_be_cloned_is_copied_by_the_system_and_that_is_said(int length)
    {
        byte[] content = Content(length);
        var time = new DateTime(2021, 3, 4, 5, 6, 7, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Source, time);

        CopyOutcome outcome = Reflink.CloneOrCopy(Source, Made);

        Assert.Equal((Mechanism.KernelCopy, length), (outcome.Mechanism, outcome.LengthBytes));
        Fallback left = Assert.Single(outcome.Fallbacks);
        Assert.Equal((Mechanism.Reflink, Mechanism.KernelCopy), (left.From, left.To));
        Assert.Equal(content, File.ReadAllBytes(Made));
        Assert.Equal(time, File.GetLastWriteTimeUtc(Made));
        Assert.Equal(["made", "source"], Names());
    }

    [Fact]
    public void A_copy_that_was_asked_for_has_left_nothing_better()
    {
        byte[] content = Content(100_000);

        CopyOutcome outcome = Reflink.Copy(Source, Made);

        Assert.Equal(Mechanism.KernelCopy, outcome.Mechanism);
        Assert.Empty(outcome.Fallbacks);
        Assert.Equal(content, File.ReadAllBytes(Made));
    }

    [Fact]
    public void A_read_only_source_makes_a_read_only_copy_that_takes_the_place_of_another()
    {
        byte[] content = Content(100_000);
        File.SetAttributes(Source, FileAttributes.ReadOnly);
        File.WriteAllText(Made, "old");

        Reflink.CloneOrCopy(Source, Made, new CloneOptions { Overwrite = true });

        Assert.Equal(content, File.ReadAllBytes(Made));
        Assert.True(File.GetAttributes(Made).HasFlag(FileAttributes.ReadOnly));
        Assert.Equal(["made", "source"], Names());
    }

    [Fact]
    public void A_copy_that_is_cancelled_leaves_nothing()
    {
        Content(5_000_000);

        Assert.Throws<OperationCanceledException>(() => Reflink.CloneOrCopy(Source, Made, cancellation: new CancellationToken(canceled: true)));

        Assert.Equal(["source"], Names());
    }

    [Fact]
    public void A_clone_is_not_replaced_by_a_copy_where_none_was_allowed()
    {
        Content(100_000);

        CloneException refused = Assert.Throws<CloneException>(() => Reflink.Clone(Source, Made));

        Assert.NotEqual(CloneFailure.Failed, refused.Failure);
        Assert.Equal(["source"], Names());
    }

    byte[] Content(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(Source, bytes);
        return bytes;
    }

    string[] Names() => [.. Directory.EnumerateFileSystemEntries(place.Path).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
