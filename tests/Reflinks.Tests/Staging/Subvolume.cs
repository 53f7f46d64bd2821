namespace Reflinks.Tests.Staging;

/// <summary>A btrfs subvolume, deleted when the test is over.</summary>
internal sealed class Subvolume : IDisposable
{
    Subvolume(string path) => Path = path;

    internal string Path { get; }

    internal static Subvolume Create(string path)
    {
        Tool.Run("btrfs", "subvolume", "create", path);
        return new Subvolume(path);
    }

    internal Subvolume Snapshot(string path, bool readOnly)
    {
        Tool.Run("btrfs", readOnly ? ["subvolume", "snapshot", "-r", Path, path] : ["subvolume", "snapshot", Path, path]);
        return new Subvolume(path);
    }

    public void Dispose() => Tool.Run("btrfs", "subvolume", "delete", Path);
}
