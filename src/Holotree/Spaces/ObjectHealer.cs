using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Platform;

namespace Holotree.Spaces;

/// <summary>
/// Replaces damaged and missing objects where a whole copy of their content is at hand: under the other mode in the library, set aside
/// by mistake, in the tree that was recorded, in a space. A copy is made first and then hashed, so that what takes the object's
/// place is what was verified.
/// </summary>
internal sealed unsafe class ObjectHealer : IDisposable
{
    readonly Home home;
    readonly CatalogStore catalogs;
    readonly TransferLadder ladder = new();
    readonly Dictionary<ObjectEntry, HealedObject> healed = [];
    readonly Lock gate = new();
    readonly CancellationToken cancellation;
    ObjectStore? opened;
    ulong device;

    /// <param name="home">Whose library.</param>
    /// <param name="cancellation">Ends a search; what was healed by then stays.</param>
    internal ObjectHealer(Home home, CancellationToken cancellation)
    {
        (this.home, this.cancellation) = (home, cancellation);
        catalogs = new CatalogStore(home);
    }

    /// <summary>What was healed so far.</summary>
    internal IReadOnlyList<HealedObject> Healed
    {
        get
        {
            lock (gate) return [.. healed.Values];
        }
    }

    /// <summary>Opened for the first object that is to be healed: nearly every restore has none.</summary>
    ObjectStore Store => opened ??= OpenStore();

    ObjectStore OpenStore()
    {
        var store = new ObjectStore(home);
        Errno error = NativeFile.Stat(store.Root, out Kernel.Statx stat);
        if (error != Errno.None)
        {
            store.Dispose();
            throw NativeErrors.Failure(error, "examine", home.ObjectsPath);
        }
        device = NativeFile.Device(stat);
        return store;
    }

    /// <summary>Opens an object for use as <see cref="ObjectStore.Open"/> does, and heals it first where it is damaged or missing.</summary>
    /// <param name="store">Whose object; each worker has its own.</param>
    /// <param name="entry">Which.</param>
    /// <param name="verify">Whether it is hashed whatever its seal says.</param>
    /// <param name="neededBy">The catalog that lists it.</param>
    /// <param name="stat">How it looks.</param>
    /// <exception cref="HolotreeException">It is damaged and cannot be healed.</exception>
    internal int Open(ObjectStore store, in ObjectEntry entry, bool verify, CatalogFacts neededBy, out Kernel.Statx stat)
    {
        try
        {
            return store.Open(entry, verify, out stat);
        }
        catch (HolotreeException damaged) when (damaged.Failure == HolotreeFailure.Damaged)
        {
            Heal(entry, damaged, neededBy);
            return store.Open(entry, verify, out stat);
        }
    }

    /// <summary>Heals one object that a restore met. Safe for several workers, which may all have met the same one.</summary>
    internal bool TryHeal(in ObjectEntry entry)
    {
        lock (gate)
        {
            if (!healed.ContainsKey(entry)) HealAll(new Dictionary<ObjectEntry, ulong> { [entry] = 0 });
            return healed.ContainsKey(entry);
        }
    }

    /// <summary>Heals one object that somebody could not use, or says what there is to do.</summary>
    /// <param name="entry">Which.</param>
    /// <param name="damaged">What was wrong with it.</param>
    /// <param name="neededBy">The catalog that lists it.</param>
    /// <exception cref="HolotreeException">There is no whole copy of it, or the library cannot be written to.</exception>
    internal void Heal(in ObjectEntry entry, HolotreeException damaged, CatalogFacts neededBy)
    {
        string why = $"There is no whole copy of it in the library, in a space or in '{System.Text.Encoding.UTF8.GetString(neededBy.Prefix)}'.";
        try
        {
            if (TryHeal(entry)) return;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            why = $"A whole copy could not take its place: {refused.Message}";
        }
        throw new HolotreeException(HolotreeFailure.Damaged, damaged.Code, $"{damaged.Message} The catalog '{neededBy.Name}' needs it.", damaged)
        {
            Path = damaged.Path,
            Hint = $"{why} Record the environment again: the object is stored anew.",
        };
    }

    /// <summary>Heals what can be healed.</summary>
    /// <param name="wanted">The objects, each with the inode that was found damaged, or 0. Those that were healed are taken out.</param>
    internal void HealAll(Dictionary<ObjectEntry, ulong> wanted)
    {
        foreach (ObjectEntry entry in wanted.Keys.ToArray()) TryInsideLibrary(entry, wanted);
        foreach (CatalogInfo info in wanted.Count > 0 ? catalogs.List() : [])
        {
            if (wanted.Count == 0) break;
            if (TryLoad(info) is not { } catalog) continue;
            foreach (string root in WholeCopies.PlacesOf(home, info.Id, catalog))
            {
                using var copies = new WholeCopies(catalog, root);
                copies.Offer(wanted, (in ObjectEntry entry, int descriptor, string path) => TryCopy(entry, descriptor, path, wanted), cancellation);
            }
        }
    }

    void TryInsideLibrary(in ObjectEntry entry, Dictionary<ObjectEntry, ulong> wanted)
    {
        ObjectEntry twin = entry with { Traits = entry.Traits ^ ObjectTraits.Executable };
        var quarantine = new Quarantine(home);
        foreach (string path in (string[])[Store.PathOf(twin), .. quarantine.Of(entry), .. quarantine.Of(twin)])
        {
            int descriptor = NativeFile.Open(path, Kernel.O_RDONLY | Kernel.O_NONBLOCK | OpenFlags.O_NOFOLLOW, 0, out _);
            if (descriptor < 0) continue;
            bool done = TryCopy(entry, descriptor, path, wanted);
            _ = Kernel.close(descriptor);
            if (done) return;
        }
    }

    /// <summary>Makes a copy of an open file beside the objects, and gives it the object's name if it has the object's content.</summary>
    bool TryCopy(in ObjectEntry entry, int source, string path, Dictionary<ObjectEntry, ulong> wanted)
    {
        if (NativeFile.Stat(source, out Kernel.Statx stat) != Errno.None || !NativeFile.IsRegular(stat) || (long)stat.stx_size != entry.Size) return false;
        ObjectStore store = Store;
        string made = Path.Join(home.IncomingPath, Guid.NewGuid().ToString("n"));
        int target = NativeFile.Open(made, Kernel.O_RDWR | Kernel.O_CREAT | Kernel.O_EXCL | OpenFlags.O_NOFOLLOW, 0x180, out Errno error);
        if (target < 0) throw NativeErrors.Failure(error, "create", made);
        bool kept = false;
        try
        {
            Transfer transfer = ladder.Fill(Rungs.Reflink | Rungs.Copy, source, stat, target, device, cancellation);
            if (transfer.Failed || !ObjectStore.Matches(entry, target, made, cancellation)) return false;
            error = ObjectStore.Seal(entry, target, umask: 0xFFF);
            if (error == Errno.None && Kernel.fsync(target) != 0) error = NativeErrors.Last;
            if (error != Errno.None) throw NativeErrors.Failure(error, "seal and sync", made);
            store.Replace(entry, wanted[entry], made);
            kept = true;
        }
        finally
        {
            _ = Kernel.close(target);
            if (!kept) NativeFile.Delete(made);
        }
        wanted.Remove(entry);
        healed[entry] = new HealedObject(entry.ToString(), path);
        return true;
    }

    Catalog? TryLoad(CatalogInfo info)
    {
        try
        {
            return catalogs.Load(info.Id);
        }
        catch (HolotreeException)
        {
            // A damaged catalog leads nowhere; `check` names it.
            return null;
        }
    }

    public void Dispose() => opened?.Dispose();
}
