using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>Content taken from the tree that was listed, entry by entry from the same place in it, as it is.</summary>
/// <param name="listing">What was listed.</param>
/// <param name="root">The tree.</param>
/// <param name="preserve">What is taken over besides the bytes.</param>
/// <param name="sharesPrograms">Whether programs may share their inode (<see cref="ProgramLinks"/>).</param>
internal unsafe class ClonedContent(TreeListing listing, string root, Preserve preserve, bool sharesPrograms = true) : TreeContent
{
    readonly DirectoryCursor source = new(root, readable: true);
    HardLinker? linker;
    bool losesSetId;

    protected TreeListing Listing => listing;

    protected string Root => root;

    internal override void Enter(int directory) => source.MoveTo(directory, listing.Directories, listing.Names);

    internal override int Open(int file, out Kernel.Statx stat)
    {
        ref readonly FileEntry entry = ref listing.Files[file];

        // Not blocking and not following: the name may by now belong to a FIFO or a link.
        int descriptor = NativeFile.OpenAt(source.Descriptor, listing.NamePointer(entry.NameOffset),
            Kernel.O_RDONLY | Kernel.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (descriptor < 0) throw NativeErrors.Failure(error, "open", PathOf(file));
        error = NativeFile.Stat(descriptor, out stat);
        if (error == Errno.None && !NativeFile.IsRegular(stat)) error = Errno.EINVAL;
        if (error == Errno.None)
        {
            _ = NativeMetadata.ModeToKeep(stat, out losesSetId);
            return descriptor;
        }
        _ = Kernel.close(descriptor);
        throw NativeErrors.Failure(error, "read", PathOf(file));
    }

    internal override string PathOf(int file) => Path.Join(root, listing.DisplayPath(listing.Files[file]));

    internal override bool MayLink(int file) => true;

    internal override Errno Link(int file, int directory, byte* name, out FileStamp stamp)
    {
        stamp = default;
        Errno refused = sharesPrograms ? Errno.None : RefusalOfProgram(file, listing.Files[file].Mode);
        return refused != Errno.None ? refused : (linker ??= new HardLinker(root)).Link(source.Descriptor, listing.NamePointer(listing.Files[file].NameOffset), directory, name);
    }

    internal override ContentChange ChangeOf(int file) => ContentChange.None;

    internal override void Patch(int file, int source, int target) => throw new System.Diagnostics.UnreachableException();

    internal override long Rewrite(int file, int source, int target) => throw new System.Diagnostics.UnreachableException();

    internal override bool SetAttributes(int file, int source, int target, Action<string, Errno> lost)
    {
        if (losesSetId && preserve.HasFlag(Preserve.Mode)) lost(NativeMetadata.SetIdBits, Errno.EPERM);
        return NativeMetadata.CopyAttributes(source, target, preserve, lost);
    }

    internal override void SetDirectoryAttributes(int directory, int target, Action<string, Errno> lost) =>
        NativeMetadata.CopyAttributes(source.MoveTo(directory, listing.Directories, listing.Names), target, preserve, lost);

    internal override byte* LinkTarget(int symlink) => listing.NamePointer(listing.Symlinks[symlink].TargetOffset);

    public override void Dispose()
    {
        source.Dispose();
        GC.SuppressFinalize(this);
    }
}
