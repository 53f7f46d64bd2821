using Holotree.Catalogs;
using Holotree.Journal;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Spaces;
using Reflinks.Platform;

namespace Holotree.Maintenance;

/// <summary>Reads the small files of a home: labels, what is known of sources, notes of deleted spaces, the journal.</summary>
/// <param name="home">Whose.</param>
/// <param name="repair">Whether labels are written anew, and what only saves work is deleted.</param>
internal sealed class SmallFileCheck(Home home, bool repair)
{
    readonly CatalogStore catalogs = new(home);

    internal List<Damage> Damaged { get; } = [];

    /// <summary>What only saves work and cannot be used. A power cut leaves that too: none of it is written through to the disk.</summary>
    internal List<Damage> Unusable { get; } = [];

    /// <summary>What was put right or deleted.</summary>
    internal List<Damage> Mended { get; } = [];

    /// <param name="unreadable">The ids of damaged catalogs, of which no label can be made.</param>
    internal void CheckAll(IReadOnlySet<string> unreadable)
    {
        foreach (CatalogInfo info in catalogs.List())
        {
            if (info.LabelIsDamaged) CheckLabel(info.Id, mendable: !unreadable.Contains(info.Id));
            CheckCache(catalogs.SourcesOf(info.Id), info.Id);
        }
        foreach (string note in new Graveyard(home).DamagedNotes())
        {
            var wrong = new Damage { Path = note, Reason = "it does not agree with its checksum, so it is not known which deleted space it names" };
            if (repair) Delete(wrong);
            else Damaged.Add(wrong);
        }
        foreach ((string path, long lines) in new RestoreJournal(home).DamagedLines())
            Unusable.Add(new Damage { Path = path, Reason = lines == 1 ? "one line of it is no record" : $"{lines} lines of it are no records" });
    }

    void CheckLabel(string id, bool mendable)
    {
        var wrong = new Damage { Path = catalogs.LabelOf(id), Reason = "it does not agree with its checksum", Catalogs = [id] };
        if (!repair || !mendable)
        {
            Damaged.Add(wrong);
            return;
        }
        catalogs.WriteLabelAnew(id);
        Mended.Add(wrong);
    }

    void CheckCache(string path, string id)
    {
        if (IsWholeOrMissing(path)) return;
        var wrong = new Damage { Path = path, Reason = "it does not agree with its checksum", Catalogs = [id] };
        if (repair) Delete(wrong);
        else Unusable.Add(wrong);
    }

    static bool IsWholeOrMissing(string path)
    {
        try
        {
            return StoredFile.Read(path, CatalogFormat.MaxBytes) is not { } bytes || SourceIndex.IsWhole(bytes);
        }
        catch (IOException odd) when (StoredFile.IsRefusal(odd))
        {
            return false;
        }
    }

    void Delete(Damage wrong)
    {
        NativeFile.Delete(wrong.Path);
        Mended.Add(wrong);
    }
}
