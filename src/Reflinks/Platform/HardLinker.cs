
namespace Reflinks.Platform;

/// <summary>
/// Gives files further names, and finds out where that was a copy. A file of a lower layer of overlayfs is copied to the upper one before it
/// is linked (Documentation/filesystems/overlayfs.rst): its inode's number stays, but not the time of its birth.
/// </summary>
/// <param name="source">A path on the filesystem of the files: only overlayfs is watched.</param>
internal sealed unsafe class HardLinker(string source)
{
    readonly bool watches = NativeVolumeProbe.FileSystemOf(source) == "overlay";

    /// <summary>Whether what is linked is for sure the inode that was looked at before.</summary>
    internal bool KeepsInode => !watches;

    /// <summary>Makes a further name.</summary>
    /// <returns>None, or <see cref="NativeErrors.CopiedUp"/> where the name was made and the file copied for it, or what was refused.</returns>
    internal Errno Link(int directory, byte* name, int newDirectory, byte* newName)
    {
        if (!watches) return Kernel.linkat(directory, name, newDirectory, newName, 0) == 0 ? Errno.None : NativeErrors.Last;

        Kernel.StatxTimestamp? before = BirthOf(directory, name);
        if (Kernel.linkat(directory, name, newDirectory, newName, 0) != 0) return NativeErrors.Last;
        Kernel.StatxTimestamp? after = BirthOf(directory, name);
        return before is { } born && after is { } now && (born.tv_sec, born.tv_nsec) != (now.tv_sec, now.tv_nsec) ? NativeErrors.CopiedUp : Errno.None;
    }

    static Kernel.StatxTimestamp? BirthOf(int directory, byte* name)
    {
        Kernel.Statx stat;
        return Kernel.statx(directory, name, Kernel.AT_SYMLINK_NOFOLLOW, Kernel.STATX_BTIME, &stat) == 0 && (stat.stx_mask & Kernel.STATX_BTIME) != 0
            ? stat.stx_btime : null;
    }
}
