using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

namespace Reflinks.Platform.MacOS;

/// <summary>Directory entries as getattrlistbulk(2) gives them, written out as those of getdents64(2).</summary>
[SupportedOSPlatform("macos")]
internal static class DirectoryRecords
{
    /// <summary>struct linux_dirent64, getdents64(2): inode and offset, 8 bytes each, then the record's length, the type, the name.</summary>
    const int RecordLength = 16, RecordType = 18, RecordName = 19, Alignment = 8;

    /// <summary>Where the attributes begin: behind the length and the set of those that are there.</summary>
    static readonly int Attributes = sizeof(uint) + Unsafe.SizeOf<MacInterop.AttributeSet>();

    /// <summary>Puts the records into the place of the entries, of which each is longer than its record.</summary>
    /// <param name="buffer">Begins with the entries.</param>
    /// <param name="count">How many there are.</param>
    /// <returns>The length of all records in bytes.</returns>
    internal static int Rewrite(Span<byte> buffer, int count)
    {
        int entry = 0, record = 0;
        for (int i = 0; i < count; i++)
        {
            Span<byte> from = buffer[entry..];
            int length = BinaryPrimitives.ReadInt32LittleEndian(from);
            uint returned = BinaryPrimitives.ReadUInt32LittleEndian(from[sizeof(uint)..]);

            // In the order in which sys/attr.h numbers them, but for the error, which comes first; each at a multiple of four bytes.
            int at = Attributes;
            if ((returned & MacInterop.ATTR_CMN_ERROR) != 0) at += sizeof(uint);
            int offset = at + BinaryPrimitives.ReadInt32LittleEndian(from[at..]);
            int nameLength = BinaryPrimitives.ReadInt32LittleEndian(from[(at + sizeof(int))..]) - 1;
            at += Unsafe.SizeOf<MacInterop.Attrreference>();
            uint kind = 0;
            if ((returned & MacInterop.ATTR_CMN_OBJTYPE) != 0)
            {
                kind = BinaryPrimitives.ReadUInt32LittleEndian(from[at..]);
                at += sizeof(uint);
            }
            ulong inode = (returned & MacInterop.ATTR_CMN_FILEID) != 0 ? BinaryPrimitives.ReadUInt64LittleEndian(from[at..]) : 0;

            // The name first: it lies behind everything that is written over.
            int recordLength = (RecordName + nameLength + 1 + Alignment - 1) / Alignment * Alignment;
            Span<byte> to = buffer[record..];
            from.Slice(offset, nameLength).CopyTo(to[RecordName..]);
            to[(RecordName + nameLength)..recordLength].Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(to, inode);
            BinaryPrimitives.WriteUInt64LittleEndian(to[sizeof(ulong)..], 0);
            BinaryPrimitives.WriteUInt16LittleEndian(to[RecordLength..], (ushort)recordLength);
            to[RecordType] = MacFlags.EntryKind(kind);
            entry += length;
            record += recordLength;
        }
        return record;
    }
}
