using System.Text;
using System.Text.Unicode;
using Reflinks.Platform.Linux;

namespace Reflinks.Platform;

/// <summary>Calls on one descriptor: repeated when a signal interrupts them, their errno returned as a value.</summary>
internal static unsafe class NativeFile
{
    /// <summary>copy_file_range(2) moves at most this many bytes a call (MAX_RW_COUNT, linux/fs.h).</summary>
    const long MaxBytesPerCall = 0x7FFF_F000;

    /// <summary>On older ones copy_file_range(2) has left empty files and said that it had copied them (golang issue 42400, CIFS), and failed with EIO.</summary>
    static readonly bool kernelCopies = !OperatingSystem.IsLinux() || OperatingSystem.IsOSPlatformVersionAtLeast("Linux", 5, 3);

    internal const int FreshNameLength = 16;

    /// <summary>Sixteen random digits for a name that nothing has yet. From the system's generator, without loading a cryptographic library for it.</summary>
    internal static string FreshName() => Guid.NewGuid().ToString("n")[^FreshNameLength..];

    /// <summary>A path as the system calls take it: UTF-8 with a closing NUL.</summary>
    internal static byte[] Terminated(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("A path cannot contain NUL.", nameof(path));
        var bytes = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, bytes);
        return bytes;
    }

    /// <summary>Opens a path given by a caller. Returns a descriptor, or -1 with <paramref name="error"/> set.</summary>
    internal static int Open(string path, int flags, uint mode, out Errno error)
    {
        fixed (byte* name = Terminated(path)) return OpenAt(Kernel.AT_FDCWD, name, flags, mode, out error);
    }

    internal static int OpenAt(int directory, byte* name, int flags, uint mode, out Errno error)
    {
        while (true)
        {
            int descriptor = Kernel.openat(directory, name, flags | Kernel.O_CLOEXEC, mode);
            if (descriptor >= 0)
            {
                error = Errno.None;
                return descriptor;
            }
            error = NativeErrors.Last;
            if (error != Errno.EINTR) return -1;
        }
    }

    /// <summary>Makes a file that lives in memory and has no name. Returns a descriptor, or -1 with <paramref name="error"/> set.</summary>
    internal static int OpenInMemory(out Errno error)
    {
        fixed (byte* name = "scratch\0"u8)
        {
            int descriptor = Kernel.memfd_create(name, Kernel.MFD_CLOEXEC);
            error = descriptor < 0 ? NativeErrors.Last : Errno.None;
            return descriptor;
        }
    }

    /// <summary>Metadata of an open file.</summary>
    internal static Errno Stat(int descriptor, out Kernel.Statx stat)
    {
        byte empty = 0;
        return StatAt(descriptor, &empty, Kernel.AT_EMPTY_PATH, out stat);
    }

    /// <summary>Metadata of a name in a directory; with <see cref="Kernel.AT_SYMLINK_NOFOLLOW"/> of a link itself.</summary>
    internal static Errno StatAt(int directory, byte* name, int flags, out Kernel.Statx stat)
    {
        fixed (Kernel.Statx* result = &stat)
            return Kernel.statx(directory, name, flags, Kernel.STATX_BASIC_STATS | Kernel.STATX_MNT_ID, result) == 0
                ? Errno.None : NativeErrors.Last;
    }

    /// <summary>Whether there is anything of this name: a link counts whether it leads somewhere or not.</summary>
    internal static bool Exists(string path)
    {
        fixed (byte* name = Terminated(path)) return StatAt(Kernel.AT_FDCWD, name, Kernel.AT_SYMLINK_NOFOLLOW, out _) == Errno.None;
    }

    /// <summary>Whether there is a folder at a path, or a link to one.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    /// <remarks>The framework's own question takes every failure for a no.</remarks>
    internal static bool IsFolder(string path) => IsThere(path, out Kernel.Statx stat) && IsDirectory(stat);

    /// <summary>Whether there is something at a path that is no folder, or a link to that.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    internal static bool IsFile(string path) => IsThere(path, out Kernel.Statx stat) && !IsDirectory(stat);

    /// <summary>Whether there is something at a path, or a link to it, that this user may look at.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    internal static bool IsThere(string path, out Kernel.Statx stat)
    {
        Errno error;
        fixed (byte* name = Terminated(path)) error = StatAt(Kernel.AT_FDCWD, name, 0, out stat);
        return error switch
        {
            Errno.None => true,
            Errno.ENOENT or Errno.ENOTDIR or Errno.EACCES or Errno.ELOOP or Errno.ENAMETOOLONG => false,
            _ => throw NativeErrors.Failure(error, "examine", path),
        };
    }

    /// <summary>Deletes a file, if there is one.</summary>
    /// <exception cref="IOException">It is there still, as it could not be deleted.</exception>
    /// <remarks>The framework looks by further calls whether a folder is missing, and tells what has become of those.</remarks>
    internal static void Delete(string path)
    {
        Errno error;
        fixed (byte* name = Terminated(path)) error = Kernel.unlinkat(Kernel.AT_FDCWD, name, 0) == 0 ? Errno.None : NativeErrors.Last;

        // A filesystem that is read-only says so before it looks for the name.
        if (error is Errno.None or Errno.ENOENT or Errno.ENOTDIR || (error == Errno.EROFS && IsMissing(path))) return;
        throw NativeErrors.Failure(error, "delete", path);
    }

    /// <summary>Whether it is certain that there is nothing at a path: false where it cannot be looked at.</summary>
    internal static bool IsMissing(string path)
    {
        fixed (byte* name = Terminated(path)) return StatAt(Kernel.AT_FDCWD, name, 0, out _) == Errno.ENOENT;
    }

    /// <summary>Where a symbolic link points. EINVAL for anything else, ENOENT for nothing at all.</summary>
    internal static Errno ReadLink(string path, out string target)
    {
        const int room = 4096;      // PATH_MAX, linux/limits.h: no link is longer
        target = string.Empty;
        byte* bytes = stackalloc byte[room];
        nint length;
        fixed (byte* name = Terminated(path)) length = Kernel.readlinkat(Kernel.AT_FDCWD, name, bytes, room);
        if (length < 0) return NativeErrors.Last;

        // A name that is no UTF-8 has no string; another name than its own must not be made.
        var text = new ReadOnlySpan<byte>(bytes, (int)length);
        if (!Utf8.IsValid(text)) return Errno.EILSEQ;
        target = Encoding.UTF8.GetString(text);
        return Errno.None;
    }

    /// <summary>
    /// Copies in the kernel from <paramref name="offset"/> on, which moves along. Ends without error and short of the length where
    /// the call returns 0: at the end of the file, or for a virtual file that it cannot read (copy_file_range(2), BUGS).
    /// </summary>
    internal static Errno KernelCopy(int source, int target, ref long offset, ref long targetOffset, long length)
    {
        if (!kernelCopies) return Errno.ENOSYS;
        long end = offset + length;
        while (offset < end)
        {
            long from = offset, to = targetOffset;
            nint copied = Kernel.copy_file_range(source, &from, target, &to, (nuint)Math.Min(end - offset, MaxBytesPerCall), 0);
            if (copied < 0)
            {
                Errno error = NativeErrors.Last;
                if (error == Errno.EINTR) continue;
                return error;
            }
            if (copied == 0) return Errno.None;
            offset += copied;
            targetOffset += copied;
        }
        return Errno.None;
    }

    /// <summary>Reads up to a buffer from an offset; 0 bytes at the end of the file.</summary>
    internal static Errno Read(int descriptor, Span<byte> buffer, long offset, out int read)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                nint count = Kernel.pread(descriptor, start, (nuint)buffer.Length, offset);
                read = (int)Math.Max(count, 0);
                if (count >= 0) return Errno.None;
                Errno error = NativeErrors.Last;
                if (error != Errno.EINTR) return error;
            }
        }
    }

    /// <summary>Finds the next range of data at or after a position. The descriptor's own position moves.</summary>
    /// <returns>False where only a hole is left. Where the filesystem knows no holes all of the rest is data.</returns>
    internal static bool NextData(int descriptor, long position, long size, out long start, out long end)
    {
        (start, end) = (position, size);
        if (position >= size) return false;
        long data = Kernel.lseek(descriptor, position, Kernel.SEEK_DATA);
        if (data < 0) return NativeErrors.Last != Errno.ENXIO;
        if (data >= size) return false;
        start = data;
        long hole = Kernel.lseek(descriptor, data, Kernel.SEEK_HOLE);
        if (hole > data && hole < size) end = hole;
        return true;
    }

    /// <summary>Writes all of a buffer at an offset.</summary>
    internal static Errno Write(int descriptor, ReadOnlySpan<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            int done = 0;
            while (done < buffer.Length)
            {
                nint count = Kernel.pwrite(descriptor, start + done, (nuint)(buffer.Length - done), offset + done);
                if (count > 0)
                {
                    done += (int)count;
                    continue;
                }
                Errno error = count == 0 ? Errno.ENOSPC : NativeErrors.Last;
                if (error != Errno.EINTR) return error;
            }
        }
        return Errno.None;
    }

    internal static Errno Truncate(int descriptor, long length)
    {
        while (Kernel.ftruncate(descriptor, length) != 0)
        {
            Errno error = NativeErrors.Last;
            if (error != Errno.EINTR) return error;
        }
        return Errno.None;
    }

    internal static ulong Device(in Kernel.Statx stat) => ((ulong)stat.stx_dev_major << 32) | stat.stx_dev_minor;

    internal static bool IsRegular(in Kernel.Statx stat) => (stat.stx_mode & Kernel.S_IFMT) == Kernel.S_IFREG;

    internal static bool IsDirectory(in Kernel.Statx stat) => (stat.stx_mode & Kernel.S_IFMT) == Kernel.S_IFDIR;

    /// <summary>The path behind a descriptor, for messages.</summary>
    internal static string NameOf(int descriptor) => Kernel.PathBehind(descriptor) ?? $"descriptor {descriptor}";
}
