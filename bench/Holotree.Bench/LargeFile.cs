using System.Globalization;
using System.Runtime.Versioning;

namespace Holotree.Bench;

/// <summary>
/// What a file of 100 MB with one relocation costs, cloned and patched, and what it costs to write it whole. Prints a line for each
/// run: what was done, seconds until it was closed, seconds until it was on the disk.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class LargeFile
{
    const int LengthBytes = 100_000_000, Files = 4;

    internal static int Measure(string folder, int runs)
    {
        using var files = new RelocatedFiles(folder, LengthBytes, places: 1, Files);
        for (int run = -1; run < runs; run++)       // the first round is not counted
        {
            foreach (bool patch in (bool[])[true, false])
            {
                (double closed, double onDisk) = files.Make(patch);
                if (run < 0) continue;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{(patch ? "patched" : "written")} {closed / Files:F6} {onDisk / Files:F6}"));
            }
        }
        return 0;
    }
}
