using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>Writes small files that must be whole or absent, and makes what was written durable.</summary>
internal static class DurableFile
{
    /// <summary>Replaces the file at <paramref name="path"/>: written beside it and renamed; if durable, synced before, and the folder synced after.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">What it is to hold.</param>
    /// <param name="durable">Whether it is on disk when this returns.</param>
    /// <param name="logged">Whether it is also there, where it is not durable, when a power cut takes its bytes and leaves its name (<see cref="LoggedCopy"/>).</param>
    internal static void Write(string path, ReadOnlySpan<byte> content, bool durable = true, bool logged = false)
    {
        using (PendingFile pending = Begin(path))
        {
            SharedLibrary.Open(pending.Descriptor, path, 0x1A4);
            if (logged && !durable) LoggedCopy.Write(pending.Descriptor, content);
            Errno error = NativeFile.Write(pending.Descriptor, content, 0);
            if (error == Errno.None && durable && Kernel.fsync(pending.Descriptor) != 0) error = NativeErrors.Last;
            if (error != Errno.None) throw NativeErrors.Failure(error, "write", path);
            pending.Keep(overwrite: true);
        }
        if (durable && SyncsFileSystems) SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>
    /// Begins a file beside its final name. This process holds a lock on it, by which whoever clears up (<see cref="Unfinished"/>) tells it
    /// from one that a dead process left.
    /// </summary>
    internal static PendingFile Begin(string path, string kind = "")
    {
        while (true)
        {
            var pending = PendingFile.Create(path, 0x1A4, kind);

            // Who cleared up in the moment before the lock was held has taken it for left, and its name is gone or going.
            if (Unfinished.TryHold(pending.Descriptor) && NativeFile.Stat(pending.Descriptor, out Kernel.Statx stat) == Errno.None && stat.stx_nlink > 0) return pending;
            pending.Dispose();
        }
    }

    /// <summary>Makes the names in a folder durable.</summary>
    internal static void SyncFolder(string path) => Sync(path, wholeFileSystem: false);

    /// <summary>Makes everything written below a folder durable; where the system has a call for that, with all of its filesystem (syncfs(2)).</summary>
    internal static void SyncFileSystem(string path)
    {
        if (SyncsFileSystems) Sync(path, wholeFileSystem: true);
        else SyncFiles(path);
    }

    /// <summary>Whether one call makes a whole filesystem durable. Windows has it for administrators alone (FlushFileBuffers on a volume).</summary>
    internal static bool SyncsFileSystems { get; } = !OperatingSystem.IsWindows();

    /// <summary>Makes each file below a folder durable by itself. Folders are not: NTFS and ReFS log their names.</summary>
    static void SyncFiles(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
        {
            // Who flushes must be able to write, and objects are read-only.
            FileAttributes kept = File.GetAttributes(path);
            if (kept.HasFlag(FileAttributes.ReadOnly)) File.SetAttributes(path, kept & ~FileAttributes.ReadOnly);
            try
            {
                int descriptor = NativeFile.Open(path, Kernel.O_RDWR | OpenFlags.O_NOFOLLOW, 0, out Errno error);
                if (descriptor >= 0 && Kernel.fsync(descriptor) != 0) error = NativeErrors.Last;
                if (descriptor >= 0) _ = Kernel.close(descriptor);
                if (error != Errno.None) throw NativeErrors.Failure(error, "sync", path);
            }
            finally
            {
                if (kept.HasFlag(FileAttributes.ReadOnly)) File.SetAttributes(path, kept);
            }
        }
    }

    static void Sync(string path, bool wholeFileSystem)
    {
        int descriptor = NativeFile.Open(path, Kernel.O_RDONLY | OpenFlags.O_DIRECTORY, 0, out Errno error);
        if (descriptor < 0) throw NativeErrors.Failure(error, "open folder", path);
        if ((wholeFileSystem ? Kernel.syncfs(descriptor) : Kernel.fsync(descriptor)) != 0) error = NativeErrors.Last;
        _ = Kernel.close(descriptor);
        if (error != Errno.None) throw NativeErrors.Failure(error, "sync", path);
    }
}
