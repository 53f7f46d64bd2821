using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Holotree.Recording;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform.Linux;

namespace Holotree.Bench;

/// <summary>
/// How fast one core looks through bytes for the prefix and for NUL: as recording reads them, from the page cache in pieces, but
/// without the digest, which costs more than all the rest.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class FinderSpeed
{
    const int DataBytes = 256 << 20, Runs = 9;
    const string Prefix = "/home/user/.holotree/spaces/tools";

    internal static int Measure()
    {
        string path = Path.Join(Path.GetTempPath(), $"holotree-finder-{Environment.ProcessId}");
        Console.WriteLine($"| {DataBytes >> 20} MiB of | GB/s | places |");
        Console.WriteLine("| --- | ---: | ---: |");
        try
        {
            foreach ((string name, byte[] pattern) in Patterns())
            {
                Write(path, pattern);
                using SafeFileHandle file = File.OpenHandle(path);
                using var reader = new ContentReader(Encoding.ASCII.GetBytes(Prefix), hashing: false);
                int descriptor = (int)file.DangerousGetHandle();
                if (LinuxFile.Stat(descriptor, out Interop.Statx stat) != Errno.None) throw new IOException(path);
                double seconds = Timing.Median(Runs, () =>
                {
                    if (reader.Read(descriptor, stat, out _, CancellationToken.None) != Errno.None) throw new IOException(path);
                });
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {DataBytes / seconds / 1e9:F1} | {reader.Offsets.Count} |"));
            }
        }
        finally
        {
            File.Delete(path);
        }
        return 0;
    }

    static IEnumerable<(string Name, byte[] Pattern)> Patterns()
    {
        byte[] noise = new byte[1 << 20];
        new Random(1).NextBytes(noise);
        yield return ("random bytes", noise);
        yield return ("zeros", new byte[4096]);
        yield return ("prose, no NUL", "The prefix is looked for in every file, whatever it holds: most of them are a text like this.\n"u8.ToArray());
        yield return ("paths: `./usr/lib/python3/site-packages/…`", "./usr/lib/python3/site-packages/numpy/core/include/x.h\n"u8.ToArray());
        yield return ("nothing but slashes", "/"u8.ToArray());
        yield return ("near hits: other folders beside the prefix", Encoding.ASCII.GetBytes($"{Prefix[..^5]}trees/lib/python3/site-packages/a.py\n"));
        yield return ("near hits: a longer name", Encoding.ASCII.GetBytes($"{Prefix}2/lib/python3/site-packages/a.py\n"));
        yield return ("a hit a line", Encoding.ASCII.GetBytes($"{Prefix}/lib/python3/site-packages/a.py\n"));
    }

    static void Write(string path, byte[] pattern)
    {
        byte[] block = new byte[1 << 20];
        using FileStream file = File.Create(path);
        for (long written = 0; written < DataBytes; written += block.Length)
        {
            for (int i = 0; i < block.Length; i += pattern.Length) pattern.AsSpan(0, Math.Min(pattern.Length, block.Length - i)).CopyTo(block.AsSpan(i));
            file.Write(block);
        }
    }
}
