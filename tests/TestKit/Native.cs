using System.Runtime.InteropServices;
using System.Text;

namespace TestKit;

/// <summary>The kernel, as the tests see it: on purpose not the product's own interop, so that a mistake in one shows in the other.</summary>
/// <remarks>Names are byte strings. Numbers are those of x86-64 and arm64 Linux; others are refused in <see cref="Numbers"/>.</remarks>
internal static unsafe partial class Native
{
    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100, AT_REMOVEDIR = 0x200;
    internal const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x40, O_EXCL = 0x80, O_NONBLOCK = 0x800, O_CLOEXEC = 0x80000;
    internal const int SEEK_DATA = 3, SEEK_HOLE = 4;
    internal const int ENOENT = 2, ENXIO = 6, EACCES = 13, EBUSY = 16, EINVAL = 22, ENODATA = 61, EOPNOTSUPP = 95, EROFS = 30;
    internal const uint S_IFMT = 0xF000, S_IFIFO = 0x1000, S_IFDIR = 0x4000, S_IFREG = 0x8000, S_IFLNK = 0xA000, S_IFSOCK = 0xC000;
    internal const int MNT_DETACH = 2;

    /// <summary>linux/fs.h; encoded with long, though the kernel moves an int.</summary>
    internal const nuint FS_IOC_GETFLAGS = 0x8008_6601, FS_IOC_SETFLAGS = 0x4008_6602;

    internal const int FS_IMMUTABLE_FL = 0x10, FS_APPEND_FL = 0x20;

    /// <summary>linux/fiemap.h.</summary>
    internal const nuint FS_IOC_FIEMAP = 0xC020_660B;

    /// <summary>linux/btrfs.h; moves a u64 of flags.</summary>
    internal const nuint BTRFS_IOC_SUBVOL_GETFLAGS = 0x8008_9419, BTRFS_IOC_SUBVOL_SETFLAGS = 0x4008_941A;

    /// <summary>What differs between the two architectures the tests run on (asm/fcntl.h, asm/unistd.h).</summary>
    internal static readonly (int O_DIRECTORY, int O_NOFOLLOW, int Getdents64, int SetGroups, int SetResUid, int SetResGid) Numbers =
        RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (0x10000, 0x20000, 217, 116, 117, 119),
            Architecture.Arm64 => (0x4000, 0x8000, 61, 159, 147, 149),
            Architecture other => throw new PlatformNotSupportedException($"TestKit knows no system call numbers for {other}."),
        };

    /// <summary>struct statx of statx(2), the same on every architecture; only the fields used here.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Statx
    {
        [FieldOffset(0x10)] public uint Links;
        [FieldOffset(0x14)] public uint Uid;
        [FieldOffset(0x18)] public uint Gid;
        [FieldOffset(0x1C)] public ushort Mode;
        [FieldOffset(0x20)] public ulong Inode;
        [FieldOffset(0x28)] public ulong SizeBytes;
        [FieldOffset(0x30)] public ulong Blocks512;
        [FieldOffset(0x70)] public long ModifiedSeconds;
        [FieldOffset(0x78)] public uint ModifiedNanoseconds;
        [FieldOffset(0x88)] public uint DeviceMajor;
        [FieldOffset(0x8C)] public uint DeviceMinor;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAt(int folder, byte* name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int StatxAt(int folder, byte* name, int flags, uint mask, Statx* result);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    private static partial nint ReadLinkAt(int folder, byte* name, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    private static partial int UnlinkAt(int folder, byte* name, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    private static partial int MkdirAt(int folder, byte* name, uint mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    private static partial int SymlinkAt(byte* target, int folder, byte* name);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true)]
    private static partial int LinkAt(int oldFolder, byte* oldName, int newFolder, byte* newName, int flags);

    [LibraryImport("libc", EntryPoint = "mknodat", SetLastError = true)]
    private static partial int MknodAt(int folder, byte* name, uint mode, ulong device);

    [LibraryImport("libc", EntryPoint = "fchmodat", SetLastError = true)]
    private static partial int FchmodAt(int folder, byte* name, uint mode, int flags);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true)]
    private static partial int FchownAt(int folder, byte* name, uint uid, uint gid, int flags);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    private static partial int UtimensAt(int folder, byte* name, Timespec* accessedThenModified, int flags);

    [LibraryImport("libc", EntryPoint = "llistxattr", SetLastError = true)]
    private static partial nint LListXattr(byte* path, byte* names, nuint size);

    [LibraryImport("libc", EntryPoint = "lgetxattr", SetLastError = true)]
    private static partial nint LGetXattr(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport("libc", EntryPoint = "lsetxattr", SetLastError = true)]
    private static partial int LSetXattr(byte* path, byte* name, byte* value, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true)]
    private static partial int StatFs(byte* path, nint* buffer);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true)]
    private static partial int Umount2(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    internal static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    internal static partial long Lseek(int descriptor, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    internal static partial nint Pread(int descriptor, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    internal static partial nint Pwrite(int descriptor, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    internal static partial int Ftruncate(int descriptor, long length);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    internal static partial int Fsync(int descriptor);

    /// <summary>ioctl(2) is variadic in C; with a pointer as third argument a fixed signature is right on Linux.</summary>
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUser();

    /// <summary>syscall(2): for calls which the C library would make for every thread of the process, or does not have.</summary>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint Syscall(nint number, nint first, nint second, nint third);

    internal static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The last error of this thread as an exception that says what was tried.</summary>
    internal static IOException Error(string what)
    {
        int errno = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(errno)} ({errno}).");
    }

    // The names below carry no terminator; one is added for the call.

    internal static int TryOpen(int folder, ReadOnlySpan<byte> name, int flags, uint mode = 0)
    {
        fixed (byte* pointer = Terminated(name)) return OpenAt(folder, pointer, flags | O_CLOEXEC, mode);
    }

    internal static int Open(int folder, ReadOnlySpan<byte> name, int flags, uint mode = 0)
    {
        int descriptor = TryOpen(folder, name, flags, mode);
        return descriptor >= 0 ? descriptor : throw Error($"open {ByteName.Show(name)}");
    }

    internal static bool TryStat(int folder, ReadOnlySpan<byte> name, out Statx result)
    {
        const uint STATX_BASIC_STATS = 0x7FF;
        fixed (byte* pointer = Terminated(name))
        fixed (Statx* target = &result)
            return StatxAt(folder, pointer, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, target) == 0;
    }

    internal static Statx Stat(int folder, ReadOnlySpan<byte> name) =>
        TryStat(folder, name, out Statx result) ? result : throw Error($"stat {ByteName.Show(name)}");

    internal static byte[] ReadLink(int folder, ReadOnlySpan<byte> name)
    {
        byte[] buffer = new byte[4096];
        fixed (byte* pointer = Terminated(name), target = buffer)
        {
            nint length = ReadLinkAt(folder, pointer, target, (nuint)buffer.Length);
            return length >= 0 ? buffer[..(int)length] : throw Error($"readlink {ByteName.Show(name)}");
        }
    }

    internal static bool TryUnlink(int folder, ReadOnlySpan<byte> name, bool isFolder)
    {
        fixed (byte* pointer = Terminated(name)) return UnlinkAt(folder, pointer, isFolder ? AT_REMOVEDIR : 0) == 0;
    }

    internal static void MakeFolder(int folder, ReadOnlySpan<byte> name)
    {
        fixed (byte* pointer = Terminated(name))
            Check(MkdirAt(folder, pointer, 0x1ED), "mkdir", name);
    }

    internal static void MakeLink(int folder, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target)
    {
        fixed (byte* pointer = Terminated(name), to = Terminated(target))
            Check(SymlinkAt(to, folder, pointer), "symlink", name);
    }

    internal static void MakeHardLink(int oldFolder, ReadOnlySpan<byte> oldName, int folder, ReadOnlySpan<byte> name)
    {
        fixed (byte* old = Terminated(oldName), pointer = Terminated(name))
            Check(LinkAt(oldFolder, old, folder, pointer, 0), "link", name);
    }

    /// <summary>A FIFO or a socket, which an ordinary user may make too.</summary>
    internal static void MakeSpecial(int folder, ReadOnlySpan<byte> name, uint kind)
    {
        fixed (byte* pointer = Terminated(name))
            Check(MknodAt(folder, pointer, kind | 0x1A4, 0), "mknod", name);
    }

    internal static bool TrySetMode(int folder, ReadOnlySpan<byte> name, uint mode)
    {
        fixed (byte* pointer = Terminated(name)) return FchmodAt(folder, pointer, mode, 0) == 0;
    }

    internal static void SetMode(int folder, ReadOnlySpan<byte> name, uint mode) =>
        Check(TrySetMode(folder, name, mode) ? 0 : -1, "chmod", name);

    internal static void SetOwner(int folder, ReadOnlySpan<byte> name, uint uid, uint gid)
    {
        fixed (byte* pointer = Terminated(name))
            Check(FchownAt(folder, pointer, uid, gid, AT_SYMLINK_NOFOLLOW), "chown", name);
    }

    internal static void SetTime(int folder, ReadOnlySpan<byte> name, long seconds, int nanoseconds)
    {
        Timespec* times = stackalloc Timespec[2];
        times[0] = times[1] = new Timespec { Seconds = (nint)seconds, Nanoseconds = nanoseconds };
        fixed (byte* pointer = Terminated(name))
            Check(UtimensAt(folder, pointer, times, AT_SYMLINK_NOFOLLOW), "utimensat", name);
    }

    /// <summary>The first field of struct statfs, the only one whose place is the same everywhere.</summary>
    internal static uint FileSystemMagic(string path)
    {
        nint* buffer = stackalloc nint[64];
        fixed (byte* pointer = Terminated(Bytes(path)))
            Check(StatFs(pointer, buffer), "statfs", Bytes(path));
        return (uint)buffer[0];
    }

    /// <summary>The names of the attributes, or null where the filesystem has none.</summary>
    internal static string[]? ListXattrs(ReadOnlySpan<byte> path)
    {
        byte[] buffer = new byte[65536];
        fixed (byte* pointer = Terminated(path), names = buffer)
        {
            nint length = LListXattr(pointer, names, (nuint)buffer.Length);
            if (length >= 0)
                return Encoding.UTF8.GetString(buffer, 0, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries);
            return Marshal.GetLastPInvokeError() is EOPNOTSUPP ? null : throw Error($"llistxattr {ByteName.Show(path)}");
        }
    }

    /// <summary>The value, or null when there is none of that name.</summary>
    internal static byte[]? GetXattr(ReadOnlySpan<byte> path, string attribute)
    {
        byte[] buffer = new byte[65536];
        fixed (byte* pointer = Terminated(path), name = Terminated(Bytes(attribute)), value = buffer)
        {
            nint length = LGetXattr(pointer, name, value, (nuint)buffer.Length);
            if (length >= 0) return buffer[..(int)length];
            return Marshal.GetLastPInvokeError() is ENODATA ? null : throw Error($"lgetxattr {attribute} {ByteName.Show(path)}");
        }
    }

    internal static void SetXattr(ReadOnlySpan<byte> path, string attribute, ReadOnlySpan<byte> content)
    {
        fixed (byte* pointer = Terminated(path), name = Terminated(Bytes(attribute)), value = content)
            Check(LSetXattr(pointer, name, value, (nuint)content.Length, 0), $"lsetxattr {attribute}", path);
    }

    internal static bool TryUnmount(ReadOnlySpan<byte> path)
    {
        fixed (byte* pointer = Terminated(path)) return Umount2(pointer, MNT_DETACH) == 0;
    }

    /// <summary>The names in an open folder, without "." and "..", in the order of their bytes.</summary>
    internal static List<byte[]> ReadFolder(int folder)
    {
        var names = new List<byte[]>();
        byte[] buffer = new byte[65536];
        fixed (byte* pointer = buffer)
        {
            while (true)
            {
                nint length = Syscall(Numbers.Getdents64, folder, (nint)pointer, buffer.Length);
                if (length < 0) throw Error("getdents64");
                if (length == 0) break;
                for (int offset = 0; offset < length;)
                {
                    // struct linux_dirent64: u64 inode, s64 next, u16 record length, u8 type, name with a terminator.
                    byte* record = pointer + offset;
                    byte[] name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(record + 19).ToArray();
                    if (!name.AsSpan().SequenceEqual("."u8) && !name.AsSpan().SequenceEqual(".."u8)) names.Add(name);
                    offset += *(ushort*)(record + 16);
                }
            }
        }

        names.Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
        return names;
    }

    /// <summary>A path to a name in an open folder for the calls that take no descriptor, whatever the length of the real one.</summary>
    internal static byte[] PathIn(int folder, ReadOnlySpan<byte> name) => [.. Bytes($"/proc/thread-self/fd/{folder}/"), .. name];

    private static void Check(int result, string call, ReadOnlySpan<byte> name)
    {
        if (result < 0) throw Error($"{call} {ByteName.Show(name)}");
    }

    private static byte[] Terminated(ReadOnlySpan<byte> name) => [.. name, 0];
}
