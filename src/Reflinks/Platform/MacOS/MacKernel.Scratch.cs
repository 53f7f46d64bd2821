using System.Text;

namespace Reflinks.Platform.MacOS;

/// <content>What Linux has a call for, and this system a file without a name.</content>
internal static unsafe partial class MacKernel
{
    const int PrivateMode = 0x180;      // rw-------

    /// <summary>A file of the temporary folder without a name: shared memory objects can be neither read nor written here.</summary>
    internal static int memfd_create(byte* name, uint flags) => Result(OpenScratch(PrivateMode));

    /// <summary>Bits that a creating call leaves out: the umask of this process, read without changing it.</summary>
    /// <remarks>
    /// Nothing tells it here. umask(2) gives the old one only for a new one, and for that moment every thread's files would be made by it;
    /// so a file is made with all bits, and those it lacks are looked at. Where none can be made, every bit counts as cut.
    /// </remarks>
    internal static int Umask()
    {
        const uint all = 0x1FF;
        int made = OpenScratch(all);
        if (made < 0) return (int)all;
        MacInterop.Stat stat;
        bool seen = Look(made, &stat) == 0;
        _ = MacInterop.close(made);
        return seen ? (int)(all & ~stat.st_mode) : (int)all;
    }

    /// <summary>Makes a file without a name in this user's own temporary folder.</summary>
    internal static int OpenScratch(uint mode)
    {
        byte* folder = stackalloc byte[MacInterop.MAXPATHLEN];
        nuint length = MacInterop.confstr(MacInterop._CS_DARWIN_USER_TEMP_DIR, folder, MacInterop.MAXPATHLEN);
        string place = length is > 0 and <= MacInterop.MAXPATHLEN ? Encoding.UTF8.GetString(folder, (int)length - 1) : "/tmp";
        fixed (byte* path = NativeFile.Terminated(Path.Join(place, $".reflink-{NativeFile.FreshName()}.tmp")))
        {
            const int flags = MacInterop.O_RDWR | MacInterop.O_CREAT | MacInterop.O_EXCL | MacInterop.O_NOFOLLOW | MacInterop.O_CLOEXEC;
            int made = Open(MacInterop.AT_FDCWD, path, flags, mode);
            if (made >= 0) _ = MacInterop.unlinkat(MacInterop.AT_FDCWD, path, 0);
            return made;
        }
    }
}
