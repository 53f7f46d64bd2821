using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Relocation;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// What a restore will do, decided from the catalog and the space's path alone: what is relocated and how, what may be
/// hard-linked. Touches no disk, and is the same for every strategy.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class RestorePlan
{
    const int SetIdMask = 0xC00;

    readonly RelocationKind[] kinds;
    readonly Dictionary<int, byte[]> retargeted = [];
    readonly LinkPatterns excludes;

    RestorePlan(Catalog catalog, byte[] newPrefix, IReadOnlyList<string> hardLinkExcludes)
    {
        (Catalog, NewPrefix) = (catalog, newPrefix);
        excludes = new LinkPatterns(catalog.Listing, hardLinkExcludes);
        kinds = new RelocationKind[catalog.Contents.Length];
        Relocated = Decide();
    }

    internal Catalog Catalog { get; }

    internal byte[] NewPrefix { get; }

    /// <summary>What relocation will have done.</summary>
    internal RelocationCounts Relocated { get; }

    /// <summary>Files whose set-id bits a restore leaves out: they would lend the restoring user's identity to others.</summary>
    internal List<string> LostSetId { get; } = [];

    internal static RestorePlan For(Catalog catalog, byte[] newPrefix, IReadOnlyList<string> hardLinkExcludes) =>
        new(catalog, newPrefix, hardLinkExcludes);

    internal RelocationKind KindOf(int file) => kinds[file];

    internal ContentChange ChangeOf(int file) => Relocator.ChangeFor(kinds[file], Catalog.Listing.Files[file].Size);

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
            && entry.Attributes < 0
            && (Catalog.Objects[index].Mode & ~entry.Mode) == 0
            && !excludes.Excludes(entry);
    }

    RelocationCounts Decide()
    {
        var relocator = new Relocator(Catalog.Facts.Prefix, NewPrefix);
        long files = 0, places = 0, skipped = 0;
        var unfit = new List<string>();
        ReadOnlySpan<FileEntry> entries = Catalog.Listing.Files;
        for (int i = 0; i < entries.Length; i++)
        {
            if ((entries[i].Mode & SetIdMask) != 0) LostSetId.Add(Catalog.Listing.DisplayPath(entries[i]));
            switch (kinds[i] = relocator.KindOf(Catalog.Contents[i]))
            {
                case RelocationKind.InPlace or RelocationKind.Text:
                    files++;
                    places += Catalog.Contents[i].RelocationCount;
                    break;
                case RelocationKind.Expired:
                    files++;
                    break;
                case RelocationKind.Skipped:
                    skipped++;
                    break;
                case RelocationKind.Unfit:
                    unfit.Add(Catalog.Listing.DisplayPath(entries[i]));
                    break;
            }
        }

        ReadOnlySpan<SymlinkEntry> links = Catalog.Listing.Symlinks;
        for (int i = 0; i < links.Length; i++)
        {
            if (relocator.Retarget(Catalog.Listing.Name(links[i].TargetOffset, links[i].TargetLength)) is not { } target) continue;
            byte[] pinned = GC.AllocateArray<byte>(target.Length + 1, pinned: true);
            target.CopyTo(pinned, 0);
            retargeted.Add(i, pinned);
        }
        return new RelocationCounts(files, places, retargeted.Count, skipped, unfit);
    }
}
