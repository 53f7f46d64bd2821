using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform.Linux;

namespace Reflinks.Tests.Staging;

/// <summary>Handles as the framework would not open them: folders, FIFOs, appending.</summary>
[SupportedOSPlatform("linux")]
internal static class Handles
{
    internal static SafeFileHandle Open(string path, int flags)
    {
        int descriptor = LinuxFile.Open(path, flags, 0x1B6, out Errno error);
        if (descriptor < 0) throw LinuxErrors.Failure(error, "open", path);
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    internal static SafeFileHandle Read(string path) => Open(path, Interop.O_RDONLY);

    internal static SafeFileHandle Write(string path) => Open(path, Interop.O_WRONLY | Interop.O_CREAT);

    internal static SafeFileHandle ReadWrite(string path) => Open(path, Interop.O_RDWR | Interop.O_CREAT);

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
        fixed (byte* from = LinuxFile.Terminated(existing), to = LinuxFile.Terminated(further))
            result = Interop.linkat(Interop.AT_FDCWD, from, Interop.AT_FDCWD, to, 0);
        if (result != 0) throw LinuxErrors.Failure(LinuxErrors.Last, "link", further);
    }

    internal static Interop.Statx Stat(string path)
    {
        using SafeFileHandle file = Open(path, Interop.O_PATH | OpenFlags.O_NOFOLLOW);
        Errno error = LinuxFile.Stat((int)file.DangerousGetHandle(), out Interop.Statx stat);
        return error == Errno.None ? stat : throw LinuxErrors.Failure(error, "examine", path);
    }

    /// <summary>How many bytes a file takes up on its disk.</summary>
    internal static long BytesAllocated(string path) => (long)Stat(path).stx_blocks * 512;
}
