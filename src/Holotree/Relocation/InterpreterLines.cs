namespace Holotree.Relocation;

/// <summary>
/// The first lines of scripts: whether the kernel takes them as meant once they name another path. It looks at no more than a
/// page's small part (BINPRM_BUF_SIZE, linux/binfmts.h), takes what stands before the first blank for the interpreter and
/// the rest for one argument (execve(2); fs/binfmt_script.c). A line that it did not take as recorded is not judged.
/// </summary>
/// <param name="oldPrefix">The path they were recorded at.</param>
/// <param name="newPrefix">The path they shall name.</param>
/// <param name="longest">The longest line; another one than the system's in tests.</param>
internal sealed class InterpreterLines(byte[] oldPrefix, byte[] newPrefix, int? longest = null)
{
    /// <summary>So much of a file's beginning is enough to judge it.</summary>
    internal const int HeadBytes = 4096;

    const int Executable = 0x49;

    /// <summary>The longest line the kernel takes, with its <c>#!</c> and without what ends it: one byte less than its buffer.</summary>
    internal static int LongestBytes { get; } = OperatingSystem.IsOSPlatformVersionAtLeast("linux", 5, 1) ? 255 : 127;

    readonly int longest = longest ?? LongestBytes;
    // Windows starts no script by its first line.
    readonly bool mayBreak = !WindowsPath.IsAbsolute(oldPrefix) && (newPrefix.Length > oldPrefix.Length || newPrefix.AsSpan().IndexOfAny(" \t\n"u8) >= 0);

    /// <summary>Whether a file has to be looked at; few have. Depends on the catalog and the paths alone.</summary>
    internal bool MayBreak(RelocationKind kind, int mode, ReadOnlySpan<long> offsets) =>
        mayBreak && kind is RelocationKind.Text or RelocationKind.InPlace && (mode & Executable) != 0
        && offsets.Length > 0 && offsets[0] >= 2 && offsets[0] < longest;

    /// <summary>Whether a script that could be started as recorded can no longer be, or gets another argument.</summary>
    /// <param name="head">Its first <see cref="HeadBytes"/> bytes as recorded, or all if it is shorter.</param>
    /// <param name="offsets">Where it names the recorded path.</param>
    internal bool Breaks(ReadOnlySpan<byte> head, ReadOnlySpan<long> offsets)
    {
        if (!head.StartsWith("#!"u8)) return false;
        int end = head.IndexOf((byte)'\n');
        if (end < 0 && head.Length >= HeadBytes) return false;

        ReadOnlySpan<byte> line = end < 0 ? head : head[..end];
        if (line.TrimEnd(" \t"u8).Length > longest || !TryParse(line, out Range name, out Range argument)) return false;

        // A path with a blank or a line feed in it was taken apart as recorded already, and what it named there was not the prefix.
        if (IsCut(.., line.Length, offsets) || IsCut(name, line.Length, offsets) || IsCut(argument, line.Length, offsets)) return false;
        byte[] relocated = end < 0 ? Relocate(line, .., offsets) : [.. Relocate(line, .., offsets), (byte)'\n'];
        return !TryParse(Taken(relocated), out Range newName, out Range newArgument)
            || !relocated.AsSpan(newName).SequenceEqual(Relocate(line, name, offsets))
            || !relocated.AsSpan(newArgument).SequenceEqual(Relocate(line, argument, offsets));
    }

    /// <summary>What the kernel takes of a line; nothing where the interpreter itself would be cut.</summary>
    ReadOnlySpan<byte> Taken(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> read = line[..Math.Min(line.Length, longest + 1)];
        int end = read.IndexOf((byte)'\n');
        if (end >= 0) return read[..end];
        if (line.Length <= longest) return line;
        return read[2..].TrimStart(" \t"u8).IndexOfAny(" \t\0"u8) >= 0 ? read[..longest] : [];
    }

    static bool TryParse(ReadOnlySpan<byte> line, out Range name, out Range argument)
    {
        (name, argument) = (default, default);
        int end = line.IndexOf((byte)0);
        line = line[..(end < 0 ? line.Length : end)].TrimEnd(" \t"u8);
        if (line.Length <= 2) return false;

        int start = line.Length - line[2..].TrimStart(" \t"u8).Length;
        int blank = line[start..].IndexOfAny(" \t"u8);
        name = blank < 0 ? start..line.Length : start..(start + blank);
        if (blank >= 0) argument = (line.Length - line[(start + blank)..].TrimStart(" \t"u8).Length)..line.Length;
        return true;
    }

    /// <summary>Whether one of the places is partly in a part of the line and partly outside of it.</summary>
    bool IsCut(Range part, int lineLength, ReadOnlySpan<long> offsets)
    {
        (int from, int length) = part.GetOffsetAndLength(lineLength);
        foreach (long offset in offsets)
        {
            long end = offset + oldPrefix.Length;
            if (offset < from + length && end > from && (offset < from || end > from + length)) return true;
        }
        return false;
    }

    byte[] Relocate(ReadOnlySpan<byte> line, Range part, ReadOnlySpan<long> offsets)
    {
        (int from, int length) = part.GetOffsetAndLength(line.Length);
        int end = from + length;
        var relocated = new List<byte>(length + newPrefix.Length);
        foreach (long offset in offsets)
        {
            if (offset >= end) break;
            if (offset < from) continue;
            relocated.AddRange(line[from..(int)offset]);
            relocated.AddRange(newPrefix);
            from = (int)offset + oldPrefix.Length;
        }
        relocated.AddRange(line[from..end]);
        return [.. relocated];
    }
}
