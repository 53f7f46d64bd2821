using System.Runtime.Versioning;
using System.Security.Cryptography;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Spaces;

namespace Holotree.Tests.Staging;

/// <summary>A folder on a volume with a source tree, a home, and the spaces made from it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Site : IDisposable
{
    readonly TemporaryFolder? elsewhere;

    /// <param name="volume">Where the source and the spaces are.</param>
    /// <param name="libraryVolume">Where the home is, if not there too.</param>
    internal Site(string volume, string? libraryVolume = null)
    {
        Folder = TestVolumes.Get(volume).Folder();
        elsewhere = libraryVolume is null ? null : TestVolumes.Get(libraryVolume).Folder();
        Home = new Home((elsewhere ?? Folder)["home"]);
        Spaces = new SpaceStore(Home);
        Catalogs = new CatalogStore(Home);
    }

    /// <summary>
    /// How long to wait for a lock that nobody should hold: a program that another test starts has every descriptor of this
    /// process between its fork and its exec, and with them the locks.
    /// </summary>
    internal static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    internal TemporaryFolder Folder { get; }

    internal Home Home { get; }

    internal SpaceStore Spaces { get; }

    internal CatalogStore Catalogs { get; }

    /// <summary>The tree that is recorded; its path is the prefix.</summary>
    internal string Source => Folder["source"];

    internal TreeSnapshot MakeSample(SampleParts parts = SampleParts.All, int files = 100, int seed = 1) => SampleTree.Make(Source, parts, files, seed);

    /// <summary>The length of the source's files, that of a file with several names once.</summary>
    internal long SourceBytes() => Tool.Run("find", Source, "-type", "f", "-printf", "%i %s\\n")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Sum(line => long.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));

    internal void GiveToUnprivileged()
    {
        Folder.GiveToUnprivileged();
        elsewhere?.GiveToUnprivileged();
    }

    internal RecordReport Record(string? name = "env", string? source = null) =>
        new Recorder(Home).Record(source ?? Source, new RecordOptions { Name = name, LockTimeout = Patience });

    internal RestoreReport Restore(string space = "space", Strategy strategy = Strategy.Smart, string catalog = "env", RestoreOptions? options = null) =>
        Spaces.Restore(space, catalog, (options ?? new RestoreOptions { LockTimeout = Patience }) with { Strategy = strategy });

    internal string PathOf(string space) => Path.Join(Home.SpacesPath, space);

    /// <summary>Every object of the library, with its path.</summary>
    internal string[] Objects() => Directory.Exists(Home.ObjectsPath)
        ? [.. Directory.EnumerateFiles(Home.ObjectsPath, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)] : [];

    /// <summary>The object that a file's content has to have.</summary>
    internal string ObjectOf(string file, bool executable = false)
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
        return Path.Join(Home.ObjectsPath, "sha256", digest[..2], executable ? digest + ".x" : digest);
    }

    /// <summary>Asserts that no half-made thing is anywhere in the home, and nothing besides the named spaces.</summary>
    internal void AssertNothingLeft(params string[] spaces)
    {
        Assert.True(Spaces.Sweep(Timeout.InfiniteTimeSpan));
        Assert.Equal(spaces, Names(Home.SpacesPath));
        Assert.Equal(spaces, Names(Home.StatesPath).Where(name => name.EndsWith(".state", StringComparison.Ordinal)).Select(Path.GetFileNameWithoutExtension));
        Assert.Equal(spaces, Names(Home.StatesPath).Where(name => name.EndsWith(".index", StringComparison.Ordinal)).Select(Path.GetFileNameWithoutExtension));
        Assert.Empty(Names(Home.IncomingPath));
        Assert.DoesNotContain(Names(Home.CatalogsPath), name => name.StartsWith('.'));
        Assert.DoesNotContain(Names(Folder.Path), name => name.StartsWith('.'));
    }

    static string[] Names(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)] : [];

    public void Dispose()
    {
        Folder.Dispose();
        elsewhere?.Dispose();
    }
}
