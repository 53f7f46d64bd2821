using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Trees;

/// <summary>
/// Makes the tree of a listing in an empty directory. Directories come first, each worker then takes one directory at a
/// time (the kernel locks a directory while a name is added), further names of one inode follow, and directories get their
/// attributes, times and modes last, when nothing in them changes any more.
/// </summary>
internal sealed unsafe class TreeWriter
{
    /// <summary>Directories with more files than this are begun first, so that none of them is left to one worker at the end.</summary>
    const int LargeDirectory = 500;

    readonly TreeListing listing;
    readonly DirectoryCursor root;
    readonly Func<TreeContent> openContent;
    readonly TreeWriteOptions options;
    readonly ProgressTeller progress;
    readonly CancellationToken cancellation;
    readonly CancellationTokenSource stop;
    readonly WriteSituation situation;
    readonly int[] order;

    int nextDirectory = -1, directoriesMade, nextFinished = -1;

    TreeWriter(
        TreeListing listing, DirectoryCursor root, Func<TreeContent> openContent, TreeWriteOptions options, WriteSituation situation,
        IProgress<TreeProgress>? progress, CancellationToken cancellation)
    {
        (this.listing, this.root, this.openContent, this.options, this.situation) = (listing, root, openContent, options, situation);
        this.cancellation = cancellation;
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        order = OrderOfWork(listing);
        this.progress = new ProgressTeller(progress);
        if (progress is not null) this.progress.Expect(listing.Files.Length, listing.LogicalBytes);
    }

    /// <summary>Makes everything of <paramref name="listing"/> in the existing, empty directory <paramref name="root"/>.</summary>
    /// <returns>What was done. On any failure or cancellation the tree is incomplete and the caller's to delete.</returns>
    internal static TreeTally Write(
        TreeListing listing, string root, Func<TreeContent> openContent, TreeWriteOptions options,
        IProgress<TreeProgress>? progress, CancellationToken cancellation)
    {
        // Held from here to the end: a path would lead elsewhere once somebody has put a link in its place.
        using var made = DirectoryCursor.OnMade(root);
        var writer = new TreeWriter(listing, made, openContent, options, Prepare(made, listing, options.TakeStamps), progress, cancellation);
        try
        {
            using (writer.stop) return writer.Run();
        }
        catch (IOException taken) when (NativeErrors.Of(taken) == Errno.EEXIST && AlikeNames.Refusal(listing, options.Destination) is { } refusal)
        {
            // Every entry is made as a new one, in a folder that was empty: on a filesystem that ignores case the second of two finds the first.
            throw refusal;
        }
    }

    /// <summary>Frees the root of what it inherited (setgid, ACLs), as everything below would inherit it in turn.</summary>
    static WriteSituation Prepare(DirectoryCursor root, TreeListing listing, bool takeStamps)
    {
        NativeMetadata.DropDefaultAccessControlList(root.Root);
        NativeMetadata.DropAccessControlList(root.Root);
        Errno error = NativeMetadata.SetMode(root.Root, NativeMetadata.OwnerAll);
        if (error != Errno.None) throw NativeErrors.Failure(error, "prepare folder", root.ToString());
        error = NativeFile.Stat(root.Root, out Kernel.Statx stat);
        if (error != Errno.None) throw NativeErrors.Failure(error, "examine", root.ToString());

        return new WriteSituation(
            new TransferLadder(), NativeFile.Device(stat), Kernel.Umask(), new Mechanism[listing.Files.Length],
            takeStamps ? TreeStamps.For(listing) : null, Kernel.AnswersForClones(root.Root));
    }

    internal static int[] OrderOfWork(TreeListing listing)
    {
        var large = new List<int>();
        var others = new List<int>();
        ReadOnlySpan<DirectoryEntry> directories = listing.Directories;
        for (int i = 0; i < directories.Length; i++)
        {
            if (directories[i].FileCount > LargeDirectory) large.Add(i);
            else if (directories[i].FileCount + directories[i].SymlinkCount > 0) others.Add(i);
        }
        int[] counts = [.. large.Select(i => -listing.Directories[i].FileCount)];
        int[] sorted = [.. large];
        Array.Sort(counts, sorted);
        return [.. sorted, .. others];
    }

    TreeTally Run()
    {
        int workers = Math.Clamp(options.EffectiveWorkers, 1, Math.Max(order.Length, 1));
        var tallies = new TreeTally[workers];
        InParallel(workers, worker =>
        {
            tallies[worker] = new TreeTally();
            if (worker == 0) MakeDirectories();
            MakeFiles(tallies[worker]);
        });
        SignPrograms(tallies);
        MakeFurtherNames(tallies[0]);
        SignPrograms(tallies);       // of a name that had to become a file of its own
        InParallel(workers, worker => FinishDirectories(tallies[worker]));
        LookAtLatest();
        FinishLockedDirectories(tallies[0]);
        cancellation.ThrowIfCancellationRequested();

        var sum = new TreeTally { MadeBy = situation.MadeBy, Stamps = situation.Stamps };
        foreach (TreeTally tally in tallies) sum.Add(tally);
        progress.Tell();
        return sum;
    }

    void InParallel(int workers, Action<int> work)
    {
        try
        {
            WorkerThreads.Run(workers, stop, work);
        }
        catch (OperationCanceledException)
        {
            // With the caller's own token, not with that of the workers.
            cancellation.ThrowIfCancellationRequested();
            throw;
        }
        cancellation.ThrowIfCancellationRequested();
    }

    void MakeDirectories()
    {
        using DirectoryCursor cursor = root.Another(options.Destination, readable: false);
        ReadOnlySpan<DirectoryEntry> directories = listing.Directories;
        Volatile.Write(ref directoriesMade, 1);
        for (int i = 1; i < directories.Length && !stop.IsCancellationRequested; i++)
        {
            ref readonly DirectoryEntry entry = ref directories[i];
            int parent = cursor.MoveTo(entry.Parent, directories, listing.Names);
            byte* name = listing.NamePointer(entry.NameOffset);
            uint mode = options.Preserve.HasFlag(Preserve.Mode) ? (entry.Mode & 0x1FFu) | NativeMetadata.OwnerAll : 0x1FF;
            Errno error = Kernel.mkdirat(parent, name, mode) == 0 ? Errno.None : NativeErrors.Last;
            if (error == Errno.None && TakesOwnersWay) error = Kernel.SetModeAt(parent, name, NativeMetadata.OwnerAll);
            if (error != Errno.None)
                throw NativeErrors.Failure(error, "create folder", Path.Join(options.Destination, listing.DisplayDirectory(i)));
            Volatile.Write(ref directoriesMade, i + 1);
        }
    }

    void MakeFiles(TreeTally tally)
    {
        using DirectoryCursor cursor = root.Another(options.Destination, readable: false);
        using TreeContent content = openContent();
        var writer = new FileWriter(listing, content, options, situation, tally, stop.Token);
        var wait = new SpinWait();
        while (Interlocked.Increment(ref nextDirectory) is int turn && turn < order.Length)
        {
            int index = order[turn];
            while (Volatile.Read(ref directoriesMade) <= index && !stop.IsCancellationRequested) wait.SpinOnce();
            if (stop.IsCancellationRequested) return;

            ref readonly DirectoryEntry entry = ref listing.Directories[index];
            int directory = cursor.MoveTo(index, listing.Directories, listing.Names);
            content.Enter(index);
            for (int file = entry.FirstFile; file < entry.FirstFile + entry.FileCount; file++)
            {
                if (stop.IsCancellationRequested) return;
                if (listing.Files[file].LinkedTo >= 0) continue;
                writer.Make(file, directory);
                progress.Add(1, listing.Files[file].Size);
            }
            for (int link = entry.FirstSymlink; link < entry.FirstSymlink + entry.SymlinkCount; link++)
            {
                if (listing.Symlinks[link].LinkedTo < 0) MakeSymlink(link, directory, content, tally);
            }
        }
    }

    void MakeSymlink(int link, int directory, TreeContent content, TreeTally tally)
    {
        ref readonly SymlinkEntry entry = ref listing.Symlinks[link];
        byte* name = listing.NamePointer(entry.NameOffset);
        Errno error = Kernel.symlinkat(content.LinkTarget(link), directory, name) == 0 ? Errno.None : NativeErrors.Last;
        if (error == Errno.None && options.Preserve.HasFlag(Preserve.Times))
            error = NativeMetadata.SetTimesAt(directory, name, entry.ModifiedSeconds, (uint)entry.ModifiedNanoseconds);
        if (error == Errno.None && IsTimeInDoubt(entry.ModifiedSeconds, entry.ModifiedNanoseconds))
        {
            error = NativeFile.StatAt(directory, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx made);
            CheckTime(made, entry.ModifiedSeconds, entry.ModifiedNanoseconds, listing.DisplayPath(entry), tally);
        }
        if (error != Errno.None) throw NativeErrors.Failure(error, "create link", Path.Join(options.Destination, listing.DisplayPath(entry)));
    }

    /// <summary>Before they get further names, which would stay those of the inode that was signed.</summary>
    void SignPrograms(TreeTally[] tallies)
    {
        int[] programs = [.. tallies.SelectMany(static tally => tally.ChangedPrograms)];
        new ProgramSigning(listing, root, openContent, options, situation, tallies[0]).Sign(programs, cancellation);
        foreach (TreeTally tally in tallies) tally.ChangedPrograms.Clear();
    }

    void MakeFurtherNames(TreeTally tally)
    {
        using var names = new FurtherNames(listing, root, openContent, options, situation, tally, cancellation);
        for (int i = 0; i < listing.Files.Length; i++)
        {
            if (listing.Files[i].LinkedTo < 0) continue;
            names.MakeFile(i);
            progress.Add(1, 0);
        }
        situation.Stamps?.AlignNames(listing);
        for (int i = 0; i < listing.Symlinks.Length; i++)
        {
            int link = i;
            if (listing.Symlinks[i].LinkedTo >= 0) names.MakeSymlink(i, (directory, content) => MakeSymlink(link, directory, content, tally));
        }
    }

    void FinishDirectories(TreeTally tally)
    {
        // In any order among the workers: what is set on one does not change another, but for those that nobody could enter any more.
        using DirectoryCursor cursor = root.Another(options.Destination, readable: true);
        using TreeContent content = openContent();
        int last = listing.Directories.Length - 1;
        while (Interlocked.Increment(ref nextFinished) is int turn && turn <= last && !stop.IsCancellationRequested)
        {
            int index = last - turn;
            if (!LocksOwnerOut(index) && !FinishByName(index, cursor, content, tally)) Finish(index, cursor, content, tally);
        }
    }

    /// <summary>
    /// Most directories have their mode from the beginning and lack only their time: those are not opened, as their looks are taken
    /// anyway and would show a wrong mode, or that they are directories no more.
    /// </summary>
    /// <returns>False where more is to be done.</returns>
    bool FinishByName(int index, DirectoryCursor cursor, TreeContent content, TreeTally tally)
    {
        if (index == 0 || situation.Stamps is not { } stamps || !options.Preserve.HasFlag(Preserve.Times) || content.HasDirectoryAttributes(index)) return false;
        ref readonly DirectoryEntry entry = ref listing.Directories[index];
        int parent = cursor.MoveTo(entry.Parent, listing.Directories, listing.Names);
        byte* name = listing.NamePointer(entry.NameOffset);
        Kernel.Statx made = default;
        if (NativeMetadata.SetTimesAt(parent, name, entry.ModifiedSeconds, (uint)entry.ModifiedNanoseconds) != Errno.None
            || NativeFile.StatAt(parent, name, Kernel.AT_SYMLINK_NOFOLLOW, out made) != Errno.None
            || made.stx_mode != (Kernel.S_IFDIR | (ModeOf(index) ?? 0x1FF & ~situation.Umask))) return false;
        if (IsTimeInDoubt(entry.ModifiedSeconds, entry.ModifiedNanoseconds))
            CheckTime(made, entry.ModifiedSeconds, entry.ModifiedNanoseconds, listing.DisplayDirectory(index), tally);
        stamps.Directories[index] = FileStamp.Of(made);
        return true;
    }

    /// <summary>
    /// Looks at files that were made while the tick of the clock ran that still runs: what is done to them from now on could get the time that
    /// is expected of them.
    /// </summary>
    void LookAtLatest()
    {
        if (situation.Stamps is not { } stamps) return;
        Moment tick = Moment.OfChanges();
        using DirectoryCursor cursor = root.Another(options.Destination, readable: false);
        for (int i = 0; i < stamps.Files.Length; i++)
        {
            ref FileStamp stamp = ref stamps.Files[i];
            if (stamp.WasSeen || stamp == default || stamp.IsChangedBefore(tick)) continue;
            ref readonly FileEntry entry = ref listing.Files[i];
            int directory = cursor.MoveTo(entry.Directory, listing.Directories, listing.Names);
            Errno error = NativeFile.StatAt(directory, listing.NamePointer(entry.NameOffset), Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat);
            if (error != Errno.None) throw NativeErrors.Failure(error, "examine", Path.Join(options.Destination, listing.DisplayPath(entry)));
            stamp = FileStamp.Of(stat);
        }
    }

    /// <summary>Those that lock the owner out, by mode or ACL, come when nothing below is to be reached any more, children before parents.</summary>
    void FinishLockedDirectories(TreeTally tally)
    {
        DirectoryCursor? cursor = null;
        TreeContent? content = null;
        try
        {
            for (int i = listing.Directories.Length - 1; i >= 0; i--)
            {
                cancellation.ThrowIfCancellationRequested();
                if (LocksOwnerOut(i)) Finish(i, cursor ??= root.Another(options.Destination, readable: true), content ??= openContent(), tally);
            }
        }
        finally
        {
            cursor?.Dispose();
            content?.Dispose();
        }
    }

    void Finish(int index, DirectoryCursor cursor, TreeContent content, TreeTally tally)
    {
        ref readonly DirectoryEntry entry = ref listing.Directories[index];
        int directory = cursor.MoveTo(index, listing.Directories, listing.Names);
        content.SetDirectoryAttributes(index, directory, (what, error) => tally.NotPreserved.Add(
            NativeErrors.Lost(options.Destination, listing.DisplayDirectory(index), what, error)));
        Errno failed = ModeOf(index) is int mode ? NativeMetadata.SetMode(directory, mode) : Errno.None;
        if (failed == Errno.None && options.Preserve.HasFlag(Preserve.Times))
            failed = NativeMetadata.SetTimes(directory, entry.ModifiedSeconds, (uint)entry.ModifiedNanoseconds);
        if (failed == Errno.None && IsTimeInDoubt(entry.ModifiedSeconds, entry.ModifiedNanoseconds))
        {
            failed = NativeFile.Stat(directory, out Kernel.Statx made);
            CheckTime(made, entry.ModifiedSeconds, entry.ModifiedNanoseconds, listing.DisplayDirectory(index), tally);
        }
        if (failed == Errno.None && situation.Stamps is { } stamps) failed = FileStamp.Take(directory, out stamps.Directories[index]);
        if (failed != Errno.None) throw NativeErrors.Failure(failed, "set mode and times of folder", Path.Join(options.Destination, listing.DisplayDirectory(index)));
    }

    bool IsTimeInDoubt(long seconds, int nanoseconds) => options.Preserve.HasFlag(Preserve.Times) && situation.Times.IsInDoubt(seconds, nanoseconds);

    void CheckTime(in Kernel.Statx made, long seconds, int nanoseconds, string path, TreeTally tally)
    {
        Errno cut = situation.Times.Check(made, seconds, nanoseconds);
        if (cut != Errno.None) tally.NotPreserved.Add(new NotPreserved(path, TimeKeeping.Lost, NativeErrors.Describe(cut)));
    }

    /// <summary>The mode a directory shall have in the end; null where it has it already, because none is preserved.</summary>
    int? ModeOf(int directory) =>
        options.Preserve.HasFlag(Preserve.Mode) ? listing.Directories[directory].Mode
        : directory == 0 || TakesOwnersWay ? 0x1FF & ~situation.Umask
        : null;

    bool LocksOwnerOut(int directory)
    {
        // An ACL that is taken over says the same of the owner as the mode of its directory.
        int mode = options.Preserve.HasFlag(Preserve.AccessControlLists) ? listing.Directories[directory].Mode : NativeMetadata.OwnerAll;
        return ((ModeOf(directory) ?? NativeMetadata.OwnerAll) & mode & NativeMetadata.OwnerReadAndSearch) != NativeMetadata.OwnerReadAndSearch;
    }

    /// <summary>Whether the umask takes from new directories what is needed to fill them.</summary>
    bool TakesOwnersWay => (situation.Umask & NativeMetadata.OwnerAll) != 0;
}
