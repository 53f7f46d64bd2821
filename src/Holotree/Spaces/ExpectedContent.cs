using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// The bytes that a restore gives a file, made once more from the file's object into a nameless file: with the space's path in
/// it, and the time of a hard-linked source in Python bytecode.
/// </summary>
internal sealed class ExpectedContent : IDisposable
{
    const int PieceBytes = 256 * 1024;

    /// <summary>Up to this length a file is made in memory: a home that is full or read-only can be looked at as any other.</summary>
    const long MostInMemory = 32 * 1024 * 1024;

    readonly RestorePlan plan;
    readonly ObjectStore store;
    readonly ObjectContent content;
    readonly BytecodeSources sources;
    readonly byte[] expected = new byte[PieceBytes], found = new byte[PieceBytes];
    readonly Home home;
    int scratch = -1, inMemory = -1, onDisk = -1;

    internal ExpectedContent(RestorePlan plan, Home home, ObjectStore store, ObjectHealer healer)
    {
        (this.plan, this.home, this.store) = (plan, home, store);
        content = new ObjectContent(plan, home, verify: false, healer);
        sources = new BytecodeSources(plan.Catalog.Listing);
    }

    int Scratch(long length)
    {
        if (length > MostInMemory) return onDisk >= 0 ? onDisk : onDisk = OpenOnDisk();
        if (inMemory < 0)
        {
            inMemory = NativeFile.OpenInMemory(out Errno error);
            if (inMemory < 0) throw NativeErrors.Failure(error, "make a file in memory for", home.ObjectsPath);
        }
        return inMemory;
    }

    int OpenOnDisk()
    {
        // Its name goes at once: whatever happens to this process, nothing is left.
        string path = Path.Join(home.IncomingPath, Guid.NewGuid().ToString("n"));
        int descriptor = NativeFile.Open(path, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL | OpenFlags.O_NOFOLLOW, 0x180, out Errno error);
        if (descriptor < 0) throw NativeErrors.Failure(error, "create", path);
        NativeFile.Delete(path);
        return descriptor;
    }

    /// <summary>Whether an open file has the bytes that a restore gives it.</summary>
    /// <param name="file">Which it is of the plan's catalog; one with content.</param>
    /// <param name="descriptor">The file.</param>
    /// <param name="isBroken">Whether its object cannot be read, so that only the digest says what was recorded.</param>
    /// <param name="cancellation">Ends the reading.</param>
    internal bool IsIn(int file, int descriptor, bool isBroken, CancellationToken cancellation)
    {
        if (plan.ChangeOf(file) != ContentChange.None) return IsRelocated(file, descriptor);
        ObjectEntry from = plan.Catalog.Objects[plan.Catalog.Contents[file].Object];
        return ObjectStore.Matches(from, descriptor, path: null, cancellation) || (!isBroken && IsRetimed(file, descriptor));
    }

    bool IsRelocated(int file, int descriptor)
    {
        Render(file);
        return IsScratch(descriptor);
    }

    /// <summary>Whether a file that is not as recorded is bytecode that follows the time of its hard-linked source.</summary>
    bool IsRetimed(int file, int descriptor)
    {
        int source = sources.SourceOf(file);
        if (source < 0 || !plan.MayLink(source)) return false;
        Render(file);
        return BytecodeTimes.Retime(scratch, plan.Catalog.Listing.Files[source], out bool retimed) == Errno.None && retimed && IsScratch(descriptor);
    }

    void Render(int file)
    {
        Catalog catalog = plan.Catalog;
        ref readonly FileEntry entry = ref catalog.Listing.Files[file];
        ObjectEntry from = catalog.Objects[catalog.Contents[file].Object];
        scratch = Scratch(entry.Size);
        int source = store.TryOpen(from, out _, out Errno error);
        if (source < 0) throw NativeErrors.Failure(error, "open object", store.PathOf(from));
        try
        {
            error = NativeFile.Truncate(scratch, 0);
            ContentChange change = plan.ChangeOf(file);
            if (error == Errno.None && change != ContentChange.Rewrite) error = Copy(source, entry.Size);
            if (error != Errno.None) throw NativeErrors.Failure(error, "copy object", store.PathOf(from));
            if (change == ContentChange.Rewrite) content.Rewrite(file, source, scratch);
            else if (change == ContentChange.Patch) content.Patch(file, source, scratch);
        }
        finally
        {
            _ = Kernel.close(source);
        }
    }

    Errno Copy(int source, long length)
    {
        for (long offset = 0; offset < length;)
        {
            Errno error = NativeFile.Read(source, expected, offset, out int read);
            if (error == Errno.None && read == 0) error = NativeErrors.SourceShrank;
            if (error == Errno.None) error = NativeFile.Write(scratch, expected.AsSpan(0, read), offset);
            if (error != Errno.None) return error;
            offset += read;
        }
        return Errno.None;
    }

    bool IsScratch(int descriptor)
    {
        for (long offset = 0; ;)
        {
            int length = ReadPiece(scratch, expected, offset);
            if (ReadPiece(descriptor, found, offset) != length || !found.AsSpan(0, length).SequenceEqual(expected.AsSpan(0, length))) return false;
            if (length < PieceBytes) return true;
            offset += length;
        }
    }

    /// <summary>Fills a buffer as far as the file goes.</summary>
    static int ReadPiece(int descriptor, Span<byte> piece, long offset)
    {
        int done = 0;
        while (done < piece.Length)
        {
            Errno error = NativeFile.Read(descriptor, piece[done..], offset + done, out int read);
            if (error != Errno.None) throw NativeErrors.Failure(error, "read", NativeFile.NameOf(descriptor));
            if (read == 0) break;
            done += read;
        }
        return done;
    }

    public void Dispose()
    {
        if (inMemory >= 0) _ = Kernel.close(inMemory);
        if (onDisk >= 0) _ = Kernel.close(onDisk);
        content.Dispose();
    }
}
