using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Platform;

namespace Holotree.Bench;

/// <summary>Files of one length that name a prefix at some places, and what it takes to make relocated ones of them.</summary>
[SupportedOSPlatform("linux")]
internal sealed class RelocatedFiles : IDisposable
{
    static readonly byte[] Old = "/opt/recorded"u8.ToArray(), New = "/opt/restored"u8.ToArray();

    readonly string folder, sources;
    readonly int lengthBytes, files;
    readonly long[] offsets;

    internal RelocatedFiles(string folder, int lengthBytes, int places, int files)
    {
        (this.folder, this.lengthBytes, this.files) = (folder, lengthBytes, files);
        sources = Directory.CreateDirectory(Path.Join(folder, "sources")).FullName;
        offsets = [.. Enumerable.Range(0, places).Select(place => ((long)lengthBytes / places * place) + 100)];
        byte[] content = new byte[lengthBytes];
        for (int file = 0; file < files; file++)
        {
            new Random(file).NextBytes(content);
            foreach (long offset in offsets) Old.CopyTo(content, offset);
            File.WriteAllBytes(Path.Join(sources, Name(file)), content);
        }
        DurableFile.SyncFileSystem(folder);
    }

    /// <summary>Makes every file once, the way a restore does. Returns the seconds until all are closed, and until they are on the disk.</summary>
    internal (double Closed, double OnDisk) Make(bool patch)
    {
        string made = Directory.CreateDirectory(Path.Join(folder, "made")).FullName;
        DurableFile.SyncFileSystem(folder);
        var relocator = new Relocator(Old, New);
        long start = Stopwatch.GetTimestamp();
        for (int file = 0; file < files; file++)
        {
            int source = Open(Path.Join(sources, Name(file)), Kernel.O_RDONLY);
            int target = Open(Path.Join(made, Name(file)), Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL);
            Errno error = patch
                ? Kernel.Clone(source, target) : relocator.Rewrite(RelocationKind.InPlace, source, target, lengthBytes, offsets, 0, out _);
            if (patch && error == Errno.None) error = relocator.Patch(RelocationKind.InPlace, source, target, lengthBytes, offsets);
            if (error != Errno.None) throw NativeErrors.Failure(error, "relocate", Path.Join(made, Name(file)));
            _ = Kernel.close(source);
            _ = Kernel.close(target);
        }
        double closed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        DurableFile.SyncFileSystem(folder);
        double onDisk = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Directory.Delete(made, recursive: true);
        DurableFile.SyncFileSystem(folder);
        return (closed, onDisk);
    }

    /// <summary>Removes the files that were made relocated ones of.</summary>
    public void Dispose() => Directory.Delete(sources, recursive: true);

    static int Open(string path, int flags)
    {
        int descriptor = NativeFile.Open(path, flags, 0x1A4, out Errno error);
        return descriptor >= 0 ? descriptor : throw NativeErrors.Failure(error, "open", path);
    }

    static string Name(int file) => file.ToString("D5", CultureInfo.InvariantCulture);
}
