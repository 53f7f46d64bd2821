namespace Holotree.Relocation;

/// <summary>What is written where one form of the old prefix stands: the same form of the new one, with its drive's letter in the same case.</summary>
internal sealed class PrefixReplacement
{
    PrefixReplacement(PrefixForm form, byte[] bytes, byte[] newPrefix)
    {
        (Form, Bytes) = (form, bytes);
        OldBytes = form.Bytes.Length;
        Padded = Pad(bytes, OldBytes, form, newPrefix);
    }

    internal PrefixForm Form { get; }

    /// <summary>How many bytes are replaced.</summary>
    internal int OldBytes { get; }

    /// <summary>The new path.</summary>
    internal byte[] Bytes { get; }

    /// <summary>The new path, filled up with separators to the length of the old one. They name the same place.</summary>
    internal byte[] Padded { get; }

    internal int Growth => Bytes.Length - OldBytes;

    /// <summary>The replacement for a drive's letter as it was recorded, and for the other case of it.</summary>
    internal static (PrefixReplacement AsRecorded, PrefixReplacement OtherCase) For(PrefixForm form, byte[] newPrefix)
    {
        byte[] bytes = form.Spell(newPrefix);
        var same = new PrefixReplacement(form, bytes, newPrefix);
        if (form.LetterBytes == 0 || !WindowsPath.HasDrive(newPrefix)) return (same, same);
        byte[] other = [.. bytes];
        other[0] ^= 0x20;
        return (same, new PrefixReplacement(form, other, newPrefix));
    }

    static byte[] Pad(byte[] bytes, int length, PrefixForm form, byte[] newPrefix)
    {
        if (bytes.Length >= length) return bytes;

        // Half of a doubled backslash would be an escape; a slash is a separator as well.
        bool backslash = WindowsPath.IsAbsolute(newPrefix) && form.Spelling is PathSpelling.Native or PathSpelling.Wide;
        byte[] padded = new byte[length];
        bytes.CopyTo(padded, 0);
        for (int at = bytes.Length; at < length; at += form.UnitBytes) padded[at] = backslash ? (byte)'\\' : (byte)'/';
        return padded;
    }
}
