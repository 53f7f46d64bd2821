using Holotree.Library;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform;

namespace Holotree.Catalogs;

/// <summary>The catalogs of a home: <c>catalogs/ID.catalog</c>, which never changes, and <c>ID.label</c> beside it with its name.</summary>
/// <param name="home">Whose catalogs.</param>
public sealed class CatalogStore(Home home)
{
    /// <summary>More than anybody records; a label that says more is odd, and there is one more after it.</summary>
    const int MostGenerations = 1_000_000_000;

    /// <summary>The beginning of the year 9000: later times are no dates in every time zone and calendar.</summary>
    const long LastSecond = 221_845_392_000;

    const string CatalogSuffix = ".catalog", LabelSuffix = ".label";

    /// <summary>All catalogs, the newest first; none where there is no library.</summary>
    /// <exception cref="HolotreeException">The library's format is newer than this program.</exception>
    public IReadOnlyList<CatalogInfo> List()
    {
        if (!LibraryFolder.Exists(home)) return [];
        return [.. Directory.EnumerateFiles(home.CatalogsPath, "*" + CatalogSuffix)
            .Select(static path => Path.GetFileNameWithoutExtension(path))
            .Where(IsId)
            .Select(Describe)
            .OrderByDescending(static info => info.Created).ThenByDescending(static info => info.Generation)];
    }

    /// <summary>The catalog that a reference means: a name (its latest generation), an id, or the unique start of one.</summary>
    /// <exception cref="HolotreeException">There is none, or more than one.</exception>
    public CatalogInfo Find(string reference)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        IReadOnlyList<CatalogInfo> all = List();
        if (all.FirstOrDefault(info => info.LabelIsDamaged && IsRecordedAs(info, reference)) is { } unknown)
        {
            throw new HolotreeException(HolotreeFailure.Damaged, "label-damaged",
                $"The label '{LabelOf(unknown.Id)}' is damaged, so it is not known which catalog is the latest of the name '{reference}'.")
            { Path = LabelOf(unknown.Id), Hint = "holotree check --repair writes the label anew; a catalog can be named by its id as well." };
        }
        if (all.Where(info => info.Name == reference).MaxBy(static info => info.Generation) is { } named) return named;

        CatalogInfo[] matches = [.. all.Where(info => info.Id.StartsWith(reference, StringComparison.Ordinal))];
        return matches.Length switch
        {
            1 => matches[0],
            0 => throw new HolotreeException(HolotreeFailure.NotFound, "catalog-unknown", $"There is no catalog '{reference}' in '{home.Path}'.")
            {
                Path = home.CatalogsPath,
                Hint = all.Count == 0 ? "Record a folder first: holotree record DIR." : "The command 'holotree catalogs' lists what there is.",
            },
            _ => throw new HolotreeException(HolotreeFailure.Invalid, "catalog-ambiguous",
                $"'{reference}' is the start of {matches.Length} catalogs: {string.Join(", ", matches.Select(static info => $"{info.Id[..12]} ({info.Name})"))}.")
            { Hint = "Give more digits of the id." },
        };
    }

    /// <summary>Whether a catalog was recorded under a name, by its own words.</summary>
    bool IsRecordedAs(CatalogInfo info, string name)
    {
        try
        {
            return Load(info.Id).Facts.Name == name;
        }
        catch (HolotreeException)
        {
            return false;       // it could not be restored by any name
        }
    }

    /// <summary>
    /// Writes the label of a catalog anew from the catalog itself. When it was recorded is taken from its file, and which generation of
    /// its name it is from those that were recorded before.
    /// </summary>
    internal void WriteLabelAnew(string id)
    {
        Catalog catalog = Load(id);
        DateTimeOffset created = TimeOf(PathOf(id)) ?? DateTimeOffset.UnixEpoch;
        int before = List().Where(info => info.Id != id && !info.LabelIsDamaged && info.Name == catalog.Facts.Name && info.Created < created)
            .Select(static info => info.Generation).DefaultIfEmpty(0).Max();
        WriteLabel(new CatalogInfo
        {
            Id = id,
            Name = catalog.Facts.Name,
            Generation = before + 1,
            Platform = catalog.Facts.Platform,
            Prefix = System.Text.Encoding.UTF8.GetString(catalog.Facts.Prefix),
            Files = catalog.Listing.Files.Length,
            Directories = catalog.Listing.Directories.Length - 1,
            Symlinks = catalog.Listing.Symlinks.Length,
            Bytes = catalog.Listing.LogicalBytes,
            RelocatedFiles = catalog.Contents.LongCount(static content => content.RelocationCount > 0),
            Relocations = catalog.Relocations.Length,
            Created = created,
        });
    }

    /// <summary>Removes a catalog. Spaces made from it stay; its objects stay until they are collected.</summary>
    /// <param name="catalog">Which.</param>
    /// <param name="lockTimeout">How long to wait for those who record or restore.</param>
    /// <param name="cancellation">Ends the waiting. A catalog that is gone stays gone.</param>
    /// <exception cref="HolotreeException">Busy: the library was in use for longer than that.</exception>
    public void Remove(CatalogInfo catalog, TimeSpan lockTimeout, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        using FileLock alone = LibraryFolder.Own(home, lockTimeout, cancellation);

        if (catalog.Owner is { } owner && Kernel.geteuid() != 0)
        {
            throw new HolotreeException(HolotreeFailure.Failed, "catalog-foreign", $"The catalog '{catalog.Name}' was recorded by user {owner}, who alone can remove it.")
            { Path = PathOf(catalog.Id) };
        }

        // The catalog first: a label without one means nothing, a catalog without a label would have lost its name.
        NativeFile.Delete(PathOf(catalog.Id));
        NativeFile.Delete(LabelOf(catalog.Id));
        NativeFile.Delete(SourcesOf(catalog.Id));
        LibraryFolder.TryDelete(home, UsedOf(catalog.Id));      // made by who first restored it
        DurableFile.SyncFolder(home.CatalogsPath);
    }

    /// <summary>Reads and checks a catalog.</summary>
    internal Catalog Load(string id)
    {
        string path = PathOf(id);

        // It may be a state that names it, which is only text.
        if (!IsId(id)) throw new HolotreeException(HolotreeFailure.NotFound, "catalog-unknown", $"'{id}' is not the id of a catalog.");
        using FileBytes file = Open(path);
        if (file.IsMissing) throw new HolotreeException(HolotreeFailure.NotFound, "catalog-unknown", $"The catalog '{path}' is missing.") { Path = path };
        (Catalog catalog, string itsId) = CatalogReader.Read(file, path);
        return itsId == id ? catalog : throw CatalogReader.Damaged(path, "its content belongs to another name");
    }

    static FileBytes Open(string path)
    {
        try
        {
            return FileBytes.Open(path, CatalogFormat.MaxBytes);
        }
        catch (IOException odd) when (StoredFile.IsRefusal(odd))
        {
            throw CatalogReader.Damaged(path, "it is no file, or longer than any catalog", odd);
        }
    }

    /// <summary>Publishes a catalog under a name. Its objects must be durable by now.</summary>
    /// <returns>The id, and which generation of that name it is.</returns>
    internal (string Id, int Generation) Publish(Catalog catalog, CatalogInfo figures)
    {
        // What no reader would take is found now, and not when it is needed.
        if (CatalogRules.FirstBreach(catalog) is { } breach)
            throw new HolotreeException(HolotreeFailure.Failed, "catalog-unsound", $"The tree cannot be recorded: {breach}.") { Path = figures.Prefix };
        using NativeBytes bytes = CatalogWriter.Write(catalog);
        string id = CatalogWriter.IdOf(bytes.Span);
        int generation = List().Where(info => info.Name == figures.Name && info.Id != id).Select(static info => info.Generation).DefaultIfEmpty(0).Max() + 1;

        // Of another user the very same: it can neither be replaced nor be made better.
        if (home.IsShared && NativeFile.IsFile(PathOf(id)) && Describe(id) is { Owner: not null } theirs)
        {
            _ = Load(id);
            return (id, theirs.Generation);
        }

        // The label before the catalog: the moment the catalog has its name, it has everything.
        WriteLabel(figures with { Id = id, Generation = generation });
        try
        {
            DurableFile.Write(PathOf(id), bytes.Span);
        }
        catch
        {
            // A label alone means nothing, and nobody would ever take it away.
            if (NativeFile.IsMissing(PathOf(id))) NativeFile.Delete(LabelOf(id));
            throw;
        }
        return (id, generation);
    }

    /// <summary>Notes that a space was made from a catalog just now. A full or read-only disk is no reason to fail: the space stands.</summary>
    /// <remarks>
    /// It is the time of an empty file. The label is not written again for it, since neither a power cut nor a recording at the
    /// same time may take away what stands there.
    /// </remarks>
    internal void TryTouch(CatalogInfo catalog, DateTimeOffset used)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(UsedOf(catalog.Id), FileMode.OpenOrCreate, FileAccess.Write);
            File.SetLastWriteTimeUtc(file, used.UtcDateTime);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>What the recording knew of its source's files, so that the next one need not read those that have not changed.</summary>
    internal string SourcesOf(string id) => Path.Join(home.CatalogsPath, id + ".sources");

    internal string PathOf(string id) => Path.Join(home.CatalogsPath, id + CatalogSuffix);

    internal string LabelOf(string id) => Path.Join(home.CatalogsPath, id + LabelSuffix);

    string UsedOf(string id) => Path.Join(home.CatalogsPath, id + ".used");

    /// <summary>When a file was last written; null where there is none, or it has a time that is no date (utimensat(2) sets any, and some filesystems keep it).</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    static DateTimeOffset? TimeOf(string path) =>
        NativeFile.IsThere(path, out Kernel.Statx stat) && stat.stx_mtime.tv_sec is >= 0 and < LastSecond
            ? DateTimeOffset.FromUnixTimeSeconds(stat.stx_mtime.tv_sec).AddTicks(stat.stx_mtime.tv_nsec / TimeSpan.NanosecondsPerTick) : null;

    static bool IsId(string name) => name.Length == Digest.HexLength && name.All(char.IsAsciiHexDigitLower);

    CatalogInfo Describe(string id)
    {
        FactFile facts = ReadLabel(id);
        if (facts.IsDamaged) return new CatalogInfo { Id = id, Name = id[..12], Platform = "unknown", Prefix = string.Empty, LabelIsDamaged = true };
        return new CatalogInfo
        {
            Id = id,
            Name = facts["name"] ?? id[..12],
            Generation = (int)Math.Clamp(facts.Number("generation"), 0, MostGenerations),
            Blueprint = facts["blueprint"],
            Platform = facts["platform"] ?? "unknown",
            Prefix = facts["prefix"] ?? string.Empty,
            Files = facts.Number("files"),
            Directories = facts.Number("directories"),
            Symlinks = facts.Number("symlinks"),
            Bytes = facts.Number("bytes"),
            RelocatedFiles = facts.Number("relocatedFiles"),
            Relocations = facts.Number("relocations"),
            Owner = home.IsShared ? OwnerOf(id) : null,
            Created = facts.Time("created") ?? DateTimeOffset.UnixEpoch,
            Used = TimeOf(UsedOf(id)),
        };
    }

    FactFile ReadLabel(string id)
    {
        try
        {
            return FactFile.Read(LabelOf(id)) ?? new FactFile();
        }
        catch (UnauthorizedAccessException) when (home.IsShared)
        {
            // One user's odd label must not hide the catalogs of all others.
            return new FactFile();
        }
    }

    /// <summary>The other user who gave a catalog its name or its place; null where it was this one, or root.</summary>
    unsafe long? OwnerOf(string id)
    {
        foreach (string path in (string[])[PathOf(id), LabelOf(id)])
        {
            fixed (byte* name = NativeFile.Terminated(path))
            {
                if (NativeFile.StatAt(Kernel.AT_FDCWD, name, Kernel.AT_SYMLINK_NOFOLLOW, out Kernel.Statx stat) == Errno.None && !LibraryAccess.IsOwn(stat)) return stat.stx_uid;
            }
        }
        return null;
    }

    void WriteLabel(CatalogInfo info)
    {
        var facts = new FactFile
        {
            ["name"] = info.Name,
            ["blueprint"] = info.Blueprint,
            ["platform"] = info.Platform,
            ["prefix"] = info.Prefix,
        };
        facts.Set("generation", info.Generation);
        facts.Set("files", info.Files);
        facts.Set("directories", info.Directories);
        facts.Set("symlinks", info.Symlinks);
        facts.Set("bytes", info.Bytes);
        facts.Set("relocatedFiles", info.RelocatedFiles);
        facts.Set("relocations", info.Relocations);
        facts.Set("created", info.Created);
        facts.Write(LabelOf(info.Id), durable: true);
    }
}
