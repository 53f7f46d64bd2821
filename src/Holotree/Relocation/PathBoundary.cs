namespace Holotree.Relocation;

/// <summary>Where a path ends inside other bytes: whether what follows the prefix would make it another, longer name.</summary>
internal static class PathBoundary
{
    /// <summary>Whether a prefix that is followed by these bytes is a whole path: <c>/opt/env</c> is not one in <c>/opt/env2</c> or <c>/opt/env.old</c>.</summary>
    /// <param name="following">What follows, two bytes if there are so many; empty at the end of the file.</param>
    internal static bool EndsBefore(ReadOnlySpan<byte> following) => following switch
    {
        [] => true,
        [(byte)'.', var next, ..] => !IsNameByte(next),     // a full stop after the path, not the start of a suffix
        [(byte)'.'] => true,
        [var next, ..] => !IsNameByte(next),
    };

    /// <summary>Bytes of which names are made without quoting: letters, digits, some marks, and all of UTF-8 beyond ASCII.</summary>
    static bool IsNameByte(byte value) =>
        char.IsAsciiLetterOrDigit((char)value) || value is (byte)'_' or (byte)'-' or (byte)'+' or (byte)'@' or (byte)'~' or (byte)'.' or >= 0x80;
}
