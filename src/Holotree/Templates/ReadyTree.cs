using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Templates;

/// <summary>
/// A catalog laid out as it was recorded, as a whole, with what is known of it beside the tree: <c>PATH.facts</c>,
/// <c>PATH.index</c> (how each entry looks) and <c>PATH.part</c> (what differs from space to space).
/// </summary>
internal sealed class ReadyTree
{
    /// <summary>Lays a catalog out in a folder and writes the index of it.</summary>
    /// <param name="tree">The folder, which is empty.</param>
    /// <param name="indexPath">Where the index goes.</param>
    /// <returns>The catalog, what made its files, and how much bytecode was given the time of its hard-linked source.</returns>
    internal delegate (Catalog Catalog, TreeTally Made, long Retimed) LayOut(string tree, string indexPath);

    const string MechanismKey = "mechanism.", LostKey = "lost.", LeftKey = "left.", PartKey = "part", IndexKey = "index";

    readonly FactFile facts;

    ReadyTree(string path, FactFile facts) => (Path, this.facts) = (path, facts);

    /// <summary>The tree.</summary>
    internal string Path { get; }

    internal string IndexPath => IndexOf(Path);

    internal long Files => facts.Number("files");

    internal long Directories => facts.Number("directories");

    internal long Symlinks => facts.Number("symlinks");

    internal long SharedBytes => facts.Number("shared");

    internal long WrittenBytes => facts.Number("written");

    /// <summary>Files that name the prefix and work at any path as they are.</summary>
    internal long Skipped => facts.Number("skipped");

    /// <summary>Python bytecode that was given the time of its hard-linked source.</summary>
    internal long Retimed => facts.Number("retimed");

    /// <summary>Which tree it was when it was finished.</summary>
    internal string? Seal => facts["seal"];

    /// <summary>What made the files.</summary>
    internal MechanismCounts Mechanisms
    {
        get
        {
            var counts = new MechanismCounts();
            foreach (Mechanism mechanism in Enum.GetValues<Mechanism>()) counts[mechanism] = facts.Number(MechanismKey + mechanism);
            return counts;
        }
    }

    /// <summary>Metadata that could not be set.</summary>
    internal IReadOnlyList<NotPreserved> Lost
    {
        get
        {
            var lost = new List<NotPreserved>();
            for (int i = 0; facts[$"{LostKey}{i}.path"] is { } path; i++)
                lost.Add(new NotPreserved(path, facts[$"{LostKey}{i}.what"] ?? string.Empty, ErrorOf($"{LostKey}{i}.")));
            return lost;
        }
    }

    /// <summary>Every way that was tried and left when it was laid out.</summary>
    internal IReadOnlyList<FallbackCount> Fallbacks
    {
        get
        {
            var left = new List<FallbackCount>();
            for (int i = 0; facts[$"{LeftKey}{i}.example"] is { } example; i++)
            {
                if (Enum.TryParse(facts[$"{LeftKey}{i}.from"], out Mechanism from) && Enum.TryParse(facts[$"{LeftKey}{i}.to"], out Mechanism to) && Enum.IsDefined(from) && Enum.IsDefined(to))
                    left.Add(new FallbackCount(from, to, ErrorOf($"{LeftKey}{i}."), facts.Number($"{LeftKey}{i}.files"), example));
            }
            return left;
        }
    }

    NativeError ErrorOf(string key) => new((int)facts.Number(key + "code"), facts[key + "error"] ?? string.Empty, facts[key + "message"] ?? string.Empty);

    static void Set(FactFile facts, string key, NativeError error)
    {
        facts.Set(key + "code", error.Code);
        (facts[key + "error"], facts[key + "message"]) = (error.Name, error.Message);
    }

    internal VariablePart? ReadPart() => VariablePart.Read(PartOf(Path), facts[PartKey] ?? string.Empty);

    internal static string IndexOf(string path) => path + ".index";

    static string PartOf(string path) => path + ".part";

    internal static string FactsOf(string path) => path + ".facts";

    /// <summary>What is known of the tree at a path; null where nothing is, it is not what was written, or it is of another catalog.</summary>
    internal static ReadyTree? Read(string path, string catalogId) =>
        FactFile.Read(FactsOf(path)) is { } facts && facts.IsSealed && facts["catalog"] == catalogId
            && new FileInfo(IndexOf(path)) is { Exists: true } index && index.Length == facts.Number(IndexKey) ? new ReadyTree(path, facts) : null;

    /// <summary>Describes a tree that was laid out just now. Its index is written already; this makes it known.</summary>
    internal static ReadyTree Write(string path, string catalogId, string seal, (Catalog Catalog, TreeTally Made, long Retimed) laidOut)
    {
        (Catalog catalog, TreeTally made, long retimed) = laidOut;
        var facts = new FactFile { ["catalog"] = catalogId, ["seal"] = seal, [PartKey] = VariablePart.Of(catalog, made.MadeBy).Write(PartOf(path)) };
        facts.Set(IndexKey, new FileInfo(IndexOf(path)).Length);
        facts.Set("files", catalog.Listing.Files.Length);
        facts.Set("directories", catalog.Listing.Directories.Length - 1);
        facts.Set("symlinks", catalog.Listing.Symlinks.Length);
        facts.Set("shared", made.SharedBytes);
        facts.Set("written", made.WrittenBytes);
        facts.Set("retimed", retimed);
        facts.Set("skipped", catalog.Contents.LongCount(static content => content.RelocationCount > 0 && !Relocation.Relocator.Varies(content)));
        foreach (Mechanism mechanism in Enum.GetValues<Mechanism>()) facts.Set(MechanismKey + mechanism, made.Mechanisms[mechanism]);
        for (int i = 0; i < made.NotPreserved.Count; i++)
        {
            (facts[$"{LostKey}{i}.path"], facts[$"{LostKey}{i}.what"]) = (made.NotPreserved[i].Path, made.NotPreserved[i].What);
            Set(facts, $"{LostKey}{i}.", made.NotPreserved[i].Error);
        }
        IReadOnlyList<FallbackCount> left = made.Fallbacks();
        for (int i = 0; i < left.Count; i++)
        {
            (facts[$"{LeftKey}{i}.from"], facts[$"{LeftKey}{i}.to"], facts[$"{LeftKey}{i}.example"]) = (left[i].From.ToString(), left[i].To.ToString(), left[i].Example);
            facts.Set($"{LeftKey}{i}.files", left[i].Files);
            Set(facts, $"{LeftKey}{i}.", left[i].Error);
        }

        // Durable: what is found of a tree with facts and does not agree with them was damaged, and not cut off.
        facts.Write(FactsOf(path), durable: true);
        return new ReadyTree(path, facts);
    }

    /// <summary>
    /// Keeps what is known of a tree from being cleared away while the tree is taken elsewhere; null where that happens already. The facts go
    /// first: a lock that made them again would not keep the tree from being deleted further.
    /// </summary>
    internal static FileLock? TryHold(string path) => FileLock.TryTakeExisting(FactsOf(path), exclusive: false);

    /// <summary>Forgets a tree, and deletes it: first that it is ready, then the tree, then the rest.</summary>
    internal static void Delete(string path, CancellationToken cancellation)
    {
        NativeFile.Delete(FactsOf(path));
        TreeRemover.Remove(path, cancellation);
        NativeFile.Delete(IndexOf(path));
        NativeFile.Delete(PartOf(path));
    }

    /// <summary>
    /// The names of the trees in a folder, each once, and of those of which only a part is left. What begins with a dot is none: a file
    /// that is being written beside its final name.
    /// </summary>
    internal static string[] NamesIn(string folder) => NativeFile.IsFolder(folder)
        ? [.. Directory.EnumerateFileSystemEntries(folder).Select(static path => System.IO.Path.GetFileName(path).Split('.', 2)[0]).Where(static name => name.Length > 0).Distinct()]
        : [];

    /// <summary>Deletes, in a folder of trees called by the ids of their catalogs, those of catalogs that are gone and what was never finished.</summary>
    /// <returns>How many trees of catalogs that are gone there were. What another process holds stays.</returns>
    internal static int Collect(string folder, IReadOnlySet<string> catalogs, bool dryRun, CancellationToken cancellation)
    {
        int collected = 0;
        foreach (string name in NamesIn(folder))
        {
            string path = System.IO.Path.Join(folder, name);
            bool isKept = catalogs.Contains(name);
            using FileLock? alone = FileLock.TryTake(path + ".lock", exclusive: true);
            if (alone is null) continue;
            if (!dryRun) TreeRemover.Remove(path + ".partial", cancellation);
            if (isKept && !dryRun && !NativeFile.IsFile(FactsOf(path))) Delete(path, cancellation);
            if (isKept) continue;
            if (NativeFile.IsFolder(path)) collected++;
            if (dryRun) continue;
            Delete(path, cancellation);
            alone.Delete();
        }
        return collected;
    }
}
