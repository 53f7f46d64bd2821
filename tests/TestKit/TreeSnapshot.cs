using System.Globalization;
using System.Runtime.InteropServices;

namespace TestKit;

/// <summary>A whole tree as it stood at one moment: everything <see cref="TreeComparison"/> can compare, by path.</summary>
/// <remarks>Taken before and after an act it shows that the act left a tree alone.</remarks>
public sealed class TreeSnapshot
{
    private readonly SortedDictionary<string, Item> items = new(StringComparer.Ordinal);

    private TreeSnapshot(string root) => Root = root;

    /// <summary>The folder it was taken of.</summary>
    public string Root { get; }

    /// <summary>How many paths lead to regular files; a file of two names counts twice.</summary>
    public int Files => Count(EntryKind.File);

    /// <summary>How many folders there are, without the root.</summary>
    public int Folders => Count(EntryKind.Folder) - 1;

    /// <summary>How many symbolic links there are.</summary>
    public int Links => Count(EntryKind.Link);

    /// <summary>How many regular files are empty.</summary>
    public int EmptyFiles => items.Values.Count(item => item.Kind == EntryKind.File && item.Status.SizeBytes == 0);

    /// <summary>The sizes of all regular files together.</summary>
    public long Bytes => items.Values.Where(item => item.Kind == EntryKind.File).Sum(item => (long)item.Status.SizeBytes);

    /// <summary>The relative paths, as messages show them, in the order of their characters; "." is the root.</summary>
    public IReadOnlyCollection<string> Paths => items.Keys;

    internal IReadOnlyDictionary<string, Item> Items => items;

    /// <summary>Reads the tree at <paramref name="root"/>, also its contents. A link at the root itself is followed.</summary>
    public static TreeSnapshot Take(string root)
    {
        root = Directory.ResolveLinkTarget(root, returnFinalTarget: true)?.FullName ?? root;
        var snapshot = new TreeSnapshot(root);
        var names = new Dictionary<(uint, uint, ulong), List<string>>();
        foreach (TreeEntry entry in TreeWalk.Of(root))
        {
            string path = ByteName.Show(entry.Path);
            Native.Statx status = entry.Status;
            if (entry.Kind != EntryKind.Folder && status.Links > 1)
            {
                (uint, uint, ulong) identity = (status.DeviceMajor, status.DeviceMinor, status.Inode);
                if (!names.TryGetValue(identity, out List<string>? known)) names.Add(identity, known = []);
                known.Add(path);
            }

            snapshot.items.Add(path, new Item(
                entry.Kind,
                status,
                entry.Kind == EntryKind.File ? FileContent.Read(entry.Folder, entry.Name) : null,
                entry.Kind == EntryKind.Link ? ByteName.Show(Native.ReadLink(entry.Folder, entry.Name)) : null,
                Xattrs(entry),
                FirstName: null));
        }

        // A name outside of the tree, as of an object in a library, does not count.
        foreach (List<string> known in names.Values.Where(known => known.Count > 1))
            foreach (string path in known)
                snapshot.items[path] = snapshot.items[path] with { FirstName = known[0] };
        return snapshot;
    }

    private static SortedDictionary<string, string> Xattrs(TreeEntry entry)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        byte[] path = entry.Folder == Native.AT_FDCWD ? entry.Name : Native.PathIn(entry.Folder, entry.Name);
        foreach (string name in Native.ListXattrs(path) ?? [])
        {
            // The security module labels by its own rules, overlayfs keeps its own notes, and XFS shows every ACL twice.
            if (name.StartsWith("security.selinux", StringComparison.Ordinal) || name.StartsWith("trusted.overlay.", StringComparison.Ordinal)
                || name.StartsWith("trusted.SGI_ACL_", StringComparison.Ordinal)) continue;
            values[name] = Native.GetXattr(path, name) is byte[] value ? Convert.ToHexStringLower(value) : "(gone)";
        }

        return values;
    }

    private int Count(EntryKind kind) => items.Values.Count(item => item.Kind == kind);

    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Item(
        EntryKind Kind,
        Native.Statx Status,
        FileContent? Content,
        string? LinkTarget,
        SortedDictionary<string, string> Xattrs,
        string? FirstName)
    {
        internal string Mode => Convert.ToString(Status.Mode & 0xFFF, 8).PadLeft(4, '0');

        internal string Modified => string.Create(CultureInfo.InvariantCulture, $"{Status.ModifiedSeconds}.{Status.ModifiedNanoseconds:D9}");
    }
}
