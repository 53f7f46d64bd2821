using System.Buffers.Binary;

namespace Reflinks.Platform.MacOS;

/// <summary>The outer form of an access control list, <c>struct kauth_filesec</c> (sys/kauth.h): its head, and 24 bytes for each entry.</summary>
internal static class AccessControlLists
{
    /// <summary>Magic number, owner and group of 16 bytes each, count and flags of the entries.</summary>
    internal const int HeadBytes = 4 + 16 + 16 + 4 + 4, EntryBytes = 16 + 4 + 4;

    internal const uint Magic = 0x012C_C16D;        // KAUTH_FILESEC_MAGIC

    internal const int MostEntries = 128;           // KAUTH_ACL_MAX_ENTRIES

    const int CountOffset = 36;

    /// <summary>Whether it has room for as many entries as it says.</summary>
    internal static bool IsWellFormed(ReadOnlySpan<byte> list) =>
        list.Length >= HeadBytes
        && BinaryPrimitives.ReadUInt32LittleEndian(list) == Magic
        && BinaryPrimitives.ReadUInt32LittleEndian(list[CountOffset..]) is <= MostEntries and uint count
        && list.Length == HeadBytes + (EntryBytes * (int)count);
}
