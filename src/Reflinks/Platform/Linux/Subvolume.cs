using System.Runtime.Versioning;
using System.Text;

namespace Reflinks.Platform.Linux;

/// <summary>Subvolumes of btrfs: directories that are the root of a tree of their own, which can be snapshotted and destroyed as a whole.</summary>
/// <remarks>
/// Who may do what, by fs/btrfs/ioctl.c and trial: anybody who may write to a folder makes a subvolume there; snapshots and flags
/// are for the subvolume's owner; to destroy one needs CAP_SYS_ADMIN or the mount option <c>user_subvol_rm_allowed</c>, but an
/// empty one goes by rmdir(2) like any folder (since Linux 4.18). On other systems there are none: ENOSYS.
/// </remarks>
internal static unsafe class Subvolume
{
    /// <summary>The inode of the root of every subvolume (BTRFS_FIRST_FREE_OBJECTID, linux/btrfs_tree.h).</summary>
    internal const ulong RootInode = 256;

    const uint BtrfsMagic = 0x9123_683E;        // linux/magic.h

    /// <summary>Whether a folder lies on btrfs: a hint that snapshots are worth a trial, nothing more.</summary>
    internal static bool IsOnBtrfs(string folder)
    {
        if (!OperatingSystem.IsLinux()) return false;
        fixed (byte* name = NativeFile.Terminated(folder))
        {
            Interop.StatfsPrefix result;
            return Interop.statfs(name, &result) == 0 && unchecked((uint)result.f_type) == BtrfsMagic;
        }
    }

    /// <summary>Makes an empty subvolume.</summary>
    /// <param name="path">Where; nothing may stand there.</param>
    internal static Errno Create(string path)
    {
        if (!OperatingSystem.IsLinux()) return Errno.ENOSYS;
        int parent = OpenParent(path, out string name, out Errno error);
        if (parent < 0) return error;
        Interop.BtrfsIoctlVolArgs arguments = default;
        error = TryPut(name, new Span<byte>(arguments.name, Interop.BTRFS_PATH_NAME_MAX))
            ? Call(parent, Interop.BTRFS_IOC_SUBVOL_CREATE, &arguments) : Errno.ENAMETOOLONG;
        _ = Kernel.close(parent);
        return error;
    }

    /// <summary>Makes a writable snapshot of a subvolume.</summary>
    /// <param name="source">The subvolume.</param>
    /// <param name="path">Where; nothing may stand there.</param>
    internal static Errno Snapshot(string source, string path)
    {
        if (!OperatingSystem.IsLinux()) return Errno.ENOSYS;
        int from = NativeFile.Open(source, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (from < 0) return error;
        int parent = OpenParent(path, out string name, out error);
        if (parent >= 0)
        {
            Interop.BtrfsIoctlVolArgsV2 arguments = default;
            arguments.fd = from;
            error = TryPut(name, new Span<byte>(arguments.name, Interop.BTRFS_SUBVOL_NAME_MAX))
                ? Call(parent, Interop.BTRFS_IOC_SNAP_CREATE_V2, &arguments) : Errno.ENAMETOOLONG;
            _ = Kernel.close(parent);
        }
        _ = Kernel.close(from);
        return error;
    }

    /// <summary>Destroys a subvolume with everything in it. Its blocks are given back by the filesystem later.</summary>
    /// <param name="path">The subvolume, read-only or not.</param>
    /// <returns>Whether it was one, and is gone.</returns>
    internal static bool TryDestroy(string path) => TryDestroy(path, out _);

    /// <summary>The same.</summary>
    /// <param name="path">The subvolume, read-only or not.</param>
    /// <param name="error">Why it stands still; none where it is no subvolume.</param>
    internal static bool TryDestroy(string path, out Errno error)
    {
        error = Errno.None;
        if (!OperatingSystem.IsLinux()) return false;
        fixed (byte* entry = NativeFile.Terminated(path))
        {
            if (NativeFile.StatAt(Kernel.AT_FDCWD, entry, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat) != Errno.None || !IsRoot(stat)) return false;
        }
        int parent = OpenParent(path, out string name, out error);
        if (parent < 0) return false;
        error = Destroy(parent, name);

        // Who may destroy his own may do so only while it is writable (btrfs_ioctl_snap_destroy asks for write permission).
        if (error is Errno.EROFS or Errno.EACCES && SetReadOnly(path, readOnly: false) == Errno.None) error = Destroy(parent, name);
        _ = Kernel.close(parent);
        return error == Errno.None;
    }

    [SupportedOSPlatform("linux")]
    static Errno Destroy(int parent, string name)
    {
        Interop.BtrfsIoctlVolArgs arguments = default;
        return TryPut(name, new Span<byte>(arguments.name, Interop.BTRFS_PATH_NAME_MAX))
            ? Call(parent, Interop.BTRFS_IOC_SNAP_DESTROY, &arguments) : Errno.ENAMETOOLONG;
    }

    /// <summary>Makes a subvolume read-only, or writable again.</summary>
    internal static Errno SetReadOnly(string path, bool readOnly)
    {
        int descriptor = NativeFile.Open(path, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (descriptor < 0) return error;
        error = SetReadOnly(descriptor, readOnly);
        _ = Kernel.close(descriptor);
        return error;
    }

    /// <summary>The same for an open one.</summary>
    internal static Errno SetReadOnly(int descriptor, bool readOnly)
    {
        if (!OperatingSystem.IsLinux()) return Errno.ENOSYS;
        ulong flags = 0;
        Errno error = Call(descriptor, Interop.BTRFS_IOC_SUBVOL_GETFLAGS, &flags);
        ulong wanted = readOnly ? flags | Interop.BTRFS_SUBVOL_RDONLY : flags & ~Interop.BTRFS_SUBVOL_RDONLY;
        return error != Errno.None || wanted == flags ? error : Call(descriptor, Interop.BTRFS_IOC_SUBVOL_SETFLAGS, &wanted);
    }

    /// <summary>What the filesystem knows of a subvolume; null where the path is none, or may not be opened by this user.</summary>
    /// <exception cref="IOException">The system failed: that does not say that there is none.</exception>
    internal static SubvolumeIdentity? IdentityOf(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        int descriptor = NativeFile.Open(path, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (descriptor < 0) return IsOutOfOrder(error) ? throw NativeErrors.Failure(error, "open", path) : null;
        SubvolumeIdentity? found = null;
        error = NativeFile.Stat(descriptor, out Kernel.Statx stat);
        if (error == Errno.None && IsRoot(stat))
        {
            Interop.BtrfsIoctlGetSubvolInfoArgs info = default;
            error = Call(descriptor, Interop.BTRFS_IOC_GET_SUBVOL_INFO, &info);
            if (error == Errno.None)
            {
                found = new SubvolumeIdentity(
                    Convert.ToHexStringLower(new ReadOnlySpan<byte>(info.uuid, Interop.BTRFS_UUID_SIZE)), info.ctransid,
                    (info.flags & Interop.BTRFS_ROOT_SUBVOL_RDONLY) != 0, stat.stx_uid);
            }
        }
        _ = Kernel.close(descriptor);
        return IsOutOfOrder(error) ? throw NativeErrors.Failure(error, "examine", path) : found;
    }

    /// <summary>Whether an error says nothing about what was asked, but that it cannot be told now.</summary>
    static bool IsOutOfOrder(Errno error) => error == Errno.ENOSPC || NativeErrors.IsOutage(error);

    /// <summary>Whether the filesystem of a folder keeps account of what each subvolume holds (fs/btrfs/sysfs.c: FSID/qgroups is there while it does).</summary>
    internal static bool HasQuotaGroups(string folder)
    {
        if (!OperatingSystem.IsLinux()) return false;
        int descriptor = NativeFile.Open(folder, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY, 0, out _);
        if (descriptor < 0) return false;
        Interop.BtrfsIoctlFsInfoArgs info = default;
        Errno error = Call(descriptor, Interop.BTRFS_IOC_FS_INFO, &info);
        _ = Kernel.close(descriptor);
        return error == Errno.None
            && Directory.Exists($"/sys/fs/btrfs/{new Guid(new ReadOnlySpan<byte>(info.fsid, Interop.BTRFS_FSID_SIZE), bigEndian: true)}/qgroups");
    }

    /// <summary>Whether a directory may be the root of a subvolume. Directories of other filesystems can have the same inode.</summary>
    internal static bool IsRoot(in Kernel.Statx stat) => OperatingSystem.IsLinux() && stat.stx_ino == RootInode && NativeFile.IsDirectory(stat);

    static int OpenParent(string path, out string name, out Errno error)
    {
        name = Path.GetFileName(path);
        string parent = path[..^name.Length];
        return NativeFile.Open(parent.Length == 0 ? "." : parent, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY, 0, out error);
    }

    /// <summary>Writes a name with a NUL behind it, if there is room for both.</summary>
    static bool TryPut(string name, Span<byte> room) => Encoding.UTF8.TryGetBytes(name, room[..^1], out _);

    [SupportedOSPlatform("linux")]
    static Errno Call(int descriptor, uint request, void* argument)
    {
        while (Interop.ioctl(descriptor, request, argument) != 0)
        {
            Errno error = NativeErrors.Last;
            if (error != Errno.EINTR) return error;
        }
        return Errno.None;
    }
}
