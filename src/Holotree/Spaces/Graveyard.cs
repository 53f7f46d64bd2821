using System.Diagnostics;
using Holotree.Library;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Spaces;

/// <summary>
/// Trees that have been deleted and are still on disk: under a name of their own beside the place where they stood, each with a
/// note in <c>states/gone/</c> that says where it lies and which folder it is. Whoever has time deletes them.
/// </summary>
internal sealed class Graveyard(Home home)
{
    const string Suffix = ".gone";

    string NotesPath => Path.Join(home.StatesPath, "gone");

    /// <summary>Whether there is something to be deleted.</summary>
    internal bool IsEmpty => !NativeFile.IsFolder(NotesPath) || !Directory.EnumerateFiles(NotesPath, "*" + Suffix).Any();

    /// <summary>Notes a tree that has been moved away from its place.</summary>
    internal void Add(string path)
    {
        Directory.CreateDirectory(NotesPath);
        new FactFile { ["path"] = path, ["identity"] = FolderIdentity.Of(path) }
            .Write(Path.Join(NotesPath, Guid.NewGuid().ToString("n") + Suffix), durable: false);
    }

    /// <summary>Notes that are not what was written. They delete nothing.</summary>
    internal IEnumerable<string> DamagedNotes() => !NativeFile.IsFolder(NotesPath) ? []
        : Directory.EnumerateFiles(NotesPath, "*" + Suffix).Where(static note => FactFile.Read(note) is { IsDamaged: true }).Order(StringComparer.Ordinal);

    /// <summary>Deletes what lies there, as far as the time goes. Trees that another process is deleting are left to it.</summary>
    /// <returns>Whether nothing is left.</returns>
    internal bool Sweep(TimeSpan time, CancellationToken cancellation)
    {
        if (time == TimeSpan.Zero || !NativeFile.IsFolder(NotesPath)) return IsEmpty;
        long start = Stopwatch.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (time != Timeout.InfiniteTimeSpan) stop.CancelAfter(time);
        foreach (string note in Directory.EnumerateFiles(NotesPath, "*" + Suffix))
        {
            try
            {
                SweepOne(note, stop.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return false;
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // Something in it cannot be deleted now. It stays noted, and the deletion that was asked for has happened.
            }
            if (time != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(start) > time) break;
        }
        return IsEmpty;
    }

    /// <summary>Whether a path is one of those that are deleted. In the folder of runs <c>..</c> would be the home, and no name at all the folder itself.</summary>
    bool IsOurs(string path) => PendingTree.IsName(path) || (Path.GetDirectoryName(path) == home.RunsPath && Path.GetFileName(path) is not ("" or "." or ".."));

    /// <summary>Deletes everything that lies there, and what is left of notes that were being written.</summary>
    internal void ClearUp(CancellationToken cancellation)
    {
        Unfinished.Sweep(NotesPath);
        Sweep(Timeout.InfiniteTimeSpan, cancellation);
    }

    void SweepOne(string note, CancellationToken cancellation)
    {
        // Read before it is locked: the framework takes a lock of its own on a file it reads.
        if (FactFile.Read(note) is not { IsDamaged: false } facts) return;
        using FileLock? own = FileLock.TryTake(note, exclusive: true);
        if (own is null) return;

        // A folder of the same name that is another one is somebody's, and so is whatever has no name of ours: notes can be forged.
        if (facts["path"] is { Length: > 0 } path && IsOurs(path) && facts["identity"] is { } identity && identity == FolderIdentity.Of(path))
            TreeRemover.Remove(path, WorkersAt(path), cancellation);
        own.Delete();
    }

    /// <summary>As measured (docs/performance.md): the others change their trees and logs by one thread at a time.</summary>
    static int WorkersAt(string path) => NativeVolumeProbe.FileSystemOf(path) == "ext4" ? Math.Min(2, Environment.ProcessorCount) : 1;
}
