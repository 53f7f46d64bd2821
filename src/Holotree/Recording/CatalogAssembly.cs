using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Relocation;
using Reflinks.Trees;

namespace Holotree.Recording;

/// <summary>
/// Puts what a recording found into a catalog. Its tables are in the order in which threads came; in the catalog objects and
/// attributes stand in that of the listing, so that the same tree gives the same catalog.
/// </summary>
internal static class CatalogAssembly
{
    internal static Catalog Assemble(TreeListing listing, RecordingRun run, CatalogFacts facts)
    {
        var objects = new Renumbering(run.Objects.Count);
        var sets = new Renumbering(run.Attributes.Count);
        var relocations = new List<long>();
        var bytecode = new BytecodeSources(listing);
        var contents = new FileContent[listing.Files.Length];
        FileEntry[] files = listing.Files.ToArray();
        DirectoryEntry[] directories = listing.Directories.ToArray();

        for (int i = 0; i < directories.Length; i++) directories[i].Attributes = sets.Of(run.DirectoryAttributes[i]);
        for (int i = 0; i < files.Length; i++)
        {
            ref readonly RecordedFile recorded = ref run.Files[i];
            contents[i] = new FileContent
            {
                Object = objects.Of(recorded.Object),
                FirstRelocation = relocations.Count,
                RelocationCount = recorded.OffsetCount,
                Traits = recorded.Traits | BytecodeTraits(i, run, bytecode),
            };
            relocations.AddRange(run.OffsetsOf(recorded));
            files[i].Attributes = sets.Of(recorded.Attributes);
        }
        return new Catalog(
            listing.With(directories, files), contents, objects.InOrder(index => run.Objects[index]), [.. relocations],
            sets.InOrder(index => run.Attributes[index]), facts);
    }

    static ContentTraits BytecodeTraits(int file, RecordingRun run, BytecodeSources bytecode)
    {
        int source = bytecode.SourceOf(file);
        if (source < 0) return 0;
        return ContentTraits.BytecodeBesideSource | (run.Files[source].OffsetCount > 0 ? ContentTraits.BytecodeOfRelocated : 0);
    }

    /// <summary>Gives what stands in one order new numbers in the order in which it is asked for.</summary>
    sealed class Renumbering(int count)
    {
        readonly int[] numbers = new int[count];        // of each old one the new one plus one
        readonly List<int> inOrder = [];

        internal int Of(int old)
        {
            if (old < 0) return -1;
            if (numbers[old] == 0)
            {
                inOrder.Add(old);
                numbers[old] = inOrder.Count;
            }
            return numbers[old] - 1;
        }

        internal T[] InOrder<T>(Func<int, T> item)
        {
            var items = new T[inOrder.Count];
            for (int i = 0; i < items.Length; i++) items[i] = item(inOrder[i]);
            return items;
        }
    }
}
