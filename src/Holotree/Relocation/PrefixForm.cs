using System.Text;

namespace Holotree.Relocation;

/// <summary>One of the ways in which a prefix is written inside files.</summary>
internal sealed class PrefixForm
{
    internal PrefixForm(PathSpelling spelling, byte[] prefix)
    {
        Spelling = spelling;
        Bytes = Spell(prefix);
        LetterBytes = WindowsPath.HasDrive(prefix) ? UnitBytes : 0;
    }

    internal PathSpelling Spelling { get; }

    /// <summary>What is looked for.</summary>
    internal byte[] Bytes { get; }

    /// <summary>How many bytes a character of ASCII has.</summary>
    internal int UnitBytes => Spelling == PathSpelling.Wide ? 2 : 1;

    /// <summary>How many bytes the letter of the drive has, at the beginning; its case does not count. None where there is no drive.</summary>
    internal int LetterBytes { get; }

    /// <summary>Any path, written in this way.</summary>
    internal byte[] Spell(byte[] path)
    {
        switch (Spelling)
        {
            case PathSpelling.Slashes:
                return [.. path.Select(static value => value == (byte)'\\' ? (byte)'/' : value)];
            case PathSpelling.Doubled:
                return [.. path.SelectMany(static value => value == (byte)'\\' ? new[] { value, value } : [value])];
            case PathSpelling.Wide:
                return Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(path));
            default:
                return path;
        }
    }

    /// <summary>Whether these bytes begin with it, its drive's letter in either case.</summary>
    internal bool StandsIn(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= Bytes.Length && bytes[LetterBytes..].StartsWith(Bytes.AsSpan(LetterBytes)) && (LetterBytes == 0 || HasLetter(bytes));

    /// <summary>Whether these bytes begin with the drive's letter, in either case.</summary>
    internal bool HasLetter(ReadOnlySpan<byte> bytes) => (bytes[0] | 0x20) == (Bytes[0] | 0x20) && (LetterBytes == 1 || bytes[1] == 0);

    /// <summary>Whether the path begins where these bytes end.</summary>
    /// <param name="preceding">What precedes it, <see cref="PathBoundary.LookBehind"/> characters if there are so many.</param>
    internal PathBeginning BeginsAfter(ReadOnlySpan<byte> preceding) => Spelling == PathSpelling.Wide ? BeginsAfterWide(preceding) : BeginsAfterNarrow(preceding);

    PathBeginning BeginsAfterWide(ReadOnlySpan<byte> preceding)
    {
        Span<byte> narrow = stackalloc byte[PathBoundary.LookBehind];
        int count = Math.Min(preceding.Length / 2, narrow.Length);
        Narrow(preceding[^(2 * count)..], narrow[..count]);
        return BeginsAfterNarrow(narrow[..count]);
    }

    /// <summary>Whether the path ends where these bytes begin.</summary>
    /// <param name="following">What follows, <see cref="PathBoundary.LookAhead"/> characters if there are so many.</param>
    internal bool EndsBefore(ReadOnlySpan<byte> following) => Spelling == PathSpelling.Wide ? EndsBeforeWide(following) : PathBoundary.EndsBefore(following);

    static bool EndsBeforeWide(ReadOnlySpan<byte> following)
    {
        Span<byte> narrow = stackalloc byte[PathBoundary.LookAhead];
        int count = Math.Min(following.Length / 2, narrow.Length);
        Narrow(following[..(2 * count)], narrow[..count]);
        return PathBoundary.EndsBefore(narrow[..count]);
    }

    PathBeginning BeginsAfterNarrow(ReadOnlySpan<byte> preceding) =>
        LetterBytes > 0 ? PathBoundary.DriveBeginsAfter(preceding)
        : Bytes[0] == (byte)'\\' ? PathBoundary.ShareBeginsAfter(preceding, mayBeHost: false)
        : Spelling == PathSpelling.Slashes ? PathBoundary.ShareBeginsAfter(preceding, mayBeHost: true)
        : PathBoundary.BeginsAfter(preceding);

    /// <summary>A byte for each unit of UTF-16: itself in ASCII, and any other byte that is beyond ASCII too.</summary>
    static void Narrow(ReadOnlySpan<byte> units, Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++) bytes[i] = units[(2 * i) + 1] == 0 && units[2 * i] < 0x80 ? units[2 * i] : (byte)0x80;
    }
}
