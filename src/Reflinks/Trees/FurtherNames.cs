using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>
/// Gives inodes with several names the others, when the first of each is made. Where the filesystem has no hard links, or an inode
/// has as many names as it can have, a name gets an entry of its own instead, and that is reported.
/// </summary>
internal sealed unsafe class FurtherNames(
    TreeListing listing, DirectoryCursor root, Func<TreeContent> openContent, TreeWriteOptions options, WriteSituation situation, TreeTally tally,
    CancellationToken cancellation) : IDisposable
{
    readonly DirectoryCursor from = root.Another(options.Destination, readable: false), to = root.Another(options.Destination, readable: false);
    TreeContent? content;
    FileWriter? writer;

    /// <summary>Makes a file of the listing that is another name of an earlier one.</summary>
    internal void MakeFile(int file)
    {
        ref readonly FileEntry entry = ref listing.Files[file], first = ref listing.Files[entry.LinkedTo];
        if (Link(first.Directory, first.NameOffset, entry.Directory, entry.NameOffset, out int directory) is not { } refused)
        {
            situation.MadeBy[file] = situation.MadeBy[entry.LinkedTo];
            tally.Count(situation.MadeBy[file], 0);
            Stamp(entry.LinkedTo, directory, listing.NamePointer(entry.NameOffset));
            return;
        }
        content ??= openContent();
        content.Enter(entry.Directory);
        writer ??= new FileWriter(listing, content, options, situation, tally, cancellation);
        writer.Make(file, directory);
        Alone(listing.DisplayPath(entry), refused);
    }

    /// <summary>Every further name changes the inode's ctime, and so the look of all its names: the first one's stands for all.</summary>
    void Stamp(int first, int directory, byte* name)
    {
        if (situation.Stamps is { } stamps && NativeFile.StatAt(directory, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat) == Errno.None)
            stamps.Files[first] = FileStamp.Of(stat);
    }

    /// <summary>Makes a symbolic link of the listing that is another name of an earlier one.</summary>
    /// <param name="makeAlone">Makes the link in the open directory as one of its own.</param>
    internal void MakeSymlink(int symlink, Action<int, TreeContent> makeAlone)
    {
        ref readonly SymlinkEntry entry = ref listing.Symlinks[symlink], first = ref listing.Symlinks[entry.LinkedTo];
        if (Link(first.Directory, first.NameOffset, entry.Directory, entry.NameOffset, out int directory) is not { } refused) return;
        makeAlone(directory, content ??= openContent());
        Alone(listing.DisplayPath(entry), refused);
    }

    /// <summary>Returns null where the name was given, and why not where another inode will do as well.</summary>
    Errno? Link(int firstDirectory, int firstName, int targetDirectory, int targetName, out int directory)
    {
        cancellation.ThrowIfCancellationRequested();
        int source = from.MoveTo(firstDirectory, listing.Directories, listing.Names);
        directory = to.MoveTo(targetDirectory, listing.Directories, listing.Names);
        if (Kernel.linkat(source, listing.NamePointer(firstName), directory, listing.NamePointer(targetName), 0) == 0) return null;

        Errno error = NativeErrors.Last;
        if (error is Errno.EMLINK or Errno.EPERM or Errno.EOPNOTSUPP or Errno.ENOSYS or Errno.EXDEV) return error;
        string name = System.Text.Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(listing.NamePointer(targetName)));
        throw NativeErrors.Failure(error, "link", Path.Join(options.Destination, listing.DisplayDirectory(targetDirectory), name));
    }

    void Alone(string path, Errno error) => tally.NotPreserved.Add(new NotPreserved(path, "hard link", NativeErrors.Describe(error)));

    public void Dispose()
    {
        from.Dispose();
        to.Dispose();
        content?.Dispose();
    }
}
