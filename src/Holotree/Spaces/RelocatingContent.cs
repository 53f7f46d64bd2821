using System.Runtime.CompilerServices;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Relocation;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Content taken from another tree, each file read first for places that name that tree's path.</summary>
internal sealed unsafe class RelocatingContent(
    TreeListing listing, string root, Preserve preserve, byte[] oldPrefix, byte[] newPrefix, BytecodeSources bytecode, RelocationTally tally,
    Action checkStrictly)
    : ClonedContent(listing, root, preserve, Kernel.SharesPrograms)
{
    readonly Relocator relocator = new(oldPrefix, newPrefix);
    readonly ContentReader reader = new(oldPrefix, hashing: false);
    readonly DirectoryCursor sources = new(root, readable: false);
    readonly InterpreterLines lines = new(oldPrefix, newPrefix);
    readonly byte[] head = new byte[InterpreterLines.HeadBytes];
    FileStamp read;
    RelocationKind kind;
    int sourcePlaces;
    byte[]? target;

    internal override ContentChange ChangeOf(int file)
    {
        ref readonly FileEntry entry = ref Listing.Files[file];
        int python = bytecode.SourceOf(file);
        if (python < 0 && entry.Size < relocator.ShortestPlace) return ContentChange.None;

        ContentTraits traits = python < 0 ? 0 : NamesPrefix(python) ? ContentTraits.BytecodeOfRelocated : ContentTraits.BytecodeBesideSource;
        int source = base.Open(file, out Kernel.Statx stat);
        try
        {
            Read(source, stat, entry);
            read = FileStamp.Of(stat);
            long[] places = [.. reader.Offsets];
            kind = relocator.KindOf(new FileContent
            {
                RelocationCount = places.Length,
                Traits = traits | reader.Traits,
            }, bytecode.IsBytecode(file));
            tally.Count(kind, places.Length, entry);
            bool breaks = lines.MayBreak(kind, entry.Mode, places) && lines.Breaks(Beginning(source, entry), places);
            if (breaks) tally.CountShebang(entry);
            if (breaks || kind == RelocationKind.Unfit) checkStrictly();
            return Relocator.ChangeFor(kind, entry.Size, places);
        }
        finally
        {
            _ = Kernel.close(source);
        }
    }

    internal override void Patch(int file, int source, int target)
    {
        ref readonly FileEntry entry = ref Listing.Files[file];
        Errno error = relocator.Patch(kind, source, target, entry.Size, [.. reader.Offsets]);
        CheckUnchanged(source, entry);
        if (error != Errno.None) throw NativeErrors.Failure(error, "relocate", Path.Join(Encoding.UTF8.GetString(newPrefix), Listing.DisplayPath(entry)));
    }

    internal override long Rewrite(int file, int source, int target)
    {
        ref readonly FileEntry entry = ref Listing.Files[file];
        Errno error = relocator.Rewrite(kind, source, target, entry.Size, [.. reader.Offsets], sourcePlaces, out long written);
        CheckUnchanged(source, entry);
        if (error != Errno.None) throw NativeErrors.Failure(error, "relocate", Path.Join(Encoding.UTF8.GetString(newPrefix), Listing.DisplayPath(entry)));
        if (relocator.LeftAsRecorded)
        {
            tally.CountLeft(reader.Offsets.Count, entry);
            checkStrictly();
        }
        return written;
    }

    bool NamesPrefix(int python)
    {
        ref readonly FileEntry entry = ref Listing.Files[python];
        int directory = sources.MoveTo(entry.Directory, Listing.Directories, Listing.Names);
        int source = NativeFile.OpenAt(directory, Listing.NamePointer(entry.NameOffset),
            Kernel.O_RDONLY | Kernel.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (source < 0) throw NativeErrors.Failure(error, "open", Path.Join(Root, Listing.DisplayPath(entry)));
        try
        {
            error = NativeFile.Stat(source, out Kernel.Statx stat);
            if (error != Errno.None) throw NativeErrors.Failure(error, "examine", Path.Join(Root, Listing.DisplayPath(entry)));
            Read(source, stat, entry);
        }
        finally
        {
            _ = Kernel.close(source);
        }
        sourcePlaces = reader.Offsets.Count;
        return sourcePlaces > 0;
    }

    void Read(int source, in Kernel.Statx stat, in FileEntry entry)
    {
        Errno error = reader.Read(source, stat, out _, CancellationToken.None);
        if (error != Errno.None) throw NativeErrors.Failure(error, "read", Path.Join(Root, Listing.DisplayPath(entry)));
    }

    ReadOnlySpan<byte> Beginning(int source, in FileEntry entry)
    {
        Span<byte> beginning = head.AsSpan(0, (int)Math.Min(head.Length, entry.Size));
        Errno error = EditedFile.ReadFully(source, beginning, 0);
        return error == Errno.None ? beginning : throw NativeErrors.Failure(error, "read", Path.Join(Root, Listing.DisplayPath(entry)));
    }

    /// <summary>The places are those of the bytes that were read first, and must not be written into others.</summary>
    void CheckUnchanged(int source, in FileEntry entry)
    {
        Errno error = NativeFile.Stat(source, out Kernel.Statx stat);
        if (error == Errno.None && FileStamp.Of(stat) == read) return;
        string path = Path.Join(Root, Listing.DisplayPath(entry));
        throw new HolotreeException(HolotreeFailure.Failed, "source-changed", $"'{path}' changed while it was cloned.")
        {
            Path = path,
            Hint = "Clone again when nothing writes to the folder.",
        };
    }

    internal override byte* LinkTarget(int symlink)
    {
        ref readonly SymlinkEntry link = ref Listing.Symlinks[symlink];
        if (relocator.Retarget(Listing.Name(link.TargetOffset, link.TargetLength)) is not { } other) return base.LinkTarget(symlink);

        // Kept in a field, and pinned, until the next link is asked for: the caller uses it at once.
        target = GC.AllocateArray<byte>(other.Length + 1, pinned: true);
        other.CopyTo(target, 0);
        tally.CountLink();
        return (byte*)Unsafe.AsPointer(ref target[0]);
    }

    public override void Dispose()
    {
        reader.Dispose();
        sources.Dispose();
        base.Dispose();
    }
}
