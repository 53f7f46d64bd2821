using System.Buffers.Binary;

namespace Reflinks.Platform.MacOS;

/// <summary>Recognises the programs and libraries of macOS by the way they begin (mach-o/loader.h, mach-o/fat.h).</summary>
internal static class MachO
{
    /// <summary>So much of a file's beginning is looked at.</summary>
    internal const int BeginningBytes = 8;

    const uint MH_MAGIC = 0xFEED_FACE, MH_MAGIC_64 = 0xFEED_FACF, FAT_MAGIC = 0xCAFE_BABE, FAT_MAGIC_64 = 0xCAFE_BABF;

    /// <summary>
    /// Java's class files begin like fat ones. Where those say how many architectures they are for, these have their version, which was
    /// 45 at the lowest (Java virtual machine specification, 4.1); no fat file is for that many.
    /// </summary>
    const uint LowestJavaVersion = 45;

    /// <summary>Whether a file that begins so is a program or library: of one architecture, in either byte order, or of several in one.</summary>
    internal static bool Is(ReadOnlySpan<byte> beginning)
    {
        if (beginning.Length < BeginningBytes) return false;
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(beginning), next = BinaryPrimitives.ReadUInt32BigEndian(beginning[4..]);
        return magic switch
        {
            MH_MAGIC or MH_MAGIC_64 => true,
            FAT_MAGIC => next is > 0 and < LowestJavaVersion,       // in this order whatever the machine's own
            FAT_MAGIC_64 => next > 0,
            _ => BinaryPrimitives.ReverseEndianness(magic) is MH_MAGIC or MH_MAGIC_64,
        };
    }

    /// <summary>The same of an open file.</summary>
    internal static Errno Is(int descriptor, out bool isProgram)
    {
        Span<byte> beginning = stackalloc byte[BeginningBytes];
        Errno error = NativeFile.Read(descriptor, beginning, 0, out int read);
        isProgram = error == Errno.None && Is(beginning[..read]);
        return error;
    }
}
