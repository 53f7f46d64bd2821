namespace Reflinks.Tests.Staging;

/// <summary>A mount that a test makes for itself, gone with the test.</summary>
internal sealed class Mount : IDisposable
{
    readonly string path;

    Mount(string path) => this.path = path;

    /// <summary>Shows a folder, which <paramref name="make"/> makes, at a second place as well.</summary>
    internal static Mount Bind(string folder, string path, Action? make = null)
    {
        make?.Invoke();
        Directory.CreateDirectory(path);
        Tool.Run("mount", "--bind", folder, path);
        return new Mount(path);
    }

    /// <summary>Mounts the filesystem in a file.</summary>
    internal static Mount Loop(string image, string path, string options)
    {
        Directory.CreateDirectory(path);
        Tool.Run("mount", "-o", "loop," + options, image, path);
        return new Mount(path);
    }

    internal static Mount Tmpfs(string path, string options)
    {
        Directory.CreateDirectory(path);
        Tool.Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path);
        return new Mount(path);
    }

    public void Dispose() => Tool.Run("umount", path);
}
