namespace Holotree.Relocation;

/// <summary>
/// Where a path begins and ends inside other bytes: whether what stands around the prefix makes it a part of another name.
/// An environment recorded at <c>/app</c> must not lose its <c>./app</c>, <c>/usr/src/app</c> and <c>/app2</c>.
/// </summary>
internal static class PathBoundary
{
    /// <summary>Bytes after the prefix that decide.</summary>
    internal const int LookAhead = 2;

    /// <summary>Bytes before the prefix that decide: the longest name there is, and what stands before that.</summary>
    internal const int LookBehind = 256;

    /// <summary>Whether a prefix that is followed by these bytes is a whole path: <c>/opt/env</c> is not one in <c>/opt/env2</c> or <c>/opt/env.old</c>.</summary>
    /// <param name="following">What follows, <see cref="LookAhead"/> bytes if there are so many; empty at the end of the file.</param>
    internal static bool EndsBefore(ReadOnlySpan<byte> following) => following switch
    {
        [] => true,
        [(byte)'.', var next, ..] => !IsNameByte(next),     // a full stop after the path, not the start of a suffix
        [(byte)'.'] => true,
        [var next, ..] => !IsNameByte(next),
    };

    /// <summary>Whether a prefix that is preceded by these bytes is the beginning of a path: <c>/opt/env</c> is not one in <c>/srv/opt/env</c>.</summary>
    /// <param name="preceding">What precedes, <see cref="LookBehind"/> bytes if there are so many; empty at the start of the file.</param>
    internal static PathBeginning BeginsAfter(ReadOnlySpan<byte> preceding)
    {
        ReadOnlySpan<byte> path = preceding.TrimEnd((byte)'/');
        int slashes = preceding.Length - path.Length;
        if (slashes == 1 && path.EndsWith(":"u8)) return PathBeginning.Nowhere;     // https://app: the name of a host
        int length = NameLength(path);
        if (length == 0) return PathBeginning.Anywhere;
        ReadOnlySpan<byte> before = path[..^length], name = path[^length..];
        if (before.EndsWith("/"u8) || name is [(byte)'.'] or [(byte)'.', (byte)'.']) return PathBeginning.Nowhere;
        return slashes == 0 && IsNoName(before, name) ? PathBeginning.Anywhere : PathBeginning.InBinary;
    }

    /// <summary>
    /// The same for a path that begins with a drive. No name in a path has a colon, so a separator before it belongs to something else:
    /// <c>file:///C:/env</c>, <c>\\?\C:\env</c>.
    /// </summary>
    internal static PathBeginning DriveBeginsAfter(ReadOnlySpan<byte> preceding)
    {
        int length = NameLength(preceding);
        return length == 0 || IsNoName(preceding[..^length], preceding[^length..]) ? PathBeginning.Anywhere : PathBeginning.InBinary;
    }

    /// <summary>The same for a path that begins with the name of a server.</summary>
    /// <param name="preceding">What precedes.</param>
    /// <param name="mayBeHost">Whether it is written with forward slashes, as the host of a URL is.</param>
    internal static PathBeginning ShareBeginsAfter(ReadOnlySpan<byte> preceding, bool mayBeHost)
    {
        ReadOnlySpan<byte> path = preceding.TrimEnd("/\\"u8);
        if (mayBeHost && path.EndsWith(":"u8)) return path.EndsWith("file:"u8) ? PathBeginning.Anywhere : PathBeginning.Nowhere;
        return path.Length < preceding.Length ? PathBeginning.Nowhere : DriveBeginsAfter(path);
    }

    /// <summary>How many bytes at the end could be a name.</summary>
    static int NameLength(ReadOnlySpan<byte> path)
    {
        int length = 0;
        while (length < path.Length && IsNameByte(path[^(length + 1)])) length++;
        return length;
    }

    /// <summary>Whether what looks like a name is an option of a program or an escape in a string: <c>-I/opt/env</c>, <c>"\n/opt/env"</c>.</summary>
    static bool IsNoName(ReadOnlySpan<byte> before, ReadOnlySpan<byte> name) => name[0] == (byte)'-' || (before.EndsWith("\\"u8) && IsEscape(name));

    /// <summary>What stands behind a backslash for one character in the strings of most languages.</summary>
    static bool IsEscape(ReadOnlySpan<byte> name) => name switch
    {
        [(byte)'n' or (byte)'r' or (byte)'t' or (byte)'0' or (byte)'a' or (byte)'b' or (byte)'e' or (byte)'f' or (byte)'v'] => true,
        [(byte)'x', var a, var b] => IsHex(a) && IsHex(b),
        [(byte)'u', var a, var b, var c, var d] => IsHex(a) && IsHex(b) && IsHex(c) && IsHex(d),
        _ => false,
    };

    static bool IsHex(byte value) => char.IsAsciiHexDigit((char)value);

    /// <summary>Bytes of which names are made without quoting: letters, digits, some marks, and all of UTF-8 beyond ASCII.</summary>
    static bool IsNameByte(byte value) =>
        char.IsAsciiLetterOrDigit((char)value) || value is (byte)'_' or (byte)'-' or (byte)'+' or (byte)'@' or (byte)'~' or (byte)'.' or >= 0x80;
}
