using System.Runtime.CompilerServices;

namespace Holotree.Running;

/// <summary>A list of words as execve(2) takes them: pointers to texts that end with NUL, and a null at the end.</summary>
internal sealed unsafe class NativeWords
{
    readonly byte[] text;
    readonly nint[] pointers;

    internal NativeWords(IReadOnlyList<byte[]> words)
    {
        text = GC.AllocateArray<byte>(words.Sum(static word => word.Length + 1), pinned: true);
        pointers = GC.AllocateArray<nint>(words.Count + 1, pinned: true);
        int at = 0;
        for (int i = 0; i < words.Count; i++)
        {
            words[i].CopyTo(text, at);
            pointers[i] = (nint)Unsafe.AsPointer(ref text[at]);
            at += words[i].Length + 1;
        }
    }

    /// <summary>Valid as long as this object is.</summary>
    internal byte** Pointers => (byte**)Unsafe.AsPointer(ref pointers[0]);
}
