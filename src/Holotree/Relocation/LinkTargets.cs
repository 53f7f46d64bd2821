namespace Holotree.Relocation;

/// <summary>
/// Where links lead. On Windows a junction, and some symbolic links, name their target as the kernel does (<c>\??\C:\env</c>,
/// <c>\??\UNC\server\share</c>), others as programs do, with separators of either kind.
/// </summary>
internal static class LinkTargets
{
    const int DeviceBytes = 4, ShareDeviceBytes = 8;

    /// <summary>Whether a link points into the tree that was recorded, and has to point elsewhere at every other path.</summary>
    internal static bool LeadsInto(byte[] prefix, ReadOnlySpan<byte> target) => EndOfPrefix(prefix, target) >= 0;

    /// <summary>The new target of a link into the prefix; null for any other link.</summary>
    internal static byte[]? Retarget(byte[] oldPrefix, byte[] newPrefix, ReadOnlySpan<byte> target)
    {
        int end = EndOfPrefix(oldPrefix, target);
        if (end < 0) return null;
        ReadOnlySpan<byte> rest = target[end..];
        if (!IsOfDevice(target) || !WindowsPath.IsAbsolute(newPrefix)) return [.. newPrefix, .. rest];
        ReadOnlySpan<byte> device = target[..DeviceBytes];
        return WindowsPath.IsShare(newPrefix) ? [.. device, .. "UNC\\"u8, .. newPrefix.AsSpan(2), .. rest] : [.. device, .. newPrefix, .. rest];
    }

    /// <summary>Where in a target the prefix ends; -1 where it does not lead into it.</summary>
    static int EndOfPrefix(byte[] prefix, ReadOnlySpan<byte> target)
    {
        if (!WindowsPath.IsAbsolute(prefix))
            return target.StartsWith(prefix) && (target.Length == prefix.Length || target[prefix.Length] == '/') ? prefix.Length : -1;

        ReadOnlySpan<byte> path = prefix;
        int start = 0;
        if (IsOfDevice(target))
        {
            bool share = target.Length > ShareDeviceBytes && Matches("UNC\\"u8, target[DeviceBytes..]);
            if (share != WindowsPath.IsShare(prefix)) return -1;
            start = share ? ShareDeviceBytes : DeviceBytes;
            if (share) path = path[2..];
        }
        int end = start + path.Length;
        return Matches(path, target[start..]) && (target.Length == end || IsSeparator(target[end])) ? end : -1;
    }

    /// <summary>Whether a target is named as the kernel does, or as <c>\\?\</c> has programs name it.</summary>
    static bool IsOfDevice(ReadOnlySpan<byte> target) => target.StartsWith(@"\??\"u8) || target.StartsWith(@"\\?\"u8);

    /// <summary>Whether a target goes on with a path, whatever its separators and the case of its drive's letter.</summary>
    static bool Matches(ReadOnlySpan<byte> path, ReadOnlySpan<byte> target)
    {
        if (target.Length < path.Length) return false;
        for (int i = 0; i < path.Length; i++)
        {
            bool same = path[i] == target[i]
                || (IsSeparator(path[i]) && IsSeparator(target[i]))
                || (i == 0 && WindowsPath.HasDrive(path) && (path[0] | 0x20) == (target[0] | 0x20));
            if (!same) return false;
        }
        return true;
    }

    static bool IsSeparator(byte value) => value is (byte)'\\' or (byte)'/';
}
