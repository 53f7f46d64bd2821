using System.Runtime.InteropServices;
using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Recording;

/// <summary>One recording at work: reads each file once and makes the objects that the library lacks. Publishes nothing.</summary>
internal sealed unsafe class RecordingRun : IDisposable
{
    readonly TreeListing listing;
    readonly FileStamp[] stamps;
    readonly string root;
    readonly byte[] prefix;
    readonly ObjectStore store;
    readonly Moment begun;
    SourceIndex? previous;
    readonly int[] previousFiles;
    readonly string sessionPath;
    readonly IncomingObjects[] incoming;
    readonly TreeTally[] tallies;
    readonly CancellationToken cancellation;
    readonly CancellationTokenSource stop;
    readonly IProgress<TreeProgress>? progress;
    readonly Lock offsetGate = new();
    readonly List<long> offsets = [];
    int nextDirectory = -1;
    long known, added, addedBytes, hashed, filesDone, bytesDone;

    internal RecordingRun(
        TreeListing listing, FileStamp[] stamps, string root, byte[] prefix, Home home, ObjectStore store, Moment begun, SourceIndex? previous, int workers,
        IProgress<TreeProgress>? progress, CancellationToken cancellation)
    {
        (this.listing, this.stamps, this.root, this.prefix, this.store, this.begun, this.previous) = (listing, stamps, root, prefix, store, begun, previous);
        (this.progress, this.cancellation) = (progress, cancellation);
        previousFiles = previous?.Match(listing).Files ?? [];
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        sessionPath = Path.Join(home.IncomingPath, Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(sessionPath);
        var ladder = new TransferLadder();
        int umask = Kernel.Umask();
        incoming = [.. Enumerable.Range(0, workers).Select(worker => new IncomingObjects(sessionPath, worker, Objects, ladder, umask))];
        tallies = [.. incoming.Select(static _ => new TreeTally())];
        Files = new RecordedFile[listing.Files.Length];
        DirectoryAttributes = new int[listing.Directories.Length];
    }

    /// <summary>What was found of each file of the listing.</summary>
    internal RecordedFile[] Files { get; }

    /// <summary>The objects that the files have as their content.</summary>
    internal ObjectTable Objects { get; } = new();

    /// <summary>The extended attributes that files and directories have.</summary>
    internal AttributeTable Attributes { get; } = new();

    /// <summary>The set of attributes of each directory; -1 where it has none.</summary>
    internal int[] DirectoryAttributes { get; }

    /// <summary>Where a file of <see cref="Files"/> holds the prefix.</summary>
    internal ReadOnlySpan<long> OffsetsOf(in RecordedFile file) => CollectionsMarshal.AsSpan(offsets).Slice(file.FirstOffset, file.OffsetCount);

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
        previous = null;        // as large as what is made of this recording next

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
            int descriptor = -1;
            long bytes = 0;
            for (int file = directory.FirstFile; file < directory.FirstFile + directory.FileCount; file++)
            {
                if (stop.IsCancellationRequested) return;
                if (listing.Files[file].LinkedTo >= 0) continue;
                if (Reuse(file) is { } reused)
                {
                    Files[file] = reused;
                }
                else
                {
                    if (descriptor < 0) descriptor = source.MoveTo(index, listing.Directories, listing.Names);
                    Files[file] = ReadFile(worker, file, descriptor, reader);
                }
                bytes += listing.Files[file].Size;
            }
            Report(directory.FileCount, bytes, bytesTotal);
        }
    }

    RecordedFile ReadFile(int worker, int file, int descriptor, ContentReader reader)
    {
        ref readonly FileEntry entry = ref listing.Files[file];
        byte* name = listing.NamePointer(entry.NameOffset);
        int source = NativeFile.OpenAt(descriptor, name, Kernel.O_RDONLY | Kernel.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (source < 0) throw error is Errno.ENOENT or Errno.ELOOP ? Changed(PathOf(entry)) : NativeErrors.Failure(error, "read", PathOf(entry));
        try
        {
            error = NativeFile.Stat(source, out Kernel.Statx stat);
            if (error != Errno.None) throw NativeErrors.Failure(error, "examine", PathOf(entry));
            if (!NativeFile.IsRegular(stat) || (long)stat.stx_size != entry.Size
                || stat.stx_mtime.tv_sec != entry.ModifiedSeconds || stat.stx_mtime.tv_nsec != entry.ModifiedNanoseconds
                || (stat.stx_mode & 0x1FF) != (entry.Mode & 0x1FF)) throw Changed(PathOf(entry));

            error = reader.Read(source, stat, out long length, stop.Token);
            if (error != Errno.None) throw NativeErrors.Failure(error, "read", PathOf(entry));
            Interlocked.Increment(ref hashed);

            int index = -1;
            if (length > 0)
            {
                ObjectTraits traits = TraitsOf(stat.stx_mode) | (reader.IsSparse ? ObjectTraits.Sparse : 0);
                index = Objects.Add(new ObjectEntry(reader.Digest, length, traits), out bool isNew);
                if (isNew) Store(worker, index, source, stat, entry);
            }
            stamps[file] = FileStamp.Of(stat);
            RecordedFile read = Found(index, AttributesOf(source, worker, entry), CollectionsMarshal.AsSpan(reader.Offsets), reader.Traits);

            // What was hashed and cloned must have been one and the same: nothing may have happened to the file meanwhile.
            error = NativeFile.Stat(source, out Kernel.Statx after);
            if (error != Errno.None) throw NativeErrors.Failure(error, "examine", PathOf(entry));
            if (FileStamp.Of(after) != stamps[file] || length != entry.Size) throw Changed(PathOf(entry));
            return read;
        }
        finally
        {
            _ = Kernel.close(source);
        }
    }

    /// <summary>What the recording before knew of a file that has not changed since, as the scan found it; null where it must be read.</summary>
    RecordedFile? Reuse(int file)
    {
        if (previous is null) return null;
        int old = previousFiles[file];
        if (old < 0 || !previous.Vouches(old, stamps[file])) return null;

        ref readonly FileContent content = ref previous.Catalog.Contents[old];
        int index = -1;
        if (content.Object >= 0)
        {
            ObjectEntry before = previous.Catalog.Objects[content.Object];
            if (before.IsExecutable != ((TraitsOf(listing.Files[file].Mode) & ObjectTraits.Executable) != 0) || (!Objects.Has(before) && !store.Has(before))) return null;
            index = Objects.Add(before, out bool isNew);
            if (isNew) Interlocked.Increment(ref known);
        }
        int attributes = previous.Catalog.Listing.Files[old].Attributes;
        return Found(index, attributes < 0 ? -1 : Attributes.IndexOf(previous.Catalog.AttributeSets[attributes]),
            previous.Catalog.RelocationsOf(old), content.Traits & ContentReader.FoundInBytes);
    }

    static ObjectTraits TraitsOf(int mode) => (mode & 0x49) != 0 ? ObjectTraits.Executable : ObjectTraits.None;

    RecordedFile Found(int index, int attributes, ReadOnlySpan<long> places, ContentTraits traits)
    {
        int first = 0;
        if (!places.IsEmpty)
        {
            lock (offsetGate)
            {
                first = offsets.Count;
                offsets.AddRange(places);
            }
        }
        return new RecordedFile(index, attributes, first, places.Length, traits);
    }

    void Store(int worker, int index, int source, in Kernel.Statx stat, in FileEntry entry)
    {
        ObjectEntry wanted = Objects[index];
        if (store.Has(wanted))
        {
            Interlocked.Increment(ref known);
            return;
        }
        Transfer made = incoming[worker].Make(index, source, stat, stop.Token);
        // Writes through a mapping, or within one tick of the clock, do not always show in a file's times. Of a file that was
        // written to just now only the object itself can tell whether it has the bytes that were hashed.
        if (made.Length != wanted.Size || (!begun.IsAfter(stat.stx_ctime) && !incoming[worker].IsRight())) throw Changed(PathOf(entry));
        TreeTally tally = tallies[worker];
        tally.Count(made.Mechanism, made.Length);
        if (made.ReflinkError != Errno.None) tally.Left(Mechanism.Reflink, Mechanism.KernelCopy, made.ReflinkError, listing, entry);
        if (made.KernelCopyError != Errno.None) tally.Left(Mechanism.KernelCopy, Mechanism.PlainCopy, made.KernelCopyError, listing, entry);
        Interlocked.Increment(ref added);
        Interlocked.Add(ref addedBytes, made.Length);
    }

    int AttributesOf(int source, int worker, FileEntry entry) =>
        Attributes.IndexOf(NativeMetadata.Attributes(source, (what, error) => tallies[worker].NotPreserved.Add(
            NativeErrors.Lost(root, listing.DisplayPath(entry), what, error))));

    void ReadDirectoryAttributes(int index, DirectoryCursor source, TreeTally tally)
    {
        int descriptor = source.MoveTo(index, listing.Directories, listing.Names);
        ref readonly DirectoryEntry entry = ref listing.Directories[index];
        string path = Path.Join(root, listing.DisplayDirectory(index));
        Errno error = NativeFile.Stat(descriptor, out Kernel.Statx stat);
        if (error != Errno.None) throw NativeErrors.Failure(error, "examine folder", path);

        // By now nearly all files are read. A name that came or went since the listing shows in its folder's time.
        if (stat.stx_mtime.tv_sec != entry.ModifiedSeconds || stat.stx_mtime.tv_nsec != entry.ModifiedNanoseconds) throw Changed(path);
        DirectoryAttributes[index] = Attributes.IndexOf(NativeMetadata.Attributes(descriptor, (what, error) => tally.NotPreserved.Add(
            NativeErrors.Lost(root, listing.DisplayDirectory(index), what, error))));
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
