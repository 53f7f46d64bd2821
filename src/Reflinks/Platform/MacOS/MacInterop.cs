using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Reflinks.Platform.MacOS;

/// <summary>Declarations of the macOS calls in use, and nothing else: no policy, no messages, no exceptions.</summary>
/// <remarks>
/// Names and numbers stand as XNU's headers and manual pages write them (apple-oss-distributions/xnu: bsd/sys/fcntl.h, stat.h, attr.h,
/// clonefile.h, stdio.h, xattr.h, mount.h; copyfile.h). There was no Mac to hold them against: they were written down a second time in the
/// tests' simulation and the two are compared. Every call returns -1 on failure, with errno in <see cref="Marshal.GetLastPInvokeError"/>
/// in macOS' numbering.
/// <para>
/// <c>openat</c> and <c>fcntl</c> are variadic in C. On arm64 Apple passes every variadic argument on the stack (its document "Writing
/// ARM64 code for Apple platforms", section on variadic functions), where a fixed signature would put it into a register and the callee
/// would read whatever lies on the stack. Integer arguments fill the registers x0 to x7 first, so the imports for arm64 fill these eight up
/// and the ninth argument lies where the callee looks. On x64 variadic arguments go in registers like all others.
/// </para>
/// <para>
/// <c>stat</c> and its relatives have two layouts on x64, and the plain symbol is that of the old one, with inodes of 32 bits;
/// the present one has <c>$INODE64</c> behind its name. On arm64 there never was another.
/// </para>
/// </remarks>
[SupportedOSPlatform("macos")]
internal static unsafe partial class MacInterop
{
    /// <summary>By its full path, so that no library of this name elsewhere is taken for it; the file is in the system's shared cache only.</summary>
    internal const string LibSystem = "/usr/lib/libSystem.B.dylib";

    // sys/fcntl.h
    internal const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_ACCMODE = 3, O_NONBLOCK = 4, O_APPEND = 8, O_NOFOLLOW = 0x100, O_CREAT = 0x200,
        O_TRUNC = 0x400, O_EXCL = 0x800, O_EVTONLY = 0x8000, O_DIRECTORY = 0x10_0000, O_SYMLINK = 0x20_0000, O_CLOEXEC = 0x100_0000,
        O_EXEC = 0x4000_0000, O_SEARCH = O_EXEC | O_DIRECTORY;
    internal const int AT_FDCWD = -2, AT_SYMLINK_NOFOLLOW = 0x20, AT_SYMLINK_FOLLOW = 0x40, AT_REMOVEDIR = 0x80;
    internal const int F_GETFL = 3, F_NOCACHE = 48, F_GETPATH = 50, F_FULLFSYNC = 51, F_BARRIERFSYNC = 85, F_OFD_SETLK = 90;
    internal const short F_RDLCK = 1, F_UNLCK = 2, F_WRLCK = 3;
    internal const int FILESEC_ACL = 5;
    internal const nint _FILESEC_REMOVE_ACL = 1;

    // sys/_types/_seek_set.h: the two are the other way round on Linux.
    internal const int SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2, SEEK_HOLE = 3, SEEK_DATA = 4;

    // sys/stat.h
    internal const long UTIME_NOW = -1, UTIME_OMIT = -2;
    internal const uint UF_NODUMP = 1, UF_IMMUTABLE = 2, UF_APPEND = 4, UF_OPAQUE = 8, UF_COMPRESSED = 0x20, UF_TRACKED = 0x40, UF_DATAVAULT = 0x80,
        UF_HIDDEN = 0x8000, SF_IMMUTABLE = 0x2_0000, SF_APPEND = 0x4_0000;

    // sys/stdio.h, sys/clonefile.h, sys/xattr.h
    internal const uint RENAME_SWAP = 2, RENAME_EXCL = 4;
    internal const uint CLONE_NOFOLLOW = 1, CLONE_NOOWNERCOPY = 2, CLONE_ACL = 4;
    internal const int XATTR_NOFOLLOW = 1, XATTR_CREATE = 2, XATTR_REPLACE = 4;

    // copyfile.h
    internal const uint COPYFILE_ACL = 1, COPYFILE_STAT = 1 << 1, COPYFILE_XATTR = 1 << 2, COPYFILE_DATA = 1 << 3, COPYFILE_EXCL = 1 << 17,
        COPYFILE_NOFOLLOW_SRC = 1 << 18, COPYFILE_NOFOLLOW_DST = 1 << 19, COPYFILE_CLONE = 1 << 24, COPYFILE_CLONE_FORCE = 1 << 25,
        COPYFILE_DATA_SPARSE = 1 << 27, COPYFILE_STATE_WAS_CLONED = 10;

    // sys/attr.h
    internal const ushort ATTR_BIT_MAP_COUNT = 5;
    internal const uint FSOPT_NOFOLLOW = 1, FSOPT_ATTR_CMN_EXTENDED = 0x20;
    internal const uint ATTR_CMN_NAME = 1, ATTR_CMN_OBJTYPE = 8, ATTR_CMN_FILEID = 0x200_0000, ATTR_CMN_ERROR = 0x2000_0000, ATTR_CMN_RETURNED_ATTRS = 0x8000_0000;
    internal const uint ATTR_VOL_CAPABILITIES = 0x2_0000, ATTR_VOL_INFO = 0x8000_0000;
    internal const uint ATTR_CMNEXT_PRIVATESIZE = 8, ATTR_CMNEXT_CLONEID = 0x100, ATTR_CMNEXT_EXT_FLAGS = 0x200;
    internal const int VOL_CAPABILITIES_INTERFACES = 1;
    internal const uint VOL_CAP_INT_CLONE = 0x1_0000;

    // sys/vnode.h, enum vtype
    internal const uint VREG = 1, VDIR = 2, VBLK = 3, VCHR = 4, VLNK = 5, VSOCK = 6, VFIFO = 7;

    internal const int SYNC_VOLUME_FULLSYNC = 1, SYNC_VOLUME_WAIT = 2;     // unistd.h
    internal const int ACL_TYPE_EXTENDED = 0x100;               // sys/acl.h
    internal const int CLOCK_REALTIME = 0;                      // time.h
    internal const int _CS_DARWIN_USER_TEMP_DIR = 65_537;       // unistd.h
    internal const int MAXPATHLEN = 1024, MFSTYPENAMELEN = 16;  // sys/param.h, sys/mount.h

    /// <summary>For x64: the mode in a register.</summary>
    [LibraryImport(LibSystem, EntryPoint = "openat", SetLastError = true)]
    internal static partial int openat(int directory, byte* path, int flags, uint mode);

    /// <summary>For arm64: the mode on the stack.</summary>
    [LibraryImport(LibSystem, EntryPoint = "openat", SetLastError = true)]
    internal static partial int openat(int directory, byte* path, int flags, nint x3, nint x4, nint x5, nint x6, nint x7, nint mode);

    /// <summary>For x64: the argument in a register.</summary>
    [LibraryImport(LibSystem, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int fcntl(int descriptor, int command, nint argument);

    /// <summary>For arm64: the argument on the stack.</summary>
    [LibraryImport(LibSystem, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int fcntl(int descriptor, int command, nint x2, nint x3, nint x4, nint x5, nint x6, nint x7, nint argument);

    /// <summary>sys/sysctl.h; what is read only has nothing new.</summary>
    [LibraryImport(LibSystem, EntryPoint = "sysctlbyname", SetLastError = true)]
    internal static partial int sysctlbyname(byte* name, byte* value, nuint* length, void* newValue, nuint newLength);

    [LibraryImport(LibSystem, EntryPoint = "close", SetLastError = true)]
    internal static partial int close(int descriptor);

    [LibraryImport(LibSystem, EntryPoint = "read", SetLastError = true)]
    internal static partial nint read(int descriptor, void* buffer, nuint count);

    [LibraryImport(LibSystem, EntryPoint = "pread", SetLastError = true)]
    internal static partial nint pread(int descriptor, void* buffer, nuint count, long offset);

    [LibraryImport(LibSystem, EntryPoint = "pwrite", SetLastError = true)]
    internal static partial nint pwrite(int descriptor, void* buffer, nuint count, long offset);

    [LibraryImport(LibSystem, EntryPoint = "lseek", SetLastError = true)]
    internal static partial long lseek(int descriptor, long offset, int whence);

    [LibraryImport(LibSystem, EntryPoint = "ftruncate", SetLastError = true)]
    internal static partial int ftruncate(int descriptor, long length);

    [LibraryImport(LibSystem, EntryPoint = "fsync", SetLastError = true)]
    internal static partial int fsync(int descriptor);

    /// <summary>Returns -1 and errno, or the errno itself: it has been seen to do either.</summary>
    [LibraryImport(LibSystem, EntryPoint = "fsync_volume_np", SetLastError = true)]
    internal static partial int fsync_volume_np(int descriptor, int flags);

    [LibraryImport(LibSystem, EntryPoint = "flock", SetLastError = true)]
    internal static partial int flock(int descriptor, int operation);

    [LibraryImport(LibSystem, EntryPoint = "fstat$INODE64", SetLastError = true)]
    internal static partial int fstat_x64(int descriptor, Stat* result);

    [LibraryImport(LibSystem, EntryPoint = "fstat", SetLastError = true)]
    internal static partial int fstat_arm64(int descriptor, Stat* result);

    [LibraryImport(LibSystem, EntryPoint = "fstatat$INODE64", SetLastError = true)]
    internal static partial int fstatat_x64(int directory, byte* path, Stat* result, int flags);

    [LibraryImport(LibSystem, EntryPoint = "fstatat", SetLastError = true)]
    internal static partial int fstatat_arm64(int directory, byte* path, Stat* result, int flags);

    [LibraryImport(LibSystem, EntryPoint = "statfs$INODE64", SetLastError = true)]
    internal static partial int statfs_x64(byte* path, Statfs* result);

    [LibraryImport(LibSystem, EntryPoint = "statfs", SetLastError = true)]
    internal static partial int statfs_arm64(byte* path, Statfs* result);

    [LibraryImport(LibSystem, EntryPoint = "mkdirat", SetLastError = true)]
    internal static partial int mkdirat(int directory, byte* path, uint mode);

    [LibraryImport(LibSystem, EntryPoint = "unlinkat", SetLastError = true)]
    internal static partial int unlinkat(int directory, byte* path, int flags);

    [LibraryImport(LibSystem, EntryPoint = "linkat", SetLastError = true)]
    internal static partial int linkat(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, int flags);

    [LibraryImport(LibSystem, EntryPoint = "symlinkat", SetLastError = true)]
    internal static partial int symlinkat(byte* target, int directory, byte* path);

    [LibraryImport(LibSystem, EntryPoint = "readlinkat", SetLastError = true)]
    internal static partial nint readlinkat(int directory, byte* path, byte* buffer, nuint size);

    [LibraryImport(LibSystem, EntryPoint = "renameatx_np", SetLastError = true)]
    internal static partial int renameatx_np(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, uint flags);

    [LibraryImport(LibSystem, EntryPoint = "fchmod", SetLastError = true)]
    internal static partial int fchmod(int descriptor, uint mode);

    [LibraryImport(LibSystem, EntryPoint = "fchmodat", SetLastError = true)]
    internal static partial int fchmodat(int directory, byte* path, uint mode, int flags);

    [LibraryImport(LibSystem, EntryPoint = "fchflags", SetLastError = true)]
    internal static partial int fchflags(int descriptor, uint flags);

    [LibraryImport(LibSystem, EntryPoint = "futimens", SetLastError = true)]
    internal static partial int futimens(int descriptor, Timespec* times);

    [LibraryImport(LibSystem, EntryPoint = "utimensat", SetLastError = true)]
    internal static partial int utimensat(int directory, byte* path, Timespec* times, int flags);

    [LibraryImport(LibSystem, EntryPoint = "getattrlist", SetLastError = true)]
    internal static partial int getattrlist(byte* path, Attrlist* wanted, void* buffer, nuint size, nuint options);

    [LibraryImport(LibSystem, EntryPoint = "fgetattrlist", SetLastError = true)]
    internal static partial int fgetattrlist(int descriptor, Attrlist* wanted, void* buffer, nuint size, nuint options);

    [LibraryImport(LibSystem, EntryPoint = "getattrlistbulk", SetLastError = true)]
    internal static partial int getattrlistbulk(int directory, Attrlist* wanted, void* buffer, nuint size, ulong options);

    [LibraryImport(LibSystem, EntryPoint = "flistxattr", SetLastError = true)]
    internal static partial nint flistxattr(int descriptor, byte* list, nuint size, int options);

    [LibraryImport(LibSystem, EntryPoint = "fgetxattr", SetLastError = true)]
    internal static partial nint fgetxattr(int descriptor, byte* name, byte* value, nuint size, uint position, int options);

    [LibraryImport(LibSystem, EntryPoint = "fsetxattr", SetLastError = true)]
    internal static partial int fsetxattr(int descriptor, byte* name, byte* value, nuint size, uint position, int options);

    [LibraryImport(LibSystem, EntryPoint = "fremovexattr", SetLastError = true)]
    internal static partial int fremovexattr(int descriptor, byte* name, int options);

    /// <summary>Null on failure; with ENOENT where there is no ACL.</summary>
    [LibraryImport(LibSystem, EntryPoint = "acl_get_fd_np", SetLastError = true)]
    internal static partial nint acl_get_fd_np(int descriptor, int type);

    [LibraryImport(LibSystem, EntryPoint = "acl_set_fd_np", SetLastError = true)]
    internal static partial int acl_set_fd_np(int descriptor, nint acl, int type);

    [LibraryImport(LibSystem, EntryPoint = "acl_size", SetLastError = true)]
    internal static partial nint acl_size(nint acl);

    [LibraryImport(LibSystem, EntryPoint = "acl_copy_ext_native", SetLastError = true)]
    internal static partial nint acl_copy_ext_native(byte* buffer, nint acl, nint size);

    [LibraryImport(LibSystem, EntryPoint = "acl_copy_int_native", SetLastError = true)]
    internal static partial nint acl_copy_int_native(byte* buffer);

    [LibraryImport(LibSystem, EntryPoint = "acl_free", SetLastError = true)]
    internal static partial int acl_free(nint acl);

    [LibraryImport(LibSystem, EntryPoint = "filesec_init", SetLastError = true)]
    internal static partial nint filesec_init();

    [LibraryImport(LibSystem, EntryPoint = "filesec_set_property", SetLastError = true)]
    internal static partial int filesec_set_property(nint filesec, int property, nint value);

    [LibraryImport(LibSystem, EntryPoint = "filesec_free")]
    internal static partial void filesec_free(nint filesec);

    [LibraryImport(LibSystem, EntryPoint = "fchmodx_np", SetLastError = true)]
    internal static partial int fchmodx_np(int descriptor, nint filesec);

    [LibraryImport(LibSystem, EntryPoint = "clonefileat", SetLastError = true)]
    internal static partial int clonefileat(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, uint flags);

    [LibraryImport(LibSystem, EntryPoint = "fclonefileat", SetLastError = true)]
    internal static partial int fclonefileat(int source, int directory, byte* path, uint flags);

    [LibraryImport(LibSystem, EntryPoint = "copyfile", SetLastError = true)]
    internal static partial int copyfile(byte* from, byte* to, nint state, uint flags);

    [LibraryImport(LibSystem, EntryPoint = "fcopyfile", SetLastError = true)]
    internal static partial int fcopyfile(int from, int to, nint state, uint flags);

    [LibraryImport(LibSystem, EntryPoint = "copyfile_state_alloc", SetLastError = true)]
    internal static partial nint copyfile_state_alloc();

    [LibraryImport(LibSystem, EntryPoint = "copyfile_state_get", SetLastError = true)]
    internal static partial int copyfile_state_get(nint state, uint item, void* value);

    [LibraryImport(LibSystem, EntryPoint = "copyfile_state_free", SetLastError = true)]
    internal static partial int copyfile_state_free(nint state);

    [LibraryImport(LibSystem, EntryPoint = "clock_gettime", SetLastError = true)]
    internal static partial int clock_gettime(int clock, Timespec* time);

    [LibraryImport(LibSystem, EntryPoint = "confstr", SetLastError = true)]
    internal static partial nuint confstr(int name, byte* value, nuint size);

    [LibraryImport(LibSystem, EntryPoint = "geteuid")]
    internal static partial uint geteuid();

    [LibraryImport(LibSystem, EntryPoint = "getegid")]
    internal static partial uint getegid();

    /// <summary><c>struct timespec</c>: seconds and nanoseconds, or <see cref="UTIME_OMIT"/> in the second.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Timespec
    {
        internal long tv_sec;
        internal long tv_nsec;
    }

    /// <summary><c>struct stat</c> with inodes of 64 bits, sys/stat.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Stat
    {
        internal int st_dev;
        internal ushort st_mode;
        internal ushort st_nlink;
        internal ulong st_ino;
        internal uint st_uid;
        internal uint st_gid;
        internal int st_rdev;
        internal Timespec st_atimespec;
        internal Timespec st_mtimespec;
        internal Timespec st_ctimespec;
        internal Timespec st_birthtimespec;
        internal long st_size;                  // bytes
        internal long st_blocks;                // of 512 bytes
        internal int st_blksize;                // bytes
        internal uint st_flags;
        internal uint st_gen;
        internal int st_lspare;
        internal fixed long st_qspare[2];
    }

    /// <summary><c>struct statfs</c> with inodes of 64 bits, sys/mount.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Statfs
    {
        internal uint f_bsize;
        internal int f_iosize;
        internal ulong f_blocks;
        internal ulong f_bfree;
        internal ulong f_bavail;
        internal ulong f_files;
        internal ulong f_ffree;
        internal fixed int f_fsid[2];
        internal uint f_owner;
        internal uint f_type;
        internal uint f_flags;
        internal uint f_fssubtype;
        internal fixed byte f_fstypename[MFSTYPENAMELEN];
        internal fixed byte f_mntonname[MAXPATHLEN];
        internal fixed byte f_mntfromname[MAXPATHLEN];
        internal uint f_flags_ext;
        internal fixed uint f_reserved[7];
    }

    /// <summary><c>struct flock</c>, sys/fcntl.h: its fields stand in another order than on Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Flock
    {
        internal long l_start;
        internal long l_len;
        internal int l_pid;
        internal short l_type;
        internal short l_whence;
    }

    /// <summary><c>struct attrlist</c>, sys/attr.h: what getattrlist(2) shall give.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Attrlist
    {
        internal ushort bitmapcount;            // ATTR_BIT_MAP_COUNT
        internal ushort reserved;
        internal uint commonattr;
        internal uint volattr;
        internal uint dirattr;
        internal uint fileattr;
        internal uint forkattr;                 // further common ones, with FSOPT_ATTR_CMN_EXTENDED
    }

    /// <summary><c>attribute_set_t</c>, sys/attr.h: what getattrlist(2) did give.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct AttributeSet
    {
        internal uint commonattr;
        internal uint volattr;
        internal uint dirattr;
        internal uint fileattr;
        internal uint forkattr;
    }

    /// <summary><c>attrreference_t</c>, sys/attr.h: where data of variable length lies, counted from this struct.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Attrreference
    {
        internal int attr_dataoffset;           // bytes
        internal uint attr_length;              // bytes
    }
}
