using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Platform;

namespace Holotree.Maintenance;

/// <summary>Reads every catalog and gathers what they list. One at a time: only the objects stay in memory.</summary>
internal sealed class CatalogCheck(Home home)
{
    readonly CatalogStore catalogs = new(home);
    readonly List<string> readable = [];

    internal List<Damage> Damaged { get; } = [];

    /// <summary>Files among the catalogs that are none.</summary>
    internal List<string> Strange { get; } = [];

    /// <summary>Every object that a catalog lists, without its size in the key, and the size.</summary>
    internal Dictionary<ObjectEntry, long> Objects { get; } = [];

    /// <summary>Every catalog there is, readable or not.</summary>
    internal HashSet<string> Ids { get; } = [];

    internal long Count => Ids.Count;

    internal void ReadAll(CancellationToken cancellation)
    {
        foreach (CatalogInfo info in catalogs.List())
        {
            cancellation.ThrowIfCancellationRequested();
            Ids.Add(info.Id);
            string? wrong = Read(info.Id);
            if (wrong is not null) Damaged.Add(new Damage { Path = catalogs.PathOf(info.Id), Reason = wrong, Catalogs = [info.Id] });
        }
        foreach (string path in Directory.EnumerateFileSystemEntries(home.CatalogsPath))
        {
            if (!Ids.Contains(Path.GetFileNameWithoutExtension(path))) Strange.Add(path);
        }
    }

    /// <summary>The catalogs that list each of some objects.</summary>
    internal Dictionary<ObjectEntry, List<string>> WhoLists(IReadOnlyCollection<ObjectEntry> objects, CancellationToken cancellation)
    {
        var found = objects.ToDictionary(static entry => entry, static _ => new List<string>());
        foreach (string id in objects.Count > 0 ? readable : [])
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (ObjectEntry entry in catalogs.Load(id).Objects)
            {
                if (found.TryGetValue(entry, out List<string>? by)) by.Add(id);
            }
        }
        return found;
    }

    /// <summary>Reads one. Returns what is wrong with it.</summary>
    string? Read(string id)
    {
        Catalog catalog;
        try
        {
            catalog = catalogs.Load(id);
        }
        catch (Exception unreadable) when (unreadable is HolotreeException or UnauthorizedAccessException or IOException && !NativeErrors.IsOfSystem(unreadable))
        {
            return unreadable.Message;
        }
        readable.Add(id);
        string? wrong = null;
        foreach (ObjectEntry entry in catalog.Objects)
        {
            ObjectEntry key = entry with { Size = 0 };
            if (!Objects.TryAdd(key, entry.Size) && Objects[key] != entry.Size) wrong = $"It gives the object {entry} another length than another catalog does.";
        }
        return wrong;
    }
}
