using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Templates;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>Small files of lines <c>key=value</c>: each kind is read in its place by who reads it in earnest.</summary>
[SupportedOSPlatform("linux")]
internal sealed class FactsTarget : FuzzTarget
{
    const string Fuzzed = "fuzzed";

    readonly FuzzSite site;
    readonly string path;
    readonly Func<byte[], bool> read;
    readonly IReadOnlyList<byte[]> seeds;

    /// <summary>What stands there in earnest, and is put back.</summary>
    readonly byte[]? before;

    FactsTarget(FuzzSite site, string kind, string suffix, string path, Func<byte[], bool> read)
    {
        (this.site, Name, this.path, this.read) = (site, kind, path, read);
        seeds = site.Files(suffix);
        before = File.Exists(path) ? File.ReadAllBytes(path) : null;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
    }

    internal override string Name { get; }

    internal override IReadOnlyList<byte[]> Seeds => seeds;

    internal override IReadOnlyList<byte[]> Words =>
    [
        .. ((string[])["path=", "identity=", "pending=", "pendingIdentity=", "complete=yes\n", "ephemeral=yes\n", "touched=yes\n", "catalog=", "name=", "seal=", "sum=", "files=",
            "%00", "%2F..", "%", "%FF", "=", "\n", "/", "/..", "..", "9223372036854775807", "-9223372036854775808", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00Z",
            "generation=2147483647\n", site.Home.Path, site["one"], "mechanism.", "lost.0.path=", "left.0.example="]).Select(Encoding.UTF8.GetBytes),
    ];

    internal override int Executions => 400;

    internal override Func<byte[], byte[]>? Reseal => Name == "ready" ? Summed : null;

    internal override long MostBytes(int length) => base.MostBytes(length) + (1 << 20);       // labels and states of the whole home are read

    internal override bool Execute(byte[] input)
    {
        File.WriteAllBytes(path, input);
        bool taken = read(input);
        if (before is not null) File.WriteAllBytes(path, before);
        Assert.True(File.Exists(site["one/bin/program"]), "What is no space was deleted.");
        return taken;
    }

    /// <summary>A target for every kind of such files.</summary>
    internal static IEnumerable<FuzzTarget> All(FuzzSite site)
    {
        string id = site.Ids[0];
        yield return new FactsTarget(site, "label", ".label", Path.Join(site.Home.CatalogsPath, id + ".label"), _ =>
        {
            IReadOnlyList<CatalogInfo> all = site.Catalogs.List();
            Assert.Equal(site.Ids.Count, all.Count);
            return site.Catalogs.Find(id).Name != id[..12];
        });
        yield return new FactsTarget(site, "state", ".state", SpaceState.PathOf(site.Home, Fuzzed), _ => ReadState(site));
        yield return new FactsTarget(site, "gone", ".gone", Path.Join(site.Home.StatesPath, "gone", Fuzzed + ".gone"), _ =>
        {
            new Graveyard(site.Home).Sweep(Timeout.InfiniteTimeSpan, CancellationToken.None);
            return true;
        });
        string waiting = Directory.EnumerateFiles(site.Home.StandbyPath, "*.index", SearchOption.AllDirectories).First(), ready = Path.Join(Path.GetDirectoryName(waiting), Fuzzed);
        Directory.CreateDirectory(ready);
        File.Copy(waiting, ready + ".index");
        yield return new FactsTarget(site, "ready", ".facts", ready + ".facts", bytes =>
        {
            if (ReadyTree.Read(ready, site.Ids[1]) is not { } tree) return false;
            _ = (tree.Files, tree.Directories, tree.Symlinks, tree.SharedBytes, tree.WrittenBytes, tree.Skipped, tree.Retimed, tree.Seal, tree.Mechanisms, tree.Lost, tree.Fallbacks, tree.ReadPart());
            return true;
        });
        yield return new FactsTarget(site, "lower", ".facts", Path.Join(site.Home.LowersPath, id + ".facts"), bytes =>
        {
            bool made = false;
            (_, _, FileLock held) = new LowerStore(site.Home).Use(id, (_, _) => made = true, TimeSpan.FromSeconds(5), CancellationToken.None);
            held.Dispose();
            return !made;
        });
    }

    static bool ReadState(FuzzSite site)
    {
        if (SpaceState.Read(site.Home, Fuzzed) is not { } state) return false;
        SpaceInfo info = state.Describe();
        _ = (state.Standing, state.Complete, state.Ephemeral, info.Created, info.Used);
        try
        {
            site.Spaces.Delete(Fuzzed, TimeSpan.FromSeconds(5));
        }
        catch (Exception refused) when (refused is HolotreeException or IOException or UnauthorizedAccessException)
        {
            File.Delete(SpaceState.PathOf(site.Home, Fuzzed));
        }
        site.Spaces.Sweep(Timeout.InfiniteTimeSpan);
        return true;
    }

    /// <summary>The sum of the facts of a ready tree is no secret: a forger makes it right.</summary>
    static byte[] Summed(byte[] file)
    {
        FactFile facts = FactFile.Parse(file);
        string sum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n',
            facts.All.Where(static fact => fact.Key != "sum").OrderBy(static fact => fact.Key, StringComparer.Ordinal).Select(static fact => $"{fact.Key}={fact.Value}")))));
        return [.. file, .. Encoding.UTF8.GetBytes($"\nsum={sum}\n")];
    }
}
