using System.Runtime.InteropServices;
using System.Text;
using Reflinks.Files;
using Reflinks.Trees;

namespace Reflinks.Platform;

/// <summary>
/// Lists a tree on several threads, a directory at a time and a level after the other: all directories of a level are known when it
/// is begun, so threads share nothing but a counter. What they found is put together in the order of names, parents
/// before children, so that a listing does not tell how many threads made it.
/// </summary>
internal sealed class TreeScanner : IDisposable
{
    /// <summary>Of a level with fewer directories than this the first thread takes all: starting others costs more than they would do.</summary>
    const int WorthSharing = 8;

    readonly string root;
    readonly TreeFilter? filter;
    readonly bool takesStamps;
    readonly DirectoryScanner?[] workers;

    // By level, the directories of one parent together, as a parent has to be known before what is in it.
    readonly List<DirectoryEntry> directories = [];
    readonly List<FileStamp> directoryStamps = [];
    readonly List<ScannedDirectory?> scanned = [];
    readonly List<int> firstChild = [];
    byte[] directoryNames = new byte[4096];
    int directoryNamesBytes;

    TreeScanner(string root, TreeFilter? filter, bool takesStamps, int workers)
    {
        (this.root, this.filter, this.takesStamps) = (root, filter, takesStamps);
        this.workers = new DirectoryScanner?[workers > 0 ? workers : Environment.ProcessorCount];
        this.workers[0] = new DirectoryScanner(new DirectoryCursor(root, readable: true), filter, takesStamps);
    }

    /// <summary>Lists everything below <paramref name="root"/>.</summary>
    /// <param name="root">An existing folder.</param>
    /// <param name="filter">What is taken; null for everything.</param>
    /// <param name="workers">How many threads work; 0 for one a processor.</param>
    /// <param name="cancellation">Ends the listing.</param>
    internal static TreeScan Scan(string root, TreeFilter? filter, int workers, CancellationToken cancellation)
    {
        using var scanner = new TreeScanner(root, filter, takesStamps: false, workers);
        TreeScan scan = scanner.Run(cancellation);
        return filter is null ? scan : scan with { Listing = Pruning.DropEmptied(scan.Listing, filter.TakesEmptyDirectories) };
    }

    /// <summary>Lists everything below <paramref name="root"/>, and how it looks.</summary>
    internal static TreeScan ScanWithStamps(string root, int workers, CancellationToken cancellation)
    {
        using var scanner = new TreeScanner(root, filter: null, takesStamps: true, workers);
        return scanner.Run(cancellation);
    }

    DirectoryCursor First => workers[0]!.Cursor;

    TreeScan Run(CancellationToken cancellation)
    {
        Errno error = NativeFile.Stat(First.Root, out Kernel.Statx stat);
        if (error != Errno.None) throw NativeErrors.Failure(error, "examine", root);
        AddDirectory(-1, [], new ScannedDirectory.Child(0, 0, (ushort)(stat.stx_mode & 0xFFF), stat.stx_mtime, FileStamp.Of(stat)));
        for (int level = 0; level < directories.Count;)
        {
            int end = directories.Count;
            ScanLevel(level, end, cancellation);
            for (; level < end; level++)
            {
                firstChild.Add(directories.Count);
                ScannedDirectory there = scanned[level]!;
                foreach (ref readonly ScannedDirectory.Child child in there.Children.AsSpan())
                    AddDirectory(level, there.Names.AsSpan(child.NameOffset, child.NameLength), child);
            }
        }
        firstChild.Add(directories.Count);
        return Assemble();
    }

    void AddDirectory(int parent, ReadOnlySpan<byte> name, in ScannedDirectory.Child child)
    {
        if (directoryNamesBytes + name.Length + 1 > directoryNames.Length) Array.Resize(ref directoryNames, Math.Max(checked(directoryNames.Length * 2), directoryNamesBytes + name.Length + 1));
        name.CopyTo(directoryNames.AsSpan(directoryNamesBytes));
        directoryNames[directoryNamesBytes + name.Length] = 0;
        directories.Add(new DirectoryEntry
        {
            Parent = parent,
            NameOffset = directoryNamesBytes,
            NameLength = (ushort)name.Length,
            Mode = child.Mode,
            ModifiedSeconds = child.Modified.tv_sec,
            ModifiedNanoseconds = (int)child.Modified.tv_nsec,
            Attributes = -1,
        });
        directoryNamesBytes += name.Length + 1;
        directoryStamps.Add(child.Stamp);
        scanned.Add(null);
    }

    void ScanLevel(int begin, int end, CancellationToken cancellation)
    {
        int next = begin - 1;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        WorkerThreads.Run(end - begin < WorthSharing ? 1 : Math.Min(workers.Length, (end - begin + 1) / 2), stop, worker =>
        {
            DirectoryScanner own = workers[worker] ??= new DirectoryScanner(First.Another(root, readable: true), filter, takesStamps);
            while (Interlocked.Increment(ref next) is int index && index < end && !stop.IsCancellationRequested)
                scanned[index] = own.Scan(index, CollectionsMarshal.AsSpan(directories), directoryNames);
        });
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Puts all of it in order, and lets go of each part once it has its place.</summary>
    TreeScan Assemble()
    {
        int files = 0, symlinks = 0, names = 1;
        foreach (ScannedDirectory? there in scanned)
        {
            files = checked(files + there!.Files.Length);
            symlinks += there.Symlinks.Length;
            names = checked(names + there.Names.Length);
        }
        var sorted = new DirectoryEntry[directories.Count];
        var sortedStamps = new FileStamp[takesStamps ? sorted.Length : 0];
        var allFiles = new FileEntry[files];
        var allStamps = new FileStamp[takesStamps ? files : 0];
        var allSymlinks = new SymlinkEntry[symlinks];
        byte[] allNames = GC.AllocateUninitializedArray<byte>(names, pinned: true);
        allNames[0] = 0;        // the root's
        var linked = new Dictionary<(ulong Device, ulong Inode), int>();
        var remarks = new List<(int Directory, ScannedDirectory.Remark Remark)>();

        var open = new Stack<(int Old, int Parent, int NameOffset)>();
        open.Push((0, -1, 0));
        int done = 0, file = 0, symlink = 0, name = 1;
        while (open.TryPop(out (int Old, int Parent, int NameOffset) next))
        {
            int index = done++;
            ScannedDirectory there = scanned[next.Old]!;
            scanned[next.Old] = null;
            sorted[index] = directories[next.Old] with
            {
                Parent = next.Parent,
                NameOffset = next.NameOffset,
                FirstFile = file,
                FileCount = there.Files.Length,
                FirstSymlink = symlink,
                SymlinkCount = there.Symlinks.Length,
            };
            there.Names.CopyTo(allNames, name);
            if (takesStamps)
            {
                sortedStamps[index] = directoryStamps[next.Old];
                there.Stamps.CopyTo(allStamps, file);
            }
            foreach (ref readonly FileEntry entry in there.Files.AsSpan())
                allFiles[file++] = entry with { Directory = index, NameOffset = entry.NameOffset + name };
            foreach (ref readonly SymlinkEntry entry in there.Symlinks.AsSpan())
                allSymlinks[symlink++] = entry with { Directory = index, NameOffset = entry.NameOffset + name, TargetOffset = entry.TargetOffset + name };
            foreach (ref readonly ScannedDirectory.Shared inode in there.SharedInodes.AsSpan())
            {
                int at = inode.Index + (inode.IsSymlink ? sorted[index].FirstSymlink : sorted[index].FirstFile);
                ref int known = ref CollectionsMarshal.GetValueRefOrAddDefault(linked, (inode.Device, inode.Inode), out bool seen);
                if (!seen) known = at;
                else if (inode.IsSymlink) allSymlinks[at].LinkedTo = known;
                else allFiles[at].LinkedTo = known;
            }
            foreach (ScannedDirectory.Remark remark in there.Remarks) remarks.Add((index, remark));

            // The stack gives back the last one first; the order of names is wanted.
            for (int child = there.Children.Length - 1; child >= 0; child--)
                open.Push((firstChild[next.Old] + child, index, name + there.Children[child].NameOffset));
            name += there.Names.Length;
        }
        var listing = new TreeListing(sorted, allFiles, allSymlinks, allNames);
        return Told(listing, remarks) with { Stamps = takesStamps ? new TreeStamps(allStamps, sortedStamps) : null };
    }

    static TreeScan Told(TreeListing listing, List<(int Directory, ScannedDirectory.Remark Remark)> remarks)
    {
        var skipped = new List<SkippedEntry>();
        var skippedNames = new List<(int Directory, byte[] Name)>();
        var lostSetId = new List<string>();
        var linkAttributes = new List<NotPreserved>();
        foreach ((int directory, ScannedDirectory.Remark remark) in remarks)
        {
            string folder = listing.DisplayDirectory(directory), name = Encoding.UTF8.GetString(remark.Name);
            string path = folder.Length == 0 ? name : $"{folder}/{name}";
            switch (remark.Kind)
            {
                case ScannedDirectory.Kind.LostSetId:
                    lostSetId.Add(path);
                    break;
                case ScannedDirectory.Kind.LinkAttribute:
                    linkAttributes.Add(new NotPreserved(path, remark.Text, NativeErrors.Describe(Errno.EOPNOTSUPP)));
                    break;
                default:
                    skipped.Add(new SkippedEntry(path, remark.Text));
                    skippedNames.Add((directory, remark.Name));
                    break;
            }
        }
        return new TreeScan(listing, skipped, lostSetId) { LinkAttributes = linkAttributes, SkippedNames = skippedNames };
    }

    public void Dispose()
    {
        foreach (DirectoryScanner? worker in workers) worker?.Dispose();
    }
}
