using System.Runtime.InteropServices;
using Holotree.Catalogs;
using Holotree.Relocation;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// What has to be done to turn what stands in a space into what a catalog lists: what is kept, adjusted, made and removed.
/// Decided from data alone; touches no disk. A file is kept only where its looks prove that nobody has changed it.
/// </summary>
internal sealed class RefreshPlan
{
    readonly StandingSpace standing;
    readonly ListingMatch found, made;
    readonly Rungs rungs;
    readonly bool sameCatalog;
    readonly bool[] changed;        // directories in which entries come or go

    RefreshPlan(RestorePlan wanted, StandingSpace standing, Rungs rungs)
    {
        (Wanted, this.standing, this.rungs) = (wanted, standing, rungs);
        TreeListing listing = wanted.Catalog.Listing;
        found = ListingMatch.Of(listing, standing.Found.Listing);
        sameCatalog = ReferenceEquals(wanted.Catalog, standing.Catalog);
        made = sameCatalog || standing.Catalog is null ? found : ListingMatch.Of(listing, standing.Catalog.Listing);
        Files = new FileAction[listing.Files.Length];
        MakesSymlink = new bool[listing.Symlinks.Length];
        Finishes = new bool[listing.Directories.Length];
        changed = new bool[listing.Directories.Length];
        DecideFiles();
        DecideSymlinks();
        Extras = ExtraEntry.FindAll(standing.Found, found);
        DecideDirectories();
    }

    internal RestorePlan Wanted { get; }

    /// <summary>For each file of the catalog what is done with it.</summary>
    internal FileAction[] Files { get; }

    /// <summary>Links that are made, in the place of whatever stands there.</summary>
    internal bool[] MakesSymlink { get; }

    /// <summary>Directories that stand and whose mode, times and attributes are set in the end.</summary>
    internal bool[] Finishes { get; }

    /// <summary>What goes.</summary>
    internal IReadOnlyList<ExtraEntry> Extras { get; }

    /// <summary>Whether nothing has to be done.</summary>
    internal bool IsEmpty => Array.TrueForAll(Files, static action => action == FileAction.Keep) && !MakesSymlink.Contains(true) && !Finishes.Contains(true) && Extras.Count == 0
        && !found.Directories.Contains(-1);

    /// <summary>The length of the files that stay, one with several names counted once.</summary>
    internal long KeptBytes
    {
        get
        {
            long sum = 0;
            for (int i = 0; i < Files.Length; i++)
            {
                if (Files[i] != FileAction.Make && Wanted.Catalog.Listing.Files[i].LinkedTo < 0) sum += standing.Found.Listing.Files[found.Files[i]].Size;
            }
            return sum;
        }
    }

    internal static RefreshPlan For(RestorePlan wanted, StandingSpace standing, Rungs rungs) => new(wanted, standing, rungs);

    /// <summary>Whether a directory of the catalog has to be made.</summary>
    internal bool MakesDirectory(int directory) => found.Directories[directory] < 0;

    /// <summary>The mode a standing directory has now.</summary>
    internal int ModeFound(int directory) => standing.Found.Listing.Directories[found.Directories[directory]].Mode;

    /// <summary>How a kept file looks, and what had made it.</summary>
    internal (FileStamp Stamp, Mechanism MadeBy) Kept(int file) =>
        (standing.Found.Stamps!.Files[found.Files[file]], standing.Index!.MadeBy[MadeFile(file)]);

    /// <summary>How a standing directory looks.</summary>
    internal FileStamp DirectoryFound(int directory) => standing.Found.Stamps!.Directories[found.Directories[directory]];

    /// <summary>Whether a standing directory has the right entries, and only its mode, time or attributes are set.</summary>
    internal bool Adjusts(int directory) => Finishes[directory] && !changed[directory];

    /// <summary>The path of something that goes, with a slash behind a directory.</summary>
    internal string DisplayPath(ExtraEntry extra) =>
        Path.Join(Wanted.Catalog.Listing.DisplayDirectory(extra.Directory), System.Text.Encoding.UTF8.GetString(extra.Name.AsSpan(0, extra.Name.Length - 1)))
        + (extra.IsDirectory ? "/" : string.Empty);

    /// <summary>The entries that are made, as a tree of their own to be built beside the space.</summary>
    internal ListingPart Part()
    {
        TreeListing listing = Wanted.Catalog.Listing;
        var directories = new bool[listing.Directories.Length];
        for (int i = 0; i < directories.Length; i++) directories[i] = MakesDirectory(i);
        var files = new bool[Files.Length];
        for (int i = 0; i < files.Length; i++) files[i] = Files[i] == FileAction.Make;
        ListingPart part = ListingPart.Of(listing, directories, files, MakesSymlink);

        // Directories that stand already are only there to hold what is to be moved out of them.
        DirectoryEntry[] holders = part.Listing.Directories.ToArray();
        for (int i = 0; i < holders.Length; i++)
        {
            if (!MakesDirectory(part.Directories[i])) (holders[i].Mode, holders[i].Attributes) = (NativeMetadata.OwnerAll, -1);
        }
        return part with { Listing = part.Listing.With(holders, part.Listing.Files.ToArray()) };
    }

    void DecideFiles()
    {
        for (int i = 0; i < Files.Length; i++) Files[i] = ActionFor(i);
        do MakeWithBytecode();
        while (MakeWithFurtherNames());
    }

    FileAction ActionFor(int file)
    {
        int now = found.Files[file], then = MadeFile(file);
        if (now < 0 || then < 0 || standing is not { Made: { } before, Index: { } index }) return FileAction.Make;

        Mechanism mechanism = index.MadeBy[then];
        if (!index.Vouches(then, standing.Found.Stamps!.Files[now]) || !Wanted.Admits(mechanism, file, rungs) || !HasSameBytes(before, then, file)) return FileAction.Make;

        Catalog old = before.Catalog, wanted = Wanted.Catalog;
        ref readonly FileEntry was = ref old.Listing.Files[then], entry = ref wanted.Listing.Files[file];
        if (mechanism == Mechanism.HardLink)
        {
            // Mode and time are those of the object, which is shared: nothing is ever set through this name.
            ref readonly FileEntry stands = ref standing.Found.Listing.Files[now];
            return stands.Mode == wanted.Objects[wanted.Contents[file].Object].Mode ? FileAction.Keep : FileAction.Make;
        }
        if (sameCatalog) return FileAction.Keep;
        if (!HasSameAttributes(old, was.Attributes, wanted, entry.Attributes)) return FileAction.Make;
        return (was.Mode & RestorePlan.FileModeMask) == (entry.Mode & RestorePlan.FileModeMask)
            && was.ModifiedSeconds == entry.ModifiedSeconds && was.ModifiedNanoseconds == entry.ModifiedNanoseconds
            ? FileAction.Keep : FileAction.Adjust;
    }

    /// <summary>Whether the bytes that a file was given are those it shall have.</summary>
    bool HasSameBytes(RestorePlan before, int then, int file)
    {
        if (sameCatalog) return true;
        Catalog old = before.Catalog, wanted = Wanted.Catalog;
        int oldObject = old.Contents[then].Object, newObject = wanted.Contents[file].Object;
        if (oldObject < 0 || newObject < 0) return oldObject == newObject;
        if (old.Objects[oldObject].Digest != wanted.Objects[newObject].Digest) return false;
        RelocationKind was = before.KindOf(then), shall = Wanted.KindOf(file);
        if (IsAsRecorded(was) || IsAsRecorded(shall)) return IsAsRecorded(was) && IsAsRecorded(shall);
        // What is written into bytecode depends on its source as well, which may be another one now.
        return was == shall && shall != RelocationKind.Bytecode && old.Facts.Prefix.AsSpan().SequenceEqual(wanted.Facts.Prefix);
    }

    static bool IsAsRecorded(RelocationKind kind) => kind is RelocationKind.None or RelocationKind.Skipped or RelocationKind.Unfit;

    static bool HasSameAttributes(Catalog old, int was, Catalog wanted, int shall)
    {
        if (was < 0 || shall < 0) return was == shall;
        IReadOnlyList<(byte[] Name, byte[] Value)> a = old.AttributeSets[was], b = wanted.AttributeSets[shall];
        return a.Count == b.Count && a.Zip(b).All(static pair =>
            pair.First.Name.AsSpan().SequenceEqual(pair.Second.Name) && pair.First.Value.AsSpan().SequenceEqual(pair.Second.Value));
    }

    /// <summary>A source and its bytecode are made together where the source may become a hard link: the bytecode then follows its time.</summary>
    void MakeWithBytecode()
    {
        if (!rungs.HasFlag(Rungs.HardLink)) return;
        var bytecode = new BytecodeSources(Wanted.Catalog.Listing);
        for (int i = 0; i < Files.Length; i++)
        {
            if (bytecode.SourceOf(i) is not (>= 0 and int source) || Files[i] == Files[source]) continue;
            if (Files[i] == FileAction.Make || Files[source] == FileAction.Make) Files[i] = Files[source] = FileAction.Make;
        }
    }

    /// <summary>
    /// The names of one inode are made together or not at all: those that the catalog wants to be one, and those that are one, since
    /// every name that goes changes the ctime of the others. Hard links to an object are one without being wanted so.
    /// </summary>
    /// <returns>Whether there were any more to be made.</returns>
    bool MakeWithFurtherNames()
    {
        TreeListing listing = Wanted.Catalog.Listing, there = standing.Found.Listing;
        bool[] kept = [.. Files.Select(static action => action != FileAction.Make)];
        bool SharesObject(int file) => standing.Index!.MadeBy[MadeFile(file)] == Mechanism.HardLink;
        bool more = LinkedNames.KeepTogether(kept, LinkedNames.First(listing.Files.Length, i => listing.Files[i].LinkedTo),
            found.Files, LinkedNames.First(there.Files.Length, i => there.Files[i].LinkedTo), SharesObject);
        for (int i = 0; i < kept.Length; i++)
        {
            if (!kept[i]) Files[i] = FileAction.Make;
        }
        return more;
    }

    void DecideSymlinks()
    {
        TreeListing listing = Wanted.Catalog.Listing, there = standing.Found.Listing;
        for (int i = 0; i < MakesSymlink.Length; i++)
        {
            int now = found.Symlinks[i];
            MakesSymlink[i] = now < 0
                || listing.Symlinks[i].ModifiedSeconds != there.Symlinks[now].ModifiedSeconds
                || listing.Symlinks[i].ModifiedNanoseconds != there.Symlinks[now].ModifiedNanoseconds
                || !Wanted.TargetOf(i).SequenceEqual(there.Name(there.Symlinks[now].TargetOffset, there.Symlinks[now].TargetLength));
        }

        bool[] kept = [.. MakesSymlink.Select(static makes => !makes)];
        LinkedNames.KeepTogether(kept, LinkedNames.First(kept.Length, i => listing.Symlinks[i].LinkedTo), found.Symlinks, LinkedNames.First(there.Symlinks.Length, i => there.Symlinks[i].LinkedTo), static _ => false);
        for (int i = 0; i < kept.Length; i++) MakesSymlink[i] = !kept[i];
    }

    void DecideDirectories()
    {
        TreeListing listing = Wanted.Catalog.Listing;
        foreach (ExtraEntry extra in Extras) changed[extra.Directory] = true;
        for (int i = 0; i < Files.Length; i++) changed[listing.Files[i].Directory] |= Files[i] == FileAction.Make;
        for (int i = 0; i < MakesSymlink.Length; i++) changed[listing.Symlinks[i].Directory] |= MakesSymlink[i];
        for (int i = 1; i < changed.Length; i++) changed[listing.Directories[i].Parent] |= MakesDirectory(i);
        for (int i = 0; i < changed.Length; i++) Finishes[i] = !MakesDirectory(i) && (changed[i] || !StandsRight(i));
    }

    bool StandsRight(int directory)
    {
        Catalog wanted = Wanted.Catalog;
        ref readonly DirectoryEntry shall = ref wanted.Listing.Directories[directory];
        ref readonly DirectoryEntry stands = ref standing.Found.Listing.Directories[found.Directories[directory]];
        if (shall.Mode != stands.Mode || shall.ModifiedSeconds != stands.ModifiedSeconds || shall.ModifiedNanoseconds != stands.ModifiedNanoseconds) return false;
        int then = sameCatalog ? directory : standing.Catalog is null ? -1 : made.Directories[directory];
        return then >= 0 && standing.Index is { } index && index.VouchesForDirectory(then, DirectoryFound(directory))
            && (sameCatalog || HasSameAttributes(standing.Catalog!, standing.Catalog!.Listing.Directories[then].Attributes, wanted, shall.Attributes));
    }

    /// <summary>The file of the catalog of before that has the path of a wanted one, or -1.</summary>
    int MadeFile(int file) => sameCatalog ? file : standing.Catalog is null ? -1 : made.Files[file];
}
