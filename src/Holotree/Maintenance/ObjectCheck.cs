using Holotree.Library;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Maintenance;

/// <summary>Hashes every object of a store, with all workers, and finds those that are listed and not there. Changes nothing.</summary>
internal sealed class ObjectCheck(Home home, ObjectStore store, IReadOnlyDictionary<ObjectEntry, long> listed)
{
    readonly List<ObjectEntry> stored = [];
    readonly Lock gate = new();
    int next = -1;
    long bytes, unreferenced, unreferencedBytes;

    /// <summary>Objects with the content of their name, but not the mode and time of the seal.</summary>
    internal List<ObjectEntry> Unsealed { get; } = [];

    /// <summary>What is damaged or missing, with what was found under its name.</summary>
    internal Dictionary<ObjectEntry, ObjectFinding> Broken { get; } = [];

    /// <summary>Files in the store that are no objects.</summary>
    internal List<string> Strange { get; } = [];

    /// <summary>What there is, by the names of its files.</summary>
    internal IReadOnlyList<ObjectEntry> Stored => stored;

    internal long Objects => stored.Count;

    internal long Bytes => bytes;

    internal (long Objects, long Bytes) Unreferenced => (unreferenced, unreferencedBytes);

    /// <summary>Lists what there is, without looking at it.</summary>
    internal void List()
    {
        foreach (string folder in Directory.EnumerateFileSystemEntries(home.ObjectsPath))
        {
            string algorithm = Path.GetFileName(folder);
            if (algorithm is ObjectEntry.Sha256 or ObjectEntry.SparseSha256 && NativeFile.IsFolder(folder)) List(folder, algorithm);
            else Strange.Add(folder);
        }
    }

    void List(string root, string algorithm)
    {
        foreach (string folder in Directory.EnumerateFileSystemEntries(root).Order(StringComparer.Ordinal))
        {
            string start = Path.GetFileName(folder);
            if (start.Length != 2 || !start.All(char.IsAsciiHexDigitLower) || !NativeFile.IsFolder(folder))
            {
                Strange.Add(folder);
                continue;
            }
            foreach (string path in Directory.EnumerateFileSystemEntries(folder))
            {
                ReadOnlySpan<char> name = Path.GetFileName(path.AsSpan());
                if (name.StartsWith(start) && ObjectEntry.TryParse(algorithm, name, out ObjectEntry entry)) stored.Add(entry);
                else Strange.Add(path);
            }
        }
    }

    /// <summary>Reads everything.</summary>
    internal void ReadAll(int workers, ProgressTeller progress, CancellationToken cancellation)
    {
        var missing = new HashSet<ObjectEntry>(listed.Keys);
        foreach (ObjectEntry entry in stored) missing.Remove(entry);
        foreach (ObjectEntry entry in missing) Broken[Listed(entry)] = new ObjectFinding(ObjectCondition.Missing, "it is missing", 0, 0);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        WorkerThreads.Run(workers, stop, _ =>
        {
            while (Interlocked.Increment(ref next) is int turn && turn < stored.Count && !stop.IsCancellationRequested) Read(stored[turn], progress, stop.Token);
        });
        cancellation.ThrowIfCancellationRequested();
    }

    void Read(ObjectEntry entry, ProgressTeller progress, CancellationToken cancellation)
    {
        bool isListed = listed.ContainsKey(entry);
        ObjectEntry full = Listed(entry);
        ObjectFinding finding = store.Examine(full, isListed, cancellation);
        progress.Add(1, finding.Size);
        lock (gate)
        {
            bytes += finding.Size;
            if (!isListed) unreferenced++;
            if (!isListed) unreferencedBytes += finding.Size;
            if (finding.Condition == ObjectCondition.Unsealed) Unsealed.Add(full with { Size = finding.Size });

            // One that is gone by now and that nobody needs was taken away by somebody who may.
            bool broken = finding.Condition == ObjectCondition.Damaged || (finding.Condition == ObjectCondition.Missing && isListed);
            if (broken) Broken[full] = finding;
        }
    }

    /// <summary>The object as the catalogs list it, with its size; one that no catalog lists has none.</summary>
    ObjectEntry Listed(in ObjectEntry entry) => entry with { Size = listed.GetValueOrDefault(entry) };
}
