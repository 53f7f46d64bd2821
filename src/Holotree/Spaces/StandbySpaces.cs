using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Templates;

namespace Holotree.Spaces;

/// <summary>Spaces in waiting: ready-made for the catalogs in use, so that the next one takes a rename.</summary>
/// <param name="home">Whose.</param>
public sealed class StandbySpaces(Home home)
{
    /// <summary>Spaces wait for a catalog that was used within this time, and for so many catalogs.</summary>
    static readonly TimeSpan Recently = TimeSpan.FromDays(7);

    const int MostCatalogs = 5;

    /// <summary>How many wait, and for how many catalogs.</summary>
    public (int Spaces, int Catalogs) Count() => new StandbyStore(home).Count();

    /// <summary>
    /// Has spaces waiting for the catalogs that were used last. Where spaces are made by snapshot none has to wait. What waits for other
    /// catalogs is deleted.
    /// </summary>
    /// <param name="wanted">How many for each catalog; 0 to have none any more.</param>
    /// <param name="options">How they are made: <see cref="RestoreOptions.HardLinkExcludes"/>, workers and the time to wait for locks.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>How many were made.</returns>
    /// <exception cref="HolotreeException">Something is damaged, or busy.</exception>
    /// <exception cref="IOException">The system failed: no space. Nothing half-made waits.</exception>
    public int Fill(int wanted, RestoreOptions options, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(wanted);
        ArgumentNullException.ThrowIfNull(options);
        var catalogs = new CatalogStore(home);
        if (!LibraryFolder.Exists(home)) return 0;
        using FileLock shared = LibraryFolder.Share(home, options.LockTimeout, cancellation);
        DateTimeOffset since = DateTimeOffset.UtcNow - Recently;
        CatalogInfo[] recent = [.. catalogs.List().Where(info => info.Used > since).OrderByDescending(static info => info.Used).Take(MostCatalogs)];
        var standby = new StandbyStore(home);
        var templates = new TemplateStore(home);
        using var healer = new ObjectHealer(home, cancellation);
        int made = 0;
        foreach (CatalogInfo info in recent)
        {
            var layout = new CatalogLayout(home, catalogs, info, options with { Strategy = Strategy.Smart }, healer, progress: null, cancellation);
            made += standby.Fill(info.Id, templates.Find(info.Id) is null ? wanted : 0, layout.ForClaims, cancellation);
        }
        foreach (string id in standby.Catalogs().Except(recent.Select(static info => info.Id))) standby.Clear(id, cancellation);
        return made;
    }
}
