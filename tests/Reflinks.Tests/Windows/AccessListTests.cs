using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Reflinks.Platform.Windows;

namespace Reflinks.Tests.Windows;

/// <summary>Which access control lists of Windows are kept, on any system: no call is made.</summary>
public sealed class AccessListTests
{
    const ushort OfFolder = AccessList.SE_SELF_RELATIVE | AccessList.SE_DACL_PRESENT | AccessList.SE_DACL_AUTO_INHERITED;

    static readonly byte[] Everyone = [1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], System = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];

    [Fact]
    public void What_comes_from_the_folder_is_not_kept() => Assert.Empty(AccessList.Kept(Descriptor(OfFolder, Entry(Everyone, inherited: true), Entry(System, inherited: true))));

    [Fact]
    public void What_a_process_gives_to_all_that_it_makes_is_not_kept() =>
        Assert.Empty(AccessList.Kept(Descriptor(AccessList.SE_SELF_RELATIVE | AccessList.SE_DACL_PRESENT, Entry(Everyone), Entry(System))));

    [Fact]
    public void What_was_put_there_is_kept_without_the_rest()
    {
        byte[] kept = AccessList.Kept(Descriptor(OfFolder, Entry(System), Entry(Everyone, inherited: true)));
        Assert.Equal(Descriptor(AccessList.SE_SELF_RELATIVE | AccessList.SE_DACL_PRESENT, Entry(System)), kept);
        Assert.True(AccessList.TryRead(kept, out ReadOnlySpan<byte> list, out bool isProtected));
        Assert.False(isProtected);
        Assert.Equal(Entry(System), list[8..].ToArray());
    }

    [Fact]
    public void A_list_that_inherits_nothing_is_kept_whole_also_when_it_is_empty_or_none()
    {
        const ushort alone = OfFolder | AccessList.SE_DACL_PROTECTED;
        byte[] kept = AccessList.Kept(Descriptor(alone, Entry(System), Entry(Everyone, inherited: true)));
        Assert.True(AccessList.TryRead(kept, out ReadOnlySpan<byte> list, out bool isProtected));
        Assert.True(isProtected);
        Assert.Equal([.. Entry(System), .. Entry(Everyone)], list[8..].ToArray());

        Assert.True(AccessList.TryRead(AccessList.Kept(Descriptor(alone)), out list, out isProtected));
        Assert.Equal((8, true), (list.Length, isProtected));

        byte[] none = Descriptor(alone);
        none.AsSpan(16, 4).Clear();
        Assert.True(AccessList.TryRead(AccessList.Kept(none), out list, out isProtected));
        Assert.Equal((0, true), (list.Length, isProtected));
    }

    [Fact]
    public void A_list_that_is_kept_is_kept_as_the_same()
    {
        byte[] kept = AccessList.Kept(Descriptor(OfFolder | AccessList.SE_DACL_PROTECTED, Entry(System), Entry(Everyone)));
        Assert.Equal(kept, AccessList.Kept(kept));
    }

    [Fact]
    public void Every_part_is_where_it_says_or_it_is_no_list()
    {
        byte[] valid = Descriptor(OfFolder, Entry(System), Entry(Everyone));
        for (int length = 0; length < valid.Length; length++) Assert.False(AccessList.TryRead(valid.AsSpan(0, length), out _, out _), $"{length} bytes are taken for a list.");
        foreach ((int at, ushort wrong) in (ReadOnlySpan<(int, ushort)>)[(0, 2), (2, 4), (16, 19), (16, 0xFFFF), (22, 7), (22, 0xFFF0), (24, 3), (30, 4), (30, 0), (30, 0x100), (30, 21)])
        {
            byte[] broken = [.. valid];
            BinaryPrimitives.WriteUInt16LittleEndian(broken.AsSpan(at), wrong);
            Assert.False(AccessList.TryRead(broken, out _, out _), $"{wrong} at {at} is taken for right.");
        }
    }

    [Fact]
    public void No_bytes_whatever_break_it() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000).WithQuietOnSuccess(true), Prop.ForAll(
        Gen.Choose(0, 255).Select(some => (byte)some).ArrayOf().SelectMany(noise => Gen.Choose(0, 75).Select(at => (noise, at))).ToArbitrary(), made =>
        {
            byte[] bytes = Descriptor(OfFolder, Entry(System), Entry(Everyone));
            for (int i = 0; i < made.noise.Length && made.at + i < bytes.Length; i++) bytes[made.at + i] = made.noise[i];
            byte[] kept = AccessList.Kept(bytes);
            return kept.Length == 0 || AccessList.TryRead(kept, out _, out _);
        }));

    static byte[] Entry(byte[] who, bool inherited = false) => [0, inherited ? AccessList.INHERITED_ACE : (byte)0, (byte)(8 + who.Length), 0, 0xFF, 1, 0x1F, 0, .. who];

    static byte[] Descriptor(ushort control, params byte[][] entries)
    {
        int length = 8 + entries.Sum(entry => entry.Length);
        return [1, 0, (byte)control, (byte)(control >> 8), .. new byte[12], 20, 0, 0, 0, 2, 0, (byte)length, 0, (byte)entries.Length, 0, 0, 0, .. entries.SelectMany(entry => entry)];
    }
}
