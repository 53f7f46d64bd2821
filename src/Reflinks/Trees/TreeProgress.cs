namespace Reflinks.Trees;

/// <summary>How far the making of a tree has come.</summary>
/// <param name="FilesDone">Files that are complete.</param>
/// <param name="FilesTotal">Files there will be.</param>
/// <param name="BytesDone">The length of the complete files, one with several names counted once.</param>
/// <param name="BytesTotal">The length of all.</param>
public readonly record struct TreeProgress(long FilesDone, long FilesTotal, long BytesDone, long BytesTotal);
