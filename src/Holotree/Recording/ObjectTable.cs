using Holotree.Library;

namespace Holotree.Recording;

/// <summary>
/// The objects that a recording met, each once, numbered in that order. A table of numbers over one list of records: a million
/// objects take 60 MB, in a dictionary they would take three times that. Safe for many threads.
/// </summary>
internal sealed class ObjectTable
{
    const int Free = 0;

    readonly Lock gate = new();
    readonly List<ObjectEntry> entries = [];
    int[] slots = new int[1024];        // a power of two; each the number of an entry plus one

    internal int Count => entries.Count;

    internal ObjectEntry this[int index]
    {
        get
        {
            lock (gate) return entries[index];
        }
    }

    internal bool Has(in ObjectEntry entry)
    {
        lock (gate) return slots[SlotOf(entry)] != Free;
    }

    /// <summary>The number of an object, which is added where it is new.</summary>
    internal int Add(in ObjectEntry entry, out bool isNew)
    {
        lock (gate)
        {
            int slot = SlotOf(entry);
            isNew = slots[slot] == Free;
            if (!isNew) return slots[slot] - 1;

            entries.Add(entry);
            slots[slot] = entries.Count;
            if (entries.Count * 2 > slots.Length) Grow();
            return entries.Count - 1;
        }
    }

    void Grow()
    {
        slots = new int[slots.Length * 2];
        for (int i = 0; i < entries.Count; i++) slots[SlotOf(entries[i])] = i + 1;
    }

    /// <summary>Where an object is, or the free place for it. A digest is a hash already, so its first bytes are taken as they are.</summary>
    int SlotOf(in ObjectEntry entry)
    {
        int slot = (int)entry.Digest.A & (slots.Length - 1);
        while (slots[slot] != Free && entries[slots[slot] - 1] != entry) slot = (slot + 1) & (slots.Length - 1);
        return slot;
    }
}
