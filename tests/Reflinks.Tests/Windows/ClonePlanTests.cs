using FsCheck;
using FsCheck.Fluent;
using Reflinks.Platform.Windows;

namespace Reflinks.Tests.Windows;

/// <summary>What Windows is asked to clone, on any system: no call is made.</summary>
public sealed class ClonePlanTests
{
    const long Gigabyte = 1024 * 1024 * 1024;

    /// <summary>Offsets and lengths near the edges that matter: of clusters, and of the pieces.</summary>
    public sealed record Range(uint Cluster, long SourceOffset, long SourceSize, long TargetOffset, long TargetSize, long Length)
    {
        public bool IsPlanned(out IReadOnlyList<(long Source, long Target, long Bytes)> pieces, out long size)
        {
            bool planned = ClonePlan.TryMake((SourceOffset, SourceSize), (TargetOffset, TargetSize), Length, Cluster, out ClonePlan plan);
            pieces = [.. plan.Pieces().Select(piece => (piece.SourceOffset, piece.TargetOffset, piece.Bytes))];
            size = plan.TargetSize;
            return planned;
        }
    }

    static readonly Gen<Range> Ranges =
        from cluster in Gen.Elements(512u, 4096u, 65_536u)
        let offset = Gen.OneOf(Gen.Choose(0, 5).Select(count => (long)count * cluster), Gen.Choose(0, 300_000).Select(some => (long)some))
        let length = Gen.OneOf(
            Gen.Choose(1, 9).Select(count => (long)count * cluster), Gen.Choose(1, 300_000).Select(some => (long)some),
            Gen.Choose(-3, 3).SelectMany(more => Gen.Choose(1, 3).Select(times => (times * 2 * Gigabyte) + (more * 1000))))
        from source in offset
        from target in offset
        from bytes in length
        from behind in Gen.OneOf(Gen.Constant(0L), offset)
        from size in Gen.OneOf(Gen.Constant(0L), offset, Gen.Constant(target + bytes))
        select new Range(cluster, source, source + bytes + behind, target, size, bytes);

    [Fact]
    public void Pieces_follow_one_another_in_whole_clusters_below_4_GiB_and_end_in_the_cluster_of_the_end() => Hold(range =>
    {
        if (!range.IsPlanned(out var pieces, out long size)) return true;
        long done = 0;
        foreach ((long source, long target, long bytes) in pieces)
        {
            if (source != range.SourceOffset + done || target != range.TargetOffset + done) return false;
            if (source % range.Cluster != 0 || target % range.Cluster != 0 || bytes % range.Cluster != 0 || bytes is <= 0 or >= 4 * Gigabyte) return false;
            done += bytes;
        }
        return done >= range.Length && done - range.Length < range.Cluster && size == Math.Max(range.TargetSize, range.TargetOffset + range.Length);
    });

    [Fact]
    public void No_byte_before_the_targets_end_is_replaced_but_those_of_the_range() => Hold(range =>
        !range.IsPlanned(out var pieces, out long size)
        || (pieces.Sum(piece => piece.Bytes) is var shared && Math.Min(range.TargetOffset + shared, size) == range.TargetOffset + range.Length));

    [Fact]
    public void What_starts_and_ends_with_clusters_or_with_both_files_is_planned_and_nothing_else() => Hold(range =>
    {
        bool starts = range.SourceOffset % range.Cluster == 0 && range.TargetOffset % range.Cluster == 0;
        bool ends = range.Length % range.Cluster == 0
            || (range.SourceOffset + range.Length == range.SourceSize && range.TargetOffset + range.Length >= range.TargetSize);
        return range.IsPlanned(out _, out _) == (starts && ends);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4096)]
    public void A_file_of_less_than_a_cluster_is_one_piece_of_a_whole_one(int size)
    {
        Assert.True(new Range(4096, 0, size, 0, 0, size).IsPlanned(out var pieces, out long length));
        Assert.Equal([(0L, 0L, 4096L)], pieces);
        Assert.Equal(size, length);
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(-4096, 0, 0, 4096)]
    [InlineData(0, 4096, 0, 8192)]
    [InlineData(0, 4096, -4096, 4096)]
    [InlineData(0, 4096, long.MaxValue - 4095, 4096)]
    [InlineData(long.MaxValue - 4095, long.MaxValue, 0, long.MaxValue)]
    public void Numbers_that_are_no_range_are_refused(long source, long sourceSize, long target, long length) =>
        Assert.False(new Range(4096, source, sourceSize, target, 0, length).IsPlanned(out _, out _));

    static void Hold(Func<Range, bool> law) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000).WithQuietOnSuccess(true), Prop.ForAll(Ranges.ToArbitrary(), law));
}
