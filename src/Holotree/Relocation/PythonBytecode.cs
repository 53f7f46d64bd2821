using System.Buffers.Binary;

namespace Holotree.Relocation;

/// <summary>
/// Python bytecode, relocated as its source is: every constant that names the prefix gets the new path with the length that
/// stands before it, and the header the source's new length (PEP 552), so that the importer takes it as it is. Knows the marshal
/// format of CPython 3.8 to 3.14 (Python/marshal.c, version 4), and says so where it does not understand a file to the last byte.
/// </summary>
internal sealed class PythonBytecode(byte[] oldPrefix, byte[] newPrefix)
{
    const int HeaderBytes = 16, FlagsAt = 4, SizeAt = 12;

    /// <summary>CPython's own limit is 2,000; nobody nests constants so deep.</summary>
    const int MaxDepth = 500;

    /// <summary>All texts that get another path may be so long together. A short prefix, over and over, at a long path would fill the memory.</summary>
    const long MostEditedBytes = 64 << 20;

    readonly PrefixFinder finder = new(oldPrefix);
    readonly PrefixChange change = new(oldPrefix, newPrefix);
    readonly bool ascii = !newPrefix.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)0x7F);

    byte[] content = [];
    List<Edit> edits = [];
    int at, depth, numbers, parts;
    long edited;

    /// <summary>Finds what has to change. Returns whether the bytecode was understood; if not, the edits are of no use.</summary>
    /// <param name="bytecode">The whole file.</param>
    /// <param name="sourceGrowth">By how many bytes the source gets longer; null where there is none, and the header is not looked at.</param>
    /// <param name="found">Where the edits go, in their order.</param>
    internal bool TryEdit(byte[] bytecode, long? sourceGrowth, List<Edit> found)
    {
        (content, edits, at, depth, edited) = (bytecode, found, HeaderBytes, 0, 0);
        if (content.Length <= HeaderBytes || !KnowsVersion()) return false;
        return (sourceGrowth is not { } growth || TryEditHeader(growth)) && Value() && at == content.Length;
    }

    bool TryEditHeader(long sourceGrowth)
    {
        // Bytecode that is compared by the source's hash, or not at all, has no length to be set.
        if (BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(FlagsAt)) != 0) return false;
        byte[] size = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(size, unchecked((uint)(BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(SizeAt)) + sourceGrowth)));
        edits.Add(new Edit(SizeAt, size.Length, size));
        return true;
    }

    /// <summary>What a code object consists of, by the magic number of each version (Lib/importlib/_bootstrap_external.py).</summary>
    bool KnowsVersion()
    {
        int magic = BinaryPrimitives.ReadUInt16LittleEndian(content);
        (numbers, parts) = magic switch
        {
            >= 3400 and < 3450 => (6, 8),       // 3.8 to 3.10: code, constants, names, variables, free and cell variables, file, name
            >= 3450 and < 3650 => (5, 8),       // 3.11 to 3.14: code, constants, names, variables, their kinds, file, name, qualified name
            _ => (0, 0),
        };
        return numbers > 0 && content[2] == '\r' && content[3] == '\n';
    }

    bool Value()
    {
        if (at >= content.Length || ++depth > MaxDepth) return false;
        int start = at, count;
        bool understood = (char)(content[at++] & 0x7F) switch       // the highest bit says that the value may be referred to
        {
            '0' or 'N' or 'F' or 'T' or 'S' or '.' => true,
            'i' or 'r' => Skip(4),
            'I' or 'g' => Skip(8),
            'y' => Skip(16),
            'l' => TryCount(out count) && Skip(2 * Math.Abs((long)count)),
            's' or 't' or 'u' or 'a' or 'A' => TryCount(out count) && Text(start, count),
            'z' or 'Z' => TryShortCount(out count) && Text(start, count),
            '(' or '[' or '<' or '>' => TryCount(out count) && Values(count),
            ')' => TryShortCount(out count) && Values(count),
            '{' => Pairs(),
            ':' => Values(3),
            'c' => Skip(4 * numbers) && Values(parts) && Skip(4) && Values(numbers == 5 ? 2 : 1),      // the first line, then tables
            _ => false,
        };
        depth--;
        return understood;
    }

    bool Values(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (!Value()) return false;
        }
        return count >= 0;
    }

    bool Pairs()
    {
        while (at < content.Length && content[at] != '0')
        {
            if (!Values(2)) return false;
        }
        return Skip(1);
    }

    bool Text(int start, int length)
    {
        int from = at;
        if (length < 0 || !Skip(length)) return false;
        ReadOnlySpan<byte> text = content.AsSpan(from, length);
        if (length < change.ShortestBytes) return true;

        finder.Reset();
        finder.Search(text, 0, last: true);
        var places = finder.Offsets(binary: false);
        // In the source an escape or a quote may stand where a letter stands here: it may have been judged otherwise.
        if (places.Count != finder.Offsets(binary: true).Count) return false;
        if (places.Count == 0) return true;

        edited += text.Length + ((long)places.Count * Math.Max(0, change.MostGrowth));
        if (edited > MostEditedBytes || Replaced(content[start], text, places) is not { } replaced) return false;
        edits.Add(new Edit(start, at - start, replaced));
        return true;
    }

    /// <summary>A constant with other paths in it; null where a path in UTF-16 is among them, which no text of Python's is made of.</summary>
    byte[]? Replaced(byte type, ReadOnlySpan<byte> text, List<long> places)
    {
        int length = text.Length;
        foreach (long place in places)
        {
            if (At(text, place) is not { Form.Spelling: not PathSpelling.Wide } found) return null;
            length += found.Growth;
        }
        byte now = (byte)(TypeFor((char)(type & 0x7F), length) | (type & 0x80));
        int lengthBytes = (now & 0x7F) is 'z' or 'Z' ? 1 : 4;
        byte[] replaced = new byte[1 + lengthBytes + length];
        replaced[0] = now;
        for (int i = 0; i < lengthBytes; i++) replaced[1 + i] = (byte)(length >> (8 * i));

        int from = 0, to = 1 + lengthBytes;
        foreach (long place in places)
        {
            PrefixReplacement found = At(text, place)!;
            text[from..(int)place].CopyTo(replaced.AsSpan(to));
            to += (int)place - from;
            found.Bytes.CopyTo(replaced, to);
            to += found.Bytes.Length;
            from = (int)place + found.OldBytes;
        }
        text[from..].CopyTo(replaced.AsSpan(to));
        return replaced;
    }

    PrefixReplacement? At(ReadOnlySpan<byte> text, long place) => change.Only ?? change.At(text[(int)place..]);

    /// <summary>The type that can hold a text: one byte of length ends at 255, and ASCII at 127.</summary>
    char TypeFor(char type, int length) => type switch
    {
        'a' or 'z' when !ascii => 'u',
        'A' or 'Z' when !ascii => 't',
        'z' when length > byte.MaxValue => 'a',
        'Z' when length > byte.MaxValue => 'A',
        _ => type,
    };

    bool TryCount(out int count)
    {
        count = at + sizeof(int) <= content.Length ? BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(at)) : -1;
        return Skip(sizeof(int));
    }

    bool TryShortCount(out int count)
    {
        count = at < content.Length ? content[at] : -1;
        return Skip(1);
    }

    bool Skip(long length)
    {
        if (length > content.Length - at) return false;
        at += (int)length;
        return true;
    }
}
