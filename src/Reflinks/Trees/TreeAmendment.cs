using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>
/// Changes a tree that was laid out before, and that nobody else uses yet, in place: files whose content is to change, links that
/// are to point elsewhere. It takes as long as there is to change, however large the tree is.
/// </summary>
internal sealed unsafe class TreeAmendment : IDisposable
{
    /// <summary>A thread is worth starting for so many files.</summary>
    const int FilesAWorker = 32;

    readonly TreeListing part;
    readonly Func<TreeContent> openContent;
    readonly TreeWriteOptions options;
    readonly WriteSituation situation;
    readonly DirectoryCursor root;
    readonly TreeTally tally;
    int nextDirectory = -1;

    /// <param name="part">The entries that may have to change, with the directories on the way to them; as they stand in the tree.</param>
    /// <param name="tree">The tree.</param>
    /// <param name="madeBy">What made each file of the part.</param>
    /// <param name="openContent">Gives each worker what the files are to hold.</param>
    /// <param name="options">As for <see cref="TreeWriter"/>; the rungs do not matter.</param>
    internal TreeAmendment(TreeListing part, string tree, Mechanism[] madeBy, Func<TreeContent> openContent, TreeWriteOptions options)
    {
        (this.part, this.openContent, this.options) = (part, openContent, options);
        Files = new bool[part.Files.Length];
        Directories = new bool[part.Directories.Length];
        Unlock(tree);
        root = DirectoryCursor.OnMade(tree);
        situation = new WriteSituation(new TransferLadder(), 0, Kernel.Umask(), madeBy, TreeStamps.For(part));
        tally = new TreeTally { MadeBy = madeBy, Stamps = situation.Stamps };
    }

    /// <summary>Which files of the part were touched.</summary>
    internal bool[] Files { get; }

    /// <summary>Which directories of the part were.</summary>
    internal bool[] Directories { get; }

    /// <summary>Does it. The tally counts what was written anew, and has the looks of all that was touched.</summary>
    /// <returns>On any failure or cancellation the tree is neither the one nor the other, and the caller's to delete.</returns>
    internal TreeTally Apply(CancellationToken cancellation)
    {
        ReadOnlySpan<DirectoryEntry> directories = part.Directories;
        for (int i = 1; i < directories.Length; i++)
        {
            if (!LocksOwnerOut(i)) continue;
            Errno error = Kernel.SetModeAt(root.MoveTo(directories[i].Parent, directories, part.Names), part.NamePointer(directories[i].NameOffset),
                (directories[i].Mode & 0x1FF) | NativeMetadata.OwnerAll);
            if (error != Errno.None) throw NativeErrors.Failure(error, "open folder", Path.Join(options.Destination, part.DisplayDirectory(i)));
            Directories[i] = true;
        }
        ChangeFiles(cancellation);
        ChangeLinks();
        FinishDirectories();
        return tally;
    }

    void ChangeFiles(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        int workers = Math.Clamp(part.Files.Length / FilesAWorker, 1, options.EffectiveWorkers);
        var tallies = new TreeTally[workers];
        WorkerThreads.Run(workers, stop, worker =>
        {
            TreeTally own = tallies[worker] = new TreeTally();
            using DirectoryCursor cursor = root.Another(options.Destination, readable: false);
            using TreeContent content = openContent();
            var writer = new FileWriter(part, content, options, situation, own, stop.Token);
            while (Interlocked.Increment(ref nextDirectory) is int index && index < part.Directories.Length && !stop.IsCancellationRequested)
            {
                ref readonly DirectoryEntry entry = ref part.Directories[index];
                if (entry.FileCount == 0) continue;
                int directory = cursor.MoveTo(index, part.Directories, part.Names);
                content.Enter(index);
                for (int file = entry.FirstFile; file < entry.FirstFile + entry.FileCount && !stop.IsCancellationRequested; file++)
                {
                    if (part.Files[file].LinkedTo < 0) Files[file] = writer.Change(file, directory);
                }
            }
        });
        cancellation.ThrowIfCancellationRequested();
        foreach (TreeTally own in tallies) tally.Add(own);
        SignPrograms([.. tallies.SelectMany(static own => own.ChangedPrograms)], cancellation);

        // What was written through one name of an inode is to be seen under all.
        TreeStamps stamps = situation.Stamps!;
        for (int i = 0; i < part.Files.Length; i++)
        {
            if (part.Files[i].LinkedTo is not (>= 0 and int first) || !Files[first]) continue;
            (Files[i], stamps.Files[i], situation.MadeBy[i]) = (true, stamps.Files[first], situation.MadeBy[first]);
        }
    }

    void SignPrograms(int[] programs, CancellationToken cancellation)
    {
        var signing = new ProgramSigning(part, root, openContent, options, situation, tally);
        signing.Sign(programs, cancellation);
        signing.NameAgain(programs);
        HashSet<int> signed = [.. programs];
        for (int i = 0; i < part.Files.Length; i++)
        {
            if (signed.Contains(i) || signed.Contains(part.Files[i].LinkedTo)) Directories[part.Files[i].Directory] = true;
        }
    }

    void ChangeLinks()
    {
        using DirectoryCursor other = root.Another(options.Destination, readable: false);
        using TreeContent content = openContent();
        for (int i = 0; i < part.Symlinks.Length; i++)
        {
            ref readonly SymlinkEntry entry = ref part.Symlinks[i];
            byte* target = content.LinkTarget(i), name = part.NamePointer(entry.NameOffset);
            if (target == part.NamePointer(entry.TargetOffset)) continue;

            int directory = root.MoveTo(entry.Directory, part.Directories, part.Names);
            Errno error = Kernel.unlinkat(directory, name, 0) == 0 ? Errno.None : NativeErrors.Last;
            if (error == Errno.None) error = entry.LinkedTo < 0 ? MakeLink(entry, target, directory, name) : MakeFurtherName(part.Symlinks[entry.LinkedTo], other, directory, name);
            if (error != Errno.None) throw NativeErrors.Failure(error, "create link", Path.Join(options.Destination, part.DisplayPath(entry)));
            Directories[entry.Directory] = true;
        }
    }

    static Errno MakeLink(in SymlinkEntry entry, byte* target, int directory, byte* name) =>
        Kernel.symlinkat(target, directory, name) == 0
            ? NativeMetadata.SetTimesAt(directory, name, entry.ModifiedSeconds, (uint)entry.ModifiedNanoseconds)
            : NativeErrors.Last;

    Errno MakeFurtherName(in SymlinkEntry first, DirectoryCursor other, int directory, byte* name) =>
        Kernel.linkat(other.MoveTo(first.Directory, part.Directories, part.Names), part.NamePointer(first.NameOffset), directory, name, 0) == 0
            ? Errno.None : NativeErrors.Last;

    /// <summary>Children before their parents: by then each can be entered still, and nothing in it changes any more.</summary>
    void FinishDirectories()
    {
        using DirectoryCursor cursor = root.Another(options.Destination, readable: true);
        for (int i = part.Directories.Length - 1; i >= 0; i--)
        {
            if (!Directories[i]) continue;
            ref readonly DirectoryEntry entry = ref part.Directories[i];
            int directory = cursor.MoveTo(i, part.Directories, part.Names);
            Errno error = NativeMetadata.SetMode(directory, entry.Mode);
            if (error == Errno.None) error = NativeMetadata.SetTimes(directory, entry.ModifiedSeconds, (uint)entry.ModifiedNanoseconds);
            Kernel.Statx stat = default;
            if (error == Errno.None) error = NativeFile.Stat(directory, out stat);
            if (error != Errno.None) throw NativeErrors.Failure(error, "set mode and times of folder", Path.Join(options.Destination, part.DisplayDirectory(i)));
            situation.Stamps!.Directories[i] = FileStamp.Of(stat);
        }
    }

    bool LocksOwnerOut(int directory) => (part.Directories[directory].Mode & NativeMetadata.OwnerAll) != NativeMetadata.OwnerAll;

    /// <summary>The root cannot be opened before it may be.</summary>
    void Unlock(string tree)
    {
        if (!LocksOwnerOut(0)) return;
        fixed (byte* name = NativeFile.Terminated(tree))
        {
            Errno error = Kernel.SetModeAt(Kernel.AT_FDCWD, name, (part.Directories[0].Mode & 0x1FF) | NativeMetadata.OwnerAll);
            if (error != Errno.None) throw NativeErrors.Failure(error, "open folder", tree);
        }
        Directories[0] = true;
    }

    public void Dispose() => root.Dispose();
}
