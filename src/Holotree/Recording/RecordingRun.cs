using System.Collections.Concurrent;
using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Files;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Recording;

/// <summary>One recording at work: reads each file once and makes the objects that the library lacks. Publishes nothing.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class RecordingRun : IDisposable
{
    readonly TreeListing listing;
    readonly string root;
    readonly byte[] prefix;
    readonly ObjectStore store;
    readonly Moment begun;
    readonly SourceIndex? previous;
    readonly int[] previousDirectories;
    readonly string sessionPath;
    readonly IncomingObjects[] incoming;
    readonly TreeTally[] tallies;
    readonly CancellationToken cancellation;
    readonly CancellationTokenSource stop;
    readonly IProgress<TreeProgress>? progress;
    readonly ConcurrentDictionary<(Digest, bool), byte> seen = new();
    int nextDirectory = -1;
    long known, added, addedBytes, hashed, filesDone, bytesDone;

    internal RecordingRun(
        TreeListing listing, string root, byte[] prefix, Home home, ObjectStore store, Moment begun, SourceIndex? previous, int workers,
        IProgress<TreeProgress>? progress, CancellationToken cancellation)
    {
        (this.listing, this.root, this.prefix, this.store, this.begun, this.previous) = (listing, root, prefix, store, begun, previous);
        (this.progress, this.cancellation) = (progress, cancellation);
        previousDirectories = previous?.Match(listing) ?? [];
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        sessionPath = Path.Join(home.IncomingPath, Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(sessionPath);
        var ladder = new TransferLadder();
        int umask = LinuxMetadata.Umask();
        incoming = [.. Enumerable.Range(0, workers).Select(worker => new IncomingObjects(sessionPath, worker, ladder, umask))];
        tallies = [.. incoming.Select(static _ => new TreeTally())];
        Files = new RecordedFile[listing.Files.Length];
        DirectoryAttributes = new IReadOnlyList<(byte[], byte[])>?[listing.Directories.Length];
    }

    /// <summary>What was found of each file of the listing.</summary>
    internal RecordedFile[] Files { get; }

    /// <summary>The extended attributes of each directory; null where it has none.</summary>
    internal IReadOnlyList<(byte[] Name, byte[] Value)>?[] DirectoryAttributes { get; }

    internal (long Known, long Added, long AddedBytes, long Hashed) Counts => (known, added, addedBytes, hashed);

    /// <summary>What made the new objects, and the attributes that could not be read.</summary>
    internal TreeTally Tally
    {
        get
        {
            var sum = new TreeTally();
            foreach (TreeTally tally in tallies) sum.Add(tally);
            return sum;
        }
    }

    /// <summary>Reads all files and makes the new objects, still under other names.</summary>
    internal void ReadAll()
    {
        int[] order = TreeWriter.OrderOfWork(listing);
        long bytesTotal = progress is null ? 0 : listing.LogicalBytes;
        WorkerThreads.Run(incoming.Length, stop, worker => ReadDirectories(worker, order, bytesTotal));
        cancellation.ThrowIfCancellationRequested();

        ReadOnlySpan<FileEntry> entries = listing.Files;
        for (int i = 0; i < entries.Length; i++)
        {
            if (entries[i].LinkedTo >= 0) Files[i] = Files[entries[i].LinkedTo];
        }
    }

    /// <summary>Makes the new objects durable with one syncfs, then gives them their names, then makes the names durable.</summary>
    internal void Publish()
    {
        if (added > 0)
        {
            DurableFile.SyncFileSystem(sessionPath);
            WorkerThreads.Run(incoming.Length, stop, worker => incoming[worker].Publish(store));
        }

        // The catalog must not survive a power cut that its objects' names do not. Where a filesystem logs single files (btrfs),
        // syncing the catalog alone would not bring these renames along. Known objects count as well: another recording, or one
        // that died, may have renamed them a moment ago.
        DurableFile.SyncFileSystem(sessionPath);
    }

    void ReadDirectories(int worker, int[] order, long bytesTotal)
    {
        using var source = new DirectoryCursor(root, readable: true);
        using var reader = new ContentReader(prefix, hashing: true);
        while (Interlocked.Increment(ref nextDirectory) is int turn && turn < order.Length + listing.Directories.Length)
        {
            if (stop.IsCancellationRequested) return;
            if (turn >= order.Length)
            {
                ReadDirectoryAttributes(turn - order.Length, source, tallies[worker]);
                continue;
            }

            int index = order[turn];
            ref readonly DirectoryEntry directory = ref listing.Directories[index];
            int descriptor = source.MoveTo(index, listing.Directories, listing.Names);
            long bytes = 0;
            for (int file = directory.FirstFile; file < directory.FirstFile + directory.FileCount; file++)
            {
                if (stop.IsCancellationRequested) return;
                if (listing.Files[file].LinkedTo >= 0) continue;
                Files[file] = ReadFile(worker, file, index, descriptor, reader);
                bytes += listing.Files[file].Size;
            }
            Report(directory.FileCount, bytes, bytesTotal);
        }
    }

    RecordedFile ReadFile(int worker, int file, int directory, int descriptor, ContentReader reader)
    {
        ref readonly FileEntry entry = ref listing.Files[file];
        byte* name = listing.NamePointer(entry.NameOffset);
        int source = LinuxFile.OpenAt(descriptor, name, Interop.O_RDONLY | Interop.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (source < 0) throw error is Errno.ENOENT or Errno.ELOOP ? Changed(PathOf(entry)) : LinuxErrors.Failure(error, "read", PathOf(entry));
        try
        {
            error = LinuxFile.Stat(source, out Interop.Statx stat);
            if (error != Errno.None) throw LinuxErrors.Failure(error, "examine", PathOf(entry));
            if (!LinuxFile.IsRegular(stat) || (long)stat.stx_size != entry.Size
                || stat.stx_mtime.tv_sec != entry.ModifiedSeconds || stat.stx_mtime.tv_nsec != entry.ModifiedNanoseconds
                || (stat.stx_mode & 0x1FF) != (entry.Mode & 0x1FF)) throw Changed(PathOf(entry));

            if (Reuse(file, directory, entry, stat) is { } reused) return reused;

            error = reader.Read(source, out long length, stop.Token);
            if (error != Errno.None) throw LinuxErrors.Failure(error, "read", PathOf(entry));
            Interlocked.Increment(ref hashed);

            var read = new RecordedFile
            {
                State = FileStamp.Of(stat),
                Object = new ObjectEntry(reader.Digest, length, (stat.stx_mode & 0x49) != 0 ? 1 : 0),
                Offsets = reader.Offsets.Count == 0 ? [] : [.. reader.Offsets],
                IsBinary = reader.IsBinary,
                Attributes = AttributesOf(source, worker, entry),
            };
            if (length > 0 && seen.TryAdd((read.Object.Digest, read.Object.IsExecutable), 0)) Store(worker, read.Object, source, stat, entry);

            // What was hashed and cloned must have been one and the same: nothing may have happened to the file meanwhile.
            error = LinuxFile.Stat(source, out Interop.Statx after);
            if (error != Errno.None || FileStamp.Of(after) != read.State || length != entry.Size) throw Changed(PathOf(entry));
            return read;
        }
        finally
        {
            _ = Interop.close(source);
        }
    }

    /// <summary>What the recording before knew of a file that has not changed since; null where it must be read.</summary>
    RecordedFile? Reuse(int file, int directory, in FileEntry entry, in Interop.Statx stat)
    {
        if (previous is null) return null;
        int old = previous.Unchanged(previousDirectories[directory], listing.Name(entry.NameOffset, entry.NameLength), stat);
        if (old < 0) return null;

        ref readonly FileContent content = ref previous.Catalog.Contents[old];
        ObjectEntry entryObject = content.Object < 0 ? default : previous.Catalog.Objects[content.Object];
        if (content.Object >= 0 && entryObject.IsExecutable != ((stat.stx_mode & 0x49) != 0)) return null;
        if (content.Object >= 0 && seen.TryAdd((entryObject.Digest, entryObject.IsExecutable), 0))
        {
            if (!store.Has(entryObject))
            {
                seen.TryRemove((entryObject.Digest, entryObject.IsExecutable), out _);
                return null;
            }
            Interlocked.Increment(ref known);
        }
        int attributes = previous.Catalog.Listing.Files[old].Attributes;
        return new RecordedFile
        {
            State = FileStamp.Of(stat),
            Object = entryObject,
            Offsets = previous.Catalog.RelocationsOf(old).ToArray(),
            IsBinary = content.Traits.HasFlag(ContentTraits.Binary),
            Attributes = attributes < 0 ? null : previous.Catalog.AttributeSets[attributes],
        };
    }

    void Store(int worker, in ObjectEntry wanted, int source, in Interop.Statx stat, in FileEntry entry)
    {
        if (store.Has(wanted))
        {
            Interlocked.Increment(ref known);
            return;
        }
        Transfer made = incoming[worker].Make(wanted, source, stat, stop.Token);
        // Writes through a mapping, or within one tick of the clock, do not always show in a file's times. Of a file that was
        // written to just now only the object itself can tell whether it has the bytes that were hashed.
        if (made.Length != wanted.Size || (!begun.IsAfter(stat.stx_ctime) && !incoming[worker].IsRight())) throw Changed(PathOf(entry));
        TreeTally tally = tallies[worker];
        tally.Count(made.Mechanism, made.Length);
        if (made.ReflinkError != Errno.None) tally.Left(Mechanism.Reflink, Mechanism.KernelCopy, LinuxErrors.Describe(made.ReflinkError), listing, entry);
        if (made.KernelCopyError != Errno.None) tally.Left(Mechanism.KernelCopy, Mechanism.PlainCopy, LinuxErrors.Describe(made.KernelCopyError), listing, entry);
        Interlocked.Increment(ref added);
        Interlocked.Add(ref addedBytes, made.Length);
    }

    IReadOnlyList<(byte[], byte[])>? AttributesOf(int source, int worker, FileEntry entry)
    {
        IReadOnlyList<(byte[], byte[])> found = LinuxMetadata.Attributes(source, (what, error) => tallies[worker].NotPreserved.Add(
            new NotPreserved(listing.DisplayPath(entry), what, LinuxErrors.Describe(error))));
        return found.Count == 0 ? null : InOrder(found);
    }

    /// <summary>Filesystems list attributes in an order of their own; the same tree shall give the same catalog everywhere.</summary>
    static IReadOnlyList<(byte[] Name, byte[] Value)> InOrder(IReadOnlyList<(byte[] Name, byte[] Value)> found) =>
        found.Count < 2 ? found : [.. found.OrderBy(static pair => pair.Name, Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b)))];

    void ReadDirectoryAttributes(int index, DirectoryCursor source, TreeTally tally)
    {
        int descriptor = source.MoveTo(index, listing.Directories, listing.Names);
        ref readonly DirectoryEntry entry = ref listing.Directories[index];
        string path = Path.Join(root, listing.DisplayDirectory(index));
        Errno error = LinuxFile.Stat(descriptor, out Interop.Statx stat);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "examine folder", path);

        // By now nearly all files are read. A name that came or went since the listing shows in its folder's time.
        if (stat.stx_mtime.tv_sec != entry.ModifiedSeconds || stat.stx_mtime.tv_nsec != entry.ModifiedNanoseconds) throw Changed(path);
        IReadOnlyList<(byte[], byte[])> found = LinuxMetadata.Attributes(descriptor, (what, error) => tally.NotPreserved.Add(
            new NotPreserved(listing.DisplayDirectory(index), what, LinuxErrors.Describe(error))));
        if (found.Count > 0) DirectoryAttributes[index] = InOrder(found);
    }

    void Report(long files, long bytes, long bytesTotal)
    {
        if (progress is null) return;
        progress.Report(new TreeProgress(Interlocked.Add(ref filesDone, files), listing.Files.Length, Interlocked.Add(ref bytesDone, bytes), bytesTotal));
    }

    string PathOf(in FileEntry entry) => Path.Join(root, listing.DisplayPath(entry));

    internal static HolotreeException Changed(string path, Exception? inner = null) =>
        new(HolotreeFailure.Failed, "source-changed", $"'{path}' changed while it was recorded; nothing was published.", inner)
        {
            Path = path,
            Hint = "Record again when nothing writes to the folder.",
        };

    public void Dispose()
    {
        foreach (IncomingObjects objects in incoming) objects.Dispose();
        stop.Dispose();
        TreeRemover.Remove(sessionPath);
    }
}
