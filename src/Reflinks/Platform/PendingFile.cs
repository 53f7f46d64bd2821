using Reflinks.Files;

namespace Reflinks.Platform;

/// <summary>A file built beside its final name: <see cref="Keep"/> is the only way it stays, disposing deletes it otherwise.</summary>
internal sealed unsafe class PendingFile : IDisposable
{
    readonly string destination;
    readonly byte[] temporaryName, finalName;
    readonly int directory;
    bool kept;

    PendingFile(string destination, int directory, byte[] temporaryName, byte[] finalName, int descriptor)
    {
        (this.destination, this.directory, this.temporaryName, this.finalName) = (destination, directory, temporaryName, finalName);
        Descriptor = descriptor;
    }

    /// <summary>The writable descriptor; it belongs to this object.</summary>
    internal int Descriptor { get; private set; }

    /// <summary>Makes it anew as a clone, where a clone is always a new file; <see cref="Descriptor"/> is another one then.</summary>
    /// <returns>Why it is no clone, but empty and as it was made.</returns>
    internal Errno TryClone(TransferLadder ladder, int source, in Kernel.Statx stat, ulong device, uint mode)
    {
        Errno refused, error = Errno.None;
        fixed (byte* entry = temporaryName)
        {
            _ = Kernel.close(Descriptor);
            if (Kernel.unlinkat(directory, entry, 0) != 0) error = NativeErrors.Last;
            if (!ladder.TryCloneUnder(source, stat, directory, entry, device, out int made, out refused))
                made = NativeFile.OpenAt(directory, entry, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL | OpenFlags.O_NOFOLLOW, mode, out error);
            Descriptor = made;
        }
        return Descriptor >= 0 ? refused : throw NativeErrors.Failure(error, "create", destination);
    }

    /// <summary>Makes it anew as a copy that the system makes under a name; <see cref="Descriptor"/> is another one then. It is open for writing and has no attributes.</summary>
    /// <returns>Why it is no copy, but empty and as it was made.</returns>
    internal Errno TryCopy(int source, uint mode, out bool cloned, CancellationToken cancellation)
    {
        Errno refused, error = Errno.None;
        fixed (byte* entry = temporaryName)
        {
            _ = Kernel.close(Descriptor);
            Descriptor = -1;
            if (Kernel.unlinkat(directory, entry, 0) != 0) throw NativeErrors.Failure(NativeErrors.Last, "create", destination);
            refused = Kernel.CopyInto(source, directory, entry, out cloned, cancellation);
            cancellation.ThrowIfCancellationRequested();
            if (refused == Errno.None) error = Kernel.SetModeAt(directory, entry, (int)mode);
            int flags = Kernel.O_RDWR | OpenFlags.O_NOFOLLOW | (refused == Errno.None ? 0 : Kernel.O_CREAT | Kernel.O_EXCL);
            if (error == Errno.None) Descriptor = NativeFile.OpenAt(directory, entry, flags, mode, out error);
        }
        if (Descriptor < 0) throw NativeErrors.Failure(error, "create", destination);
        if (refused == Errno.None) NativeMetadata.RemoveAttributes(Descriptor);
        return refused;
    }

    /// <summary>Makes one, empty, called <c>.reflink-*.tmp</c>.</summary>
    /// <param name="destination">What it is to become.</param>
    /// <param name="mode">Its mode, from which the umask is cut.</param>
    /// <param name="kind">Goes before the random part of its name, so that those of a kind can be found.</param>
    internal static PendingFile Create(string destination, uint mode, string kind = "")
    {
        // Split as it stands: Path.GetFullPath would take "link/.." away, which the system does not.
        string name = Path.GetFileName(destination);
        if (name is "" or "." or "..") throw NativeErrors.Failure(Errno.EISDIR, "write", destination);
        string parent = destination[..^name.Length];
        if (parent.Length == 0) parent = ".";

        // As a place only: a folder that may be written need not be readable.
        int directory = NativeFile.Open(parent, Kernel.O_PATH | OpenFlags.O_DIRECTORY, 0, out Errno error);
        if (directory < 0) throw NativeErrors.FolderFailure(error, "open folder", parent);

        // The name stays within 255 bytes whatever the destination's length is.
        byte[] temporary = NativeFile.Terminated($".reflink-{kind}{NativeFile.FreshName()}.tmp");
        int descriptor;
        fixed (byte* entry = temporary)
            descriptor = NativeFile.OpenAt(directory, entry, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL | OpenFlags.O_NOFOLLOW, mode, out error);
        if (descriptor < 0)
        {
            _ = Kernel.close(directory);
            throw NativeErrors.Failure(error, "create a file in", parent);
        }
        return new PendingFile(destination, directory, temporary, NativeFile.Terminated(name), descriptor);
    }

    /// <summary>Gives the file its final name in one step; an existing one is replaced only if <paramref name="overwrite"/> is set.</summary>
    internal void Keep(bool overwrite)
    {
        Errno error;
        fixed (byte* from = temporaryName, to = finalName)
        {
            error = Kernel.renameat2(directory, from, directory, to, overwrite ? 0 : Kernel.RENAME_NOREPLACE) == 0 ? Errno.None : NativeErrors.Last;
            if (!overwrite && error is Errno.EINVAL or Errno.ENOSYS)
            {
                // Filesystems without RENAME_NOREPLACE (NFS): link(2) refuses an existing name too.
                error = Kernel.linkat(directory, from, directory, to, 0) == 0 ? Errno.None : NativeErrors.Last;
                if (error == Errno.None) _ = Kernel.unlinkat(directory, from, 0);
            }
        }
        if (error == Errno.EEXIST) throw NativeErrors.Taken(destination);
        if (error != Errno.None) throw NativeErrors.Failure(error, "create", destination);
        kept = true;
    }

    public void Dispose()
    {
        if (Descriptor >= 0) _ = Kernel.close(Descriptor);
        if (!kept)
        {
            fixed (byte* entry = temporaryName) _ = Kernel.unlinkat(directory, entry, 0);
        }
        _ = Kernel.close(directory);
    }
}
