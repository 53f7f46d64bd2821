namespace Reflinks.Tests.Staging;

/// <summary>btrfs subvolumes; the temporary folder they are in takes them along when it goes.</summary>
internal static class BtrfsTool
{
    /// <summary>Makes an empty one and returns its path.</summary>
    internal static string Create(string path)
    {
        Tool.Run("btrfs", "subvolume", "create", path);
        return path;
    }

    /// <summary>Makes a read-only snapshot of one and returns its path.</summary>
    internal static string Freeze(string subvolume, string path)
    {
        Tool.Run("btrfs", "subvolume", "snapshot", "-r", subvolume, path);
        return path;
    }
}
