using System.Runtime.InteropServices;

namespace Holotree.Library;

/// <summary>
/// The bytes of a whole file, for a moment. They are given back when they are disposed and not when the garbage collector comes
/// by: the catalog of a million files has 150 MB, and it is needed in memory beside what it is written from for as long as that takes.
/// </summary>
/// <param name="length">How many; they are zero at first.</param>
internal sealed unsafe class NativeBytes(int length) : IDisposable
{
    void* bytes = NativeMemory.AllocZeroed((nuint)length);

    internal Span<byte> Span => bytes is null ? throw new ObjectDisposedException(nameof(NativeBytes)) : new Span<byte>(bytes, length);

    public void Dispose()
    {
        NativeMemory.Free(bytes);
        bytes = null;
        GC.SuppressFinalize(this);
    }

    ~NativeBytes() => NativeMemory.Free(bytes);
}
