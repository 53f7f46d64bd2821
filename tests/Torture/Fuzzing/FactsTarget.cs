using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Templates;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>Small files of lines <c>key=value</c>: each kind is read in its place by who reads it in earnest.</summary>
[SupportedOSPlatform("linux")]
internal sealed class FactsTarget : FuzzTarget
{
    const string Fuzzed = "fuzzed";

    static readonly byte[] SumKey = "sum="u8.ToArray();

    readonly FuzzSite site;
    readonly string path;
    readonly Func<byte[], bool> read;
    readonly Func<IEnumerable<string>>? forged;
    readonly IReadOnlyList<byte[]> written;
    readonly IReadOnlyList<byte[]> words;

    /// <summary>What stands there in earnest, and is put back.</summary>
    readonly byte[]? before;

    FactsTarget(FuzzSite site, string kind, string suffix, string path, Func<byte[], bool> read, Func<IEnumerable<string>>? forged = null)
    {
        (this.site, Name, this.path, this.read, this.forged) = (site, kind, path, read, forged);
        written = site.Files(suffix);
        before = File.Exists(path) ? File.ReadAllBytes(path) : null;
        words =
        [
            .. ((string[])["path=", "identity=", "pending=", "pendingIdentity=", "complete=yes\n", "ephemeral=yes\n", "touched=yes\n", "synced=yes\n", "catalog=", "name=", "seal=",
                "sum=", "files=", "part=", "index=", "mount=", "boot=", "finished=", "created=", "used=", "%00", "%2F..", "%", "%FF", "=", "\n", "/", "/..", "..",
                "9223372036854775807", "-9223372036854775808", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00Z", "generation=2147483647\n", "mechanism.", "lost.0.path=",
                "left.0.example=", .. site.Ids, .. site.Decoys.Paths]).Select(Encoding.UTF8.GetBytes),
        ];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
    }

    internal override string Name { get; }

    internal override IReadOnlyList<byte[]> Seeds => forged is null ? written : [.. written, .. forged().Select(static lines => Summed(Encoding.UTF8.GetBytes(lines)))];

    internal override IReadOnlyList<byte[]> Words => words;

    internal override int Executions => 150;

    internal override Func<byte[], byte[]> Reseal => Summed;

    /// <summary>A line of three bytes becomes two strings and an entry of a table. A state is read by each of some ten things that are done with the space.</summary>
    internal override int BytesForEach => Name == "state" ? 10 * 96 : 96;

    /// <summary>Labels and states of the whole home are read, and the catalog that is named.</summary>
    internal override int BytesBesides => 4 << 20;

    internal override IEnumerable<byte[]> Hard =>
        ((byte[][])[Many("", "k{0}=v\n"), Many("", "mechanism.{0}=1\n"), Many("", "lost.{0}.path=x\n"), Many("path=", "%{0}/"), Many("name=", "%%%")]).Select(Summed);

    internal override bool Execute(byte[] input)
    {
        Write(input);
        bool taken = read(input);
        if (before is not null) Write(before);
        else File.Delete(path);
        return taken;
    }

    /// <summary>A restore comes across a forged state.</summary>
    internal override bool Use(byte[] input, Random random)
    {
        if (Name != "state" || random.Next(4) > 0) return false;
        Write(input);
        try
        {
            site.Spaces.Restore(Fuzzed, site.Ids[random.Next(site.Ids.Count)], new RestoreOptions { Force = random.Next(2) == 0, LockTimeout = TimeSpan.FromSeconds(5) });
        }
        catch (Exception refused) when (refused is HolotreeException or CloneException or IOException or UnauthorizedAccessException)
        {
        }
        Remove();
        site.Decoys.AssertAfterState(FactFile.Parse(input));
        return true;
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
        FactsTarget? state = null;
        state = new FactsTarget(site, "state", ".state", SpaceState.PathOf(site.Home, Fuzzed), input => state!.ReadState(input), () => StatesOf(site.Decoys, id));
        yield return state;
        string note = Path.Join(site.Home.StatesPath, "gone", Fuzzed + ".gone");
        yield return new FactsTarget(site, "gone", ".gone", note, input =>
        {
            new Graveyard(site.Home).Sweep(Timeout.InfiniteTimeSpan, CancellationToken.None);
            site.Decoys.AssertAfterNote(FactFile.Parse(input));
            return !File.Exists(note);
        }, () => NotesOf(site.Decoys));
        string waiting = Directory.EnumerateFiles(site.Home.StandbyPath, "*.index", SearchOption.AllDirectories).First(), ready = Path.Join(Path.GetDirectoryName(waiting), Fuzzed);
        byte[] index = File.ReadAllBytes(waiting);
        yield return new FactsTarget(site, "ready", ".facts", ready + ".facts", bytes =>
        {
            Directory.CreateDirectory(ready);
            if (!File.Exists(ready + ".index")) File.WriteAllBytes(ready + ".index", index);
            if (ReadyTree.Read(ready, site.Ids[1]) is not { } tree) return false;
            _ = (tree.Files, tree.Directories, tree.Symlinks, tree.SharedBytes, tree.WrittenBytes, tree.Skipped, tree.Retimed, tree.Seal, tree.Mechanisms, tree.Lost, tree.Fallbacks, tree.ReadPart());
            return true;
        });
        yield return new FactsTarget(site, "lower", ".facts", Path.Join(site.Home.LowersPath, id + ".facts"), _ => ReadLower(site, id));
    }

    /// <summary>What is to be made anew is not: the tree is in use.</summary>
    static bool ReadLower(FuzzSite site, string id)
    {
        using FileLock used = FileLock.Take(Path.Join(site.Home.LowersPath, id + ".lock"), exclusive: false, TimeSpan.FromSeconds(5), "tree", CancellationToken.None);
        try
        {
            (_, _, FileLock held) = new LowerStore(site.Home).Use(id, static (_, _) => throw new InvalidOperationException("It is in use."), TimeSpan.Zero, CancellationToken.None);
            held.Dispose();
            return true;
        }
        catch (HolotreeException busy) when (busy.Failure == HolotreeFailure.Busy)
        {
            return false;
        }
    }

    bool ReadState(byte[] input)
    {
        bool taken = SpaceState.Read(site.Home, Fuzzed) is { IsDamaged: false };
        if (SpaceState.Read(site.Home, Fuzzed) is { } state)
        {
            SpaceInfo info = state.Describe();
            _ = (state.Standing, state.Complete, state.Ephemeral, state.InDoubt, info.Created.ToLocalTime(), info.Used);
            Try(() => site.Spaces.Diff(Fuzzed, TimeSpan.FromSeconds(5)));
            Try(() =>
            {
                using SpaceUse use = site.Spaces.Use(Fuzzed, TimeSpan.FromSeconds(5));
            });
        }
        Remove();
        site.Decoys.AssertAfterState(FactFile.Parse(input));
        return taken;
    }

    /// <summary>Deletes the space, with which the state goes.</summary>
    void Remove()
    {
        if (SpaceState.Read(site.Home, Fuzzed) is not null) Try(() => site.Spaces.Delete(Fuzzed, TimeSpan.FromSeconds(5)));
        new SpaceDeletion(site.Home).ClearUp(CancellationToken.None);
        File.Delete(path);
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

    /// <summary>Writes the file; now and then as a power cut leaves it, with its content in an attribute alone.</summary>
    void Write(byte[] bytes)
    {
        File.Delete(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        bool asAttribute = bytes != before && bytes.Length > 0 && bytes[^1] % 8 == 3;
        using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        if (asAttribute) LoggedCopy.Write((int)file.DangerousGetHandle(), bytes);
        else RandomAccess.Write(file, bytes, 0);
    }

    /// <summary>States that know which folder they name.</summary>
    static IEnumerable<string> StatesOf(Decoys decoys, string catalog) =>
        from path in decoys.MayGo
        let identity = FolderIdentity.Of(path)
        let beside = Path.Join(Path.GetDirectoryName(path), ".reflink-0123456789abcdef.partial")
        from lines in (string[])
        [
            $"catalog={catalog}\ncomplete=yes\nidentity={identity}\nname=one\npath={path}\nfiles=3\n",
            $"path={path}\npending={beside}\npendingIdentity={identity}\n",
            $"complete=yes\nidentity={FolderIdentity.Of(beside)}\npath={path}\npending={beside}\npendingIdentity={identity}\n",
        ]
        select lines;

    static IEnumerable<string> NotesOf(Decoys decoys) =>
        from path in decoys.Paths
        let identity = FolderIdentity.Of(path)
        where identity is not null
        select $"identity={identity}\npath={path}\n";

    /// <summary>The sum at the head is no secret: a forger makes it right (FNV-1a of 64 bits, docs/format.md).</summary>
    static byte[] Summed(byte[] file)
    {
        int end = file.AsSpan().IndexOf((byte)'\n');
        byte[] lines = !file.AsSpan().StartsWith(SumKey) ? file : end < 0 ? [] : file[(end + 1)..];
        ulong sum = 0xcbf29ce484222325;
        foreach (byte one in lines) sum = unchecked((sum ^ one) * 0x100000001b3);
        return [.. SumKey, .. Encoding.ASCII.GetBytes(sum.ToString("x16", CultureInfo.InvariantCulture)), (byte)'\n', .. lines];
    }
}
