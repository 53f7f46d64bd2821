using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Reflinks.Platform.Windows;

/// <summary><c>REPARSE_DATA_BUFFER</c>, ntifs.h, of symbolic links and junctions: what such a link holds.</summary>
internal static class ReparseBuffer
{
    /// <summary>Tag, length and room, then offset and length in bytes of two names: the one that is followed and the one that is shown.</summary>
    const int HeaderLength = 8, NameFields = 8, SymlinkFlagsLength = 4;

    const uint SymlinkTag = 0xA000_000C, JunctionTag = 0xA000_0003, Relative = 1;

    /// <summary>Where a link leads: of a junction the path of the object manager; of a symbolic link as it is written. Null for anything else, and for damage.</summary>
    internal static string? Target(ReadOnlySpan<byte> buffer)
    {
        if (buffer.Length < HeaderLength + NameFields) return null;
        uint tag = BinaryPrimitives.ReadUInt32LittleEndian(buffer);
        int fields = tag switch { JunctionTag => NameFields, SymlinkTag => NameFields + SymlinkFlagsLength, _ => 0 };
        if (fields == 0 || buffer.Length < HeaderLength + fields) return null;

        ReadOnlySpan<byte> names = buffer[(HeaderLength + fields)..];
        int offset = BinaryPrimitives.ReadUInt16LittleEndian(buffer[HeaderLength..]), length = BinaryPrimitives.ReadUInt16LittleEndian(buffer[(HeaderLength + 2)..]);
        if (length % 2 != 0 || offset + length > names.Length) return null;
        string name = new(MemoryMarshal.Cast<byte, char>(names.Slice(offset, length).ToArray()));
        if (tag == JunctionTag) return name;
        bool relative = (BinaryPrimitives.ReadUInt32LittleEndian(buffer[(HeaderLength + NameFields)..]) & Relative) != 0;
        return relative ? name : WindowsNames.Written(name);
    }

    /// <summary>What a junction to a path of the object manager holds.</summary>
    internal static byte[] Junction(string target)
    {
        string shown = WindowsNames.Written(target);
        int followedBytes = target.Length * 2, shownBytes = shown.Length * 2;
        // Each name has a NUL behind it, which its length does not count.
        byte[] buffer = new byte[HeaderLength + NameFields + followedBytes + 2 + shownBytes + 2];
        Span<byte> fields = buffer.AsSpan(HeaderLength);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer, JunctionTag);
        BinaryPrimitives.WriteUInt16LittleEndian(buffer.AsSpan(4), (ushort)(buffer.Length - HeaderLength));
        BinaryPrimitives.WriteUInt16LittleEndian(fields[2..], (ushort)followedBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[4..], (ushort)(followedBytes + 2));
        BinaryPrimitives.WriteUInt16LittleEndian(fields[6..], (ushort)shownBytes);
        MemoryMarshal.AsBytes(target.AsSpan()).CopyTo(fields[NameFields..]);
        MemoryMarshal.AsBytes(shown.AsSpan()).CopyTo(fields[(NameFields + followedBytes + 2)..]);
        return buffer;
    }
}
