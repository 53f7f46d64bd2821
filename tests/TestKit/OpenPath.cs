namespace TestKit;

/// <summary>The last folder on the way to a path, held open, and the name in it: a path of any length, one step at a time.</summary>
internal sealed class OpenPath : IDisposable
{
    private OpenPath(int folder, byte[] name) => (Folder, Name) = (folder, name);

    internal int Folder { get; }

    internal byte[] Name { get; }

    /// <summary>Opens the way from <paramref name="root"/> down <paramref name="path"/>; no link on the way is followed.</summary>
    internal static OpenPath Below(string root, ReadOnlySpan<byte> path)
    {
        int folder = Native.Open(Native.AT_FDCWD, Native.Bytes(root), Native.O_RDONLY | Native.Numbers.O_DIRECTORY);
        while (true)
        {
            int slash = path.IndexOf((byte)'/');
            if (slash < 0) return new OpenPath(folder, path.ToArray());
            int next = Native.TryOpen(folder, path[..slash], Native.O_RDONLY | Native.Numbers.O_DIRECTORY | Native.Numbers.O_NOFOLLOW);
            IOException? failure = next < 0 ? Native.Error($"open {ByteName.Show(path)}") : null;
            _ = Native.Close(folder);
            if (failure is not null) throw failure;
            folder = next;
            path = path[(slash + 1)..];
        }
    }

    public void Dispose() => _ = Native.Close(Folder);
}
