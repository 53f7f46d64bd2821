using System.Buffers.Binary;

namespace Reflinks.Platform.Windows;

/// <summary>
/// The access control list of a file as an attribute: a self-relative security descriptor that holds a list and nothing else, and of that what was put there
/// on purpose. What a file has from its folder it gets from the folder that a copy is in. No call of Windows is made here.
/// </summary>
/// <remarks>SECURITY_DESCRIPTOR, ACL and ACE_HEADER: [MS-DTYP] 2.4.6, 2.4.5, 2.4.4.1. All numbers are little-endian.</remarks>
internal static class AccessList
{
    internal const ushort SE_DACL_PRESENT = 4, SE_DACL_AUTO_INHERITED = 0x400, SE_DACL_PROTECTED = 0x1000, SE_SELF_RELATIVE = 0x8000;
    internal const byte INHERITED_ACE = 0x10;

    const int DescriptorBytes = 20, ListBytes = 8, EntryBytes = 4;

    /// <summary>The attribute's value; empty where nobody has put anything there.</summary>
    /// <param name="descriptor">What the system says of a file.</param>
    /// <remarks>
    /// A list that neither takes part in inheritance nor is protected from it is what the process that made the file gives to all of them
    /// where the folder has nothing to inherit.
    /// </remarks>
    internal static byte[] Kept(ReadOnlySpan<byte> descriptor)
    {
        if (!TryFind(descriptor, out ReadOnlySpan<byte> list, out ushort control)) return [];
        bool isProtected = (control & SE_DACL_PROTECTED) != 0;
        if (!isProtected && ((control & SE_DACL_AUTO_INHERITED) == 0 || list.IsEmpty)) return [];

        var kept = new List<byte>(descriptor.Length);
        int entries = 0;
        ReadOnlySpan<byte> rest = list.IsEmpty ? [] : list[ListBytes..];
        while (TryNext(rest, out ReadOnlySpan<byte> entry))
        {
            rest = rest[entry.Length..];
            if (!isProtected && (entry[1] & INHERITED_ACE) != 0) continue;
            kept.AddRange(entry);
            kept[^(entry.Length - 1)] &= unchecked((byte)~INHERITED_ACE);
            entries++;
        }
        if (!isProtected && entries == 0) return [];

        byte[] value = new byte[DescriptorBytes + (list.IsEmpty ? 0 : ListBytes + kept.Count)];
        value[0] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(value.AsSpan(2), (ushort)(SE_SELF_RELATIVE | SE_DACL_PRESENT | (isProtected ? SE_DACL_PROTECTED : 0)));
        // Present and nowhere is a list too: the one that lets everybody do everything.
        if (list.IsEmpty) return value;
        BinaryPrimitives.WriteUInt32LittleEndian(value.AsSpan(16), DescriptorBytes);
        Span<byte> made = value.AsSpan(DescriptorBytes);
        made[0] = list[0];
        BinaryPrimitives.WriteUInt16LittleEndian(made[2..], (ushort)made.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(made[4..], (ushort)entries);
        kept.ToArray().CopyTo(made[ListBytes..]);
        return value;
    }

    /// <summary>Takes a value apart. False where it is none: whoever wrote it may have meant harm.</summary>
    /// <param name="value">The attribute's value.</param>
    /// <param name="list">The list, or nothing, which is the one that lets everybody do everything.</param>
    /// <param name="isProtected">Whether nothing is inherited.</param>
    internal static bool TryRead(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> list, out bool isProtected)
    {
        bool valid = TryFind(value, out list, out ushort control);
        isProtected = (control & SE_DACL_PROTECTED) != 0;
        return valid;
    }

    /// <summary>Finds a list in a descriptor, and every entry within its bounds.</summary>
    static bool TryFind(ReadOnlySpan<byte> descriptor, out ReadOnlySpan<byte> list, out ushort control)
    {
        list = [];
        control = 0;
        if (descriptor.Length < DescriptorBytes || descriptor[0] != 1) return false;
        control = BinaryPrimitives.ReadUInt16LittleEndian(descriptor[2..]);
        if ((control & SE_SELF_RELATIVE) == 0 || (control & SE_DACL_PRESENT) == 0) return false;
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(descriptor[16..]);
        if (offset == 0) return true;
        if (offset < DescriptorBytes || offset > descriptor.Length - ListBytes || offset % 4 != 0) return false;

        ReadOnlySpan<byte> found = descriptor[(int)offset..];
        int length = BinaryPrimitives.ReadUInt16LittleEndian(found[2..]), entries = BinaryPrimitives.ReadUInt16LittleEndian(found[4..]);
        if (found[0] is not (2 or 4) || length < ListBytes || length > found.Length) return false;
        ReadOnlySpan<byte> rest = found[ListBytes..length];
        for (int i = 0; i < entries; i++)
        {
            if (!TryNext(rest, out ReadOnlySpan<byte> entry)) return false;
            rest = rest[entry.Length..];
        }
        // What follows the last entry is room, and no part of the list.
        list = found[..(length - rest.Length)];
        return true;
    }

    static bool TryNext(ReadOnlySpan<byte> entries, out ReadOnlySpan<byte> entry)
    {
        entry = [];
        if (entries.Length < EntryBytes) return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(entries[2..]);
        if (length <= EntryBytes || length > entries.Length || length % 4 != 0) return false;
        entry = entries[..length];
        return true;
    }
}
