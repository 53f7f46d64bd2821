using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;

namespace Reflinks.Platform.MacOS;

/// <summary>Reads the answers of getattrlist(2): a length, then the attributes that were asked for, each at a multiple of four bytes.</summary>
[SupportedOSPlatform("macos")]
internal static class AttributeBuffers
{
    /// <summary>The length, and a <c>vol_capabilities_attr_t</c>: four words of capabilities, four that say which of them are known.</summary>
    internal const int CapabilitiesBytes = 4 + (4 * 4) + (4 * 4);

    /// <summary>The length, the set of what is there, the bytes of its own, the identity of the clone.</summary>
    internal const int SharingBytes = 4 + (5 * 4) + 8 + 8;

    const int Word = 4, Words = 4;

    /// <summary>Whether a volume has the capability to clone, and knows whether it has.</summary>
    internal static bool SaysItClones(ReadOnlySpan<byte> answer)
    {
        if (BinaryPrimitives.ReadInt32LittleEndian(answer) < CapabilitiesBytes) return false;
        int capabilities = Word + (MacInterop.VOL_CAPABILITIES_INTERFACES * Word), known = capabilities + (Words * Word);
        return (BinaryPrimitives.ReadUInt32LittleEndian(answer[capabilities..]) & BinaryPrimitives.ReadUInt32LittleEndian(answer[known..])
            & MacInterop.VOL_CAP_INT_CLONE) != 0;
    }

    /// <summary>Reads what is told of shared blocks; false where the filesystem tells neither.</summary>
    internal static bool TryReadSharing(ReadOnlySpan<byte> answer, out SharedBlocks sharing)
    {
        sharing = default;
        int forkSet = Word + Unsafe.SizeOf<MacInterop.AttributeSet>() - Word;
        if (BinaryPrimitives.ReadInt32LittleEndian(answer) < forkSet + Word) return false;
        uint there = BinaryPrimitives.ReadUInt32LittleEndian(answer[forkSet..]);
        if ((there & (MacInterop.ATTR_CMNEXT_PRIVATESIZE | MacInterop.ATTR_CMNEXT_CLONEID)) == 0) return false;

        int at = forkSet + Word;
        long? own = null;
        ulong? clone = null;
        if ((there & MacInterop.ATTR_CMNEXT_PRIVATESIZE) != 0)
        {
            own = BinaryPrimitives.ReadInt64LittleEndian(answer[at..]);
            at += sizeof(long);
        }
        if ((there & MacInterop.ATTR_CMNEXT_CLONEID) != 0) clone = BinaryPrimitives.ReadUInt64LittleEndian(answer[at..]);
        sharing = new SharedBlocks(own, clone);
        return true;
    }
}
