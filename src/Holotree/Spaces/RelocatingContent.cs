using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Recording;
using Holotree.Relocation;
using Reflinks.Files;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>Content taken from another tree, each file read first for places that name that tree's path.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class RelocatingContent(
    TreeListing listing, string root, Preserve preserve, byte[] oldPrefix, byte[] newPrefix, BytecodeSources bytecode, RelocationTally tally)
    : ClonedContent(listing, root, preserve)
{
    readonly Relocator relocator = new(oldPrefix, newPrefix);
    readonly ContentReader reader = new(oldPrefix, hashing: false);
    byte[]? target;

    internal override ContentChange ChangeOf(int file)
    {
        ref readonly FileEntry entry = ref Listing.Files[file];
        if (entry.Size < oldPrefix.Length) return ContentChange.None;

        int source = base.Open(file, out _);
        Errno error = reader.Read(source, out _, CancellationToken.None);
        _ = Interop.close(source);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "read", Path.Join(Root, Listing.DisplayPath(entry)));

        RelocationKind kind = relocator.KindOf(new FileContent
        {
            RelocationCount = reader.Offsets.Count,
            Traits = (reader.IsBinary ? ContentTraits.Binary : 0)
                | (reader.Offsets.Count > 0 && bytecode.IsBesideSource(file) ? ContentTraits.BytecodeBesideSource : 0),
        });
        tally.Count(kind, reader.Offsets.Count, Listing, entry);
        return Relocator.ChangeFor(kind, entry.Size);
    }

    internal override bool MayLink(int file) => true;

    internal override void Patch(int file, int source, int target)
    {
        Errno error = relocator.Patch(source, target, Listing.Files[file].Size, [.. reader.Offsets]);
        if (error != Errno.None) throw LinuxErrors.Failure(error, "relocate", Listing.DisplayPath(Listing.Files[file]));
    }

    internal override long Rewrite(int file, int source, int target)
    {
        Errno error = relocator.Rewrite(source, target, Listing.Files[file].Size, reader.IsBinary, [.. reader.Offsets], out long written);
        return error == Errno.None ? written : throw LinuxErrors.Failure(error, "relocate", Listing.DisplayPath(Listing.Files[file]));
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
        base.Dispose();
    }
}
