namespace TestKit;

/// <summary>A run of a file's bytes that lie together on the disk; all in bytes.</summary>
/// <param name="Logical">Where it begins in the file.</param>
/// <param name="Physical">Where it begins on the volume; on btrfs an address within the filesystem.</param>
/// <param name="Length">How long it is.</param>
/// <param name="Flags">What the kernel says of it.</param>
public readonly record struct Extent(long Logical, long Physical, long Length, ExtentMarks Flags)
{
    /// <summary>Where it ends in the file.</summary>
    public long End => Logical + Length;

    /// <summary>The place on the volume of the byte at <paramref name="logical"/> in the file.</summary>
    public long PhysicalOf(long logical) => Physical + (logical - Logical);

    /// <inheritdoc/>
    public override string ToString() => $"[{Logical}..{End}) at {Physical} {Flags}";
}
