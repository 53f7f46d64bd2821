using Holotree.Library;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Templates;

/// <summary>
/// Spaces in waiting: <c>standby/ID/NAME</c>, each a catalog laid out as it was recorded. Whoever needs one takes it away by a rename,
/// which only one can, so that claims need no lock.
/// </summary>
/// <param name="home">Whose.</param>
internal sealed class StandbyStore(Home home)
{
    /// <summary>How many wait, and for how many catalogs.</summary>
    internal (int Trees, int Catalogs) Count()
    {
        int[] waiting = [.. Catalogs().Select(id => Waiting(id).Count()).Where(static count => count > 0)];
        return (waiting.Sum(), waiting.Length);
    }

    /// <summary>Catalogs for which something waits, or is left of what did.</summary>
    internal IReadOnlyList<string> Catalogs() =>
        NativeFile.IsFolder(home.StandbyPath) ? [.. Directory.EnumerateDirectories(home.StandbyPath).Select(static path => Path.GetFileName(path)!)] : [];

    /// <summary>Takes one for a space; null where none waits that can be had there.</summary>
    /// <returns>What is known of it, and what keeps that until the space stands.</returns>
    internal (ReadyTree Ready, VariablePart Part, FileLock Held)? TryClaim(string catalogId, PendingTree space)
    {
        foreach (ReadyTree ready in Waiting(catalogId))
        {
            FileLock? held = ReadyTree.TryHold(ready.Path);
            Errno refused = Errno.ENOENT;
            if (held is not null && ready.ReadPart() is { } part)
            {
                refused = space.TryTake(ready.Path);
                if (refused == Errno.None) return (ready, part, held);
            }
            held?.Dispose();

            // Another process was faster; or the tree stands on another filesystem than the space, and so do all others.
            if (refused != Errno.ENOENT) return null;
        }
        return null;
    }

    /// <summary>Forgets a tree that has become a space.</summary>
    internal static void Forget(ReadyTree claimed) => ReadyTree.Delete(claimed.Path, CancellationToken.None);

    /// <summary>Has as many trees waiting for a catalog as are wanted, and clears away what a process left that died here.</summary>
    /// <param name="catalogId">The catalog.</param>
    /// <param name="wanted">How many; 0 to have none any more.</param>
    /// <param name="layOut">Lays it out.</param>
    /// <param name="cancellation">Ends the work between two trees, and within one.</param>
    /// <returns>How many were made. None where another process is at it.</returns>
    internal int Fill(string catalogId, int wanted, ReadyTree.LayOut layOut, CancellationToken cancellation)
    {
        string folder = FolderOf(catalogId);
        Directory.CreateDirectory(home.StandbyPath);
        using FileLock? own = FileLock.TryTake(folder + ".lock", exclusive: true);
        if (own is null) return 0;

        Directory.CreateDirectory(folder);
        ReadyTree[] waiting = [.. Waiting(catalogId)];
        SweepBut(folder, waiting.Take(wanted), cancellation);
        int made = 0;
        for (; waiting.Length + made < wanted; made++)
        {
            cancellation.ThrowIfCancellationRequested();
            Make(catalogId, Path.Join(folder, NativeFile.FreshName()), layOut);
        }
        if (wanted == 0 && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
            own.Delete();
        }
        return made;
    }

    /// <summary>Has none waiting any more.</summary>
    internal void Clear(string catalogId, CancellationToken cancellation) =>
        Fill(catalogId, 0, static (_, _) => throw new InvalidOperationException("None was to be made."), cancellation);

    /// <summary>Deletes what waits for catalogs that are gone. Returns how many trees that were.</summary>
    internal int Collect(IReadOnlySet<string> catalogs, bool dryRun, CancellationToken cancellation)
    {
        int collected = 0;
        foreach (string id in Catalogs().Where(id => !catalogs.Contains(id)))
        {
            collected += Waiting(id).Count();
            if (!dryRun) Clear(id, cancellation);
        }
        return collected;
    }

    static void Make(string catalogId, string path, ReadyTree.LayOut layOut)
    {
        try
        {
            Directory.CreateDirectory(path);
            (Catalogs.Catalog, TreeTally, long) laidOut = layOut(path, ReadyTree.IndexOf(path));

            // On disk before it is known: who finds it after a power cut takes it as it is.
            DurableFile.SyncFileSystem(path);
            ReadyTree.Write(path, catalogId, FolderIdentity.Of(path) ?? string.Empty, laidOut);
        }
        catch
        {
            ReadyTree.Delete(path, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Trees that are whole, and are the folders that were made.</summary>
    IEnumerable<ReadyTree> Waiting(string catalogId)
    {
        string folder = FolderOf(catalogId);
        if (!NativeFile.IsFolder(folder)) yield break;
        foreach (string path in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal))
        {
            if (ReadyTree.Read(path, catalogId) is { } ready && ready.Seal == FolderIdentity.Of(path)) yield return ready;
        }
    }

    /// <summary>Deletes what is in a folder but for some trees, and what is known of them or of those that are being taken away just now.</summary>
    static void SweepBut(string folder, IEnumerable<ReadyTree> kept, CancellationToken cancellation)
    {
        HashSet<string> stay = [.. kept.Select(static ready => ready.Path)];
        foreach (string name in ReadyTree.NamesIn(folder))
        {
            string path = Path.Join(folder, name);
            if (stay.Contains(path)) continue;
            using FileLock? alone = FileLock.TryTake(ReadyTree.FactsOf(path), exclusive: true);
            if (alone is not null) ReadyTree.Delete(path, cancellation);
        }
    }

    string FolderOf(string catalogId) => Path.Join(home.StandbyPath, catalogId);
}
