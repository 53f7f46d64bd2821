using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Platform.Linux;

namespace Holotree.Bench;

/// <summary>
/// From which length on cloning a file and patching the places is cheaper than writing it whole: for each length and number of
/// places, microseconds a file until the last one is closed, and until all of it is on the disk (syncfs).
/// </summary>
[SupportedOSPlatform("linux")]
internal static class PatchingSpeed
{
    const int Runs = 5, DataBytes = 32 << 20, MostFiles = 500;
    static readonly byte[] Old = "/opt/recorded"u8.ToArray(), New = "/opt/restored"u8.ToArray();
    static readonly int[] Lengths = [16, 32, 64, 128, 256, 512, 1024, 4096];
    static readonly int[] PlaceCounts = [1, 2, 4, 16];

    internal static int Measure(string folder)
    {
        Console.WriteLine("| length | places | files | patched, closed | written, closed | ratio | patched, on disk | written, on disk | ratio |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (int kib in Lengths)
        {
            foreach (int places in PlaceCounts.Where(count => count <= kib)) Measure(folder, kib * 1024, places);
        }
        return 0;
    }

    static void Measure(string folder, int length, int places)
    {
        int files = Math.Clamp(DataBytes / length, 8, MostFiles);
        string sources = Directory.CreateDirectory(Path.Join(folder, "sources")).FullName;
        long[] offsets = [.. Enumerable.Range(0, places).Select(place => ((long)length / places * place) + 100)];
        byte[] content = new byte[length];
        for (int file = 0; file < files; file++)
        {
            new Random(file).NextBytes(content);
            foreach (long offset in offsets) Old.CopyTo(content, offset);
            File.WriteAllBytes(Path.Join(sources, Name(file)), content);
        }
        DurableFile.SyncFileSystem(folder);

        double[] patched = new double[Runs], patchedOnDisk = new double[Runs], written = new double[Runs], writtenOnDisk = new double[Runs];
        for (int run = -1; run < Runs; run++)       // the first round is not counted
        {
            (double closed, double onDisk) = Make(folder, files, length, offsets, patch: true);
            if (run >= 0) (patched[run], patchedOnDisk[run]) = (closed, onDisk);
            (closed, onDisk) = Make(folder, files, length, offsets, patch: false);
            if (run >= 0) (written[run], writtenOnDisk[run]) = (closed, onDisk);
        }
        Directory.Delete(sources, recursive: true);

        double[] medians = [.. new[] { patched, written, patchedOnDisk, writtenOnDisk }.Select(seconds => Timing.MedianOf(seconds) / files * 1e6)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {length / 1024} KiB | {places} | {files} | {medians[0]:F0} µs | {medians[1]:F0} µs | {medians[0] / medians[1]:F2} | {medians[2]:F0} µs | {medians[3]:F0} µs | {medians[2] / medians[3]:F2} |"));
    }

    /// <summary>Makes every file once, the way a restore does. Returns the seconds until all are closed, and until they are on the disk.</summary>
    static (double Closed, double OnDisk) Make(string folder, int files, int length, long[] offsets, bool patch)
    {
        string made = Directory.CreateDirectory(Path.Join(folder, "made")).FullName;
        DurableFile.SyncFileSystem(folder);
        var relocator = new Relocator(Old, New);
        long start = Stopwatch.GetTimestamp();
        for (int file = 0; file < files; file++)
        {
            int source = Open(Path.Join(folder, "sources", Name(file)), Interop.O_RDONLY);
            int target = Open(Path.Join(made, Name(file)), Interop.O_RDWR | Interop.O_CREAT | Interop.O_EXCL);
            Errno error = patch ? LinuxFile.Clone(source, target) : relocator.Rewrite(RelocationKind.InPlace, source, target, length, offsets, 0, out _);
            if (patch && error == Errno.None) error = relocator.Patch(RelocationKind.InPlace, source, target, length, offsets);
            if (error != Errno.None) throw LinuxErrors.Failure(error, "relocate", Path.Join(made, Name(file)));
            _ = Interop.close(source);
            _ = Interop.close(target);
        }
        double closed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        DurableFile.SyncFileSystem(folder);
        double onDisk = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Directory.Delete(made, recursive: true);
        DurableFile.SyncFileSystem(folder);
        return (closed, onDisk);
    }

    static int Open(string path, int flags)
    {
        int descriptor = LinuxFile.Open(path, flags, 0x1A4, out Errno error);
        return descriptor >= 0 ? descriptor : throw LinuxErrors.Failure(error, "open", path);
    }

    static string Name(int file) => file.ToString("D5", CultureInfo.InvariantCulture);
}
