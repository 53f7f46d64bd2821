using System.Runtime.Versioning;
using System.Text;
using BenchmarkDotNet.Attributes;
using Holotree.Recording;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;

namespace Holotree.Bench.Parts;

/// <summary>
/// How fast one core looks through bytes for the prefix and for NUL: as recording reads them, from the page cache in pieces, but
/// without the digest, which costs more than all the rest.
/// </summary>
[SupportedOSPlatform("linux")]
public class FinderBenchmark
{
    internal const int DataBytes = 64 << 20;
    const string Prefix = "/home/user/.holotree/spaces/tools";

    static readonly Dictionary<string, byte[]> patterns = new()
    {
        ["random bytes"] = Noise(),
        ["zeros"] = new byte[4096],
        ["prose, no NUL"] = "The prefix is looked for in every file, whatever it holds: most of them are a text like this.\n"u8.ToArray(),
        ["relative paths, a line each"] = "./usr/lib/python3/site-packages/numpy/core/include/x.h\n"u8.ToArray(),
        ["nothing but slashes"] = "/"u8.ToArray(),
        ["near hits: other folders beside the prefix"] = Encoding.ASCII.GetBytes($"{Prefix[..^5]}trees/lib/python3/site-packages/a.py\n"),
        ["near hits: a longer name, a line each"] = Encoding.ASCII.GetBytes($"{Prefix}2/lib/python3/site-packages/a.py\n"),
        ["a hit a line"] = Encoding.ASCII.GetBytes($"{Prefix}/lib/python3/site-packages/a.py\n"),
    };

    readonly string path = Path.Join(Path.GetTempPath(), $"holotree-finder-{Environment.ProcessId}");
    readonly ContentReader reader = new(Encoding.ASCII.GetBytes(Prefix), hashing: false);
    SafeFileHandle? file;

    /// <summary>What is searched.</summary>
    [ParamsSource(nameof(Contents))]
    public string Content { get; set; } = string.Empty;

    /// <summary>Each of them.</summary>
    public static IEnumerable<string> Contents => patterns.Keys;

    /// <summary>Writes the file.</summary>
    [GlobalSetup]
    public void Write()
    {
        byte[] pattern = patterns[Content], block = new byte[1 << 20];
        using (FileStream written = File.Create(path))
        {
            for (int i = 0; i < block.Length; i += pattern.Length) pattern.AsSpan(0, Math.Min(pattern.Length, block.Length - i)).CopyTo(block.AsSpan(i));
            for (long length = 0; length < DataBytes; length += block.Length) written.Write(block);
        }
        file = File.OpenHandle(path);
    }

    /// <summary>Reads and searches it.</summary>
    [Benchmark(Description = "prefix finder, 64 MiB")]
    public int Search()
    {
        int descriptor = (int)file!.DangerousGetHandle();
        if (NativeFile.Stat(descriptor, out Kernel.Statx stat) != Errno.None || reader.Read(descriptor, stat, out _, CancellationToken.None) != Errno.None)
            throw new IOException(path);
        return reader.Offsets.Count;
    }

    /// <summary>Removes the file.</summary>
    [GlobalCleanup]
    public void Remove()
    {
        file?.Dispose();
        reader.Dispose();
        File.Delete(path);
    }

    static byte[] Noise()
    {
        byte[] noise = new byte[1 << 20];
        new Random(1).NextBytes(noise);
        return noise;
    }
}
