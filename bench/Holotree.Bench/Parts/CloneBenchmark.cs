using System.Runtime.Versioning;
using BenchmarkDotNet.Attributes;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;

namespace Holotree.Bench.Parts;

/// <summary>One clone call, over a file that shares the same blocks already, so that nothing grows while it is repeated.</summary>
[SupportedOSPlatform("linux")]
public class CloneBenchmark
{
    const string VolumesVariable = "HOLOTREE_TEST_VOLUMES";

    string folder = string.Empty;
    SafeFileHandle? source, target;

    /// <summary>The filesystem.</summary>
    [ParamsSource(nameof(Volumes))]
    public string Volume { get; set; } = string.Empty;

    /// <summary>Those at hand that can clone.</summary>
    public static IEnumerable<string> Volumes =>
        Environment.GetEnvironmentVariable(VolumesVariable) is { Length: > 0 } volumes
            ? new[] { "btrfs", "xfs" }.Where(volume => Directory.Exists(Path.Join(volumes, volume))) : [];

    /// <summary>Makes both files.</summary>
    [GlobalSetup]
    public void Make()
    {
        folder = Directory.CreateDirectory(Path.Join(Environment.GetEnvironmentVariable(VolumesVariable), Volume, "clone-benchmark")).FullName;
        string path = Path.Join(folder, "source");
        byte[] content = new byte[64 << 10];
        new Random(1).NextBytes(content);
        File.WriteAllBytes(path, content);
        source = File.OpenHandle(path);
        RandomAccess.FlushToDisk(source);
        target = File.OpenHandle(Path.Join(folder, "target"), FileMode.Create, FileAccess.ReadWrite);
    }

    /// <summary>Clones.</summary>
    [Benchmark(Description = "clone call, a file of 64 KiB")]
    public void Clone()
    {
        Errno error = Kernel.Clone((int)source!.DangerousGetHandle(), (int)target!.DangerousGetHandle());
        if (error != Errno.None) throw NativeErrors.Failure(error, "clone", folder);
    }

    /// <summary>Removes both.</summary>
    [GlobalCleanup]
    public void Remove()
    {
        source?.Dispose();
        target?.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
