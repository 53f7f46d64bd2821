using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Platform;
using Reflinks.Platform.Linux;
using Reflinks.Trees;

namespace Holotree.Templates;

/// <summary>
/// The templates of a home: each catalog at most once as a read-only btrfs subvolume, <c>library/templates/ID</c>, laid out as it
/// was recorded. A template costs no blocks for content, which it shares with the objects.
/// </summary>
/// <param name="home">Whose templates.</param>
internal sealed class TemplateStore(Home home)
{
    /// <summary>
    /// The template of a catalog, if there is one to be trusted: it is the subvolume that was made, it was read-only ever since, or at
    /// least nothing in it was changed, and it belongs to who wants to have a snapshot of it.
    /// </summary>
    internal ReadyTree? Find(string catalogId)
    {
        string path = PathOf(catalogId);
        return ReadyTree.Read(path, catalogId) is { } ready && ready.Seal == SealOf(path) ? ready : null;
    }

    /// <summary>
    /// Whether a template still is what it was when it was found. A snapshot that was taken before this says so is a snapshot of it:
    /// nothing in it is changed, and nothing takes its place, without another seal.
    /// </summary>
    internal static bool IsStill(ReadyTree template) => template.Seal == SealOf(template.Path);

    /// <summary>The same of a template that may be somebody else's.</summary>
    internal static bool IsAsSealed(ReadyTree template) => Subvolume.IdentityOf(template.Path) is { IsReadOnly: true } found && template.Seal == SealOf(found);

    /// <summary>Makes the template of a catalog, unless another process has done so meanwhile.</summary>
    /// <param name="catalogId">The catalog's id.</param>
    /// <param name="anew">Whether one that stands is replaced.</param>
    /// <param name="trial">
    /// Where the first snapshot will be: whether there can be one is tried before anything is laid out. It must be a name that is known to
    /// be temporary by now, as this process may be killed in between.
    /// </param>
    /// <param name="layOut">Lays it out.</param>
    /// <param name="lockTimeout">How long to wait for another process that makes it.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <param name="refused">Why there is none, where null is returned.</param>
    /// <exception cref="HolotreeException">Busy.</exception>
    /// <exception cref="IOException">The system failed while it was laid out. Nothing is left of it.</exception>
    internal ReadyTree? Make(
        string catalogId, bool anew, string trial, ReadyTree.LayOut layOut, TimeSpan lockTimeout, CancellationToken cancellation, out Errno refused)
    {
        string path = PathOf(catalogId), pending = path + ".partial";
        Directory.CreateDirectory(home.TemplatesPath);
        using FileLock own = FileLock.Take(path + ".lock", exclusive: true, lockTimeout, $"template of catalog {catalogId[..12]}", cancellation);
        refused = Errno.None;
        if (!anew && Find(catalogId) is { } made) return made;

        refused = Clear(path, pending, cancellation);
        if (refused == Errno.None) refused = Subvolume.Create(pending);
        if (refused != Errno.None) return null;
        try
        {
            refused = TrySnapshot(pending, trial);
            if (refused != Errno.None)
            {
                TreeRemover.Remove(pending, CancellationToken.None);
                return null;
            }
            (Catalog, TreeTally, long) laidOut = layOut(pending, ReadyTree.IndexOf(path));

            // On disk before it is sealed: who trusts the seal after a power cut must find what was sealed.
            DurableFile.SyncFileSystem(pending);
            Errno error = Subvolume.SetReadOnly(pending, readOnly: true);
            if (error != Errno.None) throw NativeErrors.Failure(error, "make read-only", pending);
            PendingTree.MoveAway(pending, path);
            return ReadyTree.Write(path, catalogId, SealOf(path) ?? string.Empty, laidOut);
        }
        catch
        {
            TreeRemover.Remove(pending, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Makes room. What belongs to somebody else stays, and with it there is no template.</summary>
    static Errno Clear(string path, string pending, CancellationToken cancellation)
    {
        if (Subvolume.IdentityOf(path) is { } found && found.Owner != Kernel.geteuid() && Kernel.geteuid() != 0) return Errno.EPERM;
        try
        {
            ReadyTree.Delete(path, cancellation);
            TreeRemover.Remove(pending, cancellation);
            return Errno.None;
        }
        catch (UnauthorizedAccessException)
        {
            return Errno.EACCES;
        }
    }

    /// <summary>Deletes the templates of catalogs that are gone. Returns how many there were.</summary>
    internal int Collect(IReadOnlySet<string> catalogs, bool dryRun, CancellationToken cancellation) => ReadyTree.Collect(home.TemplatesPath, catalogs, dryRun, cancellation);

    static Errno TrySnapshot(string subvolume, string trial)
    {
        Errno error = Subvolume.Snapshot(subvolume, trial);
        if (error == Errno.None) TreeRemover.Remove(trial, CancellationToken.None);
        return error;
    }

    string PathOf(string catalogId) => Path.Join(home.TemplatesPath, catalogId);

    /// <summary>What changes when anything in the subvolume does; null where it is none, or may be changed.</summary>
    static string? SealOf(string path) =>
        Subvolume.IdentityOf(path) is { IsReadOnly: true } found && found.Owner == Kernel.geteuid() ? SealOf(found) : null;

    static string SealOf(SubvolumeIdentity found) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{found.Uuid} {found.ChangedAt}");
}
