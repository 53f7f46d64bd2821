using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>Holes stay holes on every rung, and what is behind them comes over.</summary>
[SupportedOSPlatform("linux")]
public sealed class SparseTests
{
    const long Gibibyte = 1L << 30;

    static readonly byte[] Piece = Content.Random(65_536);

    public static TheoryData<string, string, Mechanism> Rungs() => new()
    {
        { "btrfs", "btrfs", Mechanism.Reflink },
        { "xfs", "xfs", Mechanism.Reflink },
        { "overlay", "overlay", Mechanism.Reflink },
        { "ext4", "ext4", Mechanism.KernelCopy },           // where copy_file_range alone would fill the holes
        { "tmpfs", "tmpfs", Mechanism.KernelCopy },
        { "xfs-noreflink", "xfs-noreflink", Mechanism.KernelCopy },
        { "btrfs", "nocow", Mechanism.KernelCopy },
        { "btrfs", "ext4", Mechanism.PlainCopy },
        { "ext4", "btrfs", Mechanism.PlainCopy },
        { "overlay", "ext4", Mechanism.PlainCopy },         // whose holes are read before they are believed
        { "xfs", "tmpfs", Mechanism.PlainCopy },
        { "tmpfs", "xfs", Mechanism.PlainCopy },
    };

    [Theory]
    [MemberData(nameof(Rungs))]
    public void Holes_at_the_start_between_and_at_the_end_are_kept(string from, string to, Mechanism mechanism)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = Handles.WriteSparse(here["source"], 20_000_001, (4 << 20, Piece), (12 << 20, Piece));

        CopyOutcome outcome = Reflink.CloneOrCopy(source, there["copy"]);

        Assert.Equal((mechanism, 20_000_001), (outcome.Mechanism, outcome.LengthBytes));
        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(there["copy"])));
        Assert.InRange(Handles.BytesAllocated(there["copy"]), 2 * Piece.Length, 4 * Piece.Length);
    }

    [Theory]
    [MemberData(nameof(Rungs))]
    public void File_of_nothing_but_a_hole_takes_no_room(string from, string to, Mechanism mechanism)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = Handles.WriteSparse(here["source"], 3 * Gibibyte);

        CopyOutcome outcome = Reflink.CloneOrCopy(source, there["copy"]);

        Assert.Equal(3 * Gibibyte, outcome.LengthBytes);
        Assert.Equal(3 * Gibibyte, new FileInfo(there["copy"]).Length);
        Assert.Equal(0, Handles.BytesAllocated(there["copy"]));
        // With nothing to copy the kernel's copy is never asked, so it cannot refuse.
        Assert.Equal(mechanism == Mechanism.PlainCopy ? Mechanism.KernelCopy : mechanism, outcome.Mechanism);
    }

    [Theory]
    [MemberData(nameof(Rungs))]
    public void More_than_four_gibibytes_have_both_their_ends(string from, string to, Mechanism mechanism)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        const long length = (5 * Gibibyte) + 777;
        byte[] end = Content.Random(65_536, seed: 2);
        string source = Handles.WriteSparse(here["source"], length, (0, Piece), (length - end.Length, end)), copy = there["copy"];

        CopyOutcome outcome = Reflink.CloneOrCopy(source, copy);

        Assert.Equal((mechanism, length), (outcome.Mechanism, outcome.LengthBytes));
        Assert.Equal(length, new FileInfo(copy).Length);
        Assert.Equal(Piece, ReadAt(copy, 0));
        Assert.Equal(end, ReadAt(copy, length - end.Length));
        Assert.InRange(Handles.BytesAllocated(copy), 2 * Piece.Length, 4 * Piece.Length);
        if (mechanism == Mechanism.Reflink) ExtentMap.AssertShared(source, copy);
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void Range_beyond_four_gibibytes_arrives_where_it_should(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        const long sourceOffset = 5 * Gibibyte, targetOffset = 6 * Gibibyte;
        string source = Handles.WriteSparse(place["source"], sourceOffset + Piece.Length, (sourceOffset, Piece));
        using (SafeFileHandle from = Handles.Read(source), to = Handles.ReadWrite(place["target"]))
            Reflink.CloneOrCopyRange(from, sourceOffset, to, targetOffset, Piece.Length);

        Assert.Equal(targetOffset + Piece.Length, new FileInfo(place["target"]).Length);
        Assert.Equal(Piece, ReadAt(place["target"], targetOffset));
        Assert.InRange(Handles.BytesAllocated(place["target"]), Piece.Length, 2 * Piece.Length);
    }

    [Theory]
    [MemberData(nameof(Rungs))]
    public void Holes_are_kept_on_handles_too_and_old_data_is_gone(string from, string to, Mechanism mechanism)
    {
        using TemporaryFolder here = TestVolumes.Get(from).Folder(), there = TestVolumes.Get(to).Folder();
        string source = Handles.WriteSparse(here["source"], 4_000_000, (1 << 20, Piece)), target = there.WriteRandom("target", 5_000_000);

        using (SafeFileHandle input = Handles.Read(source), output = Handles.ReadWrite(target))
            Assert.Equal(mechanism, Reflink.CloneOrCopy(input, output).Mechanism);

        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(target)));
        Assert.InRange(Handles.BytesAllocated(target), Piece.Length, 3 * Piece.Length);
    }

    [Fact]
    public void Preallocated_room_is_no_data()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string source = place.Write("source", Piece);
        Tool.Run("fallocate", "--length", "16MiB", source);

        Reflink.CloneOrCopy(source, place["copy"]);

        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(place["copy"])));
    }

    static byte[] ReadAt(string path, long offset)
    {
        byte[] bytes = new byte[65_536];
        using SafeFileHandle file = File.OpenHandle(path);
        Assert.Equal(bytes.Length, RandomAccess.Read(file, bytes, offset));
        return bytes;
    }
}
