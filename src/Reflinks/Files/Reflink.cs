using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;
using Reflinks.Platform.Portable;

namespace Reflinks.Files;

/// <summary>Copy-on-write clones of single regular files and of ranges in them.</summary>
/// <remarks>
/// <para>
/// The name of a method says what it promises: <c>Clone</c> shares blocks or fails and never copies data; <c>CloneOrCopy</c>
/// may copy, and its result says what it did and why each better way was left. Neither decides by the filesystem's name:
/// the call is made, and its errno is what counts.
/// </para>
/// <para>
/// Linux: FICLONE and FICLONERANGE (ioctl_ficlone(2)), on btrfs, XFS with <c>reflink=1</c>, overlayfs above them, OCFS2, bcachefs,
/// NFS 4.2, CIFS and ZFS 2.2; then copy_file_range(2); then read and write. macOS: clonefile(2) on APFS; then fcopyfile(3). Windows:
/// FSCTL_DUPLICATE_EXTENTS_TO_FILE on ReFS and Dev Drives; then CopyFile2. Other systems: a copy by read and write. How far each of these
/// was tried is told in docs/platforms.md.
/// All methods may be called from many threads at once.
/// </para>
/// </remarks>
public static class Reflink
{
    /// <summary>Makes a new file that shares the blocks of <paramref name="source"/> until one of them is written.</summary>
    /// <param name="source">An existing regular file; a symbolic link is followed.</param>
    /// <param name="destination">The file to make, in an existing folder that can share blocks with the source's.</param>
    /// <param name="options">Whether an existing file is replaced, and what is preserved besides the bytes.</param>
    /// <returns><see cref="Mechanism.Reflink"/>, or <see cref="Mechanism.Empty"/> for a source of no bytes, which needs no sharing.</returns>
    /// <exception cref="CloneException">The blocks cannot be shared. Nothing was made, and what stood at the destination still stands.</exception>
    /// <exception cref="FileNotFoundException">The source does not exist.</exception>
    /// <exception cref="DirectoryNotFoundException">The destination's folder does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">The source cannot be read, or the folder not written.</exception>
    /// <exception cref="IOException">The destination exists and overwriting was not asked for, or another error of the system.</exception>
    /// <remarks>
    /// The file is built beside the destination under a name that begins with <c>.reflink-</c> and renamed: the destination is
    /// whole or absent, and an existing one is replaced in one step. It is not synced to disk.
    /// </remarks>
    public static CopyOutcome Clone(string source, string destination, CloneOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        return Kernel.IsSupported
            ? NativeReflink.ByPath(source, destination, options ?? CloneOptions.Default, Rungs.Reflink, CancellationToken.None)
            : PortableCopy.ByPath(source, destination, options ?? CloneOptions.Default, mayReflink: true, mayCopy: false, CancellationToken.None);
    }

    /// <summary>Clones, or where that is not possible copies, and says which.</summary>
    /// <param name="source">An existing regular file; a symbolic link is followed.</param>
    /// <param name="destination">The file to make, in an existing folder.</param>
    /// <param name="options">Whether an existing file is replaced, and what is preserved besides the bytes.</param>
    /// <param name="cancellation">Ends a copy between two pieces; nothing is left at the destination.</param>
    /// <returns>What made the file and why each better way was left.</returns>
    /// <exception cref="CloneException">The system can clone here but failed: no space, an I/O error.</exception>
    /// <exception cref="FileNotFoundException">The source does not exist.</exception>
    /// <exception cref="DirectoryNotFoundException">The destination's folder does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">The source cannot be read, or the folder not written.</exception>
    /// <exception cref="IOException">The destination exists and overwriting was not asked for; the source became shorter meanwhile; another error.</exception>
    /// <remarks>Holes of a sparse source stay holes. The destination is whole or absent, as with <see cref="Clone(string, string, CloneOptions?)"/>.</remarks>
    public static CopyOutcome CloneOrCopy(
        string source, string destination, CloneOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        return Kernel.IsSupported
            ? NativeReflink.ByPath(source, destination, options ?? CloneOptions.Default, Rungs.Reflink | Rungs.Copy, cancellation)
            : PortableCopy.ByPath(source, destination, options ?? CloneOptions.Default, mayReflink: true, mayCopy: true, cancellation);
    }

    /// <summary>Copies without asking for shared blocks, and says how.</summary>
    /// <param name="source">An existing regular file; a symbolic link is followed.</param>
    /// <param name="destination">The file to make, in an existing folder.</param>
    /// <param name="options">Whether an existing file is replaced, and what is preserved besides the bytes.</param>
    /// <param name="cancellation">Ends a copy between two pieces; nothing is left at the destination.</param>
    /// <returns>What made the file. A filesystem may share blocks on its own in a kernel copy (btrfs and XFS do).</returns>
    /// <exception cref="FileNotFoundException">The source does not exist.</exception>
    /// <exception cref="DirectoryNotFoundException">The destination's folder does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">The source cannot be read, or the folder not written.</exception>
    /// <exception cref="IOException">The destination exists and overwriting was not asked for; the source became shorter meanwhile; another error.</exception>
    /// <remarks>Holes and the destination's wholeness: as with <see cref="CloneOrCopy(string, string, CloneOptions?, CancellationToken)"/>.</remarks>
    public static CopyOutcome Copy(
        string source, string destination, CloneOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(destination);
        return Kernel.IsSupported
            ? NativeReflink.ByPath(source, destination, options ?? CloneOptions.Default, Rungs.Copy, cancellation)
            : PortableCopy.ByPath(source, destination, options ?? CloneOptions.Default, mayReflink: false, mayCopy: true, cancellation);
    }

    /// <summary>Gives an open file the content of another one by sharing its blocks.</summary>
    /// <param name="source">Open for reading.</param>
    /// <param name="destination">Open for writing, not for appending. A longer file is cut to the source's length.</param>
    /// <returns>
    /// <see cref="Mechanism.Reflink"/>, <see cref="Mechanism.Empty"/> for a source of no bytes, or <see cref="Mechanism.Unchanged"/>
    /// where both are one file.
    /// </returns>
    /// <exception cref="CloneException">The blocks cannot be shared; the destination is as it was.</exception>
    /// <exception cref="IOException">One of them is no regular file.</exception>
    /// <remarks>
    /// Bytes only: mode, times and attributes are not touched. Over a longer file it takes more than one step, and a crash or a full
    /// disk between them leaves it with another length.
    /// </remarks>
    public static CopyOutcome Clone(SafeFileHandle source, SafeFileHandle destination)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        if (!Kernel.IsSupported) return PortableCopy.ByHandle(source, destination, mayCopy: false, CancellationToken.None);
        using var handles = new HandlePair(source, destination);
        return NativeReflink.ByHandle(handles.Source, handles.Destination, mayCopy: false, CancellationToken.None);
    }

    /// <summary>Gives an open file the content of another one by sharing its blocks, or by copying, and says which.</summary>
    /// <param name="source">Open for reading.</param>
    /// <param name="destination">Open for writing, not for appending. What it held is gone, also when a copy fails half-way.</param>
    /// <param name="cancellation">Ends a copy between two pieces and leaves the destination incomplete.</param>
    /// <returns>What was done and why each better way was left.</returns>
    /// <exception cref="IOException">The copy failed; or one of them is no regular file or not open for what it is needed for, and nothing was touched.</exception>
    public static CopyOutcome CloneOrCopy(SafeFileHandle source, SafeFileHandle destination, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        if (!Kernel.IsSupported) return PortableCopy.ByHandle(source, destination, mayCopy: true, cancellation);
        using var handles = new HandlePair(source, destination);
        return NativeReflink.ByHandle(handles.Source, handles.Destination, mayCopy: true, cancellation);
    }

    /// <summary>Makes a range of one file share the blocks of a range of another, or of another place in the same file.</summary>
    /// <param name="source">Open for reading.</param>
    /// <param name="sourceOffset">Where the range begins, in bytes: a multiple of the filesystem's block size.</param>
    /// <param name="destination">Open for writing, not for appending.</param>
    /// <param name="destinationOffset">Where it goes, in bytes: a multiple of the block size. The file grows as needed.</param>
    /// <param name="length">How many bytes: a multiple of the block size, or up to the end of the source. More than 0.</param>
    /// <exception cref="CloneException">The range cannot be shared (EINVAL where it is not aligned); the destination is as it was.</exception>
    public static void CloneRange(
        SafeFileHandle source, long sourceOffset, SafeFileHandle destination, long destinationOffset, long length)
    {
        CheckRange(source, sourceOffset, destination, destinationOffset, length);
        if (!Kernel.IsSupported) throw PortableCopy.Refused();
        using var handles = new HandlePair(source, destination);
        NativeReflink.CloneRange(handles.Source, sourceOffset, handles.Destination, destinationOffset, length);
    }

    /// <summary>Shares a range, or where that is not possible copies it, and says which.</summary>
    /// <param name="source">Open for reading.</param>
    /// <param name="sourceOffset">Where the range begins, in bytes.</param>
    /// <param name="destination">Open for writing, not for appending.</param>
    /// <param name="destinationOffset">Where it goes, in bytes. The file grows as needed.</param>
    /// <param name="length">How many bytes; more than 0 and not beyond the end of the source.</param>
    /// <param name="cancellation">Ends a copy between two pieces and leaves the range incomplete.</param>
    /// <returns>What was done and why each better way was left.</returns>
    /// <exception cref="ArgumentException">Both ranges are in one file and overlap.</exception>
    /// <exception cref="EndOfStreamException">The source ends before the range does; nothing was written.</exception>
    /// <exception cref="IOException">The copy failed; the range may be written in part.</exception>
    public static CopyOutcome CloneOrCopyRange(
        SafeFileHandle source, long sourceOffset, SafeFileHandle destination, long destinationOffset, long length,
        CancellationToken cancellation = default)
    {
        CheckRange(source, sourceOffset, destination, destinationOffset, length);
        if (!Kernel.IsSupported) return PortableCopy.Range(source, sourceOffset, destination, destinationOffset, length, cancellation);
        using var handles = new HandlePair(source, destination);
        return NativeReflink.CloneOrCopyRange(handles.Source, sourceOffset, handles.Destination, destinationOffset, length, cancellation);
    }

    /// <summary>Has the kernel compare two ranges and share their blocks if they hold the same bytes (ioctl_fideduperange(2)).</summary>
    /// <param name="source">Open for reading.</param>
    /// <param name="sourceOffset">Where the first range begins, in bytes: a multiple of the block size.</param>
    /// <param name="destination">Open for writing, or owned by the caller. Its bytes never change.</param>
    /// <param name="destinationOffset">Where the second range begins, in bytes: a multiple of the block size.</param>
    /// <param name="length">How many bytes; more than 0 and within both files. Where it ends within a block, and not at the end of both files, that block stays as it is.</param>
    /// <param name="cancellation">Ends the work between two pieces of 16 MiB; what is shared by then stays shared.</param>
    /// <returns>Whether the ranges were the same, and how much is shared.</returns>
    /// <exception cref="CloneException">The filesystem cannot do it, or not for this range.</exception>
    /// <remarks>The safe way to share what was copied before: the comparison and the sharing are one step under the kernel's locks.</remarks>
    public static DeduplicationOutcome DeduplicateRange(
        SafeFileHandle source, long sourceOffset, SafeFileHandle destination, long destinationOffset, long length,
        CancellationToken cancellation = default)
    {
        CheckRange(source, sourceOffset, destination, destinationOffset, length);
        if (!Kernel.IsSupported) throw PortableCopy.Refused();
        using var handles = new HandlePair(source, destination);
        return NativeReflink.Deduplicate(handles.Source, sourceOffset, handles.Destination, destinationOffset, length, cancellation);
    }

    static void CheckRange(SafeFileHandle source, long sourceOffset, SafeFileHandle destination, long destinationOffset, long length)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentOutOfRangeException.ThrowIfNegative(sourceOffset);
        ArgumentOutOfRangeException.ThrowIfNegative(destinationOffset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, long.MaxValue - Math.Max(sourceOffset, destinationOffset));
    }

    internal static PlatformNotSupportedException Unsupported() => new("Trees and volumes are worked on in Linux, macOS and Windows only; single files are copied everywhere.");
}
