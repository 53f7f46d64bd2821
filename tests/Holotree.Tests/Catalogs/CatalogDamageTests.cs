using System.Buffers.Binary;
using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Catalogs;

/// <summary>Damage of any kind to a catalog's file is found before anything in it is believed.</summary>
[SupportedOSPlatform("linux")]
public sealed class CatalogDamageTests
{
    readonly byte[] sound = CatalogParts.Small().Bytes;

    [Fact]
    public void Every_single_flipped_bit_is_found()
    {
        for (int at = 0; at < sound.Length; at++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] damaged = [.. sound];
                damaged[at] ^= (byte)(1 << bit);
                var exception = Assert.Throws<HolotreeException>(() => CatalogReader.Read(damaged, "some/path"));

                // Bits of the version itself make it look like the file of a newer program, whose checksum may be elsewhere.
                bool newer = at is >= 8 and < 12 && BinaryPrimitives.ReadUInt32LittleEndian(damaged.AsSpan(8)) > CatalogFormat.Version;
                Assert.Equal(newer ? HolotreeFailure.Unsupported : HolotreeFailure.Damaged, exception.Failure);
                Assert.Equal("some/path", exception.Path);
            }
        }
    }

    [Fact]
    public void File_cut_at_any_length_is_found()
    {
        const int names = CatalogFormat.HeaderBytes + (((int)CatalogFormat.Section.Names - 1) * CatalogFormat.SectionBytes);
        long end = BinaryPrimitives.ReadInt64LittleEndian(sound.AsSpan(names + 8)) + BinaryPrimitives.ReadInt64LittleEndian(sound.AsSpan(names + 16));
        for (int length = 0; length < sound.Length; length++)
        {
            byte[] cut = sound[..length];
            Assert.Equal(HolotreeFailure.Damaged, Assert.Throws<HolotreeException>(() => CatalogReader.Read(cut, "x")).Failure);

            // Also one that says of itself that it is so short, with the checksum that belongs to it.
            if (length < CatalogFormat.HeaderBytes + CatalogFormat.ChecksumBytes || length >= end + CatalogFormat.ChecksumBytes) continue;
            BinaryPrimitives.WriteInt64LittleEndian(cut.AsSpan(16), length);
            CatalogParts.Sealed(cut);
            Assert.Equal(HolotreeFailure.Damaged, Assert.Throws<HolotreeException>(() => CatalogReader.Read(cut, "x")).Failure);
        }
    }

    [Fact]
    public void File_with_more_behind_it_is_found()
    {
        byte[] longer = [.. sound, 0];
        Assert.Equal(HolotreeFailure.Damaged, Assert.Throws<HolotreeException>(() => CatalogReader.Read(longer, "x")).Failure);
    }

    [Theory]
    [InlineData(3u)]
    [InlineData(uint.MaxValue)]
    public void Newer_version_is_refused_by_name_whatever_else_is_in_the_file(uint version)
    {
        byte[] newer = [.. sound];
        BinaryPrimitives.WriteUInt32LittleEndian(newer.AsSpan(8), version);

        var exception = Assert.Throws<HolotreeException>(() => CatalogReader.Read(newer, "some/path"));

        Assert.Equal(HolotreeFailure.Unsupported, exception.Failure);
        Assert.Equal("catalog-newer", exception.Code);
        Assert.Contains($"format {version}", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(exception.Hint);
    }

    [Fact]
    public void Version_zero_is_damage() =>
        Assert.Equal(HolotreeFailure.Damaged, Assert.Throws<HolotreeException>(() => CatalogReader.Read(CatalogParts.Patched(sound, 8, new byte[4]), "x")).Failure);

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(10)]
    public void Another_number_of_sections_is_damage(byte number) =>
        Assert.Contains("sections", Assert.Throws<HolotreeException>(() => CatalogReader.Read(CatalogParts.Patched(sound, 12, [number]), "x")).Message, StringComparison.Ordinal);

    /// <summary>Places and lengths in the table of sections that lead out of the file, or into its checksum.</summary>
    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    [InlineData(0x1_0000_0000)]
    [InlineData(long.MaxValue)]
    public void Section_outside_of_the_file_is_damage(long value)
    {
        byte[] number = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        for (int section = 0; section < CatalogFormat.SectionCount; section++)
        {
            foreach (int field in new[] { 8, 16 })
            {
                byte[] hostile = CatalogParts.Patched(sound, CatalogFormat.HeaderBytes + (section * CatalogFormat.SectionBytes) + field, number);
                Assert.Equal(HolotreeFailure.Damaged, Assert.Throws<HolotreeException>(() => CatalogReader.Read(hostile, "x")).Failure);
            }
        }
    }

    [Fact]
    public void Section_that_reaches_into_the_checksum_is_damage()
    {
        const int names = CatalogFormat.HeaderBytes + (((int)CatalogFormat.Section.Names - 1) * CatalogFormat.SectionBytes);
        long offset = BinaryPrimitives.ReadInt64LittleEndian(sound.AsSpan(names + 8));
        byte[] length = BitConverter.GetBytes(sound.Length - 31 - offset);

        Assert.Equal(HolotreeFailure.Damaged, Assert.Throws<HolotreeException>(() => CatalogReader.Read(CatalogParts.Patched(sound, names + 16, length), "x")).Failure);
    }

    [Fact]
    public void Section_that_ends_within_a_record_is_damage()
    {
        foreach (CatalogFormat.Section section in new[] { CatalogFormat.Section.Directories, CatalogFormat.Section.Files, CatalogFormat.Section.Contents, CatalogFormat.Section.Symlinks, CatalogFormat.Section.Objects, CatalogFormat.Section.Relocations })
        {
            int row = CatalogFormat.HeaderBytes + (((int)section - 1) * CatalogFormat.SectionBytes);
            byte[] length = BitConverter.GetBytes(BinaryPrimitives.ReadInt64LittleEndian(sound.AsSpan(row + 16)) - 1);
            Assert.Contains("within a record", Assert.Throws<HolotreeException>(() => CatalogReader.Read(CatalogParts.Patched(sound, row + 16, length), "x")).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Sections_in_another_order_are_damage()
    {
        byte[] hostile = CatalogParts.Patched(sound, CatalogFormat.HeaderBytes, [(byte)CatalogFormat.Section.Directories]);
        Assert.Contains("not in its place", Assert.Throws<HolotreeException>(() => CatalogReader.Read(hostile, "x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Anything_but_zeros_between_sections_is_damage()
    {
        int gaps = 0;
        for (int section = 0; section < CatalogFormat.SectionCount; section++)
        {
            int row = CatalogFormat.HeaderBytes + (section * CatalogFormat.SectionBytes);
            int end = (int)(BinaryPrimitives.ReadInt64LittleEndian(sound.AsSpan(row + 8)) + BinaryPrimitives.ReadInt64LittleEndian(sound.AsSpan(row + 16)));
            for (int at = end; at % CatalogFormat.Alignment != 0; at++, gaps++)
                Assert.Contains("followed by something", Assert.Throws<HolotreeException>(() => CatalogReader.Read(CatalogParts.Patched(sound, at, [1]), "x")).Message, StringComparison.Ordinal);
        }
        Assert.NotEqual(0, gaps);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(CatalogFormat.SectionCount - 1)]
    [InlineData(CatalogFormat.SectionCount)]
    public void Room_between_sections_or_behind_them_is_damage(int section)
    {
        // Eight zeros before a section, which says where it is, or behind the last one.
        static int Row(int section) => CatalogFormat.HeaderBytes + (section * CatalogFormat.SectionBytes) + 8;
        int at = section < CatalogFormat.SectionCount ? (int)BinaryPrimitives.ReadInt64LittleEndian(sound.AsSpan(Row(section))) : sound.Length - CatalogFormat.ChecksumBytes;
        byte[] roomy = [.. sound[..at], .. new byte[8], .. sound[at..]];
        for (int later = section; later < CatalogFormat.SectionCount; later++)
            BinaryPrimitives.WriteInt64LittleEndian(roomy.AsSpan(Row(later)), BinaryPrimitives.ReadInt64LittleEndian(roomy.AsSpan(Row(later))) + 8);
        BinaryPrimitives.WriteInt64LittleEndian(roomy.AsSpan(16), roomy.Length);
        CatalogParts.Sealed(roomy);

        Assert.Equal(HolotreeFailure.Damaged, Assert.Throws<HolotreeException>(() => CatalogReader.Read(roomy, "x")).Failure);
    }

    /// <summary>Numbers in front of texts and sets that lie. None of them may be believed when memory is asked for.</summary>
    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(1_000_000)]
    public void Count_or_length_that_lies_is_damage(int value)
    {
        foreach (CatalogFormat.Section section in new[] { CatalogFormat.Section.Facts, CatalogFormat.Section.Attributes })
        {
            int row = CatalogFormat.HeaderBytes + (((int)section - 1) * CatalogFormat.SectionBytes);
            int offset = (int)BinaryPrimitives.ReadInt64LittleEndian(sound.AsSpan(row + 8)), length = (int)BinaryPrimitives.ReadInt64LittleEndian(sound.AsSpan(row + 16));
            int[] numbers = section == CatalogFormat.Section.Facts
                ? [0, 4 + 6, length - 4]      // of the name, of the prefix, of the blueprint
                : [0, 4, 8];                  // of sets, of attributes in the first, of its name
            foreach (int number in numbers)
            {
                byte[] hostile = CatalogParts.Patched(sound, offset + number, BitConverter.GetBytes(value));
                long before = GC.GetAllocatedBytesForCurrentThread();
                Assert.Equal(HolotreeFailure.Damaged, Assert.Throws<HolotreeException>(() => CatalogReader.Read(hostile, "x")).Failure);
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
            }
        }
    }
}
