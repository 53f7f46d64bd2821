using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;

namespace Reflinks.Tests.Staging;

/// <summary>Handles as the framework would not open them: folders, FIFOs, appending.</summary>
[SupportedOSPlatform("linux")]
internal static class Handles
{
    internal static SafeFileHandle Open(string path, int flags)
    {
        int descriptor = NativeFile.Open(path, flags, 0x1B6, out Errno error);
        if (descriptor < 0) throw NativeErrors.Failure(error, "open", path);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    internal static SafeFileHandle Read(string path) => Open(path, Kernel.O_RDONLY);

    internal static SafeFileHandle Write(string path) => Open(path, Kernel.O_WRONLY | Kernel.O_CREAT);

    internal static SafeFileHandle ReadWrite(string path) => Open(path, Kernel.O_RDWR | Kernel.O_CREAT);

    /// <summary>Overwrites bytes in place and has them written out.</summary>
    internal static void WriteAt(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, bytes, offset);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>Makes a file of a length with pieces of data in it and holes between.</summary>
    internal static string WriteSparse(string path, long length, params (long Offset, byte[] Bytes)[] pieces)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.SetLength(file, length);
        foreach ((long offset, byte[] bytes) in pieces) RandomAccess.Write(file, bytes, offset);
        RandomAccess.FlushToDisk(file);
        return path;
    }

    /// <summary>Gives a file a further name.</summary>
    internal static unsafe void Link(string existing, string further)
    {
        int result;
        fixed (byte* from = NativeFile.Terminated(existing), to = NativeFile.Terminated(further))
            result = Kernel.linkat(Kernel.AT_FDCWD, from, Kernel.AT_FDCWD, to, 0);
        if (result != 0) throw NativeErrors.Failure(NativeErrors.Last, "link", further);
    }

    internal static Kernel.Statx Stat(string path)
    {
        using SafeFileHandle file = Open(path, Kernel.O_PATH | OpenFlags.O_NOFOLLOW);
        Errno error = NativeFile.Stat((int)file.DangerousGetHandle(), out Kernel.Statx stat);
        return error == Errno.None ? stat : throw NativeErrors.Failure(error, "examine", path);
    }

    /// <summary>How many bytes a file takes up on its disk.</summary>
    internal static long BytesAllocated(string path) => (long)Stat(path).stx_blocks * 512;
}
