using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Templates;

/// <summary>
/// A catalog laid out as it was recorded, as a whole, with what is known of it beside the tree: <c>PATH.facts</c>,
/// <c>PATH.index</c> (how each entry looks) and <c>PATH.part</c> (what differs from space to space).
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class ReadyTree
{
    const string MechanismKey = "mechanism.", LostKey = "lost.";

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
            {
                lost.Add(new NotPreserved(path, facts[$"{LostKey}{i}.what"] ?? string.Empty,
                    new NativeError((int)facts.Number($"{LostKey}{i}.code"), facts[$"{LostKey}{i}.error"] ?? string.Empty, facts[$"{LostKey}{i}.message"] ?? string.Empty)));
            }
            return lost;
        }
    }

    internal VariablePart? ReadPart() => VariablePart.Read(PartOf(Path));

    internal static string IndexOf(string path) => path + ".index";

    static string PartOf(string path) => path + ".part";

    static string FactsOf(string path) => path + ".facts";

    /// <summary>What is known of the tree at a path; null where nothing is, or it is of another catalog.</summary>
    internal static ReadyTree? Read(string path, string catalogId) =>
        FactFile.Read(FactsOf(path)) is { } facts && facts["catalog"] == catalogId ? new ReadyTree(path, facts) : null;

    /// <summary>Describes a tree that was laid out just now. Its index is written already; this makes it known.</summary>
    internal static ReadyTree Write(string path, string catalogId, string seal, Catalog catalog, TreeTally made, long retimed)
    {
        VariablePart.Of(catalog, made.MadeBy).Write(PartOf(path));
        var facts = new FactFile { ["catalog"] = catalogId, ["seal"] = seal };
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
            facts.Set($"{LostKey}{i}.code", made.NotPreserved[i].Error.Code);
            (facts[$"{LostKey}{i}.error"], facts[$"{LostKey}{i}.message"]) = (made.NotPreserved[i].Error.Name, made.NotPreserved[i].Error.Message);
        }
        facts.Write(FactsOf(path), durable: false);
        return new ReadyTree(path, facts);
    }

    /// <summary>Forgets a tree, and deletes it: first that it is ready, then the tree, then the rest.</summary>
    internal static void Delete(string path, CancellationToken cancellation)
    {
        File.Delete(FactsOf(path));
        TreeRemover.Remove(path, cancellation);
        File.Delete(IndexOf(path));
        File.Delete(PartOf(path));
    }
}
