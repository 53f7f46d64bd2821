using System.Buffers.Binary;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// Keeps Python bytecode valid where its source became a hard link and so got the object's time. The importer compares the
/// whole seconds of the source's mtime, and its size, with those in the bytecode (PEP 552: bytes 8 and 12).
/// </summary>
internal static unsafe class BytecodeTimes
{
    const int HeaderBytes = 16, FlagsAt = 4, TimeAt = 8, SizeAt = 12;

    /// <summary>Writes the new time into the bytecode of every linked source. Returns into how many files.</summary>
    internal static long Follow(Catalog catalog, TreeTally made, string root, string destination, CancellationToken cancellation)
    {
        if (!Array.Exists(made.MadeBy, static mechanism => mechanism == Mechanism.HardLink)) return 0;
        TreeListing listing = catalog.Listing;
        var sources = new BytecodeSources(listing);
        Mechanism[] madeBy = made.MadeBy;
        DirectoryCursor? cursor = null;
        long changed = 0;
        try
        {
            for (int i = 0; i < catalog.Contents.Length; i++)
            {
                int source = madeBy[i] == Mechanism.HardLink ? -1 : sources.SourceOf(i);
                if (source < 0 || madeBy[source] != Mechanism.HardLink) continue;

                cancellation.ThrowIfCancellationRequested();
                cursor ??= new DirectoryCursor(root, readable: false);
                Errno error = Follow(listing, cursor, listing.Files[i], listing.Files[source], ref made.Stamps!.Files[i], ref changed);
                if (error != Errno.None) throw NativeErrors.Failure(error, "set the source's time in", Path.Join(destination, listing.DisplayPath(listing.Files[i])));
            }
            return changed;
        }
        finally
        {
            cursor?.Dispose();
        }
    }

    static Errno Follow(TreeListing listing, DirectoryCursor cursor, in FileEntry bytecode, in FileEntry source, ref FileStamp stamp, ref long changed)
    {
        int directory;
        try
        {
            directory = cursor.MoveTo(bytecode.Directory, listing.Directories, listing.Names);
        }
        catch (UnauthorizedAccessException)
        {
            return Errno.None;      // a folder that locks its owner out: nobody imports from it
        }
        int file = NativeFile.OpenAt(directory, listing.NamePointer(bytecode.NameOffset), Kernel.O_RDWR | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (file < 0) return error == Errno.EACCES ? Errno.None : error;        // read-only by its own mode: compiled anew in memory

        error = Retime(file, source, out bool retimed);
        if (error == Errno.None && retimed) error = NativeMetadata.SetTimes(file, bytecode.ModifiedSeconds, (uint)bytecode.ModifiedNanoseconds);
        if (error == Errno.None && retimed) error = FileStamp.Take(file, out stamp);
        if (retimed) changed++;
        _ = Kernel.close(file);
        return error;
    }

    /// <summary>Writes the time of a sealed object into open bytecode, if it has that of the recorded source.</summary>
    internal static Errno Retime(int bytecode, in FileEntry source, out bool retimed)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        Errno error = NativeFile.Read(bytecode, header, 0, out int read);
        retimed = error == Errno.None && read == HeaderBytes && Agrees(header, source);
        if (!retimed) return error;
        BinaryPrimitives.WriteUInt32LittleEndian(header[TimeAt..], (uint)ObjectStore.SealSeconds);
        return NativeFile.Write(bytecode, header[TimeAt..SizeAt], TimeAt);
    }

    /// <summary>Whether bytecode is of the kind that is compared by time (flags 0), and was valid when it was recorded.</summary>
    static bool Agrees(ReadOnlySpan<byte> header, in FileEntry source) =>
        BinaryPrimitives.ReadUInt32LittleEndian(header[FlagsAt..]) == 0
        && BinaryPrimitives.ReadUInt32LittleEndian(header[TimeAt..]) == unchecked((uint)source.ModifiedSeconds)
        && BinaryPrimitives.ReadUInt32LittleEndian(header[SizeAt..]) == unchecked((uint)source.Size);
}
