using System.Text.Unicode;
using Holotree.Catalogs;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Relocation;

/// <summary>Writes a new path where files hold the recorded prefix.</summary>
/// <param name="oldPrefix">The path they were recorded at.</param>
/// <param name="newPrefix">The path they shall name.</param>
internal sealed class Relocator(byte[] oldPrefix, byte[] newPrefix)
{
    /// <summary>
    /// A file whose length stays is cloned and patched where it has this length for each run of blocks that is touched; otherwise it
    /// is written whole. A patched run costs about as much as writing so many bytes (measured: docs/performance.md).
    /// </summary>
    internal const long PatchFromBytes = 64 * 1024;

    /// <summary>What is returned where a file does not hold the recorded path at a place that was named: somebody has made the catalog up.</summary>
    internal const Errno NotThere = Errno.EILSEQ;

    /// <summary>The longest text that a C string is taken for. What has no NUL within it is treated as text of fixed length.</summary>
    const int MaxStringBytes = 32 * 1024;

    /// <summary>Bytecode is read as a whole. A module is rarely a thousandth of this.</summary>
    const long MaxBytecodeBytes = 64 << 20;

    readonly byte[] padded = Pad(oldPrefix, newPrefix);
    readonly List<Edit> edits = [];

    EditedFile? file;
    PythonBytecode? python;
    byte[]? text;

    internal bool IsSamePath { get; } = oldPrefix.AsSpan().SequenceEqual(newPrefix);

    /// <summary>Whether the file written last could not be relocated after all: bytecode that is not understood, at a longer path.</summary>
    internal bool LeftAsRecorded { get; private set; }

    /// <summary>Decides what happens to a file. Depends on the catalog and the paths alone.</summary>
    /// <param name="content">What the file holds.</param>
    /// <param name="isBytecode">Whether it is called like Python bytecode.</param>
    internal RelocationKind KindOf(in FileContent content, bool isBytecode = false)
    {
        if (IsSamePath) return RelocationKind.None;
        if (content.Traits.HasFlag(ContentTraits.BytecodeOfRelocated)) return RelocationKind.Bytecode;
        if (content.RelocationCount == 0) return RelocationKind.None;
        if (content.Traits.HasFlag(ContentTraits.BytecodeBesideSource)) return RelocationKind.Skipped;
        if (isBytecode) return RelocationKind.LoneBytecode;
        if (newPrefix.Length == oldPrefix.Length) return RelocationKind.InPlace;
        if (!content.Traits.HasFlag(ContentTraits.Binary)) return RelocationKind.Text;
        return newPrefix.Length < oldPrefix.Length ? RelocationKind.InPlace : RelocationKind.Unfit;
    }

    /// <summary>Whether a file is not left as recorded at every other path: what <see cref="KindOf"/> may decide beside leaving it alone.</summary>
    internal static bool Varies(in FileContent content) =>
        content.Traits.HasFlag(ContentTraits.BytecodeOfRelocated)
        || (content.RelocationCount > 0 && !content.Traits.HasFlag(ContentTraits.BytecodeBesideSource));

    /// <summary>Whether a link points into the tree that was recorded, and has to point elsewhere at every other path.</summary>
    internal static bool LeadsInto(byte[] prefix, ReadOnlySpan<byte> target) =>
        target.StartsWith(prefix) && (target.Length == prefix.Length || target[prefix.Length] == '/');

    /// <summary>How a file of that kind and length is made.</summary>
    internal static ContentChange ChangeFor(RelocationKind kind, long size, ReadOnlySpan<long> offsets) => kind switch
    {
        RelocationKind.InPlace => size / PatchFromBytes >= RunsOf(offsets) ? ContentChange.Patch : ContentChange.Rewrite,
        RelocationKind.Text or RelocationKind.Bytecode or RelocationKind.LoneBytecode => ContentChange.Rewrite,
        _ => ContentChange.None,
    };

    /// <summary>The new target of a link into the prefix; null for any other link.</summary>
    internal byte[]? Retarget(ReadOnlySpan<byte> target) =>
        !IsSamePath && LeadsInto(oldPrefix, target)
            ? [.. newPrefix, .. target[oldPrefix.Length..]]
            : null;

    /// <summary>Overwrites the places in a file that has the object's bytes already. Only the blocks around them are written.</summary>
    internal Errno Patch(RelocationKind kind, int source, int target, long size, ReadOnlySpan<long> offsets)
    {
        Errno error = FindEdits(kind, source, size, offsets);
        return error == Errno.None ? (file ??= new EditedFile()).Patch(source, target, size, edits) : error;
    }

    /// <summary>Writes a file anew, from the object's bytes with every place replaced. Returns its length.</summary>
    /// <param name="kind">What is done.</param>
    /// <param name="source">The object, or the file to be cloned.</param>
    /// <param name="target">An empty file.</param>
    /// <param name="size">The source's length.</param>
    /// <param name="offsets">Where it names the old path.</param>
    /// <param name="sourcePlaces">Of bytecode: how often the text that it was compiled from names it.</param>
    /// <param name="written">The target's length.</param>
    internal Errno Rewrite(RelocationKind kind, int source, int target, long size, ReadOnlySpan<long> offsets, int sourcePlaces, out long written)
    {
        written = 0;
        LeftAsRecorded = false;
        Errno error = kind is RelocationKind.Bytecode or RelocationKind.LoneBytecode
            ? FindBytecodeEdits(source, size, offsets, kind == RelocationKind.LoneBytecode ? null : sourcePlaces)
            : FindEdits(kind, source, size, offsets);
        return error == Errno.None ? (file ??= new EditedFile()).Write(source, target, size, edits, out written) : error;
    }

    /// <summary>How many runs of blocks the places are in; each is one write.</summary>
    static int RunsOf(ReadOnlySpan<long> offsets)
    {
        int runs = 0;
        long last = -2;
        foreach (long offset in offsets)
        {
            long block = offset / EditedFile.BlockBytes;
            if (block > last + 1) runs++;
            last = block;
        }
        return runs;
    }

    Errno FindEdits(RelocationKind kind, int source, long size, ReadOnlySpan<long> offsets)
    {
        edits.Clear();
        bool strings = kind == RelocationKind.InPlace && newPrefix.Length < oldPrefix.Length, bytecode = false;
        Errno error = strings ? IsBytecode(source, out bytecode) : Errno.None;
        ReadOnlyMemory<byte> replacement = kind == RelocationKind.Text ? newPrefix : padded;
        long done = 0;
        for (int i = 0; i < offsets.Length && error == Errno.None; i++)
        {
            if (offsets[i] < done) continue;    // it was in the same string as the one before
            if (strings && !bytecode) error = ShortenString(source, size, offsets[i..], out done);
            else edits.Add(new Edit(offsets[i], oldPrefix.Length, replacement));
        }
        return error;
    }

    /// <summary>
    /// Replaces within one string of a binary, which keeps its length. A C string is shortened and filled up with NUL. Where
    /// no NUL ends it (a length stands elsewhere: Go, Rust), the path is filled up with slashes, which name the same place and move
    /// nothing.
    /// </summary>
    Errno ShortenString(int source, long size, ReadOnlySpan<long> offsets, out long end)
    {
        long offset = offsets[0];
        text ??= new byte[MaxStringBytes];
        Span<byte> found = text.AsSpan(0, (int)Math.Min(MaxStringBytes, size - offset));
        end = offset + oldPrefix.Length;
        Errno error = EditedFile.ReadFully(source, found, offset);
        if (error != Errno.None) return error;
        if (!found.StartsWith(oldPrefix)) return NotThere;

        int length = found.IndexOf((byte)0);
        if (length < 0 || found[..length].IndexOfAnyInRange((byte)1, (byte)31) >= 0 || !Utf8.IsValid(found[..length]))
        {
            edits.Add(new Edit(offset, oldPrefix.Length, padded));
            return Errno.None;
        }

        byte[] replaced = new byte[length];     // NUL, where nothing is copied to
        int from = 0, to = 0;
        foreach (long place in offsets)
        {
            int at = (int)Math.Min(place - offset, length);
            if (at == length) break;
            if (!found[at..length].StartsWith(oldPrefix)) return NotThere;
            found[from..at].CopyTo(replaced.AsSpan(to));
            to += at - from;
            newPrefix.CopyTo(replaced, to);
            to += newPrefix.Length;
            from = at + oldPrefix.Length;
        }
        found[from..length].CopyTo(replaced.AsSpan(to));
        end = offset + length;
        edits.Add(new Edit(offset, length, replaced));
        return Errno.None;
    }

    /// <summary>
    /// Relocates bytecode as its source is. Where that cannot be done it is made to look older than its source: no flags, no time, no
    /// size (PEP 552). The importer then compiles the source, also where it would have trusted the bytecode unchecked. Without a
    /// source it is patched like any binary.
    /// </summary>
    Errno FindBytecodeEdits(int source, long size, ReadOnlySpan<long> offsets, int? sourcePlaces)
    {
        const int from = 4, to = 16;
        edits.Clear();
        if (size is > to and <= MaxBytecodeBytes)
        {
            byte[] content = new byte[size];
            Errno error = EditedFile.ReadFully(source, content, 0);
            if (error != Errno.None) return error;
            python ??= new PythonBytecode(oldPrefix, newPrefix);
            if (python.TryEdit(content, (long?)sourcePlaces * (newPrefix.Length - oldPrefix.Length), edits)) return Errno.None;
            edits.Clear();
        }
        if (sourcePlaces is null)
        {
            LeftAsRecorded = newPrefix.Length > oldPrefix.Length;
            return LeftAsRecorded ? Errno.None : FindEdits(RelocationKind.InPlace, source, size, offsets);
        }
        int length = (int)Math.Clamp(size - from, 0, to - from);
        if (length > 0) edits.Add(new Edit(from, length, new byte[length]));
        return Errno.None;
    }

    /// <summary>Whether a file is Python bytecode by its magic number, which always ends with CR LF (CPython, importlib: MAGIC_NUMBER).</summary>
    static Errno IsBytecode(int source, out bool bytecode)
    {
        Span<byte> magic = stackalloc byte[4];
        Errno error = NativeFile.Read(source, magic, 0, out int read);
        bytecode = read == magic.Length && magic[2] == (byte)'\r' && magic[3] == (byte)'\n';
        return error;
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
