using System.Runtime.Versioning;
using Holotree.Relocation;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>Two real files, one of which is relocated into the other.</summary>
[SupportedOSPlatform("linux")]
internal sealed class RelocatedFile
{
    readonly SafeFileHandle source, target;

    internal RelocatedFile(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        source = File.OpenHandle(path + ".source", FileMode.Create, FileAccess.ReadWrite);
        target = File.OpenHandle(path + ".target", FileMode.Create, FileAccess.ReadWrite);
    }

    /// <summary>Writes the file anew.</summary>
    internal (Errno Error, byte[] Made) Rewrite(Relocator relocator, RelocationKind kind, byte[] content, long[] places, int sourcePlaces)
    {
        Fill(content, []);
        Errno error = relocator.Rewrite(kind, Number(source), Number(target), content.Length, places, sourcePlaces, out long written);
        byte[] made = Bytes(target);
        Assert.True(error != Errno.None || written == made.Length, "The length that was told is another one.");
        AssertSourceIs(content);
        return (error, made);
    }

    /// <summary>Patches a copy of the file.</summary>
    internal (Errno Error, byte[] Made) Patch(Relocator relocator, RelocationKind kind, byte[] content, long[] places)
    {
        Fill(content, content);
        Errno error = relocator.Patch(kind, Number(source), Number(target), content.Length, places);
        AssertSourceIs(content);
        return (error, Bytes(target));
    }

    void AssertSourceIs(byte[] content) => Assert.True(Bytes(source).AsSpan().SequenceEqual(content), "The source was written to.");

    void Fill(byte[] content, byte[] copy)
    {
        RandomAccess.SetLength(source, content.Length);
        RandomAccess.Write(source, content, 0);
        RandomAccess.SetLength(target, 0);
        RandomAccess.Write(target, copy, 0);
    }

    static byte[] Bytes(SafeFileHandle file)
    {
        var bytes = new byte[RandomAccess.GetLength(file)];
        RandomAccess.Read(file, bytes, 0);
        return bytes;
    }

    static int Number(SafeFileHandle file) => (int)file.DangerousGetHandle();
}
