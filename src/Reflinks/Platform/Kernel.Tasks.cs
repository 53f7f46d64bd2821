using Reflinks.Platform.Linux;
using Reflinks.Platform.MacOS;
using Reflinks.Platform.Windows;

namespace Reflinks.Platform;

/// <content>What takes more than one call somewhere, or another one on each system: sharing and copying, and what only the system can tell.</content>
internal static unsafe partial class Kernel
{
    /// <summary>Makes the whole of <paramref name="target"/> share the blocks of <paramref name="source"/>. A longer target keeps its tail.</summary>
    internal static Errno Clone(int source, int target) =>
        OperatingSystem.IsLinux() ? LinuxKernel.Clone(source, target)
        : OperatingSystem.IsMacOS() ? MacKernel.Clone(source, target)
        : OperatingSystem.IsWindows() ? WindowsKernel.Clone(source, target)
        : throw Unsupported();

    /// <summary>Another text each time the machine is started; null where no call tells it.</summary>
    internal static string? BootSession() => OperatingSystem.IsMacOS() ? MacKernel.BootSession() : null;

    /// <summary>Whether a clone is always a new file under a name (clonefile(2)), and an open file can be given no other's blocks.</summary>
    internal static bool ClonesByName => OperatingSystem.IsMacOS();

    /// <summary>Whether the volume of a path says that it clones; null where the system has no question for that.</summary>
    internal static bool? SaysItClones(string path) => OperatingSystem.IsMacOS() && MacKernel.SaysItClones(path, out bool clones) == Errno.None ? clones : null;

    /// <summary>Makes a new file that shares the blocks of an open one. It has the other's mode, times and attributes as well.</summary>
    internal static Errno CloneInto(int source, int directory, byte* name) => OperatingSystem.IsMacOS() ? MacKernel.CloneInto(source, directory, name) : Errno.ENOSYS;

    /// <summary>
    /// Lets what is read and written by a descriptor into the system's cache, or keeps it out: for copies so large that they would drive out
    /// all else. Where the system has no such switch nothing happens, and what it refuses does not matter.
    /// </summary>
    internal static void SetCaching(int descriptor, bool cached)
    {
        if (OperatingSystem.IsMacOS()) _ = MacKernel.SetCaching(descriptor, cached);
    }

    /// <summary>Whether trees may share the inodes of programs: not where the system remembers by inode what it found of a program's signature.</summary>
    internal static bool SharesPrograms => !OperatingSystem.IsMacOS();

    /// <summary>Whether a folder can be cloned with everything below it by one call.</summary>
    internal static bool ClonesTrees => OperatingSystem.IsMacOS();

    /// <summary>Makes a new folder that is a clone of another with everything below it, or nothing.</summary>
    internal static Errno CloneTreeInto(byte* source, byte* target) => OperatingSystem.IsMacOS() ? MacKernel.CloneTreeInto(source, target) : Errno.ENOSYS;

    /// <summary>Whether the system copies a file under a name with all that it carries, and not into an open one (copyfile(3), CopyFileEx).</summary>
    internal static bool CopiesByName => OperatingSystem.IsMacOS() || OperatingSystem.IsWindows();

    /// <summary>Makes a new file with the bytes of an open one, and with whatever else it carries.</summary>
    /// <param name="cloned">Whether the system says that it shares the other's blocks; Windows does not say.</param>
    internal static Errno CopyInto(int source, int directory, byte* name, out bool cloned, CancellationToken cancellation)
    {
        cloned = false;
        return OperatingSystem.IsMacOS() ? MacKernel.CopyInto(source, directory, name, out cloned)
            : OperatingSystem.IsWindows() ? WindowsKernel.CopyInto(source, directory, name, cancellation)
            : Errno.ENOSYS;
    }

    /// <summary>Whether the system copies an open file as a whole, and not in ranges (fcopyfile(3)).</summary>
    internal static bool CopiesWholeFiles => OperatingSystem.IsMacOS();

    /// <summary>Copies the bytes of an open file into an empty one, and leaves its holes.</summary>
    internal static Errno CopyWhole(int source, int target) => OperatingSystem.IsMacOS() ? MacKernel.CopyData(source, target) : Errno.ENOSYS;

    /// <summary>Shares one range of a length above 0.</summary>
    internal static Errno CloneRange(int source, long sourceOffset, int target, long targetOffset, long length) =>
        OperatingSystem.IsLinux() ? LinuxKernel.CloneRange(source, sourceOffset, target, targetOffset, length)
        : OperatingSystem.IsMacOS() ? MacKernel.CloneRange(source, sourceOffset, target, targetOffset, length)
        : OperatingSystem.IsWindows() ? WindowsKernel.CloneRange(source, sourceOffset, target, targetOffset, length)
        : throw Unsupported();

    /// <summary>Shares one range of files that hold the same bytes there. <paramref name="shared"/> is 0 where they do not.</summary>
    internal static Errno Deduplicate(int source, long sourceOffset, int target, long targetOffset, long length, out long shared) =>
        OperatingSystem.IsLinux() ? LinuxKernel.Deduplicate(source, sourceOffset, target, targetOffset, length, out shared)
        : OperatingSystem.IsMacOS() ? MacKernel.Deduplicate(source, sourceOffset, target, targetOffset, length, out shared)
        : OperatingSystem.IsWindows() ? WindowsKernel.Deduplicate(source, sourceOffset, target, targetOffset, length, out shared)
        : throw Unsupported();

    /// <summary>The path behind a descriptor; null where the system does not tell it.</summary>
    internal static string? PathBehind(int descriptor) =>
        OperatingSystem.IsLinux() ? LinuxKernel.PathBehind(descriptor)
        : OperatingSystem.IsMacOS() ? MacKernel.PathBehind(descriptor)
        : OperatingSystem.IsWindows() ? WindowsKernel.PathBehind(descriptor)
        : throw Unsupported();

    /// <summary>Bits that a creating call leaves out: the umask of this process, read without changing it.</summary>
    internal static int Umask() =>
        OperatingSystem.IsLinux() ? LinuxKernel.Umask()
        : OperatingSystem.IsMacOS() ? MacKernel.Umask()
        : OperatingSystem.IsWindows() ? WindowsKernel.Umask()
        : throw Unsupported();

    /// <summary>Sets the mode of a name in a directory: of a file or directory. A link is not followed but refused (ELOOP).</summary>
    internal static Errno SetModeAt(int directory, byte* name, int mode) =>
        OperatingSystem.IsLinux() ? LinuxKernel.SetModeAt(directory, name, mode)
        : OperatingSystem.IsMacOS() ? MacKernel.SetModeAt(directory, name, mode)
        : OperatingSystem.IsWindows() ? WindowsKernel.SetModeAt(directory, name, mode)
        : throw Unsupported();

    /// <summary>The names of the attributes of a symbolic link, which no copy can have.</summary>
    internal static IReadOnlyList<string> AttributesOfLink(int directory, ReadOnlySpan<byte> name) =>
        OperatingSystem.IsLinux() ? LinuxKernel.AttributesOfLink(directory, name)
        : OperatingSystem.IsMacOS() ? MacKernel.AttributesOfLink(directory, name)
        : OperatingSystem.IsWindows() ? WindowsKernel.AttributesOfLink(directory, name)
        : throw Unsupported();

    /// <summary>The name of the filesystem that a path is on: a label, and no statement of what it can do.</summary>
    internal static Errno FileSystemOf(string path, out string name) =>
        OperatingSystem.IsLinux() ? LinuxKernel.FileSystemOf(path, out name)
        : OperatingSystem.IsMacOS() ? MacKernel.FileSystemOf(path, out name)
        : OperatingSystem.IsWindows() ? WindowsKernel.FileSystemOf(path, out name)
        : throw Unsupported();

    /// <summary>Whether what SEEK_HOLE and SEEK_DATA say of an open file is taken for true.</summary>
    internal static bool TellsHoles(int descriptor) => !OperatingSystem.IsLinux() || LinuxKernel.TellsHoles(descriptor);

    /// <summary>Whether a clone in an open folder needs no look to know how it came out: <see cref="LinuxKernel.AnswersForClones"/>.</summary>
    internal static bool AnswersForClones(int directory) => OperatingSystem.IsLinux() && LinuxKernel.AnswersForClones(directory);

    /// <summary>Takes the room that an empty file is going to need, where the filesystem can; its length stays 0. Says nothing where it cannot.</summary>
    /// <returns>ENOSPC, EDQUOT or EFBIG where there is not enough, else none.</returns>
    internal static Errno Reserve(int descriptor, long length) => OperatingSystem.IsLinux() ? LinuxKernel.Reserve(descriptor, length) : Errno.None;

    /// <summary>Where the filesystem of a path is mounted; empty where that is not told.</summary>
    internal static string MountPointOf(string path) =>
        OperatingSystem.IsLinux() ? LinuxKernel.MountPointOf(path)
        : OperatingSystem.IsMacOS() ? MacKernel.MountPointOf(path)
        : OperatingSystem.IsWindows() ? WindowsKernel.MountPointOf(path)
        : throw Unsupported();
}
