using System.Globalization;
using System.Runtime.Versioning;

namespace Holotree.Bench;

/// <summary>
/// From which length on cloning a file and patching the places is cheaper than writing it whole: for each length and number of
/// places, microseconds a file until the last one is closed, and until all of it is on the disk (syncfs).
/// </summary>
[SupportedOSPlatform("linux")]
internal static class PatchingSpeed
{
    const int Runs = 5, DataBytes = 32 << 20, MostFiles = 500;
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
        int count = Math.Clamp(DataBytes / length, 8, MostFiles);
        using var files = new RelocatedFiles(folder, length, places, count);
        double[] patched = new double[Runs], patchedOnDisk = new double[Runs], written = new double[Runs], writtenOnDisk = new double[Runs];
        for (int run = -1; run < Runs; run++)       // the first round is not counted
        {
            (double closed, double onDisk) = files.Make(patch: true);
            if (run >= 0) (patched[run], patchedOnDisk[run]) = (closed, onDisk);
            (closed, onDisk) = files.Make(patch: false);
            if (run >= 0) (written[run], writtenOnDisk[run]) = (closed, onDisk);
        }

        double[] medians = [.. new[] { patched, written, patchedOnDisk, writtenOnDisk }.Select(seconds => Median.Of(seconds) / count * 1e6)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {length / 1024} KiB | {places} | {count} | {medians[0]:F0} µs | {medians[1]:F0} µs | {medians[0] / medians[1]:F2} | {medians[2]:F0} µs | {medians[3]:F0} µs | {medians[2] / medians[3]:F2} |"));
    }
}
