using Reflinks.Files;
using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>
/// Reads the small files of a home as a whole. Whoever may write there may have put anything under their names: a FIFO is not waited
/// for, a device not read, and nothing is taken into memory that is longer than a file of its kind can be.
/// </summary>
/// <remarks>No lock is taken, as the framework's own streams do: by flock(2) it would be in the way of those that mean something.</remarks>
public static class StoredFile
{
    /// <summary>The bytes of a file; null where there is none.</summary>
    /// <param name="path">The file; a link is followed.</param>
    /// <param name="longest">What is longer, in bytes, is refused unread.</param>
    /// <exception cref="IOException">It is no regular file (EINVAL), too long (EFBIG), or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static byte[]? Read(string path, long longest)
    {
        int descriptor = Open(path, longest, out long length);
        if (descriptor < 0) return null;
        try
        {
            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            int read = Fill(descriptor, bytes, path);
            return read == bytes.Length ? bytes : bytes[..read];
        }
        finally
        {
            _ = Kernel.close(descriptor);
        }
    }

    /// <summary>Whether it was refused for what it is: a FIFO, a device, or far longer than a file of its kind can be.</summary>
    internal static bool IsRefusal(IOException failure) => NativeErrors.Of(failure) is Errno.EINVAL or Errno.EFBIG;

    /// <summary>Opens a file to be read; -1 where there is none. Refuses what <see cref="Read"/> refuses.</summary>
    internal static int Open(string path, long longest, out long length)
    {
        length = 0;
        int descriptor = NativeFile.Open(path, Kernel.O_RDONLY | Kernel.O_NONBLOCK, 0, out Errno error);
        if (descriptor < 0) return error is Errno.ENOENT or Errno.ENOTDIR ? -1 : throw NativeErrors.Failure(error, "read", path);
        error = NativeFile.Stat(descriptor, out Kernel.Statx stat);
        if (error == Errno.None && !NativeFile.IsRegular(stat)) error = Errno.EINVAL;
        if (error == Errno.None && stat.stx_size > (ulong)longest) error = Errno.EFBIG;
        length = (long)stat.stx_size;
        if (error == Errno.None) return descriptor;
        _ = Kernel.close(descriptor);
        throw NativeErrors.Failure(error, "read", path);
    }

    /// <summary>Fills a buffer from an offset of an open file on. Returns how much of it there was.</summary>
    internal static int Fill(int descriptor, Span<byte> bytes, string path, long offset = 0)
    {
        int done = 0;
        while (done < bytes.Length)
        {
            Errno error = NativeFile.Read(descriptor, bytes[done..], offset + done, out int read);
            if (error != Errno.None) throw NativeErrors.Failure(error, "read", path);
            if (read == 0) break;
            done += read;
        }
        return done;
    }
}
