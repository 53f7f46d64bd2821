namespace Holotree.Spaces;

/// <summary>What relocation did to a space.</summary>
/// <param name="Files">Files that now name the space's path, and Python bytecode that has to be compiled anew because its source is one of them.</param>
/// <param name="Places">How many times they do.</param>
/// <param name="Links">Symbolic links that now point into the space.</param>
/// <param name="Skipped">Files left alone because they work as they are (Python bytecode beside its source).</param>
/// <param name="Unfit">Paths of files left as recorded, because the new path does not fit into them.</param>
public sealed record RelocationCounts(long Files, long Places, long Links, long Skipped, IReadOnlyList<string> Unfit);
