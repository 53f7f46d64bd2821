using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>
/// Has programs signed whose bytes were changed, all in one go, and finishes them once more: who signs puts another file into their place,
/// with other times, and needs to be allowed to write to them.
/// </summary>
/// <param name="listing">The tree.</param>
/// <param name="root">Where it stands.</param>
/// <param name="openContent">Gives what the files were made of.</param>
/// <param name="options">How they were made; with a signer.</param>
/// <param name="situation">What is known of the place.</param>
/// <param name="tally">Receives what could not be signed.</param>
internal sealed unsafe class ProgramSigning(
    TreeListing listing, DirectoryCursor root, Func<TreeContent> openContent, TreeWriteOptions options, WriteSituation situation, TreeTally tally)
{
    /// <summary>What cannot be signed is reported by this name.</summary>
    internal const string Signature = "code signature";

    /// <summary>Signs these files of the listing.</summary>
    internal void Sign(IReadOnlyList<int> files, CancellationToken cancellation)
    {
        if (files.Count == 0) return;
        using DirectoryCursor cursor = root.Another(options.Destination, readable: false);
        string[] paths = new string[files.Count];
        for (int i = 0; i < paths.Length; i++)
        {
            ref readonly FileEntry entry = ref listing.Files[files[i]];
            paths[i] = listing.DisplayPath(entry);
            Errno error = Kernel.SetModeAt(
                cursor.MoveTo(entry.Directory, listing.Directories, listing.Names), listing.NamePointer(entry.NameOffset), (entry.Mode & 0x1FF) | FileWriter.OwnerReadWrite);
            if (error != Errno.None) throw NativeErrors.Failure(error, "set mode of", Path.Join(options.Destination, paths[i]));
        }
        IReadOnlyList<string?> complaints = options.Signer!(NativeFile.NameOf(root.Root), paths, cancellation);

        using TreeContent content = openContent();
        var writer = new FileWriter(listing, content, options, situation, tally, cancellation);
        for (int i = 0; i < paths.Length; i++)
        {
            int directory = cursor.MoveTo(listing.Files[files[i]].Directory, listing.Directories, listing.Names);
            content.Enter(listing.Files[files[i]].Directory);
            writer.FinishAgain(files[i], directory);
            if (complaints[i] is { } complaint) tally.NotPreserved.Add(new NotPreserved(paths[i], Signature, new NativeError(0, "UNSIGNED", complaint)));
        }
    }

    /// <summary>Gives programs that were signed the further names which stand already, and are still those of the inode of before.</summary>
    internal void NameAgain(IReadOnlyList<int> programs)
    {
        if (programs.Count == 0) return;
        HashSet<int> signed = [.. programs];
        using DirectoryCursor from = root.Another(options.Destination, readable: false), to = root.Another(options.Destination, readable: false);
        for (int i = 0; i < listing.Files.Length; i++)
        {
            ref readonly FileEntry entry = ref listing.Files[i];
            if (!signed.Contains(entry.LinkedTo)) continue;
            ref readonly FileEntry first = ref listing.Files[entry.LinkedTo];
            int directory = to.MoveTo(entry.Directory, listing.Directories, listing.Names);
            byte* name = listing.NamePointer(entry.NameOffset);
            Errno error = Kernel.unlinkat(directory, name, 0) == 0 ? Errno.None : NativeErrors.Last;
            if (error == Errno.None && Kernel.linkat(from.MoveTo(first.Directory, listing.Directories, listing.Names), listing.NamePointer(first.NameOffset), directory, name, 0) != 0)
                error = NativeErrors.Last;
            Kernel.Statx made = default;
            if (error == Errno.None) error = NativeFile.StatAt(directory, name, Kernel.AT_SYMLINK_NOFOLLOW, out made);
            if (error != Errno.None) throw NativeErrors.Failure(error, "link", Path.Join(options.Destination, listing.DisplayPath(entry)));
            if (situation.Stamps is { } stamps) stamps.Files[entry.LinkedTo] = FileStamp.Of(made);
        }
    }
}
