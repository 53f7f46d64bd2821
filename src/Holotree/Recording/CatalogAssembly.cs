using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Trees;

namespace Holotree.Recording;

/// <summary>Puts what a recording found into a catalog, in the order of the listing: the same tree gives the same catalog.</summary>
[SupportedOSPlatform("linux")]
internal static class CatalogAssembly
{
    internal static Catalog Assemble(TreeListing listing, RecordingRun run, CatalogFacts facts)
    {
        var objects = new List<ObjectEntry>();
        var objectIndex = new Dictionary<ObjectEntry, int>();
        var relocations = new List<long>();
        var sets = new AttributeSets();
        var bytecode = new BytecodeSources(listing);
        var contents = new FileContent[listing.Files.Length];
        FileEntry[] files = listing.Files.ToArray();
        DirectoryEntry[] directories = listing.Directories.ToArray();

        for (int i = 0; i < directories.Length; i++) directories[i].Attributes = sets.IndexOf(run.DirectoryAttributes[i]);
        for (int i = 0; i < files.Length; i++)
        {
            RecordedFile recorded = run.Files[i];
            int index = -1;
            if (files[i].Size > 0 && !objectIndex.TryGetValue(recorded.Object, out index))
            {
                index = objects.Count;
                objects.Add(recorded.Object);
                objectIndex.Add(recorded.Object, index);
            }
            contents[i] = new FileContent
            {
                Object = index,
                FirstRelocation = relocations.Count,
                RelocationCount = recorded.Offsets.Length,
                Traits = (recorded.IsBinary ? ContentTraits.Binary : 0) | BytecodeTraits(i, run, bytecode),
            };
            relocations.AddRange(recorded.Offsets);
            files[i].Attributes = sets.IndexOf(recorded.Attributes);
        }
        return new Catalog(listing.With(directories, files), contents, [.. objects], [.. relocations], sets.All, facts);
    }

    static ContentTraits BytecodeTraits(int file, RecordingRun run, BytecodeSources bytecode)
    {
        int source = bytecode.SourceOf(file);
        if (source < 0) return 0;
        return ContentTraits.BytecodeBesideSource | (run.Files[source].Offsets.Length > 0 ? ContentTraits.BytecodeOfRelocated : 0);
    }

    /// <summary>Equal sets of attributes are kept once.</summary>
    sealed class AttributeSets
    {
        readonly List<IReadOnlyList<(byte[] Name, byte[] Value)>> all = [];
        readonly Dictionary<string, int> known = new(StringComparer.Ordinal);

        internal IReadOnlyList<(byte[] Name, byte[] Value)>[] All => [.. all];

        internal int IndexOf(IReadOnlyList<(byte[] Name, byte[] Value)>? set)
        {
            if (set is null) return -1;
            string key = string.Join('|', set.Select(static pair => $"{Convert.ToHexString(pair.Name)}={Convert.ToHexString(pair.Value)}"));
            if (known.TryGetValue(key, out int index)) return index;
            all.Add(set);
            known.Add(key, all.Count - 1);
            return all.Count - 1;
        }
    }
}
