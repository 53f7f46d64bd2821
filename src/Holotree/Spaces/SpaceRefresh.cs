using System.Globalization;
using Holotree.Catalogs;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// Carries out a <see cref="RefreshPlan"/> on a space that stands. What is new has been built beside the space by then, so that
/// only renames are left: whatever can fail for want of room, rights or means has failed before the space was touched.
/// </summary>
/// <param name="plan">What is to be done.</param>
/// <param name="part">The entries that were made, and where they belong.</param>
/// <param name="path">The space.</param>
/// <param name="room">Has the tree of the part, and takes what goes.</param>
internal sealed unsafe class SpaceRefresh(RefreshPlan plan, ListingPart part, string path, RefreshRoom room)
{
    readonly Catalog catalog = plan.Wanted.Catalog;
    readonly bool[] finishes = [room.IsWithin || plan.Finishes[0], .. plan.Finishes.Skip(1)];
    readonly List<NotPreserved> notPreserved = [];
    readonly TimeKeeping times = new();

    TreeListing Listing => catalog.Listing;

    /// <summary>Metadata that could not be set on what stood there already.</summary>
    internal IReadOnlyList<NotPreserved> NotPreserved => notPreserved;

    /// <summary>Changes the space.</summary>
    /// <param name="made">What building the part has done.</param>
    /// <returns>How everything in the space looks now, and what each file had been made by.</returns>
    internal (TreeStamps Stamps, Mechanism[] MadeBy) Apply(TreeTally made)
    {
        TreeStamps stamps = TreeStamps.For(Listing);
        var madeBy = new Mechanism[Listing.Files.Length];
        using var space = DirectoryCursor.OnMade(path);
        Unlock(space);
        RemoveExtras(space);
        MoveIn(space, made, stamps, madeBy);
        Keep(space, stamps, madeBy);
        if (room.IsWithin) room.Leave();
        FinishDirectories(space, stamps);
        return (stamps, madeBy);
    }

    /// <summary>Gives the owner back what is needed to change directories that stand and lock him out.</summary>
    void Unlock(DirectoryCursor space)
    {
        for (int i = 0; i < finishes.Length; i++)
        {
            if (plan.MakesDirectory(i) || (plan.ModeFound(i) & NativeMetadata.OwnerAll) == NativeMetadata.OwnerAll) continue;
            if (!finishes[i] && !LeadsToWork(i)) continue;
            finishes[i] = true;
            Errno error;
            if (i == 0)
            {
                error = NativeMetadata.SetMode(space.Root, NativeMetadata.OwnerAll);
            }
            else
            {
                ref readonly DirectoryEntry entry = ref Listing.Directories[i];
                int parent = space.MoveTo(entry.Parent, Listing.Directories, Listing.Names);
                error = Kernel.SetModeAt(parent, Listing.NamePointer(entry.NameOffset), NativeMetadata.OwnerAll);
            }
            if (error != Errno.None) throw NativeErrors.Failure(error, "unlock folder", Path.Join(path, Listing.DisplayDirectory(i)));
        }
    }

    /// <summary>Whether something below a directory is to be changed, so that it has to be entered.</summary>
    bool LeadsToWork(int directory)
    {
        workBelow ??= WorkBelow();
        return workBelow[directory];
    }

    bool[]? workBelow;

    bool[] WorkBelow()
    {
        var work = new bool[finishes.Length];
        for (int i = 0; i < plan.Files.Length; i++) work[Listing.Files[i].Directory] |= plan.Files[i] != FileAction.Keep;
        for (int i = work.Length - 1; i > 0; i--) work[Listing.Directories[i].Parent] |= work[i] || plan.Finishes[i] || plan.MakesDirectory(i);
        return work;
    }

    /// <summary>Moves away what the catalog does not have, in one step an entry.</summary>
    void RemoveExtras(DirectoryCursor space)
    {
        using var gone = new DirectoryCursor(room.GonePath, readable: false);
        int number = 0;
        foreach (ExtraEntry extra in plan.Extras)
        {
            int directory = space.MoveTo(extra.Directory, Listing.Directories, Listing.Names);
            byte[] target = NativeFile.Terminated((number++).ToString(CultureInfo.InvariantCulture));
            fixed (byte* from = extra.Name, to = target)
            {
                Errno error = Rename(directory, from, gone.Root, to);
                if (error == Errno.EACCES && extra.IsDirectory && Kernel.SetModeAt(directory, from, NativeMetadata.OwnerAll) == Errno.None)
                    error = Rename(directory, from, gone.Root, to);     // rename(2): a directory's own ".." has to be written
                if (error is not (Errno.None or Errno.ENOENT)) throw NativeErrors.Failure(error, "remove", Path.Join(path, plan.DisplayPath(extra)));
            }
        }
    }

    /// <summary>Puts what was made into its place: whole directories where the space has none, single entries elsewhere.</summary>
    void MoveIn(DirectoryCursor space, TreeTally made, TreeStamps stamps, Mechanism[] madeBy)
    {
        for (int i = 0; i < part.Files.Length; i++)
        {
            stamps.Files[part.Files[i]] = made.Stamps!.Files[i];
            madeBy[part.Files[i]] = made.MadeBy[i];
        }
        TreeListing listing = part.Listing;
        using var source = DirectoryCursor.OnMade(room.MadePath);
        for (int i = 0; i < part.Directories.Length; i++)
        {
            ref readonly DirectoryEntry entry = ref listing.Directories[i];
            int whole = part.Directories[i];
            if (plan.MakesDirectory(whole))
            {
                stamps.Directories[whole] = made.Stamps!.Directories[i];
                if (!plan.MakesDirectory(Listing.Directories[whole].Parent)) MoveDirectory(space, source, i, stamps);
                continue;
            }
            if (entry.FileCount + entry.SymlinkCount == 0) continue;
            int from = source.MoveTo(i, listing.Directories, listing.Names), to = space.MoveTo(whole, Listing.Directories, Listing.Names);
            for (int file = entry.FirstFile; file < entry.FirstFile + entry.FileCount; file++) MoveFile(from, to, file, stamps);
            for (int link = entry.FirstSymlink; link < entry.FirstSymlink + entry.SymlinkCount; link++)
            {
                ref readonly SymlinkEntry symlink = ref listing.Symlinks[link];
                Move(from, to, symlink.NameOffset, listing.DisplayPath(symlink));
            }
        }
        stamps.AlignNames(Listing);
    }

    void MoveDirectory(DirectoryCursor space, DirectoryCursor source, int directory, TreeStamps stamps)
    {
        ref readonly DirectoryEntry entry = ref part.Listing.Directories[directory];
        int whole = part.Directories[directory];
        int from = source.MoveTo(entry.Parent, part.Listing.Directories, part.Listing.Names);
        int to = space.MoveTo(Listing.Directories[whole].Parent, Listing.Directories, Listing.Names);
        byte* name = part.Listing.NamePointer(entry.NameOffset);
        string shown = part.Listing.DisplayDirectory(directory);
        if ((entry.Mode & NativeMetadata.OwnerAll) != NativeMetadata.OwnerAll)
        {
            // Moving a directory writes its "..", which its owner may not do where he may not write to it (rename(2)).
            Errno locked = Kernel.SetModeAt(from, name, NativeMetadata.OwnerAll);
            if (locked != Errno.None) throw NativeErrors.Failure(locked, "unlock folder", Path.Join(room.MadePath, shown));
            finishes[whole] = true;
        }
        Move(from, to, entry.NameOffset, shown);
        Errno error = NativeFile.StatAt(to, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat);
        if (error != Errno.None) throw NativeErrors.Failure(error, "examine", Path.Join(path, shown));
        stamps.Directories[whole] = FileStamp.Of(stat);
    }

    void MoveFile(int from, int to, int file, TreeStamps stamps)
    {
        ref readonly FileEntry entry = ref part.Listing.Files[file];
        Move(from, to, entry.NameOffset, part.Listing.DisplayPath(entry));

        // The rename has changed the ctime. All else has to be as it was made, or somebody wrote to it already.
        Errno error = NativeFile.StatAt(to, part.Listing.NamePointer(entry.NameOffset), Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat);
        if (error != Errno.None) throw NativeErrors.Failure(error, "examine", Path.Join(path, part.Listing.DisplayPath(entry)));
        ref FileStamp stamp = ref stamps.Files[part.Files[file]];
        FileStamp now = FileStamp.Of(stat);
        if (stamp == default || stamp.AdmitsButForChange(now)) stamp = now;
    }

    void Move(int from, int to, int nameOffset, string shown)
    {
        byte* name = part.Listing.NamePointer(nameOffset);
        Errno error = Rename(from, name, to, name);
        if (error != Errno.None) throw NativeErrors.Failure(error, "put into place", Path.Join(path, shown));
    }

    static Errno Rename(int from, byte* name, int to, byte* newName) =>
        Kernel.renameat2(from, name, to, newName, 0) == 0 ? Errno.None : NativeErrors.Last;

    /// <summary>Takes over the looks of what stays, and gives adjusted files their mode and time.</summary>
    void Keep(DirectoryCursor space, TreeStamps stamps, Mechanism[] madeBy)
    {
        for (int i = 0; i < plan.Files.Length; i++)
        {
            if (plan.Files[i] == FileAction.Make) continue;
            (stamps.Files[i], madeBy[i]) = plan.Kept(i);
            if (plan.Files[i] == FileAction.Adjust) Adjust(space, i, ref stamps.Files[i]);
        }
    }

    void Adjust(DirectoryCursor space, int file, ref FileStamp stamp)
    {
        ref readonly FileEntry entry = ref Listing.Files[file];
        int directory = space.MoveTo(entry.Directory, Listing.Directories, Listing.Names);
        byte* name = Listing.NamePointer(entry.NameOffset);
        Errno error = Kernel.SetModeAt(directory, name, entry.Mode & RestorePlan.FileModeMask);
        if (error == Errno.None) error = NativeMetadata.SetTimesAt(directory, name, entry.ModifiedSeconds, (uint)entry.ModifiedNanoseconds);
        Kernel.Statx stat = default;
        if (error == Errno.None) error = NativeFile.StatAt(directory, name, Kernel.AT_SYMLINK_NOFOLLOW, out stat);
        if (error != Errno.None) throw NativeErrors.Failure(error, "set mode and times of", Path.Join(path, Listing.DisplayPath(entry)));
        stamp = FileStamp.Of(stat);
        CheckTime(stat, entry.ModifiedSeconds, entry.ModifiedNanoseconds, Listing.DisplayPath(entry));
    }

    void CheckTime(in Kernel.Statx made, long seconds, int nanoseconds, string shown)
    {
        Errno cut = times.IsInDoubt(seconds, nanoseconds) ? times.Check(made, seconds, nanoseconds) : Errno.None;
        if (cut != Errno.None) notPreserved.Add(new NotPreserved(shown, TimeKeeping.Lost, NativeErrors.Describe(cut)));
    }

    /// <summary>Gives directories their attributes, modes and times when nothing in them changes any more, children before parents.</summary>
    void FinishDirectories(DirectoryCursor space, TreeStamps stamps)
    {
        using DirectoryCursor cursor = space.Another(path, readable: true);
        for (int i = finishes.Length - 1; i >= 0; i--)
        {
            if (finishes[i]) Finish(i, cursor.MoveTo(i, Listing.Directories, Listing.Names), out stamps.Directories[i]);
            else if (!plan.MakesDirectory(i)) stamps.Directories[i] = plan.DirectoryFound(i);
        }
    }

    void Finish(int index, int directory, out FileStamp stamp)
    {
        ref readonly DirectoryEntry entry = ref Listing.Directories[index];
        IReadOnlyList<(byte[] Name, byte[] Value)> wanted = entry.Attributes >= 0 ? catalog.AttributeSets[entry.Attributes] : [];
        foreach ((byte[] name, _) in NativeMetadata.Attributes(directory, (_, _) => { }))
        {
            if (NativeMetadata.IsSecurityLabel(name) || wanted.Any(attribute => attribute.Name.AsSpan().SequenceEqual(name))) continue;
            Errno refused = NativeMetadata.RemoveAttribute(directory, name);
            if (refused != Errno.None) Lost(index, name, refused);
        }
        foreach ((byte[] name, byte[] value) in wanted)
        {
            Errno refused = NativeMetadata.SetAttribute(directory, name, value);
            if (refused != Errno.None) Lost(index, name, refused);
        }
        Errno error = NativeMetadata.SetMode(directory, entry.Mode);
        if (error == Errno.None) error = NativeMetadata.SetTimes(directory, entry.ModifiedSeconds, (uint)entry.ModifiedNanoseconds);
        if (error != Errno.None) throw NativeErrors.Failure(error, "set mode and times of folder", Path.Join(path, Listing.DisplayDirectory(index)));
        error = NativeFile.Stat(directory, out Kernel.Statx stat);
        if (error != Errno.None) throw NativeErrors.Failure(error, "examine", Path.Join(path, Listing.DisplayDirectory(index)));
        stamp = FileStamp.Of(stat);
        CheckTime(stat, entry.ModifiedSeconds, entry.ModifiedNanoseconds, Listing.DisplayDirectory(index));
    }

    void Lost(int directory, byte[] attribute, Errno error) =>
        notPreserved.Add(NativeErrors.Lost(path, Listing.DisplayDirectory(directory), System.Text.Encoding.UTF8.GetString(attribute), error));
}
