using System.Runtime.Versioning;

namespace Reflinks.Platform.Linux;

/// <summary>
/// Gives files further names, and finds out where that was a copy. A file of a lower layer of overlayfs is copied to the upper one before it
/// is linked (Documentation/filesystems/overlayfs.rst): its inode's number stays, but not the time of its birth.
/// </summary>
/// <param name="source">A path on the filesystem of the files: only overlayfs is watched.</param>
[SupportedOSPlatform("linux")]
internal sealed unsafe class HardLinker(string source)
{
    readonly bool watches = LinuxVolumeProbe.FileSystemOf(source) == "overlay";

    /// <summary>Whether what is linked is for sure the inode that was looked at before.</summary>
    internal bool KeepsInode => !watches;

    /// <summary>Makes a further name.</summary>
    /// <returns>None, or <see cref="LinuxErrors.CopiedUp"/> where the name was made and the file copied for it, or what was refused.</returns>
    internal Errno Link(int directory, byte* name, int newDirectory, byte* newName)
    {
        if (!watches) return Interop.linkat(directory, name, newDirectory, newName, 0) == 0 ? Errno.None : LinuxErrors.Last;

        Interop.StatxTimestamp? before = BirthOf(directory, name);
        if (Interop.linkat(directory, name, newDirectory, newName, 0) != 0) return LinuxErrors.Last;
        Interop.StatxTimestamp? after = BirthOf(directory, name);
        return before is { } born && after is { } now && (born.tv_sec, born.tv_nsec) != (now.tv_sec, now.tv_nsec) ? LinuxErrors.CopiedUp : Errno.None;
    }

    static Interop.StatxTimestamp? BirthOf(int directory, byte* name)
    {
        Interop.Statx stat;
        return Interop.statx(directory, name, Interop.AT_SYMLINK_NOFOLLOW, Interop.STATX_BTIME, &stat) == 0 && (stat.stx_mask & Interop.STATX_BTIME) != 0
            ? stat.stx_btime : null;
    }
}
