namespace TestKit;

/// <summary>A name in a tree, valid until the walk goes on: <see cref="Folder"/> is closed when the walk leaves the folder.</summary>
/// <param name="Folder">The open folder the name is in.</param>
/// <param name="Name">The name in it.</param>
/// <param name="Path">The path from the root of the tree, "." for the root itself.</param>
/// <param name="Status">What the kernel says of it; a link is not followed.</param>
internal readonly record struct TreeEntry(int Folder, byte[] Name, byte[] Path, Native.Statx Status)
{
    internal EntryKind Kind => (Status.Mode & Native.S_IFMT) switch
    {
        Native.S_IFREG => EntryKind.File,
        Native.S_IFDIR => EntryKind.Folder,
        Native.S_IFLNK => EntryKind.Link,
        Native.S_IFIFO => EntryKind.Fifo,
        Native.S_IFSOCK => EntryKind.Socket,
        _ => EntryKind.Device,
    };
}

/// <summary>Walks a tree by names as bytes and open folders, so that no name and no depth is beyond it. A folder comes before what
/// is in it, siblings in the order of their bytes.</summary>
internal static class TreeWalk
{
    internal static IEnumerable<TreeEntry> Of(string root)
    {
        byte[] path = Native.Bytes(root);
        var here = new TreeEntry(Native.AT_FDCWD, path, "."u8.ToArray(), Native.Stat(Native.AT_FDCWD, path));
        return here.Kind == EntryKind.Folder ? Walk(here) : [here];
    }

    private static IEnumerable<TreeEntry> Walk(TreeEntry root)
    {
        yield return root;
        var open = new Stack<(int Descriptor, byte[] Path, Queue<byte[]> Names)>();
        try
        {
            open.Push(Enter(root));
            while (open.TryPeek(out (int Descriptor, byte[] Path, Queue<byte[]> Names) folder))
            {
                if (!folder.Names.TryDequeue(out byte[]? name))
                {
                    _ = Native.Close(open.Pop().Descriptor);
                    continue;
                }

                byte[] path = folder.Path.Length == 1 && folder.Path[0] == '.' ? name : [.. folder.Path, (byte)'/', .. name];
                var entry = new TreeEntry(folder.Descriptor, name, path, Native.Stat(folder.Descriptor, name));
                yield return entry;
                if (entry.Kind == EntryKind.Folder) open.Push(Enter(entry));
            }
        }
        finally
        {
            foreach ((int descriptor, _, _) in open) _ = Native.Close(descriptor);
        }
    }

    /// <summary>A folder that may not be listed counts as empty: a test as an ordinary user meets such folders on both sides.</summary>
    private static (int Descriptor, byte[] Path, Queue<byte[]> Names) Enter(TreeEntry entry)
    {
        int descriptor = Native.TryOpen(entry.Folder, entry.Name, Native.O_RDONLY | Native.Numbers.O_DIRECTORY);
        return descriptor < 0
            ? System.Runtime.InteropServices.Marshal.GetLastPInvokeError() == Native.EACCES
                ? (-1, entry.Path, new Queue<byte[]>())
                : throw Native.Error($"open {ByteName.Show(entry.Path)}")
            : (descriptor, entry.Path, new Queue<byte[]>(Native.ReadFolder(descriptor)));
    }
}
