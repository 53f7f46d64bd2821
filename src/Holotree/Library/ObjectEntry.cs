using System.Runtime.InteropServices;

namespace Holotree.Library;

/// <summary>One object: the content of files, under its digest. What is executable is an object of its own.</summary>
/// <remarks>Blittable, little-endian, 44 bytes: a catalog holds these records as they are (docs/format.md).</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct ObjectEntry(Digest Digest, long Size, ObjectTraits Traits)
{
    /// <summary>The folders of the two ways to name objects, below the folder of all objects.</summary>
    internal const string Sha256 = "sha256", SparseSha256 = "sparse-sha256";

    /// <summary>Room for <see cref="WriteName"/>: the algorithm, two digits, the digest, <c>.x</c>, NUL, and two slashes.</summary>
    internal const int NameBytes = 13 + 1 + 2 + 1 + Digest.HexLength + 2 + 1;

    /// <summary>The number of folders that objects lie in: two digits below each algorithm.</summary>
    internal const int Folders = 2 * 256;

    /// <summary>Which of them this one lies in.</summary>
    internal int Folder => (IsSparse ? 256 : 0) + (byte)Digest.A;

    /// <summary>Where in its path the folder ends: a slash comes there, and then the name of the file.</summary>
    internal int FolderLength => Algorithm.Length + 3;

    internal bool IsExecutable => (Traits & ObjectTraits.Executable) != 0;

    internal bool IsSparse => (Traits & ObjectTraits.Sparse) != 0;

    /// <summary>The mode of a sealed object.</summary>
    internal int Mode => IsExecutable ? 0x16D : 0x124;       // 0555, 0444

    internal string Algorithm => IsSparse ? SparseSha256 : Sha256;

    /// <summary>Writes the object's path below the folder of all objects: <c>sha256/ab/ab12…</c>, <c>.x</c> behind it for an executable; with NUL.</summary>
    internal void WriteName(Span<byte> name)
    {
        ReadOnlySpan<byte> algorithm = IsSparse ? "sparse-sha256/"u8 : "sha256/"u8;
        algorithm.CopyTo(name);
        name = name[algorithm.Length..];
        Digest.WriteHex(name.Slice(3, Digest.HexLength));
        name[0] = name[3];
        name[1] = name[4];
        name[2] = (byte)'/';
        Span<byte> rest = name[(3 + Digest.HexLength)..];
        if (IsExecutable) ".x\0"u8.CopyTo(rest);
        else rest[0] = 0;
    }

    /// <summary>The object that a file of that name stands for; its size is not part of the name and stays 0.</summary>
    /// <param name="algorithm">The folder it lies in.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="entry">What was found.</param>
    internal static bool TryParse(string algorithm, ReadOnlySpan<char> name, out ObjectEntry entry)
    {
        bool executable = name.EndsWith(".x", StringComparison.Ordinal);
        bool isOne = Digest.TryParse(executable ? name[..^2] : name, out Digest digest);
        entry = new ObjectEntry(digest, 0, (executable ? ObjectTraits.Executable : 0) | (algorithm == SparseSha256 ? ObjectTraits.Sparse : 0));
        return isOne;
    }

    /// <summary>The name for people, which is that of the file.</summary>
    public override string ToString() => IsExecutable ? $"{Digest}.x" : Digest.ToString();
}
