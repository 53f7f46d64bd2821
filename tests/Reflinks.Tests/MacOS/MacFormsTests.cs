using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Reflinks.Platform;
using Reflinks.Platform.MacOS;

namespace Reflinks.Tests.MacOS;

/// <summary>Flags, records and buffers of macOS turned into others: pure, and so true wherever it runs.</summary>
[SupportedOSPlatform("macos")]
public sealed class MacFormsTests
{
    /// <summary>A name in a directory and what it is; of a kind of 0 the system could not tell any.</summary>
    public sealed record Entry(string Name, byte Kind, ulong Inode);

    static readonly byte[] Kinds = [8, 4, 10, 6, 2, 12, 1, 0];          // DT_*, dirent.h, in the order of sys/vnode.h and none

    static readonly Gen<Entry> Entries =
        from length in Gen.Choose(1, 255)
        from first in Gen.Elements("abcäöü€😀".EnumerateRunes().ToArray())
        from kind in Gen.Elements(Kinds)
        from inode in Gen.Choose(1, int.MaxValue)
        select new Entry(Cut(first, length), kind, kind == 0 ? 0 : (ulong)inode << 20);     // of what could not be looked at there is no inode either

    [Fact]
    public void Listing_says_the_same_in_the_records_of_Linux()
    {
        Prop.ForAll(Entries.ListOf().ToArbitrary(), entries =>
        {
            byte[] buffer = Bulk([.. entries]);
            int length = DirectoryRecords.Rewrite(buffer, entries.Count);

            Assert.Equal(entries, Records(buffer.AsSpan(0, length)));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(Kernel.O_RDONLY, 0)]
    [InlineData(Kernel.O_WRONLY | Kernel.O_CREAT | Kernel.O_EXCL | Kernel.O_CLOEXEC, 0x1 | 0x200 | 0x800 | 0x0100_0000)]
    [InlineData(Kernel.O_RDWR | Kernel.O_APPEND | Kernel.O_NONBLOCK, 0x2 | 0x8 | 0x4)]
    public void Ways_to_open_are_those_of_macOS(int linux, int mac) => Assert.Equal(mac, MacFlags.Open(linux));

    [Fact]
    public void Place_to_stand_in_needs_no_right_to_list_it()
    {
        Assert.Equal(0x4010_0000, MacFlags.Open(Kernel.O_PATH | OpenFlags.O_DIRECTORY));
        Assert.Equal(0x4010_0100, MacFlags.Open(Kernel.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW));
        Assert.Equal(0x8000 | 0x4 | 0x20_0000, MacFlags.Open(Kernel.O_PATH | OpenFlags.O_NOFOLLOW));
    }

    [Fact]
    public void Open_file_tells_its_mode_as_on_Linux()
    {
        Prop.ForAll(Gen.Elements(0, 1, 2).ToArbitrary(), Gen.SubListOf(Kernel.O_APPEND, Kernel.O_NONBLOCK).ToArbitrary(), (mode, others) =>
        {
            int flags = others.Aggregate(mode, (all, flag) => all | flag);
            Assert.Equal(flags, MacFlags.Opened(MacFlags.Open(flags)));
        }).QuickCheckThrowOnFailure();
        Assert.Equal(Kernel.O_PATH, MacFlags.Opened(MacFlags.Open(Kernel.O_PATH | OpenFlags.O_DIRECTORY)) & Kernel.O_PATH);
    }

    [Fact]
    public void Times_that_are_no_times_are_those_of_macOS()
    {
        Assert.Equal(-1, MacFlags.Time(new Kernel.Timespec { tv_nsec = Kernel.UTIME_NOW }).tv_nsec);
        Assert.Equal(-2, MacFlags.Time(new Kernel.Timespec { tv_nsec = Kernel.UTIME_OMIT }).tv_nsec);
        Assert.Equal((-7, 999_999_999), Pair(MacFlags.Time(new Kernel.Timespec { tv_sec = -7, tv_nsec = 999_999_999 })));

        static (long, long) Pair(in MacInterop.Timespec time) => (time.tv_sec, time.tv_nsec);
    }

    [Fact]
    public void Rename_and_locks_have_other_numbers()
    {
        Assert.Equal((0u, 4u, 2u), (MacFlags.Rename(0), MacFlags.Rename(Kernel.RENAME_NOREPLACE), MacFlags.Rename(Kernel.RENAME_EXCHANGE)));
        Assert.Equal((1, 3, 2), (MacFlags.Lock(0), MacFlags.Lock(Kernel.F_WRLCK), MacFlags.Lock(2)));
        Assert.Equal((-2, 7), (MacFlags.Directory(Kernel.AT_FDCWD), MacFlags.Directory(7)));
        Assert.Equal(0x20 | 0x80, MacFlags.At(Kernel.AT_SYMLINK_NOFOLLOW | Kernel.AT_REMOVEDIR));
    }

    [Fact]
    public void Device_is_of_a_major_byte_and_a_minor_rest()
    {
        Kernel.Statx status = MacFlags.Status(new MacInterop.Stat { st_dev = 0x0100_0011, st_size = 5, st_blocks = 8 });

        Assert.Equal((1u, 0x11u, 5ul, 8ul), (status.stx_dev_major, status.stx_dev_minor, status.stx_size, status.stx_blocks));
        Assert.NotEqual(NativeFile.Device(status), NativeFile.Device(MacFlags.Status(new MacInterop.Stat { st_dev = unchecked((int)0xFF00_0011) })));
    }

    [Theory]
    [InlineData(0x1_0000u, 0x1_0000u, true)]
    [InlineData(0x1_0000u, 0u, false)]              // says that it can, and that it does not know
    [InlineData(0u, 0x1_0000u, false)]
    public void Capability_counts_where_it_is_known(uint capability, uint known, bool clones)
    {
        byte[] answer = new byte[AttributeBuffers.CapabilitiesBytes];
        BinaryPrimitives.WriteInt32LittleEndian(answer, answer.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(answer.AsSpan(4 + 4), capability);
        BinaryPrimitives.WriteUInt32LittleEndian(answer.AsSpan(4 + 16 + 4), known);

        Assert.Equal(clones, AttributeBuffers.SaysItClones(answer));
        BinaryPrimitives.WriteInt32LittleEndian(answer, 4);
        Assert.False(AttributeBuffers.SaysItClones(answer));
    }

    [Theory]
    [InlineData(0x8u | 0x100u, 4096L, 77UL)]
    [InlineData(0x8u, 4096L, null)]
    [InlineData(0x100u, null, 77UL)]
    [InlineData(0u, null, null)]
    public void Sharing_is_read_from_what_is_there(uint there, long? own, ulong? clone)
    {
        byte[] answer = new byte[AttributeBuffers.SharingBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(answer.AsSpan(4 + 16), there);
        int at = 24;
        if (own is { } bytes) BinaryPrimitives.WriteInt64LittleEndian(answer.AsSpan(at), bytes);
        if (own is not null) at += 8;
        if (clone is { } id) BinaryPrimitives.WriteUInt64LittleEndian(answer.AsSpan(at), id);
        BinaryPrimitives.WriteInt32LittleEndian(answer, at + 8);

        Assert.Equal(there != 0, AttributeBuffers.TryReadSharing(answer, out SharedBlocks sharing));
        Assert.Equal(new SharedBlocks(own, clone), sharing);
    }

    [Fact]
    public void Access_control_list_that_says_more_than_it_holds_is_refused()
    {
        Assert.True(AccessControlLists.IsWellFormed(List(2, 2)));
        Assert.True(AccessControlLists.IsWellFormed(List(0, 0)));
        Assert.False(AccessControlLists.IsWellFormed(List(3, 2)));
        Assert.False(AccessControlLists.IsWellFormed(List(1, 2)));
        Assert.False(AccessControlLists.IsWellFormed(List(uint.MaxValue, 0)));
        Assert.False(AccessControlLists.IsWellFormed(List(0, 0).AsSpan(1)));
        Assert.False(AccessControlLists.IsWellFormed([]));
    }

    /// <summary>As <c>struct kauth_filesec</c> has it, with entries of zeros.</summary>
    internal static byte[] List(uint says, int holds)
    {
        byte[] list = new byte[44 + (24 * holds)];
        BinaryPrimitives.WriteUInt32LittleEndian(list, 0x012C_C16D);
        BinaryPrimitives.WriteUInt32LittleEndian(list.AsSpan(36), says);
        return list;
    }

    /// <summary>As getattrlistbulk(2) packs them: the set of what is there, an error if any, the name's place, the kind, the inode, the name.</summary>
    static byte[] Bulk(Entry[] entries)
    {
        var all = new MemoryStream();
        foreach (Entry entry in entries)
        {
            byte[] name = [.. Encoding.UTF8.GetBytes(entry.Name), 0];
            bool told = entry.Kind != 0;
            var one = new MemoryStream();
            using var writer = new BinaryWriter(one);
            writer.Write(0);
            writer.Write(0x8000_0001u | (told ? 0x0200_0008u : 0x2000_0000u));
            for (int i = 0; i < 4; i++) writer.Write(0);
            if (!told) writer.Write(13);
            writer.Write(told ? 8 + 4 + 8 : 8);
            writer.Write(name.Length);
            if (told) writer.Write(Array.IndexOf(Kinds, entry.Kind) switch { 0 => 1, 1 => 2, 2 => 5, 3 => 3, 4 => 4, 5 => 6, _ => 7 });
            if (told) writer.Write(entry.Inode);
            writer.Write(name);
            while (one.Length % 4 != 0) writer.Write((byte)0);
            byte[] bytes = one.ToArray();
            BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
            all.Write(bytes);
        }
        return all.ToArray();
    }

    static List<Entry> Records(ReadOnlySpan<byte> records)
    {
        var found = new List<Entry>();
        while (records.Length > 0)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
            Assert.Equal(0, length % 8);
            ReadOnlySpan<byte> name = records[19..length];
            byte kind = records[18];
            found.Add(new Entry(Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]), kind, BinaryPrimitives.ReadUInt64LittleEndian(records)));
            records = records[length..];
        }
        return found;
    }

    static string Cut(Rune first, int bytes)
    {
        string name = string.Concat(Enumerable.Repeat(first.ToString(), bytes));
        while (Encoding.UTF8.GetByteCount(name) > 255) name = name[..^first.Utf16SequenceLength];
        return name;
    }
}
