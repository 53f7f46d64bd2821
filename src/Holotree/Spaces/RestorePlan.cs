using Holotree.Catalogs;
using Holotree.Relocation;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// What a restore will do, decided from the catalog and the space's path: what is relocated and how, what may be hard-linked.
/// Writes nothing, reads no more than the first line of some scripts, and is the same for every strategy.
/// </summary>
internal sealed class RestorePlan
{
    /// <summary>The first bytes of a recorded file; asked for of few scripts.</summary>
    internal delegate ReadOnlySpan<byte> BeginningOf(int file);

    /// <summary>The bits of a recorded mode that a restored file gets: all but set-id, see <see cref="LostSetId"/>.</summary>
    internal const int FileModeMask = 0xFFF & ~NativeMetadata.SetIdMask;

    readonly RelocationKind[] kinds;
    readonly Dictionary<int, byte[]> retargeted = [];
    readonly BytecodeSources bytecode;
    readonly RelocationTally tally;
    readonly LinkPatterns excludes;
    readonly IReadOnlyList<string> hardLinkExcludes;
    (RestorePlan Plan, int[] Files)? whole;
    bool isReadyTree;

    RestorePlan(Catalog catalog, byte[] newPrefix, IReadOnlyList<string> hardLinkExcludes, BeginningOf? beginningOf)
    {
        (Catalog, NewPrefix, this.hardLinkExcludes) = (catalog, newPrefix, hardLinkExcludes);
        excludes = new LinkPatterns(catalog.Listing, hardLinkExcludes);
        kinds = new RelocationKind[catalog.Contents.Length];
        bytecode = new BytecodeSources(catalog.Listing);
        tally = new RelocationTally(catalog.Listing);
        Decide(beginningOf);
    }

    internal Catalog Catalog { get; }

    internal byte[] NewPrefix { get; }

    /// <summary>What relocation will have done.</summary>
    internal RelocationCounts Relocated => tally.Counts;

    /// <summary>Files whose set-id bits a restore leaves out: they would lend the restoring user's identity to others.</summary>
    internal List<string> LostSetId { get; } = [];

    /// <param name="catalog">What is restored.</param>
    /// <param name="newPrefix">Where to.</param>
    /// <param name="hardLinkExcludes">Patterns of files that are never hard-linked.</param>
    /// <param name="beginningOf">Gives the beginning of a script; null where nobody asks whether it will start.</param>
    internal static RestorePlan For(Catalog catalog, byte[] newPrefix, IReadOnlyList<string> hardLinkExcludes, BeginningOf? beginningOf = null) =>
        new(catalog, newPrefix, hardLinkExcludes, beginningOf);

    /// <summary>The plan that lays a catalog out as it was recorded: at any path the bytes are the recorded ones, and what may be changed later is nobody else's.</summary>
    internal static RestorePlan AsRecorded(Catalog catalog, IReadOnlyList<string> hardLinkExcludes) =>
        new(catalog, catalog.Facts.Prefix, hardLinkExcludes, beginningOf: null) { isReadyTree = true };

    /// <summary>The plan for some of its files, which are made as they would be with all the others.</summary>
    internal RestorePlan Of(ListingPart part) => new(Catalog.Of(part), NewPrefix, hardLinkExcludes, beginningOf: null) { whole = (this, part.Files) };

    /// <summary>Counts a file that could not be relocated though it looked so.</summary>
    internal void LeaveAsRecorded(int file)
    {
        tally.CountLeft(Catalog.Contents[file].RelocationCount, Catalog.Listing.Files[file]);
        if (whole is var (plan, files)) plan.LeaveAsRecorded(files[file]);
    }

    internal RelocationKind KindOf(int file) => kinds[file];

    internal ContentChange ChangeOf(int file) => Relocator.ChangeFor(kinds[file], Catalog.Listing.Files[file].Size, Catalog.RelocationsOf(file));

    /// <summary>Of bytecode: how often the text that it was compiled from names the recorded path, where that text gets longer or shorter.</summary>
    internal int SourcePlacesOf(int file)
    {
        if (kinds[file] != RelocationKind.Bytecode) return 0;
        if (whole is var (plan, files)) return plan.SourcePlacesOf(files[file]);        // the source need not be in the part
        int source = bytecode.SourceOf(file);
        return source >= 0 && kinds[source] == RelocationKind.Text ? Catalog.Contents[source].RelocationCount : 0;
    }

    /// <summary>The new target of a link, with its closing NUL; null where it stays. Pinned, for the system call.</summary>
    internal byte[]? RetargetedLink(int symlink) => retargeted.GetValueOrDefault(symlink);

    /// <summary>Where a link shall point.</summary>
    internal ReadOnlySpan<byte> TargetOf(int symlink) =>
        retargeted.TryGetValue(symlink, out byte[]? target)
            ? target.AsSpan(0, target.Length - 1)
            : Catalog.Listing.Name(Catalog.Listing.Symlinks[symlink].TargetOffset, Catalog.Listing.Symlinks[symlink].TargetLength);

    /// <summary>
    /// Whether a file may share its inode with its object: it is not relocated, no pattern excludes it, it carries no attributes
    /// of its own, and the object's mode grants nothing that the file's does not.
    /// </summary>
    internal bool MayLink(int file)
    {
        ref readonly FileEntry entry = ref Catalog.Listing.Files[file];
        int index = Catalog.Contents[file].Object;
        return index >= 0
            && ChangeOf(file) == ContentChange.None
            && !(isReadyTree && Relocator.Varies(Catalog.Contents[file]))
            && entry.Attributes < 0
            && (Catalog.Objects[index].Mode & ~entry.Mode) == 0
            && !excludes.Excludes(entry);
    }

    /// <summary>
    /// Whether a strategy puts up with what a file was made by before. A copy of its own is never worse than what shares blocks, but the
    /// strategy reflink promises sharing, of all that is not written anew at each path anyway.
    /// </summary>
    internal bool Admits(Mechanism mechanism, int file, Rungs rungs) => mechanism switch
    {
        Mechanism.HardLink => rungs.HasFlag(Rungs.HardLink) && MayLink(file),
        Mechanism.KernelCopy or Mechanism.PlainCopy => rungs != Rungs.Reflink || ChangeOf(file) == ContentChange.Rewrite,
        _ => true,
    };

    void Decide(BeginningOf? beginningOf)
    {
        byte[] oldPrefix = Catalog.Facts.Prefix;
        var relocator = new Relocator(oldPrefix, NewPrefix);
        var lines = new InterpreterLines(oldPrefix, NewPrefix);
        ReadOnlySpan<FileEntry> entries = Catalog.Listing.Files;
        for (int i = 0; i < entries.Length; i++)
        {
            if ((entries[i].Mode & NativeMetadata.SetIdMask) != 0) LostSetId.Add(Catalog.Listing.DisplayPath(entries[i]));
            kinds[i] = relocator.KindOf(Catalog.Contents[i], bytecode.IsBytecode(i));
            tally.Count(kinds[i], Catalog.Contents[i].RelocationCount, entries[i]);
            ReadOnlySpan<long> places = Catalog.RelocationsOf(i);
            if (beginningOf is not null && lines.MayBreak(kinds[i], entries[i].Mode, places) && lines.Breaks(beginningOf(i), places)) tally.CountShebang(entries[i]);
        }

        ReadOnlySpan<SymlinkEntry> links = Catalog.Listing.Symlinks;
        for (int i = 0; i < links.Length; i++)
        {
            if (relocator.Retarget(Catalog.Listing.Name(links[i].TargetOffset, links[i].TargetLength)) is not { } target) continue;
            byte[] pinned = GC.AllocateArray<byte>(target.Length + 1, pinned: true);
            target.CopyTo(pinned, 0);
            retargeted.Add(i, pinned);
            tally.CountLink();
        }
    }
}
