namespace Holotree.Cli.Output;

/// <summary>What each place turned out to be able to do.</summary>
internal sealed record DoctorDocument(IReadOnlyList<PlaceDocument> Places);

/// <param name="Path">The folder in which it was tried.</param>
/// <param name="Smart">The best means that <c>smart</c> has there to make a space: <c>snapshot</c>, <c>reflink</c>, <c>hardlink</c> or <c>copy</c>.</param>
/// <param name="Verified">How far this version was verified on such a filesystem: <c>tested</c>, <c>emulated</c>, <c>simulated</c> or <c>compiled</c>.</param>
internal sealed record PlaceDocument(
    string Path, string FileSystem, string MountPoint, bool Reflink, bool RangeClone, bool Snapshot, bool Hardlink, bool KernelCopy,
    bool Xattrs, string Smart, string Verified, IReadOnlyList<string> Notes);
