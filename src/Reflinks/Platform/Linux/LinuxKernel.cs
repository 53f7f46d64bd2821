using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Reflinks.Volumes;

namespace Reflinks.Platform.Linux;

/// <summary>What <see cref="Kernel"/> asks of Linux that is more than one call, or that only Linux tells.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class LinuxKernel
{
    /// <summary>Makes the whole of <paramref name="target"/> share the blocks of <paramref name="source"/>. A longer target keeps its tail.</summary>
    internal static Errno Clone(int source, int target)
    {
        Errno error = Share(source, target, Interop.FICLONE, source);
        if (error is not (Errno.EOPNOTSUPP or Errno.ENOTTY) || IsWellKnown(target)) return error;

        // ZFS has been seen to take the call for a range only (autobrr/qui 1221). A length of 0 means up to the end.
        return CloneRange(source, 0, target, 0, 0) == Errno.None ? Errno.None : error;
    }

    /// <summary>Shares one range. To callers <paramref name="length"/> is never 0, which the kernel takes for "to the end".</summary>
    internal static Errno CloneRange(int source, long sourceOffset, int target, long targetOffset, long length)
    {
        var range = new Interop.FileCloneRange
        {
            src_fd = source,
            src_offset = (ulong)sourceOffset,
            src_length = (ulong)length,
            dest_offset = (ulong)targetOffset,
        };
        return Share(source, target, Interop.FICLONERANGE, (nint)(&range));
    }

    static Errno Share(int source, int target, nuint request, nint argument)
    {
        bool flushed = false;
        while (Interop.ioctl(target, request, argument) != 0)
        {
            Errno error = NativeErrors.Last;
            if (error == Errno.EINTR) continue;
            if (flushed || error is not (Errno.EAGAIN or Errno.EBUSY)) return error;

            // ZFS cannot clone what is not yet on disk and says "again"; after an fsync it can (openzfs issue 15050).
            flushed = true;
            if (Interop.fsync(source) != 0) return error;
        }
        return Errno.None;
    }

    /// <summary>Shares one range of files that hold the same bytes there. <paramref name="shared"/> is 0 where they do not.</summary>
    internal static Errno Deduplicate(int source, long sourceOffset, int target, long targetOffset, long length, out long shared)
    {
        var request = new Interop.FileDedupeRange
        {
            src_offset = (ulong)sourceOffset,
            src_length = (ulong)length,
            dest_count = 1,
            dest_fd = target,
            dest_offset = (ulong)targetOffset,
        };
        shared = 0;
        while (Interop.ioctl(source, Interop.FIDEDUPERANGE, &request) != 0)
        {
            Errno error = NativeErrors.Last;
            if (error != Errno.EINTR) return error;
        }
        if (request.status < 0) return (Errno)(-request.status);
        if (request.status != Interop.FILE_DEDUPE_RANGE_DIFFERS) shared = (long)request.bytes_deduped;
        return Errno.None;
    }

    /// <summary>The path behind a descriptor; null where the system does not tell it, as of one longer than PATH_MAX.</summary>
    internal static string? PathBehind(int descriptor)
    {
        const int room = 4096;
        byte* bytes = stackalloc byte[room];
        nint length;
        fixed (byte* name = NativeFile.Terminated($"/proc/self/fd/{descriptor}")) length = Interop.readlinkat(Kernel.AT_FDCWD, name, bytes, room);
        return length is > 0 and < room ? Encoding.UTF8.GetString(bytes, (int)length) : null;
    }

    /// <summary>Bits that a creating call leaves out: the umask of this process, read without changing it.</summary>
    /// <remarks>proc_pid_status(5), field Umask since Linux 4.7. Where it cannot be read, every bit counts as cut.</remarks>
    internal static int Umask()
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/self/status"))
            {
                if (line.StartsWith("Umask:", StringComparison.Ordinal)) return Convert.ToInt32(line[6..].Trim(), 8);
            }
        }
        catch (IOException)
        {
            // No /proc here: the mode is then set again on every file.
        }
        return 0x1FF;
    }

    /// <summary>Sets the mode of a name in a directory: of a file or directory. A link is not followed but refused (ELOOP).</summary>
    /// <remarks>
    /// fchmodat(2) follows links, so that who puts one in the way would choose whose mode is set. The inode is held by a descriptor that
    /// stands for the name alone, and reached by it (proc_pid_fd(5)); fchmodat2(2) is there since Linux 6.6 only.
    /// </remarks>
    internal static Errno SetModeAt(int directory, byte* name, int mode)
    {
        int place = NativeFile.OpenAt(directory, name, Kernel.O_PATH | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (place < 0) return error;
        error = NativeFile.Stat(place, out Kernel.Statx stat);
        if (error == Errno.None && (stat.stx_mode & Kernel.S_IFMT) == Kernel.S_IFLNK) error = Errno.ELOOP;
        if (error == Errno.None)
        {
            fixed (byte* path = NativeFile.Terminated($"/proc/self/fd/{place}"))
                error = Interop.fchmodat(Kernel.AT_FDCWD, path, (uint)mode, 0) == 0 ? Errno.None : NativeErrors.Last;
        }
        _ = Interop.close(place);
        return error;
    }

    /// <summary>
    /// The names of the attributes of a symbolic link. Only root can give it any (trusted.*, security.*), and no call takes a
    /// directory and a name before Linux 6.13, so they are found by way of /proc; none where that cannot be.
    /// </summary>
    internal static IReadOnlyList<string> AttributesOfLink(int directory, ReadOnlySpan<byte> name)
    {
        byte* list = stackalloc byte[1024];
        nint length;
        fixed (byte* path = (byte[])[.. Encoding.ASCII.GetBytes($"/proc/thread-self/fd/{directory}/"), .. name, 0])
            length = Interop.llistxattr(path, list, 1024);
        if (length <= 0) return length < 0 && NativeErrors.Last == Errno.ERANGE ? ["extended attributes"] : [];

        // Labels are given to every file by the rules of the place where it is made.
        return [.. Encoding.UTF8.GetString(list, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(static found => found != "security.selinux")];
    }

    /// <summary>The name of the filesystem that a path is on, by its magic number: a label, and no statement of what it can do.</summary>
    internal static Errno FileSystemOf(string path, out string name)
    {
        fixed (byte* bytes = NativeFile.Terminated(path))
        {
            Interop.StatfsPrefix result;
            bool known = Interop.statfs(bytes, &result) == 0;
            name = known ? FileSystemKind.NameOf(unchecked((uint)result.f_type)) : string.Empty;
            return known ? Errno.None : NativeErrors.Last;
        }
    }

    static string FileSystemOf(int descriptor)
    {
        Interop.StatfsPrefix result;
        return Interop.fstatfs(descriptor, &result) == 0 ? FileSystemKind.NameOf(unchecked((uint)result.f_type)) : string.Empty;
    }

    /// <summary>Whether an open file is on one of the filesystems that the tests run on, and not on one that only looks through to another.</summary>
    static bool IsWellKnown(int descriptor) => FileSystemOf(descriptor) is "btrfs" or "xfs" or "ext4" or "tmpfs";

    /// <summary>Whether what SEEK_HOLE and SEEK_DATA say of an open file is taken for true.</summary>
    /// <remarks>
    /// ZFS has called a hole what was not yet written out (openzfs issues 11900 and 15526); FUSE, network filesystems and overlayfs pass on
    /// what somebody else says.
    /// </remarks>
    internal static bool TellsHoles(int descriptor) => IsWellKnown(descriptor);

    /// <summary>
    /// Whether a clone in an open folder needs no look to know how it came out: it has the length that was asked for, or the call fails; its times are
    /// those that were set; and whatever happens to it later, a rename among it, gives it a ctime by the clock of this machine.
    /// </summary>
    /// <remarks>
    /// The length is compared above the filesystem, where one was asked for (ioctl_file_clone, fs/ioctl.c); ZFS has said of the whole of it what was not so
    /// (openzfs issue 15728), overlayfs and network filesystems pass on what somebody else says. The tests hold these two to it.
    /// </remarks>
    internal static bool AnswersForClones(int directory) => FileSystemOf(directory) is "btrfs" or "xfs";

    /// <summary>Takes the room that an empty file is going to need; its length stays 0.</summary>
    /// <returns>ENOSPC, EDQUOT or EFBIG where there is not enough, else none, whether room was taken or not.</returns>
    /// <remarks>
    /// Not where files may be compressed, on btrfs, ZFS, bcachefs and f2fs: there they may fit where their length does not, and btrfs does not
    /// compress what lies in room that was taken before (btrfs(5)). Not on tmpfs, where the room is the pages themselves: they would be gone through twice.
    /// </remarks>
    internal static Errno Reserve(int descriptor, long length)
    {
        if (FileSystemOf(descriptor) is not ("ext4" or "xfs")) return Errno.None;
        while (Interop.fallocate(descriptor, Interop.FALLOC_FL_KEEP_SIZE, 0, length) != 0)
        {
            Errno error = NativeErrors.Last;
            if (error == Errno.EINTR) continue;
            if (error is not (Errno.ENOSPC or Errno.EDQUOT or Errno.EFBIG)) return Errno.None;

            // What it got before it found no more is given back.
            _ = NativeFile.Truncate(descriptor, 0);
            return error;
        }
        return Errno.None;
    }

    /// <summary>Where the filesystem of a path is mounted; empty where that is not told.</summary>
    /// <remarks>Field 5 of the line of proc_pid_mountinfo(5) that has the mount's id, its octal escapes resolved.</remarks>
    internal static string MountPointOf(string path)
    {
        fixed (byte* name = NativeFile.Terminated(path))
        {
            if (NativeFile.StatAt(Kernel.AT_FDCWD, name, 0, out Kernel.Statx stat) != Errno.None || !File.Exists("/proc/self/mountinfo")) return string.Empty;
            string id = stat.stx_mnt_id.ToString(CultureInfo.InvariantCulture);
            foreach (string line in File.ReadLines("/proc/self/mountinfo"))
            {
                string[] fields = line.Split(' ', 6);
                if (fields.Length == 6 && fields[0] == id)
                    return fields[4].Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal)
                        .Replace("\\012", "\n", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);
            }
            return string.Empty;
        }
    }
}
