using System.Buffers.Binary;
using Reflinks.Platform;

namespace Holotree.Relocation;

/// <summary>
/// The line in a launcher of Windows that names its interpreter. pip and others make <c>Scripts\NAME.exe</c> of a program, a line
/// <c>#!C:\…\python.exe</c> and a zip archive, and the program finds the line from the end: by the archive's directory it knows
/// where the archive begins (distlib, PC/launcher.c: find_shebang). So the line may get longer or shorter, and nothing else may move.
/// </summary>
internal static class LauncherLine
{
    /// <summary>More than any launcher reads: distlib's takes a line of 260 bytes, with what ends it.</summary>
    const int MostBytes = 4096;

    /// <summary>The end of a central directory, with the longest comment (APPNOTE.TXT, 4.3.16).</summary>
    const int EndBytes = 22, MostEndBytes = EndBytes + ushort.MaxValue;

    const int DirectorySizeAt = 12, DirectoryOffsetAt = 16;

    /// <summary>Looks for the line in a Windows program.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="size">Its length.</param>
    /// <param name="start">Where the <c>#!</c> is; -1 where there is no such line.</param>
    /// <param name="end">Where the line ends.</param>
    internal static Errno Find(int file, long size, out long start, out long end)
    {
        (start, end) = (-1, -1);
        Errno error = FindArchive(file, size, out long archive);
        if (error != Errno.None || archive < 0) return error;

        Span<byte> head = stackalloc byte[4];
        byte[] before = new byte[Math.Min(archive, MostBytes)];
        error = EditedFile.ReadFully(file, head, archive);
        if (error == Errno.None) error = EditedFile.ReadFully(file, before, archive - before.Length);
        if (error != Errno.None || !head.SequenceEqual("PK\u0003\u0004"u8)) return error;

        ReadOnlySpan<byte> line = before.AsSpan().TrimEnd("\r\n"u8);
        int at = line.LastIndexOf("#!"u8);
        if (line.Length == before.Length || at < 0 || line[at..].IndexOfAny("\0\r\n"u8) >= 0) return Errno.None;
        start = archive - before.Length + at;
        end = archive - before.Length + line.Length;
        return Errno.None;
    }

    /// <summary>Where the last archive in a file begins; -1 where there is none.</summary>
    static Errno FindArchive(int file, long size, out long archive)
    {
        archive = -1;
        byte[] tail = new byte[Math.Min(size, MostEndBytes)];
        Errno error = EditedFile.ReadFully(file, tail, size - tail.Length);
        if (error != Errno.None || tail.Length < EndBytes) return error;
        int at = tail.AsSpan(0, tail.Length - EndBytes + 4).LastIndexOf("PK\u0005\u0006"u8);
        if (at < 0) return Errno.None;
        long begin = size - tail.Length + at
            - BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at + DirectorySizeAt)) - BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(at + DirectoryOffsetAt));
        if (begin > 0 && begin <= size - 4) archive = begin;
        return Errno.None;
    }

    /// <summary>
    /// Where the name of the interpreter ends in a line, which begins with it: behind the first <c>.exe</c> at which a word ends, as the
    /// launcher has it, or at the first blank behind the prefix.
    /// </summary>
    /// <param name="line">The line, or what follows the interpreter's name as well.</param>
    /// <param name="prefixBytes">The length of the prefix that it begins with.</param>
    internal static int EndOfInterpreter(ReadOnlySpan<byte> line, int prefixBytes)
    {
        for (int at = prefixBytes; at + 4 <= line.Length; at++)
        {
            bool exe = line[at] == '.' && (line[at + 1] | 0x20) == 'e' && (line[at + 2] | 0x20) == 'x' && (line[at + 3] | 0x20) == 'e';
            if (exe && (at + 4 == line.Length || line[at + 4] is (byte)' ' or (byte)'\t')) return at + 4;
        }
        int blank = line[prefixBytes..].IndexOfAny(" \t"u8);
        return blank < 0 ? line.Length : prefixBytes + blank;
    }
}
