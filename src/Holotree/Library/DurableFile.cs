using System.Runtime.Versioning;
using Reflinks.Platform.Linux;

namespace Holotree.Library;

/// <summary>Writes small files that must be whole or absent, and makes what was written durable.</summary>
[SupportedOSPlatform("linux")]
internal static class DurableFile
{
    /// <summary>Replaces the file at <paramref name="path"/>: written beside it and renamed; if durable, synced before, and the folder synced after.</summary>
    internal static void Write(string path, ReadOnlySpan<byte> content, bool durable = true)
    {
        using (var pending = PendingFile.Create(path, 0x1A4))
        {
            SharedLibrary.Open(pending.Descriptor, path, 0x1A4);
            Errno error = LinuxFile.Write(pending.Descriptor, content, 0);
            if (error == Errno.None && durable && Interop.fsync(pending.Descriptor) != 0) error = LinuxErrors.Last;
            if (error != Errno.None) throw LinuxErrors.Failure(error, "write", path);
            pending.Keep(overwrite: true);
        }
        if (durable) SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Makes the names in a folder durable.</summary>
    internal static void SyncFolder(string path) => Sync(path, wholeFileSystem: false);

    /// <summary>Makes everything written to a folder's filesystem durable, in one call for any number of files (syncfs(2)).</summary>
    internal static void SyncFileSystem(string path) => Sync(path, wholeFileSystem: true);

    static void Sync(string path, bool wholeFileSystem)
    {
        int descriptor = LinuxFile.Open(path, Interop.O_RDONLY | OpenFlags.O_DIRECTORY, 0, out Errno error);
        if (descriptor < 0) throw LinuxErrors.Failure(error, "open folder", path);
        if ((wholeFileSystem ? Interop.syncfs(descriptor) : Interop.fsync(descriptor)) != 0) error = LinuxErrors.Last;
        _ = Interop.close(descriptor);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "sync", path);
    }
}
