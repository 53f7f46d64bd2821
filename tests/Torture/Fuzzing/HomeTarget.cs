using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Maintenance;
using Holotree.Recording;
using Holotree.Spaces;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>Odd names of files and folders everywhere in a home: it is listed, checked, repaired and collected all the same, and what is whole in it stays.</summary>
[SupportedOSPlatform("linux")]
internal sealed class HomeTarget : FuzzTarget
{
    readonly Home home;
    readonly string catalog, live;
    readonly string[] places;

    internal HomeTarget(FuzzSite site)
    {
        home = new Home(site["odd"]);
        catalog = new Recorder(home).Record(site["one"], new RecordOptions { Name = "one" }).Catalog;
        new SpaceStore(home).Restore("known", "one", new RestoreOptions());
        using (new SpaceStore(home).UseLower("one", new RestoreOptions()))
        {
        }
        new StandbySpaces(home).Fill(1, new RestoreOptions());
        live = Directory.CreateDirectory(Path.Join(home.RunsPath, "run-live")).FullName;
        string ready = Path.Join(home.StandbyPath, catalog), gone = Path.Join(home.StatesPath, "gone");
        Directory.CreateDirectory(gone);
        places =
        [
            .. from folder in (string[])[home.StatesPath, gone, home.CatalogsPath, home.TemplatesPath, home.LowersPath, home.StandbyPath, ready, home.MountsPath, home.RunsPath, home.Path,
                    home.ObjectsPath, Path.Join(home.ObjectsPath, "sha256"), Path.Join(home.ObjectsPath, "sha256", "ab"), home.IncomingPath, home.QuarantinePath, home.SpacesPath, home.JournalPath]
               from suffix in (string[])["", ".state", ".index", ".lock", ".gone", ".catalog", ".label", ".used", ".sources", ".facts", ".part", ".partial"]
               where suffix is "" or ".lock" || folder == home.StatesPath || folder == gone || folder == home.CatalogsPath || folder == home.TemplatesPath || folder == home.LowersPath || folder == ready
               select folder + "/{0}" + suffix,
        ];
    }

    internal override string Name => "names in a home";

    internal override IReadOnlyList<byte[]> Seeds { get; } = [.. ((string[])["x", "", ".", "..x", "a b", "é", "0123", ".reflink-0123456789abcdef.partial", ".reflink-0123456789abcdef.tmp", "%00", "known"]).Select(Encoding.UTF8.GetBytes)];

    internal override IReadOnlyList<byte[]> Words =>
        [.. ((string[])[catalog, catalog[..16], ".", "..", ".lock", ".state", ".x", "run-", "-", "\n", "\u001b", "*", "ab", ".reflink-", ".partial", ".tmp"]).Select(Encoding.UTF8.GetBytes), [0xFF]];

    internal override int Executions => 8;

    /// <summary>Objects and spaces are read, with buffers of a megabyte.</summary>
    internal override int BytesBesides => 64 << 20;

    internal override bool Execute(byte[] input)
    {
        string name = Encoding.UTF8.GetString(input).Replace('/', '|').Replace('\0', '|');
        if (Encoding.UTF8.GetByteCount(name) > 200) return false;
        using FileLock held = FileLock.Take(live + ".lock", exclusive: true, TimeSpan.FromSeconds(5), "run", CancellationToken.None);

        // Not all at once: what is refused because of one would hide the others.
        int part = input.Length > 0 ? input[^1] : 0;
        string[] made = [.. places.Select(place => place.Replace("{0}", name, StringComparison.Ordinal)).Where(path => (Hash(path) >> 2) % 4 == part % 4).Where(Make)];
        try
        {
            Use();
        }
        finally
        {
            foreach (string path in made) Remove(path);
        }
        AssertWhole();
        return made.Length > 0;
    }

    void Use()
    {
        var spaces = new SpaceStore(home);
        Assert.Contains(new CatalogStore(home).List(), info => info.Id == catalog);
        Assert.Contains(spaces.List(), static space => space is { Space: "known", Complete: true });
        Try(() => new StandbySpaces(home).Count());
        foreach (bool repair in (bool[])[false, true]) Try(() => new LibraryCheck(home).Run(new CheckOptions { Repair = repair, Workers = 1, LockTimeout = TimeSpan.FromSeconds(5) }));
        Try(() => spaces.Sweep(Timeout.InfiniteTimeSpan));
        Try(() => new GarbageCollector(home).Run(new CollectionOptions { Workers = 1, LockTimeout = TimeSpan.FromSeconds(5) }));
        Try(() => spaces.Restore("other", "one", new RestoreOptions { Workers = 1 }));
        Try(() => spaces.Delete("other", TimeSpan.FromSeconds(5)));
        Try(() => new StandbySpaces(home).Fill(1, new RestoreOptions { Workers = 1 }));
    }

    void AssertWhole()
    {
        Assert.True(Directory.Exists(live), "What a run that is alive has written was deleted.");
        CheckReport check = new LibraryCheck(home).Run(new CheckOptions { Workers = 1 });
        Assert.Empty(check.Missing);
        Assert.Empty(check.Damaged);
        Assert.Contains(new SpaceStore(home).List(), static space => space is { Space: "known", Complete: true });
    }

    /// <summary>Makes something of a name where nothing has it: a file, empty or not, or a folder.</summary>
    bool Make(string path)
    {
        if (Path.GetFileName(path) is "." or ".." || Path.Exists(path)) return false;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        switch (Hash(path) & 3)
        {
            case 0: Directory.CreateDirectory(Hash(path + "/") % 4 == 0 ? path + "/inner" : path); break;
            case 1: File.WriteAllText(path, "odd"); break;
            default: File.WriteAllText(path, ""); break;
        }
        return true;
    }

    /// <summary>Of the path below the home, so that the same input does the same wherever the home lies.</summary>
    uint Hash(string path) => path[home.Path.Length..].Aggregate(2166136261, static (sum, letter) => unchecked((sum ^ letter) * 16777619)) >> 8;

    /// <summary>Removes what <see cref="Make"/> has made, unless a command has already cleared it away, perhaps with the empty folder around it.</summary>
    static void Remove(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else if (File.Exists(path)) File.Delete(path);
    }

    static void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception refused) when (refused is HolotreeException or IOException or UnauthorizedAccessException)
        {
        }
    }
}
