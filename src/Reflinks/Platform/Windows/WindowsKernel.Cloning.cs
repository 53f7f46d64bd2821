namespace Reflinks.Platform.Windows;

/// <summary>Sharing blocks, on ReFS.</summary>
internal static unsafe partial class WindowsKernel
{
    internal static Errno Clone(int source, int target) => Errno.EOPNOTSUPP;

    internal static Errno CloneRange(int source, long sourceOffset, int target, long targetOffset, long length) => Errno.EOPNOTSUPP;

    /// <summary>Windows does not compare and share in one step, and what is compared before may be changed until it is shared.</summary>
    internal static Errno Deduplicate(int source, long sourceOffset, int target, long targetOffset, long length, out long shared)
    {
        shared = 0;
        return Errno.EOPNOTSUPP;
    }
}
