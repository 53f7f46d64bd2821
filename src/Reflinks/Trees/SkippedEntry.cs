namespace Reflinks.Trees;

/// <summary>An entry of a tree that cannot be cloned, because it is no content but a meeting point of processes or a device.</summary>
/// <param name="Path">Its path below the tree's root, with <c>/</c> between names.</param>
/// <param name="Reason"><c>socket</c>, <c>fifo</c> or <c>device</c>.</param>
public readonly record struct SkippedEntry(string Path, string Reason);
