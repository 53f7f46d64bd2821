using System.Runtime.InteropServices;
using System.Text;

namespace Reflinks.Platform.MacOS;

/// <content>How files look, modes and times, volumes.</content>
internal static unsafe partial class MacKernel
{
    internal static int statx(int directory, byte* path, int flags, uint mask, Kernel.Statx* result)
    {
        MacInterop.Stat stat;
        bool itself = (flags & Kernel.AT_EMPTY_PATH) != 0 && *path == 0;
        if ((itself ? Look(directory, &stat) : LookAt(MacFlags.Directory(directory), path, &stat, MacFlags.At(flags))) != 0) return Refused();
        *result = MacFlags.Status(stat);
        return 0;
    }

    internal static int fchmod(int descriptor, uint mode) => Result(MacInterop.fchmod(descriptor, mode));

    internal static int futimens(int descriptor, Kernel.Timespec* times)
    {
        MacInterop.Timespec* translated = stackalloc MacInterop.Timespec[] { MacFlags.Time(times[0]), MacFlags.Time(times[1]) };
        return Result(MacInterop.futimens(descriptor, translated));
    }

    /// <summary>The name of the filesystem that a path is on: a label, and no statement of what it can do.</summary>
    internal static Errno FileSystemOf(string path, out string name)
    {
        Errno error = Volume(path, out MacInterop.Statfs volume);
        name = error == Errno.None ? Text(volume.f_fstypename) : string.Empty;
        return error;
    }

    /// <summary>Where the filesystem of a path is mounted; empty where that is not told.</summary>
    internal static string MountPointOf(string path) => Volume(path, out MacInterop.Statfs volume) == Errno.None ? Text(volume.f_mntonname) : string.Empty;

    /// <summary>Whether a volume says of itself that it can clone: a hint, as only a clone shows it.</summary>
    internal static Errno SaysItClones(string path, out bool clones)
    {
        var wanted = new MacInterop.Attrlist { bitmapcount = MacInterop.ATTR_BIT_MAP_COUNT, volattr = MacInterop.ATTR_VOL_INFO | MacInterop.ATTR_VOL_CAPABILITIES };
        byte* answer = stackalloc byte[AttributeBuffers.CapabilitiesBytes];
        Errno error;
        fixed (byte* name = NativeFile.Terminated(path))
            error = MacInterop.getattrlist(name, &wanted, answer, AttributeBuffers.CapabilitiesBytes, 0) == 0 ? Errno.None : Last();
        clones = error == Errno.None && AttributeBuffers.SaysItClones(new ReadOnlySpan<byte>(answer, AttributeBuffers.CapabilitiesBytes));
        return error;
    }

    /// <summary>What the filesystem tells of how far a file shares its blocks.</summary>
    internal static Errno SharingOf(int descriptor, out SharedBlocks sharing)
    {
        var wanted = new MacInterop.Attrlist
        {
            bitmapcount = MacInterop.ATTR_BIT_MAP_COUNT,
            commonattr = MacInterop.ATTR_CMN_RETURNED_ATTRS,
            forkattr = MacInterop.ATTR_CMNEXT_PRIVATESIZE | MacInterop.ATTR_CMNEXT_CLONEID,
        };
        byte* answer = stackalloc byte[AttributeBuffers.SharingBytes];
        sharing = default;
        if (MacInterop.fgetattrlist(descriptor, &wanted, answer, AttributeBuffers.SharingBytes, MacInterop.FSOPT_ATTR_CMN_EXTENDED) != 0) return Last();
        return AttributeBuffers.TryReadSharing(new ReadOnlySpan<byte>(answer, AttributeBuffers.SharingBytes), out sharing) ? Errno.None : Errno.EOPNOTSUPP;
    }

    static int Look(int descriptor, MacInterop.Stat* stat) => OnStack ? MacInterop.fstat_arm64(descriptor, stat) : MacInterop.fstat_x64(descriptor, stat);

    static int LookAt(int directory, byte* path, MacInterop.Stat* stat, int flags) =>
        OnStack ? MacInterop.fstatat_arm64(directory, path, stat, flags) : MacInterop.fstatat_x64(directory, path, stat, flags);

    static Errno Volume(string path, out MacInterop.Statfs volume)
    {
        fixed (byte* name = NativeFile.Terminated(path))
        fixed (MacInterop.Statfs* result = &volume)
            return (OnStack ? MacInterop.statfs_arm64(name, result) : MacInterop.statfs_x64(name, result)) == 0 ? Errno.None : Last();
    }

    static string Text(byte* terminated) => Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(terminated));
}
