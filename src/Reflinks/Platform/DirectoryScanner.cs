using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Reflinks.Trees;

namespace Reflinks.Platform;

/// <summary>One thread's part in a scan: lists directories by getdents64(2) and statx(2), names as bytes, entries sorted by them.</summary>
/// <param name="cursor">Of its own; disposed with this.</param>
/// <param name="filter">What is taken; null for everything.</param>
/// <param name="takesStamps">Whether to keep how files look.</param>
internal sealed unsafe class DirectoryScanner(DirectoryCursor cursor, TreeFilter? filter, bool takesStamps) : IDisposable
{
    /// <summary>struct linux_dirent64, getdents64(2): inode and offset, 8 bytes each, then the record's length, the type, the name.</summary>
    const int DirentLength = 16, DirentName = 19;

    readonly byte[] records = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
    readonly List<EntryName> entries = [];
    byte[] found = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);        // the names as they came
    byte[] names = new byte[64 * 1024];
    int foundBytes, namesBytes;
    Comparison<EntryName>? byName;

    readonly List<ScannedDirectory.Child> children = [];
    readonly List<FileEntry> files = [];
    readonly List<SymlinkEntry> symlinks = [];
    readonly List<FileStamp> stamps = [];
    readonly List<ScannedDirectory.Shared> shared = [];
    readonly List<ScannedDirectory.Remark> remarks = [];

    /// <summary>Where a name begins among those found.</summary>
    readonly record struct EntryName(int Offset, int Length);

    /// <summary>Where it stands.</summary>
    internal DirectoryCursor Cursor => cursor;

    /// <summary>Lists one directory.</summary>
    /// <param name="index">Which of <paramref name="directories"/>.</param>
    /// <param name="directories">Those known by now; the way to this one is among them.</param>
    /// <param name="directoryNames">Their names.</param>
    internal ScannedDirectory Scan(int index, ReadOnlySpan<DirectoryEntry> directories, ReadOnlySpan<byte> directoryNames)
    {
        int directory = cursor.MoveTo(index, directories, directoryNames);
        namesBytes = 0;
        children.Clear();
        files.Clear();
        symlinks.Clear();
        stamps.Clear();
        shared.Clear();
        remarks.Clear();

        Errno error = ReadNames(directory);
        if (error != Errno.None) throw NativeErrors.Failure(error, "list folder", cursor.PathOf(index, directories, directoryNames));
        string? below = filter is null ? null : PathBelow(index, directories, directoryNames);
        foreach (EntryName entry in entries)
        {
            error = Add(directory, entry, below, out string doing);
            if (error == Errno.None) continue;
            string name = Encoding.UTF8.GetString(found.AsSpan(entry.Offset, entry.Length));
            throw NativeErrors.Failure(error, doing, Path.Join(cursor.PathOf(index, directories, directoryNames), name));
        }
        return new ScannedDirectory
        {
            Names = names.AsSpan(0, namesBytes).ToArray(),
            Children = [.. children],
            Files = [.. files],
            Symlinks = [.. symlinks],
            Stamps = [.. stamps],
            SharedInodes = [.. shared],
            Remarks = [.. remarks],
        };
    }

    Errno ReadNames(int directory)
    {
        entries.Clear();
        foundBytes = 0;
        byte* buffer = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(records, 0);
        while (true)
        {
            nint length = Kernel.getdents64(directory, buffer, (nuint)records.Length);
            if (length < 0)
            {
                Errno error = NativeErrors.Last;
                if (error == Errno.EINTR) continue;
                return error;
            }
            if (length == 0) break;
            for (int at = 0; at < length; at += BinaryPrimitives.ReadUInt16LittleEndian(records.AsSpan(at + DirentLength)))
            {
                ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer + at + DirentName);
                if (name is [(byte)'.'] or [(byte)'.', (byte)'.']) continue;
                if (foundBytes + name.Length + 1 > found.Length) GrowFound();
                name.CopyTo(found.AsSpan(foundBytes));
                found[foundBytes + name.Length] = 0;
                entries.Add(new EntryName(foundBytes, name.Length));
                foundBytes += name.Length + 1;
            }
        }
        CollectionsMarshal.AsSpan(entries).Sort(byName ??= (a, b) =>
            found.AsSpan(a.Offset, a.Length).SequenceCompareTo(found.AsSpan(b.Offset, b.Length)));
        return Errno.None;
    }

    void GrowFound()
    {
        byte[] larger = GC.AllocateUninitializedArray<byte>(checked(found.Length * 2), pinned: true);
        found.AsSpan(0, foundBytes).CopyTo(larger);
        found = larger;
    }

    Errno Add(int directory, EntryName entry, string? below, out string doing)
    {
        doing = "examine";
        byte* path = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(found, entry.Offset);
        Errno error = NativeFile.StatAt(directory, path, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat);
        if (error != Errno.None) return error;

        ReadOnlySpan<byte> name = found.AsSpan(entry.Offset, entry.Length);
        int kind = stat.stx_mode & Kernel.S_IFMT;
        if (filter is not null)
        {
            string full = below + Encoding.UTF8.GetString(name);
            if (kind == Kernel.S_IFDIR ? !filter.Enters(full) : !filter.Takes(full)) return Errno.None;
        }
        switch (kind)
        {
            case Kernel.S_IFDIR:
                children.Add(new ScannedDirectory.Child(AddName(name), (ushort)name.Length, (ushort)(stat.stx_mode & 0xFFF), stat.stx_mtime, FileStamp.Of(stat)));
                return Errno.None;
            case Kernel.S_IFREG:
                AddFile(name, stat);
                return Errno.None;
            case Kernel.S_IFLNK:
                doing = "read link";
                return AddSymlink(directory, path, name, stat);
            default:
                remarks.Add(new ScannedDirectory.Remark(ScannedDirectory.Kind.Skipped, name.ToArray(), kind switch
                {
                    Kernel.S_IFSOCK => "socket",
                    Kernel.S_IFIFO => "fifo",
                    _ => "device",
                }));
                return Errno.None;
        }
    }

    void AddFile(ReadOnlySpan<byte> name, in Kernel.Statx stat)
    {
        int mode = NativeMetadata.ModeToKeep(stat, out bool lost);
        if (lost) remarks.Add(new ScannedDirectory.Remark(ScannedDirectory.Kind.LostSetId, name.ToArray(), string.Empty));
        if (takesStamps) stamps.Add(FileStamp.Of(stat));
        if (stat.stx_nlink > 1) shared.Add(new ScannedDirectory.Shared(files.Count, IsSymlink: false, NativeFile.Device(stat), stat.stx_ino));
        files.Add(new FileEntry
        {
            NameOffset = AddName(name),
            NameLength = (ushort)name.Length,
            Mode = (ushort)mode,
            LinkedTo = -1,
            Size = (long)stat.stx_size,
            ModifiedSeconds = stat.stx_mtime.tv_sec,
            ModifiedNanoseconds = (int)stat.stx_mtime.tv_nsec,
            Attributes = -1,
        });
    }

    Errno AddSymlink(int directory, byte* path, ReadOnlySpan<byte> name, in Kernel.Statx stat)
    {
        nint length = Kernel.readlinkat(directory, path, (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(records, 0), (nuint)records.Length);
        if (length < 0) return NativeErrors.Last;
        foreach (string attribute in Kernel.AttributesOfLink(directory, name))
            remarks.Add(new ScannedDirectory.Remark(ScannedDirectory.Kind.LinkAttribute, name.ToArray(), attribute));
        if (stat.stx_nlink > 1) shared.Add(new ScannedDirectory.Shared(symlinks.Count, IsSymlink: true, NativeFile.Device(stat), stat.stx_ino));
        symlinks.Add(new SymlinkEntry
        {
            NameOffset = AddName(name),
            NameLength = (ushort)name.Length,
            TargetOffset = AddName(records.AsSpan(0, (int)length)),
            TargetLength = (int)length,
            ModifiedSeconds = stat.stx_mtime.tv_sec,
            ModifiedNanoseconds = (int)stat.stx_mtime.tv_nsec,
            LinkedTo = -1,
        });
        return Errno.None;
    }

    int AddName(ReadOnlySpan<byte> name)
    {
        int offset = namesBytes;
        if (checked(namesBytes + name.Length + 1) > names.Length) Array.Resize(ref names, Math.Max(checked(names.Length * 2), namesBytes + name.Length + 1));
        name.CopyTo(names.AsSpan(namesBytes));
        names[namesBytes + name.Length] = 0;
        namesBytes += name.Length + 1;
        return offset;
    }

    /// <summary>The path of a directory below the root with a slash behind it; empty for the root.</summary>
    static string PathBelow(int index, ReadOnlySpan<DirectoryEntry> directories, ReadOnlySpan<byte> names)
    {
        string path = string.Empty;
        for (int at = index; at > 0; at = directories[at].Parent)
            path = $"{Encoding.UTF8.GetString(names.Slice(directories[at].NameOffset, directories[at].NameLength))}/{path}";
        return path;
    }

    public void Dispose() => cursor.Dispose();
}
