using System.Runtime.InteropServices;
using System.Text;

namespace Reflinks.Platform.MacOS;

/// <content>Copies by the system: clones, which are made under a name and not in an open file, and copies of what is open.</content>
internal static unsafe partial class MacKernel
{
    const uint ForNewOwner = MacInterop.CLONE_NOFOLLOW | MacInterop.CLONE_NOOWNERCOPY;

    /// <summary>Makes a new file that shares the blocks of <paramref name="source"/>, or none at all.</summary>
    /// <param name="source">A readable descriptor.</param>
    /// <param name="directory">Where it is made.</param>
    /// <param name="name">Under a name that nothing has.</param>
    /// <remarks>
    /// It has the source's mode without set-id bits, its times, attributes and flags, and the owner of anything new; of access control lists
    /// it inherits its folder's (clonefile(2)). Flags that forbid a change are taken from it, as it is yet to be finished.
    /// </remarks>
    internal static Errno CloneInto(int source, int directory, byte* name)
    {
        MacInterop.Stat stat;
        if (Look(source, &stat) != 0) return Last();
        if (MacInterop.fclonefileat(source, MacFlags.Directory(directory), name, ForNewOwner) != 0) return Last();

        bool frozen = (stat.st_flags & ~HarmlessFlags & OwnersFlags) != 0;
        return frozen || Quarantine.MarksNewFiles ? Release(source, stat.st_flags, directory, name) : Errno.None;
    }

    /// <summary>Clones a directory with everything below it, in one call that tells of no progress and cannot be ended.</summary>
    /// <remarks>
    /// A process whose files are marked as downloaded leaves it alone: the mark would have to be taken off everything below. Access control
    /// lists come along, and those that the new folder's own passes on come to them.
    /// </remarks>
    internal static Errno CloneTreeInto(byte* source, byte* target) =>
        Quarantine.MarksNewFiles ? Errno.EOPNOTSUPP
        : MacInterop.clonefileat(MacInterop.AT_FDCWD, source, MacInterop.AT_FDCWD, target, ForNewOwner | MacInterop.CLONE_ACL) == 0 ? Errno.None
        : Last();

    /// <summary>Copies the bytes of an open file into an empty one, and its holes as holes where the filesystem tells of them.</summary>
    /// <remarks>fcopyfile(3) never clones, whatever its flags say; it goes on from where the descriptors stand, and leaves them at the end.</remarks>
    internal static Errno CopyData(int source, int target)
    {
        long caller = MacInterop.lseek(source, 0, MacInterop.SEEK_CUR);
        if (caller < 0 || MacInterop.lseek(source, 0, MacInterop.SEEK_SET) < 0) return Last();
        Errno error = MacInterop.fcopyfile(source, target, 0, MacInterop.COPYFILE_DATA | MacInterop.COPYFILE_DATA_SPARSE) == 0 ? Errno.None : Last();
        _ = MacInterop.lseek(source, caller, MacInterop.SEEK_SET);
        return error;
    }

    /// <summary>The same of an open file that has a path still, to a name in an open folder.</summary>
    internal static Errno CopyInto(int source, int directory, byte* name, out bool cloned)
    {
        cloned = false;
        if (PathBehind(source) is not { } from || PathBehind(directory) is not { } folder) return Errno.ENOENT;
        return CopyFile(from, Path.Join(folder, Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name))), mustClone: false, out cloned);
    }

    /// <summary>Copies a file by its path with all that copyfile(3) can take along, as a clone where that can be.</summary>
    /// <param name="from">A file; a link is copied as such.</param>
    /// <param name="to">A path that nothing has.</param>
    /// <param name="mustClone">Whether anything but a clone is a failure.</param>
    /// <param name="cloned">Whether it is one.</param>
    internal static Errno CopyFile(string from, string to, bool mustClone, out bool cloned)
    {
        cloned = false;
        nint state = MacInterop.copyfile_state_alloc();
        if (state == 0) return Last();
        Errno error;
        fixed (byte* source = NativeFile.Terminated(from), target = NativeFile.Terminated(to))
            error = MacInterop.copyfile(source, target, state, mustClone ? MacInterop.COPYFILE_CLONE_FORCE : MacInterop.COPYFILE_CLONE) == 0 ? Errno.None : Last();
        int* was = stackalloc int[1];
        if (error == Errno.None && MacInterop.copyfile_state_get(state, MacInterop.COPYFILE_STATE_WAS_CLONED, was) == 0) cloned = *was != 0;
        _ = MacInterop.copyfile_state_free(state);
        return error;
    }

    /// <summary>There is no such call; a file that is open can be given no other's blocks.</summary>
    internal static Errno Clone(int source, int target) => Errno.ENOSYS;

    /// <inheritdoc cref="Clone"/>
    internal static Errno CloneRange(int source, long sourceOffset, int target, long targetOffset, long length) => Errno.ENOSYS;

    /// <inheritdoc cref="Clone"/>
    internal static Errno Deduplicate(int source, long sourceOffset, int target, long targetOffset, long length, out long shared)
    {
        shared = 0;
        return Errno.ENOSYS;
    }

    /// <summary>There is no such call.</summary>
    internal static nint copy_file_range(int source, long* sourceOffset, int target, long* targetOffset, nuint length, uint flags) => Refuse(Errno.ENOSYS);

    /// <summary>Takes from a clone what is in the way of finishing it. It is there whatever becomes of that.</summary>
    static Errno Release(int source, uint flags, int directory, byte* name)
    {
        int made = Open(MacFlags.Directory(directory), name, MacInterop.O_RDONLY | MacInterop.O_NOFOLLOW | MacInterop.O_CLOEXEC, 0);
        if (made < 0) return Last();
        Errno error = ChangeFlags(made, flags & HarmlessFlags);
        if (error == Errno.None && Quarantine.MarksNewFiles && !Quarantine.Has(source)) Quarantine.Remove(made);
        _ = MacInterop.close(made);
        return error;
    }
}
