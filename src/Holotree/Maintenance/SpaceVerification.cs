using Holotree.Library;
using Holotree.Spaces;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Maintenance;

/// <summary>
/// Holds every entry of a space against its catalog: its bytes, with the paths that relocation wrote, and where links lead. What was
/// openly changed is counted; what has other content behind the same length and time is damage. What was added is nobody's business.
/// </summary>
internal sealed class SpaceVerification(
    RestorePlan plan, string root, Home home, ObjectHealer healer, IReadOnlyCollection<ObjectEntry> broken, ProgressTeller progress,
    bool byContentAlone = false)
{
    readonly Lock gate = new();
    readonly long[] counts = new long[Enum.GetValues<Verdict>().Length];
    int[] order = [];
    int next = -1;

    /// <summary>Files that are damaged, ascending.</summary>
    internal SortedSet<int> DamagedFiles { get; } = [];

    /// <summary>Symbolic links that are damaged.</summary>
    internal SortedSet<int> DamagedLinks { get; } = [];

    internal string? Example { get; private set; }

    internal long this[Verdict verdict] => counts[(int)verdict];

    TreeListing Listing => plan.Catalog.Listing;

    internal void Run(int workers, CancellationToken cancellation)
    {
        int[] full = TreeWriter.OrderOfWork(Listing);
        order = [.. full, .. Enumerable.Range(0, Listing.Directories.Length).Except(full)];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        WorkerThreads.Run(Math.Clamp(workers, 1, order.Length), stop, _ => Work(stop.Token));
        cancellation.ThrowIfCancellationRequested();
    }

    void Work(CancellationToken cancellation)
    {
        using var store = new ObjectStore(home);
        using var content = new ObjectContent(plan, home, verify: false, healer);
        using var expected = new ExpectedContent(plan, home, store, healer);
        using var cursor = new DirectoryCursor(root, readable: false);
        var files = new FileVerification(plan, store, broken, expected, byContentAlone);
        while (Interlocked.Increment(ref next) is int turn && turn < order.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            ref readonly DirectoryEntry directory = ref Listing.Directories[order[turn]];
            if (Enter(cursor, order[turn]) is not int descriptor) continue;
            for (int file = directory.FirstFile; file < directory.FirstFile + directory.FileCount; file++)
            {
                ref readonly FileEntry entry = ref Listing.Files[file];
                Verdict verdict = files.Look(file, descriptor, cancellation);
                Count(verdict, verdict is Verdict.AsRestored or Verdict.Damaged ? null : Listing.DisplayPath(entry));
                if (verdict == Verdict.Damaged) Note(DamagedFiles, file);
                progress.Add(1, entry.Size);
            }
            for (int link = directory.FirstSymlink; link < directory.FirstSymlink + directory.SymlinkCount; link++)
            {
                Verdict verdict = files.LookAtLink(link, descriptor, content);
                Count(verdict, verdict is Verdict.AsRestored or Verdict.Damaged ? null : Listing.DisplayPath(Listing.Symlinks[link]));
                if (verdict == Verdict.Damaged) Note(DamagedLinks, link);
            }
        }
    }

    /// <summary>Moves to a directory; null where it is gone or closed, and with it all that was in it.</summary>
    int? Enter(DirectoryCursor cursor, int index)
    {
        try
        {
            return cursor.MoveTo(index, Listing.Directories, Listing.Names);
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            bool gone = NativeErrors.Of(closed) is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP;
            ref readonly DirectoryEntry directory = ref Listing.Directories[index];
            Count(gone ? Verdict.Removed : Verdict.Unverified, Listing.DisplayDirectory(index), 1 + directory.FileCount + directory.SymlinkCount);
            return null;
        }
    }

    void Count(Verdict verdict, string? example, long number = 1)
    {
        lock (gate)
        {
            counts[(int)verdict] += number;
            if (example is not null) Example ??= example;
        }
    }

    void Note(SortedSet<int> damaged, int index)
    {
        lock (gate) damaged.Add(index);
    }
}
