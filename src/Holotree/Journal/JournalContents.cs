namespace Holotree.Journal;

/// <summary>What the journal of a home says.</summary>
/// <param name="Restores">Every restore, as they were written.</param>
/// <param name="DamagedLines">Lines that hold no record, such as one that a crash cut.</param>
public sealed record JournalContents(IReadOnlyList<RestoreRecord> Restores, long DamagedLines);
