using System.Runtime.InteropServices;
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

    readonly PrefixChange change = new(oldPrefix, newPrefix);
    readonly List<Edit> edits = [];

    EditedFile? file;
    PythonBytecode? python;
    byte[]? text;

    /// <summary>A file of fewer bytes cannot name the prefix.</summary>
    internal int ShortestPlace => change.ShortestBytes;

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
        if (content.Traits.HasFlag(ContentTraits.Launcher)) return RelocationKind.Launcher;
        if (change.KeepsLengths) return RelocationKind.InPlace;
        if (!content.Traits.HasFlag(ContentTraits.Binary) || content.Traits.HasFlag(ContentTraits.WideText)) return RelocationKind.Text;
        return change.MostGrowth <= 0 ? RelocationKind.InPlace : RelocationKind.Unfit;
    }

    /// <summary>Whether a file is not left as recorded at every other path: what <see cref="KindOf"/> may decide beside leaving it alone.</summary>
    internal static bool Varies(in FileContent content) =>
        content.Traits.HasFlag(ContentTraits.BytecodeOfRelocated)
        || (content.RelocationCount > 0 && !content.Traits.HasFlag(ContentTraits.BytecodeBesideSource));

    /// <summary>How a file of that kind and length is made.</summary>
    internal static ContentChange ChangeFor(RelocationKind kind, long size, ReadOnlySpan<long> offsets) => kind switch
    {
        RelocationKind.InPlace => size / PatchFromBytes >= RunsOf(offsets) ? ContentChange.Patch : ContentChange.Rewrite,
        RelocationKind.Text or RelocationKind.Launcher or RelocationKind.Bytecode or RelocationKind.LoneBytecode => ContentChange.Rewrite,
        _ => ContentChange.None,
    };

    /// <summary>The new target of a link into the prefix; null for any other link.</summary>
    internal byte[]? Retarget(ReadOnlySpan<byte> target) => IsSamePath ? null : LinkTargets.Retarget(oldPrefix, newPrefix, target);

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
        if (error == Errno.None && kind == RelocationKind.Launcher) error = QuoteInterpreter(source, size);
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
        bool strings = kind == RelocationKind.InPlace && !change.KeepsLengths;
        Errno error = strings ? MayShorten(source, out strings) : Errno.None;
        long done = 0;
        for (int i = 0; i < offsets.Length && error == Errno.None; i++)
        {
            if (offsets[i] < done) continue;    // it was in the same string as the one before
            if (strings) error = ShortenString(source, size, offsets[i..], out done);
            else error = Replace(source, size, offsets[i], whole: kind != RelocationKind.InPlace, out done);
        }
        return error;
    }

    Errno Replace(int source, long size, long offset, bool whole, out long end)
    {
        Errno error = Errno.None;
        PrefixReplacement? found = change.Only;
        if (found is null)
        {
            error = ReadText(source, size, offset, change.LongestBytes, out Span<byte> bytes);
            found = change.At(bytes);
        }
        end = offset + (found?.OldBytes ?? 0);
        if (error != Errno.None) return error;
        if (found is null) return NotThere;
        edits.Add(new Edit(offset, found.OldBytes, whole ? found.Bytes : found.Padded));
        return Errno.None;
    }

    /// <summary>Puts quotes around the interpreter that a launcher names, where its new path has a blank and there are none.</summary>
    Errno QuoteInterpreter(int source, long size)
    {
        Edit first = edits[0];
        if (!first.Bytes.Span.Contains((byte)' ') || first.Offset < 2) return Errno.None;
        Errno error = ReadText(source, size, first.Offset - 2, MaxStringBytes, out Span<byte> found);
        if (error != Errno.None || !found.StartsWith("#!"u8)) return error;

        ReadOnlySpan<byte> line = found[2..];
        int end = line.IndexOfAny("\r\n\0"u8);
        if (end >= 0) line = line[..end];
        if (line.Length < first.Length) return NotThere;
        long close = first.Offset + LauncherLine.EndOfInterpreter(line, first.Length);
        edits[0] = first with { Bytes = (byte[])[(byte)'"', .. first.Bytes.Span] };
        int at = edits.FindIndex(edit => edit.Offset >= close);
        edits.Insert(at < 0 ? edits.Count : at, new Edit(close, 0, new[] { (byte)'"' }));
        return Errno.None;
    }

    Errno ReadText(int source, long size, long offset, int most, out Span<byte> bytes)
    {
        text ??= new byte[MaxStringBytes];
        bytes = text.AsSpan(0, (int)Math.Clamp(size - offset, 0, most));
        return EditedFile.ReadFully(source, bytes, offset);
    }

    /// <summary>
    /// Replaces within one string of a binary, which keeps its length. A C string is shortened and filled up with NUL. Where
    /// no NUL ends it (a length stands elsewhere: Go, Rust), the path is filled up with separators, which name the same place and move
    /// nothing.
    /// </summary>
    Errno ShortenString(int source, long size, ReadOnlySpan<long> offsets, out long end)
    {
        long offset = offsets[0];
        end = offset;
        Errno error = ReadText(source, size, offset, MaxStringBytes, out Span<byte> found);
        if (error != Errno.None) return error;
        if (change.At(found) is not { } first) return NotThere;

        end = offset + first.OldBytes;
        int length = StringBytes(found, first.Form.UnitBytes);
        byte[]? replaced = length < 0 ? [] : Shortened(found, length, offset, offsets, first.Form.UnitBytes);
        if (replaced is null) return NotThere;
        if (replaced.Length == 0)
        {
            edits.Add(new Edit(offset, first.OldBytes, first.Padded));
            return Errno.None;
        }
        end = offset + length;
        edits.Add(new Edit(offset, length, replaced));
        return Errno.None;
    }

    /// <summary>A string with every place in it replaced; nothing where one of them is not written as the string is, null where one is not there.</summary>
    byte[]? Shortened(ReadOnlySpan<byte> found, int length, long offset, ReadOnlySpan<long> offsets, int unitBytes)
    {
        byte[] replaced = new byte[length];     // NUL, where nothing is copied to
        int from = 0, to = 0;
        foreach (long place in offsets)
        {
            int at = (int)Math.Min(place - offset, length);
            if (at == length) break;
            if (at < from || change.At(found[at..]) is not { } next) return null;
            if (next.Form.UnitBytes != unitBytes || at % unitBytes != 0 || at + next.OldBytes > length) return [];
            found[from..at].CopyTo(replaced.AsSpan(to));
            to += at - from;
            next.Bytes.CopyTo(replaced, to);
            to += next.Bytes.Length;
            from = at + next.OldBytes;
        }
        found[from..length].CopyTo(replaced.AsSpan(to));
        return replaced;
    }

    /// <summary>The length of the C string at the beginning of some bytes; -1 where there is none.</summary>
    static int StringBytes(ReadOnlySpan<byte> found, int unitBytes)
    {
        if (unitBytes == 1)
        {
            int length = found.IndexOf((byte)0);
            return length >= 0 && found[..length].IndexOfAnyInRange((byte)1, (byte)31) < 0 && Utf8.IsValid(found[..length]) ? length : -1;
        }
        ReadOnlySpan<char> units = MemoryMarshal.Cast<byte, char>(found);
        int end = units.IndexOf('\0');
        return end >= 0 && units[..end].IndexOfAnyInRange('\u0001', '\u001F') < 0 && IsPaired(units[..end]) ? end * unitBytes : -1;
    }

    /// <summary>Whether each half of a surrogate pair has its other half, as in a text.</summary>
    static bool IsPaired(ReadOnlySpan<char> text)
    {
        for (int at = text.IndexOfAnyInRange('\uD800', '\uDFFF'); at >= 0;)
        {
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1])) return false;
            text = text[(at + 2)..];
            at = text.IndexOfAnyInRange('\uD800', '\uDFFF');
        }
        return true;
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
        // Of which forms the places in a source are, and so how long it gets, no number of them says.
        if (size is > to and <= MaxBytecodeBytes && (sourcePlaces is null || !change.IsWindows))
        {
            byte[] content = new byte[size];
            Errno error = EditedFile.ReadFully(source, content, 0);
            if (error != Errno.None) return error;
            python ??= new PythonBytecode(oldPrefix, newPrefix);
            if (python.TryEdit(content, (long?)sourcePlaces * change.MostGrowth, edits)) return Errno.None;
            edits.Clear();
        }
        if (sourcePlaces is null)
        {
            LeftAsRecorded = change.MostGrowth > 0;
            return LeftAsRecorded ? Errno.None : FindEdits(RelocationKind.InPlace, source, size, offsets);
        }
        int length = (int)Math.Clamp(size - from, 0, to - from);
        if (length > 0) edits.Add(new Edit(from, length, new byte[length]));
        return Errno.None;
    }

    /// <summary>
    /// Whether strings in a file may be shortened, or what is in them has to stay where it is: in Python bytecode, by its magic number,
    /// which always ends with CR LF (CPython, importlib: MAGIC_NUMBER), and in a Windows program ("MZ"), where the resources, such as
    /// that in which uv's launchers have the interpreter, have their lengths elsewhere.
    /// </summary>
    Errno MayShorten(int source, out bool may)
    {
        Span<byte> magic = stackalloc byte[4];
        Errno error = NativeFile.Read(source, magic, 0, out int read);
        bool bytecode = read == magic.Length && magic[2] == (byte)'\r' && magic[3] == (byte)'\n';
        may = !bytecode && !(change.IsWindows && magic[..read].StartsWith("MZ"u8));
        return error;
    }
}
