using System.Text;

namespace Reflinks.Platform.Windows;

/// <summary>
/// Names as Windows has them, 16-bit units that need not be valid UTF-16, and as the engine has them, bytes: UTF-8, where a surrogate
/// without its partner has the three bytes that its number would have (WTF-8). Nothing is lost either way.
/// </summary>
internal static class WindowsNames
{
    /// <summary>Before each path that the object manager takes.</summary>
    internal const string NtPrefix = @"\??\";

    /// <summary>The longest path: the lengths of a UNICODE_STRING are 16 bits of bytes.</summary>
    internal const int LongestPath = 32_767;

    const string UncPrefix = @"UNC\";

    /// <summary>The bytes of a name.</summary>
    internal static byte[] Encode(ReadOnlySpan<char> name)
    {
        byte[] bytes = new byte[name.Length * 3];
        return bytes[..Encode(name, bytes)];
    }

    /// <summary>Writes the bytes of a name, at most three for each of its units, and returns how many those are.</summary>
    internal static int Encode(ReadOnlySpan<char> name, Span<byte> bytes)
    {
        int length = 0;
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(name, out Rune letter, out int taken) == System.Buffers.OperationStatus.Done)
            {
                length += letter.EncodeToUtf8(bytes[length..]);
            }
            else
            {
                taken = 1;
                bytes[length++] = (byte)(0xE0 | (name[0] >> 12));
                bytes[length++] = (byte)(0x80 | ((name[0] >> 6) & 0x3F));
                bytes[length++] = (byte)(0x80 | (name[0] & 0x3F));
            }
            name = name[taken..];
        }
        return length;
    }

    /// <summary>The name that has these bytes; null where no name has them, so that no two sequences of bytes ever mean one name.</summary>
    internal static string? Decode(ReadOnlySpan<byte> bytes)
    {
        var name = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune letter, out int taken) == System.Buffers.OperationStatus.Done)
            {
                if (letter.IsBmp) _ = name.Append((char)letter.Value);
                else _ = name.Append(letter.ToString());
            }
            else if (bytes.Length >= 3 && bytes[0] == 0xED && (bytes[1] & 0xE0) == 0xA0 && (bytes[2] & 0xC0) == 0x80)
            {
                char surrogate = (char)(0xD000 | ((bytes[1] & 0x3F) << 6) | (bytes[2] & 0x3F));
                // Two that make a pair have four bytes as one letter and no others.
                if (char.IsLowSurrogate(surrogate) && name.Length > 0 && char.IsHighSurrogate(name[^1])) return null;
                _ = name.Append(surrogate);
                taken = 3;
            }
            else
            {
                return null;
            }
            bytes = bytes[taken..];
        }
        return name.ToString();
    }

    /// <summary>Whether each part of a name in an open folder stands for one entry: a backslash would be a separator, and a colon would open a stream.</summary>
    internal static bool IsPlain(ReadOnlySpan<char> name) => name.IndexOfAny('\\', ':', '\0') < 0;

    /// <summary>
    /// The path as the object manager takes it; null where it is none. Only separators, <c>.</c> and <c>..</c> are resolved: dots and blanks at the
    /// end of a name, reserved names and the length stay as they are, which <see cref="Path.GetFullPath(string)"/> does not leave.
    /// </summary>
    /// <param name="path">Absolute or relative; both kinds of slash separate.</param>
    /// <param name="currentDirectory">The current folder of a drive by its letter, and of the process by NUL.</param>
    internal static string? NtPath(string path, Func<char, string> currentDirectory)
    {
        string given = path.Replace('/', '\\');
        if (given.StartsWith(@"\\.\", StringComparison.Ordinal)) return NtPrefix + given[4..];
        if (given.StartsWith(@"\\?\", StringComparison.Ordinal) || given.StartsWith(NtPrefix, StringComparison.Ordinal)) return Rooted(given[4..]);
        if (given.StartsWith(@"\\", StringComparison.Ordinal)) return Rooted(UncPrefix + given[2..]);
        if (given.Length >= 2 && given[1] == ':' && char.IsAsciiLetter(given[0]))
            return given.Length > 2 && given[2] == '\\' ? Rooted(given) : NtPath($@"{currentDirectory(given[0])}\{given[2..]}", currentDirectory);
        string current = currentDirectory('\0');
        return given.StartsWith('\\')
            ? NtPath((Path.GetPathRoot(current) ?? string.Empty) + given, currentDirectory)
            : NtPath($@"{current}\{given}", currentDirectory);
    }

    /// <summary>A path below a root that must stay: a drive, a server's share, a volume.</summary>
    static string? Rooted(string path)
    {
        string[] parts = path.Split('\\', StringSplitOptions.RemoveEmptyEntries);
        int fixedParts = path.StartsWith(UncPrefix, StringComparison.OrdinalIgnoreCase) ? 3 : 1;
        if (parts.Length < fixedParts) return null;
        var kept = new List<string>(parts.Length);
        foreach (string part in parts)
        {
            if (kept.Count < fixedParts) kept.Add(part);
            else if (part == ".." && kept.Count > fixedParts) kept.RemoveAt(kept.Count - 1);
            else if (part is not ("." or "..")) kept.Add(part);
        }
        for (int i = fixedParts; i < kept.Count; i++)
        {
            if (!IsPlain(kept[i])) return null;
        }
        string below = string.Join('\\', kept);
        // Without the backslash it would be the volume and not its root folder.
        return kept.Count == fixedParts ? $@"{NtPrefix}{below}\" : NtPrefix + below;
    }

    /// <summary>A path of the object manager as one writes it: <c>C:\…</c>, <c>\\server\share\…</c>.</summary>
    internal static string Written(string ntPath)
    {
        string below = ntPath.StartsWith(NtPrefix, StringComparison.Ordinal) || ntPath.StartsWith(@"\\?\", StringComparison.Ordinal) ? ntPath[4..] : ntPath;
        return below.StartsWith(UncPrefix, StringComparison.OrdinalIgnoreCase) ? @"\\" + below[4..]
            : below.StartsWith("Volume{", StringComparison.OrdinalIgnoreCase) ? @"\\?\" + below
            : below;
    }
}
