using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// Finds what was changed in a space since it was made. What looks as it did then is not read; of everything else the bytes, the mode,
/// the attributes and the target decide, not the times: what was only touched is not changed.
/// </summary>
internal sealed unsafe class SpaceDiff : IDisposable
{
    readonly RestorePlan plan;
    readonly StandingSpace standing;
    readonly RefreshPlan refresh;
    readonly ListingMatch found;
    readonly ObjectStore store;
    readonly ObjectHealer healer;
    readonly ExpectedContent expected;
    readonly DirectoryCursor space;
    readonly CancellationToken cancellation;
    readonly SortedSet<string> added = new(StringComparer.Ordinal), removed = new(StringComparer.Ordinal), changed = new(StringComparer.Ordinal);

    internal SpaceDiff(Home home, string path, RestorePlan plan, StandingSpace standing, CancellationToken cancellation)
    {
        (this.plan, this.standing, this.cancellation) = (plan, standing, cancellation);
        refresh = RefreshPlan.For(plan, standing, Rungs.Reflink | Rungs.HardLink | Rungs.Copy);
        found = ListingMatch.Of(Listing, standing.Found.Listing);
        store = new ObjectStore(home);
        healer = new ObjectHealer(home, cancellation);
        expected = new ExpectedContent(plan, home, store, healer);
        space = DirectoryCursor.OnMade(path);
    }

    TreeListing Listing => plan.Catalog.Listing;

    TreeListing There => standing.Found.Listing;

    /// <summary>Compares.</summary>
    internal SpaceDifference Run(SpaceState state)
    {
        AddExtras();
        CompareDirectories();
        CompareFiles();
        CompareSymlinks();

        // What is gone under one kind and there under another has changed.
        foreach (string path in removed.ToArray())
        {
            string other = path.EndsWith('/') ? path[..^1] : path + "/";
            if (!added.Remove(other)) continue;
            removed.Remove(path);
            changed.Add(path.TrimEnd('/'));
        }
        return new SpaceDifference
        {
            Space = state.Space,
            Path = state.Path,
            Catalog = state.Catalog,
            Added = [.. added],
            Removed = [.. removed],
            Changed = [.. changed],
        };
    }

    /// <summary>
    /// What is not as it was made although nobody has changed it since: so old are its looks, or those of the folder that it is gone from.
    /// </summary>
    /// <param name="finished">When it was made.</param>
    internal List<string> Lost(DateTimeOffset finished)
    {
        var lost = new List<string>();
        for (int i = 0; i < Listing.Files.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (IsOlder(i, Moment.Of(finished)) && (found.Files[i] < 0 || !IsAsMade(i))) lost.Add(Listing.DisplayPath(Listing.Files[i]));
        }
        return lost;
    }

    bool IsOlder(int file, Moment finished)
    {
        int directory = Listing.Files[file].Directory;
        while (found.Directories[directory] < 0) directory = Listing.Directories[directory].Parent;
        FileStamp looks = found.Files[file] >= 0 ? standing.Found.Stamps!.Files[found.Files[file]] : standing.Found.Stamps!.Directories[found.Directories[directory]];
        return looks.ChangedSeconds < finished.Seconds || (looks.ChangedSeconds == finished.Seconds && looks.ChangedNanoseconds <= finished.Nanoseconds);
    }

    void AddExtras()
    {
        var known = (Directories: new HashSet<int>(found.Directories), Files: new HashSet<int>(found.Files), Symlinks: new HashSet<int>(found.Symlinks));
        for (int i = 1; i < There.Directories.Length; i++)
        {
            if (!known.Directories.Contains(i)) added.Add(There.DisplayDirectory(i) + "/");
        }
        for (int i = 0; i < There.Files.Length; i++)
        {
            if (!known.Files.Contains(i)) added.Add(There.DisplayPath(There.Files[i]));
        }
        for (int i = 0; i < There.Symlinks.Length; i++)
        {
            if (!known.Symlinks.Contains(i)) added.Add(There.DisplayPath(There.Symlinks[i]));
        }
        foreach (SkippedEntry special in standing.Found.Skipped) added.Add(special.Path);
    }

    void CompareDirectories()
    {
        for (int i = 0; i < Listing.Directories.Length; i++)
        {
            if (found.Directories[i] < 0)
            {
                removed.Add(Listing.DisplayDirectory(i) + "/");
                continue;
            }
            ref readonly DirectoryEntry entry = ref Listing.Directories[i];
            if (There.Directories[found.Directories[i]].Mode != entry.Mode) changed.Add(Listing.DisplayDirectory(i) + "/");
        }
    }

    void CompareFiles()
    {
        for (int i = 0; i < Listing.Files.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (found.Files[i] < 0) Note(removed, added, Listing.DisplayPath(Listing.Files[i]));
            else if (refresh.Files[i] != FileAction.Keep && !IsAsMade(i)) changed.Add(Listing.DisplayPath(Listing.Files[i]));
        }
    }

    void CompareSymlinks()
    {
        for (int i = 0; i < Listing.Symlinks.Length; i++)
        {
            if (found.Symlinks[i] < 0)
            {
                Note(removed, added, Listing.DisplayPath(Listing.Symlinks[i]));
                continue;
            }
            ref readonly SymlinkEntry there = ref There.Symlinks[found.Symlinks[i]];
            if (!plan.TargetOf(i).SequenceEqual(There.Name(there.TargetOffset, there.TargetLength))) changed.Add(Listing.DisplayPath(Listing.Symlinks[i]));
        }
    }

    /// <summary>A file in the place of a link, or a link in that of a file, has the same path: it is changed, neither gone nor new.</summary>
    void Note(SortedSet<string> gone, SortedSet<string> come, string path)
    {
        if (come.Remove(path)) changed.Add(path);
        else gone.Add(path);
    }

    bool IsAsMade(int file)
    {
        ref readonly FileEntry entry = ref Listing.Files[file];
        int directory = space.MoveTo(entry.Directory, Listing.Directories, Listing.Names);
        int descriptor = NativeFile.OpenAt(directory, Listing.NamePointer(entry.NameOffset), Kernel.O_RDONLY | Kernel.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0, out Errno error);
        if (descriptor < 0) throw NativeErrors.Failure(error, "read", Path.Join(space.ToString(), Listing.DisplayPath(entry)));
        try
        {
            return HasMode(file, entry) && HasBytes(file, entry, descriptor) && HasAttributes(entry, descriptor);
        }
        finally
        {
            _ = Kernel.close(descriptor);
        }
    }

    bool HasMode(int file, in FileEntry entry)
    {
        int mode = There.Files[found.Files[file]].Mode, shall = entry.Mode & RestorePlan.FileModeMask;
        if (mode == shall) return true;
        bool linked = standing.Index is not { } index || index.MadeBy[file] == Mechanism.HardLink;
        return linked && plan.MayLink(file) && mode == plan.Catalog.Objects[plan.Catalog.Contents[file].Object].Mode;
    }

    bool HasBytes(int file, in FileEntry entry, int descriptor)
    {
        long length = There.Files[found.Files[file]].Size;
        if (plan.Catalog.Contents[file].Object is < 0) return length == 0;
        return (length == entry.Size || plan.ChangeOf(file) != ContentChange.None)
            && expected.IsIn(file, descriptor, isBroken: false, cancellation);
    }

    bool HasAttributes(in FileEntry entry, int descriptor)
    {
        static bool Counts((byte[] Name, byte[] Value) attribute) => !NativeMetadata.IsSecurityLabel(attribute.Name);
        static string Text((byte[] Name, byte[] Value) attribute) => $"{Convert.ToHexString(attribute.Name)}={Convert.ToHexString(attribute.Value)}";

        IReadOnlyList<(byte[] Name, byte[] Value)> shall = entry.Attributes >= 0 ? plan.Catalog.AttributeSets[entry.Attributes] : [];
        return NativeMetadata.Attributes(descriptor, static (_, _) => { }).Where(Counts).Select(Text).Order(StringComparer.Ordinal)
            .SequenceEqual(shall.Where(Counts).Select(Text).Order(StringComparer.Ordinal));
    }

    public void Dispose()
    {
        space.Dispose();
        expected.Dispose();
        healer.Dispose();
        store.Dispose();
    }
}
