namespace Reflinks.Platform.Windows;

/// <summary>One call of block cloning: offsets and length in bytes, all of them whole clusters.</summary>
internal readonly record struct ClonePiece(long SourceOffset, long TargetOffset, long Bytes);

/// <summary>
/// A range as block cloning takes it: from one cluster's start to another's, in pieces below 4 GiB. Where the source ends within a cluster all of
/// that is shared, and the end of the target, which stays exact, hides the rest. So a file of one byte is cloned too.
/// </summary>
/// <remarks>Block cloning, learn.microsoft.com; [MS-FSCC] 2.3.7. No call of Windows is made here.</remarks>
internal readonly record struct ClonePlan
{
    /// <summary>4 GiB itself is refused. Half of that is what others were seen to use.</summary>
    internal const long MostBytes = 2L * 1024 * 1024 * 1024;

    readonly long sourceOffset, targetOffset, shared, most;

    ClonePlan(long sourceOffset, long targetOffset, long shared, long most, long targetSize)
    {
        (this.sourceOffset, this.targetOffset, this.shared, this.most) = (sourceOffset, targetOffset, shared, most);
        TargetSize = targetSize;
    }

    /// <summary>The length that the target must have before the first piece, and has afterwards.</summary>
    internal long TargetSize { get; }

    /// <summary>Makes the plan. False where the range cannot be shared: it ends or starts within a cluster, or behind the source's end.</summary>
    /// <param name="source">The offset in the source, and the source's length.</param>
    /// <param name="target">The same of the target.</param>
    /// <param name="length">Bytes to share; more than 0.</param>
    /// <param name="cluster">Bytes of a cluster of the volume.</param>
    /// <param name="plan">What is to be done.</param>
    internal static bool TryMake((long Offset, long Size) source, (long Offset, long Size) target, long length, uint cluster, out ClonePlan plan)
    {
        plan = default;
        if (cluster == 0 || length <= 0 || source.Offset < 0 || target.Offset < 0 || target.Size < 0) return false;
        if (source.Offset > source.Size - length || target.Offset > long.MaxValue - length - cluster) return false;
        if (source.Offset % cluster != 0 || target.Offset % cluster != 0) return false;

        // Only what lies behind both ends may come along.
        long end = target.Offset + length, rest = length % cluster;
        if (rest != 0 && (source.Offset + length != source.Size || end < target.Size)) return false;
        plan = new ClonePlan(
            source.Offset, target.Offset, rest == 0 ? length : length + (cluster - rest), Math.Max(MostBytes - (MostBytes % cluster), cluster), Math.Max(end, target.Size));
        return true;
    }

    /// <summary>The calls, one after the other.</summary>
    internal IEnumerable<ClonePiece> Pieces()
    {
        for (long done = 0; done < shared; done += most)
            yield return new ClonePiece(sourceOffset + done, targetOffset + done, Math.Min(shared - done, most));
    }
}
