using System.Runtime.Versioning;

namespace Reflinks.Tests.Staging;

/// <summary>A folder of its own on one of the test volumes, gone when the test is.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Place : IDisposable
{
    Place(string root) => Root = root;

    internal string Root { get; }

    /// <summary>A path in the folder.</summary>
    internal string this[string name] => Path.Combine(Root, name);

    /// <summary>Makes a folder on a volume, or skips the test and says why.</summary>
    internal static Place On(string volume)
    {
        string? root = VolumeRoot(volume);
        if (root is null)
        {
            string reason = Environment.GetEnvironmentVariable("HOLOTREE_TEST_VOLUMES") is null
                ? "there are no test volumes: run through tests/volumes.sh as root" : $"the volume {volume} was not made";
            Assert.Skip(reason);
        }
        string folder = Path.Combine(root!, $"t-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        return new Place(folder);
    }

    static string? VolumeRoot(string volume)
    {
        string? volumes = Environment.GetEnvironmentVariable("HOLOTREE_TEST_VOLUMES");
        if (volumes is null) return null;
        string root = volume == "nocow" ? Path.Combine(volumes, "btrfs", "nocow") : Path.Combine(volumes, volume);
        return Directory.Exists(root) ? root : null;
    }

    /// <summary>A folder of its own in the system's temporary folder, for what needs no certain filesystem.</summary>
    internal static Place Anywhere() => new(Directory.CreateTempSubdirectory("reflinks-tests-").FullName);

    /// <summary>Writes a file and returns its path.</summary>
    internal string Write(string name, byte[] content)
    {
        File.WriteAllBytes(this[name], content);
        return this[name];
    }

    /// <summary>Names of everything in the folder, sorted.</summary>
    internal string[] Names() => [.. Directory.EnumerateFileSystemEntries(Root).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
