using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>Ranges: shared where they lie on blocks, copied or refused where they do not, and nothing beside them changes.</summary>
[SupportedOSPlatform("linux")]
public sealed class RangeTests
{
    const int Size = 100_000;

    static readonly byte[] Source = Content.Random(Size), Old = Content.Random(Size, seed: 7);

    [Theory]
    [CombinatorialVolumes("btrfs nocow xfs bind overlay")]
    public void Range_of_blocks_is_shared_and_the_rest_stays(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Source), target = place.Write("target", Old);
        byte[] expected = [.. Old];
        Source.AsSpan(4096, 8192).CopyTo(expected.AsSpan(40_960));

        OnHandles(source, target, (from, to) => Reflink.CloneRange(from, 4096, to, 40_960, 8192));

        Assert.Equal(expected, File.ReadAllBytes(target));
        Assert.True(Block.IsSame(source, 4096, target, 40_960) && Block.IsSame(source, 8192, target, 45_056));
        Assert.False(Block.IsSame(source, 0, target, 36_864) || Block.IsSame(source, 12_288, target, 49_152));

        Handles.WriteAt(target, 40_960, [1]);
        Assert.Equal(Source, File.ReadAllBytes(source));
        Assert.False(Block.IsSame(source, 4096, target, 40_960));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs overlay")]
    public void Range_to_the_end_of_the_source_makes_the_destination_grow(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Source), target = place.Write("target", Old);
        const int start = 24 * 4096, length = Size - start;      // the last, partial block

        OnHandles(source, target, (from, to) => Reflink.CloneRange(from, start, to, 204_800, length));

        byte[] made = File.ReadAllBytes(target);
        Assert.Equal(204_800 + length, made.Length);
        Assert.Equal(Old, made.AsSpan(0, Size));
        Assert.False(made.AsSpan(Size, 204_800 - Size).ContainsAnyExcept((byte)0));
        Assert.Equal(Source.AsSpan(start), made.AsSpan(204_800));
        Assert.True(Block.IsSame(source, start, target, 204_800));
    }

    [Theory]
    [InlineData("an offset that is not on a block", 100, 0, 4096)]
    [InlineData("a destination that is not on a block", 0, 100, 4096)]
    [InlineData("a length that ends within a block", 0, 0, 5000)]
    [InlineData("the last, partial block into the middle of a file", 24 * 4096, 4096, Size - (24 * 4096))]
    public void What_does_not_lie_on_blocks_is_refused_or_copied(string what, int sourceOffset, int targetOffset, int length)
    {
        foreach (string volume in (string[])["btrfs", "xfs", "overlay"])
        {
            using TemporaryFolder place = TestVolumes.Get(volume).Folder();
            string source = place.Write("source", Source), target = place.Write("target", Old);

            var exception = Assert.Throws<CloneException>(() =>
                OnHandles(source, target, (from, to) => Reflink.CloneRange(from, sourceOffset, to, targetOffset, length)));
            Assert.Equal((CloneFailure.UnsupportedByFile, "EINVAL"), (exception.Failure, exception.Error.Name));
            Assert.Equal((source, target), (exception.SourcePath, exception.DestinationPath));
            Assert.Equal(Old, File.ReadAllBytes(target));

            CopyOutcome? outcome = null;
            OnHandles(source, target, (from, to) => outcome = Reflink.CloneOrCopyRange(from, sourceOffset, to, targetOffset, length));
            Assert.True(outcome!.Mechanism == Mechanism.KernelCopy, $"{what} on {volume}: {outcome.Mechanism}");
            Assert.Equal((length, "EINVAL"), (outcome.LengthBytes, Assert.Single(outcome.Fallbacks).Error.Name));
            byte[] expected = [.. Old];
            Source.AsSpan(sourceOffset, length).CopyTo(expected.AsSpan(targetOffset));
            Assert.Equal(expected, File.ReadAllBytes(target));
        }
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs overlay ext4 tmpfs")]
    public void Range_that_ends_behind_the_source_is_refused_and_nothing_is_written(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", Source), target = place.Write("target", Old);
        bool clones = TestVolumes.Get(volume).CanReflink;

        foreach ((long offset, long length) in ((long, long)[])[(0, 102_400), (98_304, 4096), (102_400, 4096), (1L << 40, 4096)])
        {
            OnHandles(source, target, (from, to) =>
            {
                var exception = Assert.Throws<CloneException>(() => Reflink.CloneRange(from, offset, to, 0, length));
                Assert.Equal(clones ? "EINVAL" : "EOPNOTSUPP", exception.Error.Name);

                var tooFar = Assert.Throws<EndOfStreamException>(() => Reflink.CloneOrCopyRange(from, offset, to, 0, length));
                Assert.Contains(source, tooFar.Message, StringComparison.Ordinal);
                Assert.Contains("100000", tooFar.Message, StringComparison.Ordinal);
            });
        }
        Assert.Equal(Old, File.ReadAllBytes(target));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs")]
    public void Range_goes_to_another_place_of_the_same_file(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string path = place.Write("file", Source);

        OnHandles(path, path, (from, to) => Reflink.CloneRange(from, 0, to, 40_960, 8192));

        byte[] expected = [.. Source];
        Source.AsSpan(0, 8192).CopyTo(expected.AsSpan(40_960));
        Assert.Equal(expected, File.ReadAllBytes(path));
        Assert.True(Block.IsSame(path, 0, path, 40_960));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void Ranges_of_one_file_that_overlap_are_refused(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string path = place.Write("file", Source);
        bool clones = TestVolumes.Get(volume).CanReflink;

        foreach (long offset in (long[])[4096, 0])
        {
            OnHandles(path, path, (from, to) =>
            {
                var exception = Assert.Throws<CloneException>(() => Reflink.CloneRange(from, 0, to, offset, 8192));
                Assert.Equal(clones ? "EINVAL" : "EOPNOTSUPP", exception.Error.Name);
                Assert.Throws<ArgumentException>(() => Reflink.CloneOrCopyRange(from, 0, to, offset, 8192));
                Assert.Throws<ArgumentException>(() => Reflink.CloneOrCopyRange(from, offset, to, 0, 8192));
            });
        }
        Assert.Equal(Source, File.ReadAllBytes(path));
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void Ranges_of_one_file_may_touch(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string path = place.Write("file", Source);
        byte[] expected = [.. Source];
        Source.AsSpan(0, 8192).CopyTo(expected.AsSpan(8192));

        OnHandles(path, path, (from, to) => Reflink.CloneOrCopyRange(from, 0, to, 8192, 8192));

        Assert.Equal(expected, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("btrfs", "btrfs2", Mechanism.PlainCopy, "EXDEV EXDEV")]
    [InlineData("xfs", "tmpfs", Mechanism.PlainCopy, "EXDEV EXDEV")]
    [InlineData("ext4", "ext4", Mechanism.KernelCopy, "EOPNOTSUPP")]
    [InlineData("tmpfs", "tmpfs", Mechanism.KernelCopy, "EOPNOTSUPP")]
    [InlineData("xfs-noreflink", "xfs-noreflink", Mechanism.KernelCopy, "EOPNOTSUPP")]
    [InlineData("btrfs", "nocow", Mechanism.KernelCopy, "EINVAL")]
    [InlineData("nocow", "btrfs", Mechanism.KernelCopy, "EINVAL")]
    [InlineData("xfs", "bind", Mechanism.Reflink, "")]
    public void Range_between_two_places_tells_how_it_came_over(string from, string to, Mechanism mechanism, string errnos)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = here.Write("source", Source), target = there.Write("target", Old);
        CopyOutcome? outcome = null;

        OnHandles(source, target, (input, output) => outcome = Reflink.CloneOrCopyRange(input, 8192, output, 4096, 12_288));

        byte[] expected = [.. Old];
        Source.AsSpan(8192, 12_288).CopyTo(expected.AsSpan(4096));
        Assert.Equal(expected, File.ReadAllBytes(target));
        Assert.Equal((mechanism, 12_288), (outcome!.Mechanism, outcome.LengthBytes));
        Assert.Equal(errnos, string.Join(' ', outcome.Fallbacks.Select(left => left.Error.Name)));
    }

    [Fact]
    public void Hole_of_the_source_overwrites_data_with_zeros()
    {
        foreach (string volume in (string[])["btrfs", "xfs", "ext4", "tmpfs"])
        {
            using TemporaryFolder place = TestVolumes.Get(volume).Folder();
            string source = Handles.WriteSparse(place["source"], 65_536), target = place.Write("target", Old);

            OnHandles(source, target, (from, to) => Reflink.CloneOrCopyRange(from, 0, to, 8192, 16_384));

            Assert.Equal([.. Old[..8192], .. new byte[16_384], .. Old[24_576..]], File.ReadAllBytes(target));
        }
    }

    [Theory]
    [InlineData(-1, 0, 1)]
    [InlineData(0, -1, 1)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 0, -1)]
    [InlineData(1, 0, long.MaxValue)]
    [InlineData(0, long.MaxValue, 1)]
    public void Impossible_numbers_are_the_caller_s_mistake(long sourceOffset, long targetOffset, long length)
    {
        using var place = new TemporaryFolder();
        string source = place.Write("source", Source), target = place.Write("target", Old);

        OnHandles(source, target, (from, to) =>
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => Reflink.CloneRange(from, sourceOffset, to, targetOffset, length));
            Assert.Throws<ArgumentOutOfRangeException>(() => Reflink.CloneOrCopyRange(from, sourceOffset, to, targetOffset, length));
            Assert.Throws<ArgumentOutOfRangeException>(() => Reflink.DeduplicateRange(from, sourceOffset, to, targetOffset, length));
        });
        Assert.Equal(Old, File.ReadAllBytes(target));
    }

    static void OnHandles(string source, string target, Action<SafeFileHandle, SafeFileHandle> action)
    {
        using SafeFileHandle from = Handles.Read(source), to = Handles.Write(target);
        action(from, to);
    }
}
