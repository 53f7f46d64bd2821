using Holotree.Catalogs;
using Holotree.Library;

namespace Holotree.Spaces;

/// <summary>A catalog laid out to lie under overlays, in use until this is disposed.</summary>
public sealed class LowerTree : IDisposable
{
    readonly FileLock held;

    internal LowerTree(CatalogInfo catalog, string path, string mountPath, FileLock held, RelocationCounts? laidOut) =>
        (Catalog, Path, MountPath, this.held, LaidOut) = (catalog, path, mountPath, held, laidOut);

    /// <summary>What was laid out.</summary>
    public CatalogInfo Catalog { get; }

    /// <summary>Where it lies. Nobody may write to it.</summary>
    public string Path { get; }

    /// <summary>Where it has to be seen: the path that is written into its files. An empty folder stands there.</summary>
    public string MountPath { get; }

    /// <summary>What relocation did to it, if it was laid out just now; null where it was there already.</summary>
    public RelocationCounts? LaidOut { get; }

    /// <summary>Lets others take it away.</summary>
    public void Dispose() => held.Dispose();
}
