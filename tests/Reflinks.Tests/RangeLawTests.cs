using System.Runtime.Versioning;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>What must hold for any numbers: files change as arrays would, however the bytes came over.</summary>
[SupportedOSPlatform("linux")]
public sealed class RangeLawTests
{
    const int Size = 150_000, Rounds = 40;

    /// <summary>One copy of a range, within one file or between two.</summary>
    public sealed record Step(bool WithinOne, int From, int To, int Length)
    {
        public bool Overlaps => WithinOne && Math.Abs(From - To) < Length;
    }

    // Blocks as often as bytes: only they can be shared, and only unaligned bytes go the other way.
    static readonly Gen<int> Place = Gen.OneOf(
        Gen.Choose(0, Size - 1), Gen.Choose(0, (Size / Block.Bytes) - 1).Select(block => block * Block.Bytes));

    static readonly Gen<Step> Steps =
        from withinOne in Gen.Elements(true, false)
        from source in Place
        from target in Place
        from length in Gen.OneOf(Gen.Choose(1, 40_000), Gen.Choose(1, 8).Select(blocks => blocks * Block.Bytes), Gen.Constant(Size - source))
        select new Step(withinOne, source, target, length);

    [Theory]
    [CombinatorialVolumes("btrfs nocow xfs overlay ext4 tmpfs")]
    public void Ranges_change_a_file_as_they_would_change_an_array(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        var used = new HashSet<Mechanism>();

        Hold(Steps.ListOf(), steps =>
        {
            byte[] source = Content.Random(Size), target = Content.Random(Size, seed: 2);
            string from = place.Write("source", source), to = place.Write("target", target);
            using (SafeFileHandle input = Handles.Read(from), output = Handles.ReadWrite(to))
            {
                foreach (Step step in steps)
                {
                    SafeFileHandle origin = step.WithinOne ? output : input;
                    byte[] bytes = step.WithinOne ? target : source;
                    Exception? failure = Record.Exception(() =>
                        used.Add(Reflink.CloneOrCopyRange(origin, step.From, output, step.To, step.Length).Mechanism));
                    if (step.Overlaps)
                    {
                        Assert.IsType<ArgumentException>(failure);
                    }
                    else if (step.From + step.Length > bytes.Length)
                    {
                        Assert.IsType<EndOfStreamException>(failure);
                    }
                    else
                    {
                        Assert.Null(failure);
                        if (step.To + step.Length > target.Length) Array.Resize(ref target, step.To + step.Length);
                        if (step.WithinOne) bytes = target;
                        Array.Copy(bytes, step.From, target, step.To, step.Length);
                    }
                }
            }
            Assert.True(target.AsSpan().SequenceEqual(File.ReadAllBytes(to)), "The target differs from the array.");
            Assert.True(source.AsSpan().SequenceEqual(File.ReadAllBytes(from)), "The source was changed.");
        });

        Assert.Contains(Mechanism.KernelCopy, used);
        Assert.Equal(TestVolumes.Get(volume).CanReflink, used.Contains(Mechanism.Reflink));
    }

    [Theory]
    [InlineData("btrfs", "btrfs")]
    [InlineData("xfs", "xfs")]
    [InlineData("ext4", "ext4")]
    [InlineData("tmpfs", "tmpfs")]
    [InlineData("xfs", "ext4")]
    public void Any_content_replaces_any_other(string from, string to)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        Gen<int> length = Gen.OneOf(Gen.Choose(0, 10_000), Gen.Choose(0, 300_000), Gen.Choose(0, 60).Select(blocks => blocks * Block.Bytes));

        Hold(length.Two().Select(lengths => (lengths.Item1, lengths.Item2)), lengths =>
        {
            byte[] content = Content.Random(lengths.Item1);
            string source = here.Write("source", content), target = there.Write("target", Content.Random(lengths.Item2, seed: 2));
            using (SafeFileHandle input = Handles.Read(source), output = Handles.ReadWrite(target)) Reflink.CloneOrCopy(input, output);
            Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(target)), "The target is not the source.");
        });
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs")]
    public void Deduplication_changes_no_byte_and_calls_the_same_what_is(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        Gen<(int Start, int Length, int Change)> cases =
            from start in Gen.Choose(0, (Size / Block.Bytes) - 1)
            from length in Gen.OneOf(Gen.Choose(1, Size), Gen.Choose(1, Size / Block.Bytes).Select(blocks => blocks * Block.Bytes), Gen.Constant(Size))
            from change in Gen.OneOf(Gen.Constant(-1), Gen.Choose(0, Size - 1))
            select (start * Block.Bytes, Math.Min(length, Size - (start * Block.Bytes)), change);

        Hold(cases, one =>
        {
            byte[] content = Content.Random(Size), other = [.. content];
            if (one.Change >= 0) other[one.Change] ^= 0xFF;
            string source = place.Write("source", content), target = place.Write("target", other);
            DeduplicationOutcome outcome;
            using (SafeFileHandle input = Handles.Read(source), output = Handles.ReadWrite(target))
                outcome = Reflink.DeduplicateRange(input, one.Start, output, one.Start, one.Length);

            bool same = one.Change < one.Start || one.Change >= one.Start + one.Length;
            bool whole = one.Length % Block.Bytes == 0 || one.Start + one.Length == Size;
            Assert.Equal(same && whole, outcome.Same);
            Assert.InRange(outcome.SharedBytes, 0, one.Length);
            Assert.Equal(outcome.Same, outcome.SharedBytes == one.Length);
            Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(source)), "The source was changed.");
            Assert.True(other.AsSpan().SequenceEqual(File.ReadAllBytes(target)), "The target was changed.");
            if (outcome.SharedBytes > 0) Assert.True(Block.IsSame(source, one.Start, target, one.Start), "What is called shared is not.");
        });
    }

    static void Hold<T>(Gen<T> values, Action<T> law) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Rounds).WithQuietOnSuccess(true), Prop.ForAll(values.ToArbitrary(), law));
}
