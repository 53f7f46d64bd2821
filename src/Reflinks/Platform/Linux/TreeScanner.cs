using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Reflinks.Files;
using Reflinks.Trees;

namespace Reflinks.Platform.Linux;

/// <summary>Lists a tree by getdents64(2) and statx(2), names as bytes, each directory's entries sorted by them.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class TreeScanner : IDisposable
{
    /// <summary>struct linux_dirent64, getdents64(2): inode and offset, 8 bytes each, then the record's length, the type, the name.</summary>
    const int DirentLength = 16, DirentName = 19;

    readonly TreeListingBuilder listing = new();
    readonly DirectoryCursor cursor;
    readonly TreeFilter? filter;
    readonly Stack<PendingDirectory> pending = new();
    readonly Dictionary<(ulong Device, ulong Inode), int> linked = [];
    readonly List<SkippedEntry> skipped = [];
    readonly List<(int Directory, byte[] Name)> skippedNames = [];
    readonly List<string> lostSetId = [];
    readonly List<NotPreserved> linkAttributes = [];
    readonly List<FileStamp>? fileStamps, directoryStamps;
    readonly byte[] records = new byte[64 * 1024];
    readonly List<byte[]> entries = [];

    readonly record struct PendingDirectory(int Parent, int NameOffset, int NameLength, int Mode, Interop.StatxTimestamp Modified, FileStamp Stamp);

    TreeScanner(string root, TreeFilter? filter, bool takeStamps)
    {
        cursor = new DirectoryCursor(root, readable: true);
        this.filter = filter;
        if (takeStamps) (fileStamps, directoryStamps) = ([], []);
    }

    /// <summary>Lists everything below <paramref name="root"/>.</summary>
    internal static TreeScan Scan(string root, TreeFilter? filter, CancellationToken cancellation)
    {
        using var scanner = new TreeScanner(root, filter, takeStamps: false);
        scanner.Run(root, cancellation);
        TreeListing found = scanner.listing.Build();
        return new TreeScan(filter is null ? found : Pruning.DropEmptied(found, filter.TakesEmptyDirectories), scanner.skipped, scanner.lostSetId)
        {
            LinkAttributes = scanner.linkAttributes,
        };
    }

    /// <summary>Lists everything below <paramref name="root"/>, and how it looks.</summary>
    internal static TreeScan ScanWithStamps(string root, CancellationToken cancellation)
    {
        using var scanner = new TreeScanner(root, filter: null, takeStamps: true);
        scanner.Run(root, cancellation);
        return new TreeScan(scanner.listing.Build(), scanner.skipped, scanner.lostSetId)
        {
            Stamps = new TreeStamps([.. scanner.fileStamps!], [.. scanner.directoryStamps!]),
            SkippedNames = scanner.skippedNames,
        };
    }

    void Run(string root, CancellationToken cancellation)
    {
        Errno error = LinuxFile.Stat(cursor.Root, out Interop.Statx stat);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "examine", root);
        pending.Push(new PendingDirectory(-1, listing.AddName([]), 0, stat.stx_mode & 0xFFF, stat.stx_mtime, FileStamp.Of(stat)));
        while (pending.TryPop(out PendingDirectory next))
        {
            cancellation.ThrowIfCancellationRequested();
            int index = listing.Add(new DirectoryEntry
            {
                Parent = next.Parent,
                NameOffset = next.NameOffset,
                NameLength = (ushort)next.NameLength,
                Mode = (ushort)next.Mode,
                ModifiedSeconds = next.Modified.tv_sec,
                ModifiedNanoseconds = (int)next.Modified.tv_nsec,
                FirstFile = listing.FileCount,
                FirstSymlink = listing.SymlinkCount,
                Attributes = -1,
            });
            directoryStamps?.Add(next.Stamp);
            ScanDirectory(index);
            ref DirectoryEntry entry = ref listing.Directories[index];
            entry.FileCount = listing.FileCount - entry.FirstFile;
            entry.SymlinkCount = listing.SymlinkCount - entry.FirstSymlink;
        }
    }

    void ScanDirectory(int index)
    {
        int directory = cursor.MoveTo(index, listing.Directories, listing.Names);
        ReadNames(directory, index);
        int firstPending = pending.Count;
        foreach (byte[] name in entries) Add(directory, index, name);

        // The stack gives back the last one first; the order of names is wanted.
        if (pending.Count - firstPending > 1)
        {
            var children = new PendingDirectory[pending.Count - firstPending];
            for (int i = 0; i < children.Length; i++) children[i] = pending.Pop();
            foreach (PendingDirectory child in children) pending.Push(child);
        }
    }

    void ReadNames(int directory, int index)
    {
        entries.Clear();
        fixed (byte* buffer = records)
        {
            while (true)
            {
                nint length = Interop.getdents64(directory, buffer, (nuint)records.Length);
                if (length < 0)
                {
                    Errno error = LinuxErrors.Last;
                    if (error == Errno.EINTR) continue;
                    throw LinuxErrors.Failure(error, "list folder", cursor.PathOf(index, listing.Directories, listing.Names));
                }
                if (length == 0) break;
                for (int at = 0; at < length; at += BinaryPrimitives.ReadUInt16LittleEndian(records.AsSpan(at + DirentLength)))
                {
                    ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + DirentName);
                    if (name is [(byte)'.'] or [(byte)'.', (byte)'.']) continue;
                    byte[] terminated = new byte[name.Length + 1];
                    name.CopyTo(terminated);
                    entries.Add(terminated);
                }
            }
        }
        entries.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
    }

    void Add(int directory, int index, byte[] terminatedName)
    {
        Errno error;
        Interop.Statx stat;
        fixed (byte* name = terminatedName) error = LinuxFile.StatAt(directory, name, Interop.AT_SYMLINK_NOFOLLOW, out stat);
        ReadOnlySpan<byte> bare = terminatedName.AsSpan(0, terminatedName.Length - 1);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "examine", Path.Join(cursor.ToString(), PathOf(index, bare)));

        int kind = stat.stx_mode & Interop.S_IFMT;
        if (filter is not null)
        {
            string path = PathOf(index, bare);
            if (kind == Interop.S_IFDIR ? !filter.Enters(path) : !filter.Takes(path)) return;
        }
        switch (kind)
        {
            case Interop.S_IFDIR:
                pending.Push(new PendingDirectory(index, listing.AddName(bare), bare.Length, stat.stx_mode & 0xFFF, stat.stx_mtime, FileStamp.Of(stat)));
                break;
            case Interop.S_IFREG:
                AddFile(index, bare, stat);
                break;
            case Interop.S_IFLNK:
                AddSymlink(directory, index, terminatedName, stat);
                break;
            default:
                skippedNames.Add((index, bare.ToArray()));
                skipped.Add(new SkippedEntry(PathOf(index, bare), kind switch
                {
                    Interop.S_IFSOCK => "socket",
                    Interop.S_IFIFO => "fifo",
                    _ => "device",
                }));
                break;
        }
    }

    void AddFile(int index, ReadOnlySpan<byte> name, in Interop.Statx stat)
    {
        int mode = LinuxMetadata.ModeToKeep(stat, out bool lost);
        if (lost) lostSetId.Add(PathOf(index, name));
        fileStamps?.Add(FileStamp.Of(stat));

        listing.Add(new FileEntry
        {
            Directory = index,
            NameOffset = listing.AddName(name),
            NameLength = (ushort)name.Length,
            Mode = (ushort)mode,
            LinkedTo = FirstOf(stat, listing.FileCount),
            Size = (long)stat.stx_size,
            ModifiedSeconds = stat.stx_mtime.tv_sec,
            ModifiedNanoseconds = (int)stat.stx_mtime.tv_nsec,
            Attributes = -1,
        });
    }

    void AddSymlink(int directory, int index, byte[] terminatedName, in Interop.Statx stat)
    {
        ReadOnlySpan<byte> name = terminatedName.AsSpan(0, terminatedName.Length - 1);
        nint length;
        fixed (byte* path = terminatedName, buffer = records) length = Interop.readlinkat(directory, path, buffer, (nuint)records.Length);
        if (length < 0) throw LinuxErrors.Failure(LinuxErrors.Last, "read link", Path.Join(cursor.ToString(), PathOf(index, name)));
        foreach (string attribute in LinuxMetadata.AttributesOfLink(directory, name))
            linkAttributes.Add(new NotPreserved(PathOf(index, name), attribute, LinuxErrors.Describe(Errno.EOPNOTSUPP)));
        listing.Add(new SymlinkEntry
        {
            Directory = index,
            NameOffset = listing.AddName(name),
            NameLength = (ushort)name.Length,
            TargetOffset = listing.AddName(records.AsSpan(0, (int)length)),
            TargetLength = (int)length,
            ModifiedSeconds = stat.stx_mtime.tv_sec,
            ModifiedNanoseconds = (int)stat.stx_mtime.tv_nsec,
            LinkedTo = FirstOf(stat, listing.SymlinkCount),
        });
    }

    /// <summary>The index of the first file, or link, of the same inode; -1 for the first one itself, which will have the index <paramref name="next"/>.</summary>
    int FirstOf(in Interop.Statx stat, int next)
    {
        if (stat.stx_nlink <= 1) return -1;
        ref int known = ref CollectionsMarshal.GetValueRefOrAddDefault(linked, (LinuxFile.Device(stat), stat.stx_ino), out bool seen);
        if (seen) return known;
        known = next;
        return -1;
    }

    string PathOf(int directory, ReadOnlySpan<byte> name)
    {
        string path = Encoding.UTF8.GetString(name);
        for (int at = directory; at > 0; at = listing.Directories[at].Parent)
        {
            DirectoryEntry entry = listing.Directories[at];
            path = $"{Encoding.UTF8.GetString(listing.Names.Slice(entry.NameOffset, entry.NameLength))}/{path}";
        }
        return path;
    }

    public void Dispose() => cursor.Dispose();
}
