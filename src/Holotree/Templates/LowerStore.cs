using Holotree.Library;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Templates;

/// <summary>
/// Trees to lie under the overlays of runs: each catalog at most once, <c>library/lowers/ID</c>, laid out to be seen at one path,
/// <c>mounts/ID</c>, which is the same for every run. An overlay never writes to what lies under it.
/// </summary>
/// <param name="home">Whose.</param>
internal sealed class LowerStore(Home home)
{
    /// <summary>Digits of a catalog's id in the mount path, which is best short: it is written into files in the place of a longer one.</summary>
    const int MountDigits = 16;

    /// <summary>Takes the tree of a catalog into use, and has it made if there is none. While it is in use nobody takes it away.</summary>
    /// <param name="catalogId">The catalog's id.</param>
    /// <param name="layOut">Lays it out: in the folder that comes first, to be seen at the path that comes second.</param>
    /// <param name="lockTimeout">How long to wait for another process that makes it.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="HolotreeException">Busy.</exception>
    /// <exception cref="IOException">The system failed while it was laid out. Nothing is left of it.</exception>
    internal (string Tree, string MountPath, FileLock Held) Use(string catalogId, Action<string, string> layOut, TimeSpan lockTimeout, CancellationToken cancellation)
    {
        string path = PathOf(catalogId), mountPath = MountPathOf(catalogId);
        Directory.CreateDirectory(mountPath);
        Directory.CreateDirectory(home.LowersPath);
        while (true)
        {
            FileLock held = FileLock.Take(path + ".lock", exclusive: false, lockTimeout, $"tree of catalog {catalogId[..12]}", cancellation);
            if (IsReady(catalogId, mountPath)) return (path, mountPath, held);
            held.Dispose();
            using FileLock alone = FileLock.Take(path + ".lock", exclusive: true, lockTimeout, $"tree of catalog {catalogId[..12]}", cancellation);
            if (!IsReady(catalogId, mountPath)) Make(catalogId, mountPath, layOut, cancellation);
        }
    }

    bool IsReady(string catalogId, string mountPath)
    {
        string path = PathOf(catalogId);
        return FactFile.Read(ReadyTree.FactsOf(path)) is { IsSealed: true } facts && facts["catalog"] == catalogId && facts["mount"] == mountPath
            && facts["seal"] is { } seal && seal == SealOf(path);
    }

    void Make(string catalogId, string mountPath, Action<string, string> layOut, CancellationToken cancellation)
    {
        string path = PathOf(catalogId);
        ReadyTree.Delete(path, cancellation);
        try
        {
            Directory.CreateDirectory(path);
            layOut(path, mountPath);

            // On disk before it is known: who finds it after a power cut takes it as it is.
            DurableFile.SyncFileSystem(path);
            new FactFile { ["catalog"] = catalogId, ["mount"] = mountPath, ["seal"] = SealOf(path) }.Write(ReadyTree.FactsOf(path), durable: true);
        }
        catch
        {
            ReadyTree.Delete(path, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Deletes the trees of catalogs that are gone, but for those in use. Returns how many there were.</summary>
    internal int Collect(IReadOnlySet<string> catalogs, bool dryRun, CancellationToken cancellation)
    {
        int collected = ReadyTree.Collect(home.LowersPath, catalogs, dryRun, cancellation);
        if (dryRun || !NativeFile.IsFolder(home.MountsPath)) return collected;
        HashSet<string> used = [.. ReadyTree.NamesIn(home.LowersPath).Select(static name => name[..Math.Min(name.Length, MountDigits)])];
        foreach (string mount in Directory.EnumerateDirectories(home.MountsPath))
        {
            if (!used.Contains(Path.GetFileName(mount))) Directory.Delete(mount);
        }
        return collected;
    }

    /// <summary>Where the tree of a catalog is seen: the path that is written into its files.</summary>
    internal string MountPathOf(string catalogId) => Path.Join(home.MountsPath, catalogId[..MountDigits]);

    /// <summary>Whether facts are those of the tree beside them, whoever has made it.</summary>
    internal bool AreOf(FactFile facts, string catalogId) =>
        facts["mount"] == MountPathOf(catalogId) && FolderIdentity.Of(PathOf(catalogId)) is { } identity && facts["seal"]?.StartsWith(identity + " ", StringComparison.Ordinal) == true;

    string PathOf(string catalogId) => Path.Join(home.LowersPath, catalogId);

    /// <summary>Which folder it is, and whose: files of another user cannot be changed in an overlay of one's own.</summary>
    static string? SealOf(string path) => FolderIdentity.Of(path) is { } identity ? $"{identity} {Kernel.geteuid()}" : null;
}
