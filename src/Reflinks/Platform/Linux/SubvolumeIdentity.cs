namespace Reflinks.Platform.Linux;

/// <summary>Which subvolume something is, and in which state.</summary>
/// <param name="Uuid">Given when it was made, to it alone; in hexadecimal. It stays while the subvolume is renamed.</param>
/// <param name="ChangedAt">The transaction that changed an inode in it last (ctransid). Being snapshotted does not count.</param>
/// <param name="IsReadOnly">Whether nobody can write to it before its owner takes that off.</param>
/// <param name="Owner">The user that its root belongs to.</param>
internal readonly record struct SubvolumeIdentity(string Uuid, ulong ChangedAt, bool IsReadOnly, uint Owner);
