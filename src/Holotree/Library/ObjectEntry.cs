using System.Runtime.InteropServices;

namespace Holotree.Library;

/// <summary>One object: the content of files, under its digest. What is executable is an object of its own.</summary>
/// <remarks>Blittable, little-endian, 44 bytes: a catalog holds these records as they are (docs/format.md).</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct ObjectEntry(Digest Digest, long Size, int Executable)
{
    /// <summary>Room for <see cref="WriteName"/>: two digits, a slash, the digest, <c>.x</c> and NUL.</summary>
    internal const int NameBytes = 3 + Digest.HexLength + 3;

    internal bool IsExecutable => Executable != 0;

    /// <summary>The mode of a sealed object.</summary>
    internal int Mode => IsExecutable ? 0x16D : 0x124;       // 0555, 0444

    /// <summary>Writes the object's path below the folder of its algorithm: <c>ab/ab12…</c>, <c>.x</c> behind it for an executable; with NUL.</summary>
    internal void WriteName(Span<byte> name)
    {
        Digest.WriteHex(name.Slice(3, Digest.HexLength));
        name[0] = name[3];
        name[1] = name[4];
        name[2] = (byte)'/';
        Span<byte> rest = name[(3 + Digest.HexLength)..];
        if (IsExecutable) ".x\0"u8.CopyTo(rest);
        else rest[0] = 0;
    }

    /// <summary>The object that a file of that name stands for; its size is not part of the name and stays 0.</summary>
    internal static bool TryParse(ReadOnlySpan<char> name, out ObjectEntry entry)
    {
        bool executable = name.EndsWith(".x", StringComparison.Ordinal);
        bool isOne = Digest.TryParse(executable ? name[..^2] : name, out Digest digest);
        entry = new ObjectEntry(digest, 0, executable ? 1 : 0);
        return isOne;
    }

    /// <summary>The name for people.</summary>
    public override string ToString() => IsExecutable ? $"{Digest}.x" : Digest.ToString();
}
