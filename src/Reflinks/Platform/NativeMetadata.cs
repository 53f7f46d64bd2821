using System.Runtime.InteropServices;
using System.Text;
using Reflinks.Files;
using Reflinks.Platform.Linux;

namespace Reflinks.Platform;

/// <summary>Modes, times and extended attributes of open files. Order matters: attributes and ACLs, then the mode, then times.</summary>
internal static unsafe class NativeMetadata
{
    internal const string SetIdBits = "set-id bits";

    internal const int SetIdMask = 0xC00;                         // S_ISUID | S_ISGID

    /// <summary>What an owner needs to list a directory and to enter it, and what he needs to change it as well (inode(7)).</summary>
    internal const int OwnerReadAndSearch = 0x140, OwnerAll = 0x1C0;

    const int XattrListMax = 65_536, XattrSizeMax = 65_536;       // linux/limits.h

    /// <summary>Whether set-id bits may go from a source to a new file of this process: only to the same owner and group.</summary>
    internal static bool MayKeepSetId(in Kernel.Statx source) =>
        source.stx_uid == Kernel.geteuid() && source.stx_gid == Kernel.getegid();

    /// <summary>The permission bits a copy of <paramref name="source"/> shall have.</summary>
    internal static int ModeToKeep(in Kernel.Statx source, out bool lostSetId) =>
        ModeToKeep(source, (source.stx_mode & SetIdMask) == 0 || MayKeepSetId(source), out lostSetId);

    /// <summary>
    /// The permission bits the file <paramref name="made"/> shall have. Its group is not always this process's: a folder with
    /// the set-group-id bit gives its own (inode(7)).
    /// </summary>
    internal static int ModeToKeep(in Kernel.Statx source, in Kernel.Statx made, out bool lostSetId) =>
        ModeToKeep(source, source.stx_uid == made.stx_uid && source.stx_gid == made.stx_gid, out lostSetId);

    static int ModeToKeep(in Kernel.Statx source, bool sameOwner, out bool lostSetId)
    {
        int mode = source.stx_mode & 0xFFF;
        lostSetId = (mode & SetIdMask) != 0 && NativeFile.IsRegular(source) && !sameOwner;
        return lostSetId ? mode & ~SetIdMask : mode;
    }

    internal static Errno SetMode(int descriptor, int mode) =>
        Kernel.fchmod(descriptor, (uint)mode) == 0 ? Errno.None : NativeErrors.Last;

    /// <summary>Sets the modification time, and the access time where it is given; otherwise that is left as it is.</summary>
    internal static Errno SetTimes(int descriptor, long seconds, uint nanoseconds, Kernel.StatxTimestamp? access = null)
    {
        Kernel.Timespec* times = stackalloc Kernel.Timespec[2];
        times[0] = access is { } read
            ? new() { tv_sec = read.tv_sec, tv_nsec = read.tv_nsec } : new() { tv_nsec = Kernel.UTIME_OMIT };
        times[1] = new() { tv_sec = seconds, tv_nsec = nanoseconds };
        // Not utimensat with a null path: the kernel takes that for the descriptor itself, the GNU C library refuses it.
        return Kernel.futimens(descriptor, times) == 0 ? Errno.None : NativeErrors.Last;
    }

    /// <summary>The same for a name in a directory; of a link, not of what it points to.</summary>
    internal static Errno SetTimesAt(int directory, byte* name, long seconds, uint nanoseconds)
    {
        Kernel.Timespec* times = stackalloc Kernel.Timespec[2];
        times[0] = new() { tv_nsec = Kernel.UTIME_OMIT };
        times[1] = new() { tv_sec = seconds, tv_nsec = nanoseconds };
        return Kernel.utimensat(directory, name, times, Kernel.AT_SYMLINK_NOFOLLOW) == 0 ? Errno.None : NativeErrors.Last;
    }

    /// <summary>Whether an attribute is the label of a security module: the system gives and needs it, whatever was recorded (xattr(7)).</summary>
    internal static bool IsSecurityLabel(ReadOnlySpan<byte> name) => name.StartsWith("security."u8);

    internal static bool IsAccessControlList(ReadOnlySpan<byte> name) => name.StartsWith("system.posix_acl_"u8) || name.SequenceEqual("macos.acl"u8) || name.SequenceEqual("windows.security"u8);

    /// <summary>XFS shows its ACLs to root a second time, in a form of its own (fs/xfs/xfs_xattr.c); elsewhere that would be an attribute like any other.</summary>
    static bool IsSecondView(ReadOnlySpan<byte> name) => name.StartsWith("trusted.SGI_ACL_"u8);

    /// <summary>Takes over the attributes that <paramref name="preserve"/> asks for. Returns whether there were any.</summary>
    /// <param name="lost">Receives the name and errno of each one that could not be set.</param>
    internal static bool CopyAttributes(int source, int target, Preserve preserve, Action<string, Errno> lost)
    {
        const Preserve wanted = Preserve.ExtendedAttributes | Preserve.AccessControlLists;
        if ((preserve & wanted) == 0) return false;

        bool any = false;
        foreach ((byte[] name, byte[] value) in Attributes(source, lost))
        {
            bool acl = IsAccessControlList(name);
            if ((preserve & (acl ? Preserve.AccessControlLists : Preserve.ExtendedAttributes)) == 0) continue;
            any = true;
            Errno error = SetAttribute(target, name, value);
            if (error != Errno.None) lost(Text(name), error);
        }
        return any;
    }

    /// <summary>All extended attributes of an open file, names without their NUL. Empty where the filesystem has none.</summary>
    internal static IReadOnlyList<(byte[] Name, byte[] Value)> Attributes(int descriptor, Action<string, Errno> lost)
    {
        byte* few = stackalloc byte[1024];
        nint length = Kernel.flistxattr(descriptor, few, 1024);
        if (length == 0) return [];
        if (length > 0) return ReadAttributes(descriptor, new ReadOnlySpan<byte>(few, (int)length), lost);

        Errno error = NativeErrors.Last;
        if (error is Errno.EOPNOTSUPP or Errno.ENOSYS) return [];
        if (error == Errno.ERANGE)
        {
            byte[] list = new byte[XattrListMax];
            fixed (byte* start = list) length = Kernel.flistxattr(descriptor, start, XattrListMax);
            if (length >= 0) return ReadAttributes(descriptor, list.AsSpan(0, (int)length), lost);
            error = NativeErrors.Last;
        }
        lost("extended attributes", error);
        return [];
    }

    static IReadOnlyList<(byte[] Name, byte[] Value)> ReadAttributes(int descriptor, ReadOnlySpan<byte> names, Action<string, Errno> lost)
    {
        var found = new List<(byte[] Name, byte[] Value)>();
        byte[] value = new byte[XattrSizeMax];
        for (; names.IndexOf((byte)0) is > 0 and int end; names = names[(end + 1)..])
        {
            if (IsSecondView(names)) continue;
            nint size;
            Errno error = Errno.None;
            fixed (byte* name = names, start = value)
            {
                size = Kernel.fgetxattr(descriptor, name, start, XattrSizeMax);
                if (size < 0) error = NativeErrors.Last;
            }
            if (size >= 0) found.Add((names[..end].ToArray(), value[..(int)size]));
            else if (error != Errno.ENODATA) lost(Text(names[..end]), error);
        }
        // ACLs last: they set the owner's permissions, and without those to write no attribute of the namespace user can be set.
        return [.. found.OrderBy(static attribute => IsAccessControlList(attribute.Name))];
    }

    internal static Errno SetAttribute(int descriptor, byte[] name, byte[] value)
    {
        byte[] terminated = [.. name, 0];
        fixed (byte* key = terminated, start = value)
            return Kernel.fsetxattr(descriptor, key, start, (nuint)value.Length, 0) == 0 ? Errno.None : NativeErrors.Last;
    }

    /// <summary>Takes all attributes from a file that can be taken from it, but the mark of what came from elsewhere: what is made of that came from there too.</summary>
    internal static void RemoveAttributes(int descriptor)
    {
        foreach ((byte[] name, _) in Attributes(descriptor, static (_, _) => { }))
        {
            if (!name.AsSpan().SequenceEqual("com.apple.quarantine"u8)) _ = RemoveAttribute(descriptor, name);
        }
    }

    internal static Errno RemoveAttribute(int descriptor, byte[] name)
    {
        byte[] terminated = [.. name, 0];
        fixed (byte* key = terminated)
        {
            Errno error = Kernel.fremovexattr(descriptor, key) == 0 ? Errno.None : NativeErrors.Last;
            return error == Errno.ENODATA ? Errno.None : error;
        }
    }

    /// <summary>Removes the default ACL that a new directory inherited, so that what is made in it gets just the modes it is given.</summary>
    internal static void DropDefaultAccessControlList(int directory)
    {
        fixed (byte* name = "system.posix_acl_default\0"u8) _ = Kernel.fremovexattr(directory, name);
    }

    /// <summary>Removes the ACL that a new file inherited from the default one of its directory; the mode bits stay.</summary>
    internal static void DropAccessControlList(int file)
    {
        fixed (byte* name = "system.posix_acl_access\0"u8) _ = Kernel.fremovexattr(file, name);
    }

    static string Text(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name);
}
