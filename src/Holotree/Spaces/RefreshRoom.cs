using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// The folder in which what is new in a space is built, and into which what goes is moved; it is deleted with what is in it. It
/// lies beside the space, so that renames do the rest. A snapshot is a filesystem of its own to rename(2) (EXDEV), so there the
/// folder lies within the space.
/// </summary>
internal sealed unsafe class RefreshRoom : IDisposable
{
    readonly PendingTree pending;
    readonly string space;
    readonly Kernel.Statx? before;
    bool isLeft;

    RefreshRoom(PendingTree pending, string space, Kernel.Statx? before) => (this.pending, this.space, this.before) = (pending, space, before);

    internal string Path => pending.Path;

    /// <summary>For what is new.</summary>
    internal string MadePath => System.IO.Path.Join(Path, "made");

    /// <summary>For what goes.</summary>
    internal string GonePath => System.IO.Path.Join(Path, "gone");

    /// <summary>Whether it lies in the space, whose own looks have to be put right after it went.</summary>
    internal bool IsWithin => before is not null;

    /// <summary>Chooses its name. Nothing is made yet, so that the name can be noted before anything has it.</summary>
    internal static RefreshRoom Reserve(string space) => SpacePlace.IsApart(space, out Kernel.Statx root)
        ? new RefreshRoom(PendingTree.Reserve(System.IO.Path.Join(space, "refresh")), space, root)
        : new RefreshRoom(PendingTree.Reserve(space), space, before: null);

    /// <summary>Makes it.</summary>
    internal void Open()
    {
        if (before is { } root && (root.stx_mode & NativeMetadata.OwnerAll) != NativeMetadata.OwnerAll) SetLooks(space, NativeMetadata.OwnerAll, root);
        pending.MakeFolder();
        if (IsWithin) RemoveDefaults(Path);
        Directory.CreateDirectory(MadePath);
        Directory.CreateDirectory(GonePath);
    }

    /// <summary>Deletes it before the space's own folder is finished.</summary>
    internal void Leave()
    {
        TreeRemover.Remove(Path);
        isLeft = true;
    }

    /// <summary>Leaves it to who sweeps what the state of the space names.</summary>
    internal void LeaveBehind() => pending.LeaveBehind();

    /// <summary>What is built in it shall not inherit the default access control list that the space's own folder may have.</summary>
    static void RemoveDefaults(string path)
    {
        int descriptor = NativeFile.Open(path, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (descriptor < 0) throw NativeErrors.Failure(error, "open", path);
        NativeMetadata.DropDefaultAccessControlList(descriptor);
        _ = Kernel.close(descriptor);
    }

    static void SetLooks(string path, int mode, in Kernel.Statx stat)
    {
        byte[] name = NativeFile.Terminated(path);
        fixed (byte* entry = name)
        {
            Errno error = Kernel.SetModeAt(Kernel.AT_FDCWD, entry, mode);
            if (error == Errno.None) error = NativeMetadata.SetTimesAt(Kernel.AT_FDCWD, entry, stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec);
            if (error != Errno.None) throw NativeErrors.Failure(error, "set mode and times of folder", path);
        }
    }

    public void Dispose()
    {
        pending.Dispose();
        if (before is { } root && !isLeft) SetLooks(space, root.stx_mode & 0xFFF, root);
    }
}
