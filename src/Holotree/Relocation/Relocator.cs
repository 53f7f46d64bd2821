using System.Runtime.Versioning;
using System.Text.Unicode;
using Holotree.Catalogs;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Relocation;

/// <summary>Writes a new path where files hold the recorded prefix.</summary>
/// <param name="oldPrefix">The path they were recorded at.</param>
/// <param name="newPrefix">The path they shall name.</param>
[SupportedOSPlatform("linux")]
internal sealed class Relocator(byte[] oldPrefix, byte[] newPrefix)
{
    /// <summary>
    /// From this length on a file whose length stays is cloned and patched; a shorter one is written whole. A clone costs an
    /// ioctl and an extent of its own for the patched block, so a file of a few blocks is cheaper to write (docs/performance.md).
    /// </summary>
    internal const long PatchFromBytes = 32 * 1024;

    /// <summary>The longest text that a C string is taken for. What has no NUL within it is treated as text of fixed length.</summary>
    const int MaxStringBytes = 32 * 1024;

    const int PieceBytes = 256 * 1024;

    readonly byte[] padded = Pad(oldPrefix, newPrefix);

    byte[]? buffer;

    internal bool IsSamePath { get; } = oldPrefix.AsSpan().SequenceEqual(newPrefix);

    /// <summary>Decides what happens to a file. Depends on the catalog and the paths alone.</summary>
    internal RelocationKind KindOf(in FileContent content)
    {
        if (IsSamePath) return RelocationKind.None;
        if (content.Traits.HasFlag(ContentTraits.BytecodeOfRelocated)) return RelocationKind.Expired;
        if (content.RelocationCount == 0) return RelocationKind.None;
        if (content.Traits.HasFlag(ContentTraits.BytecodeBesideSource)) return RelocationKind.Skipped;
        if (newPrefix.Length == oldPrefix.Length) return RelocationKind.InPlace;
        if (!content.Traits.HasFlag(ContentTraits.Binary)) return RelocationKind.Text;
        return newPrefix.Length < oldPrefix.Length ? RelocationKind.InPlace : RelocationKind.Unfit;
    }

    /// <summary>How a file of that kind and length is made.</summary>
    internal static ContentChange ChangeFor(RelocationKind kind, long size) => kind switch
    {
        RelocationKind.InPlace or RelocationKind.Expired => size >= PatchFromBytes ? ContentChange.Patch : ContentChange.Rewrite,
        RelocationKind.Text => ContentChange.Rewrite,
        _ => ContentChange.None,
    };

    /// <summary>The new target of a link into the prefix; null for any other link.</summary>
    internal byte[]? Retarget(ReadOnlySpan<byte> target) =>
        !IsSamePath && target.StartsWith(oldPrefix) && (target.Length == oldPrefix.Length || target[oldPrefix.Length] == '/')
            ? [.. newPrefix, .. target[oldPrefix.Length..]]
            : null;

    /// <summary>Overwrites the places in a file that has the object's bytes already. Only the blocks around them are written.</summary>
    internal Errno Patch(RelocationKind kind, int source, int target, long size, ReadOnlySpan<long> offsets)
    {
        if (kind == RelocationKind.Expired) return Expire(target, size);
        bool shorter = newPrefix.Length < oldPrefix.Length, bytecode = false;
        Errno error = shorter ? IsBytecode(source, out bytecode) : Errno.None;
        long done = 0;
        for (int i = 0; i < offsets.Length && error == Errno.None; i++)
        {
            if (offsets[i] < done) continue;    // it was in the same string as the one before
            error = shorter && !bytecode
                ? PatchString(source, target, size, offsets[i..], out done)
                : LinuxFile.Write(target, padded, offsets[i]);
        }
        return error;
    }

    /// <summary>Writes a file anew, from the object's bytes with every place replaced. Returns its length.</summary>
    internal Errno Rewrite(RelocationKind kind, int source, int target, long size, ReadOnlySpan<long> offsets, out long written)
    {
        written = 0;
        long read = 0;
        Errno error;
        bool keepLength = kind != RelocationKind.Text;
        foreach (long offset in offsets)
        {
            if (keepLength) break;
            error = Copy(source, ref read, offset - read, target, ref written);
            if (error == Errno.None) error = LinuxFile.Write(target, newPrefix, written);
            if (error != Errno.None) return error;
            written += newPrefix.Length;
            read += oldPrefix.Length;
        }
        error = Copy(source, ref read, size - read, target, ref written);
        return error == Errno.None && keepLength ? Patch(kind, source, target, size, offsets) : error;
    }

    /// <summary>
    /// Replaces within one string of a binary, which keeps its length. A C string is shortened and filled up with NUL. Where
    /// no NUL ends it (a length stands elsewhere: bytecode, Go, Rust), the path is filled up with slashes, which name the same
    /// place and move nothing.
    /// </summary>
    Errno PatchString(int source, int target, long size, ReadOnlySpan<long> offsets, out long end)
    {
        long offset = offsets[0];
        buffer ??= new byte[PieceBytes];
        Span<byte> text = buffer.AsSpan(0, (int)Math.Min(MaxStringBytes, size - offset));
        end = offset + oldPrefix.Length;
        Errno error = ReadFully(source, text, offset);
        if (error != Errno.None) return error;

        int length = text.IndexOf((byte)0);
        if (length < 0 || text[..length].IndexOfAnyInRange((byte)1, (byte)31) >= 0 || !Utf8.IsValid(text[..length])) return LinuxFile.Write(target, padded, offset);

        Span<byte> replaced = buffer.AsSpan(MaxStringBytes, length);
        replaced.Clear();
        int from = 0, to = 0;
        foreach (long place in offsets)
        {
            int at = (int)Math.Min(place - offset, length);
            if (at == length) break;
            text[from..at].CopyTo(replaced[to..]);
            to += at - from;
            newPrefix.CopyTo(replaced[to..]);
            to += newPrefix.Length;
            from = at + oldPrefix.Length;
        }
        text[from..length].CopyTo(replaced[to..]);
        end = offset + length;
        return LinuxFile.Write(target, replaced, offset);
    }

    /// <summary>
    /// Makes bytecode look older than its source: no flags, no time, no size (PEP 552). The importer then compiles the source, also
    /// where it would have trusted the bytecode unchecked.
    /// </summary>
    static Errno Expire(int target, long size)
    {
        const int from = 4, to = 16;
        Span<byte> nothing = stackalloc byte[to - from];
        nothing.Clear();
        return size <= from ? Errno.None : LinuxFile.Write(target, nothing[..(int)Math.Min(nothing.Length, size - from)], from);
    }

    /// <summary>Whether a file is Python bytecode by its magic number, which always ends with CR LF (CPython, importlib: MAGIC_NUMBER).</summary>
    static Errno IsBytecode(int source, out bool bytecode)
    {
        Span<byte> magic = stackalloc byte[4];
        Errno error = LinuxFile.Read(source, magic, 0, out int read);
        bytecode = read == magic.Length && magic[2] == (byte)'\r' && magic[3] == (byte)'\n';
        return error;
    }

    Errno Copy(int source, ref long from, long length, int target, ref long to)
    {
        buffer ??= new byte[PieceBytes];
        while (length > 0)
        {
            Errno error = LinuxFile.Read(source, buffer.AsSpan(0, (int)Math.Min(length, buffer.Length)), from, out int read);
            if (error == Errno.None && read == 0) error = LinuxErrors.SourceShrank;
            if (error == Errno.None) error = LinuxFile.Write(target, buffer.AsSpan(0, read), to);
            if (error != Errno.None) return error;
            from += read;
            to += read;
            length -= read;
        }
        return Errno.None;
    }

    static Errno ReadFully(int source, Span<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            Errno error = LinuxFile.Read(source, bytes, offset, out int read);
            if (error != Errno.None) return error;
            if (read == 0) return LinuxErrors.SourceShrank;
            bytes = bytes[read..];
            offset += read;
        }
        return Errno.None;
    }

    static byte[] Pad(byte[] oldPrefix, byte[] newPrefix)
    {
        if (newPrefix.Length >= oldPrefix.Length) return newPrefix;
        byte[] bytes = new byte[oldPrefix.Length];
        newPrefix.CopyTo(bytes, 0);
        bytes.AsSpan(newPrefix.Length).Fill((byte)'/');
        return bytes;
    }
}
