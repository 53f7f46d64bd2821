using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Reflinks.Platform.Linux;

namespace Holotree.Recording;

/// <summary>How a source file looked when it was recorded: while all of this stays, so does its content.</summary>
/// <remarks>Blittable, little-endian, 36 bytes: the file of sources holds these records as they are (docs/format.md).</remarks>
[SupportedOSPlatform("linux")]
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct SourceState(
    ulong Inode, long Size, long ModifiedSeconds, uint ModifiedNanoseconds, long ChangedSeconds, uint ChangedNanoseconds)
{
    internal static SourceState Of(in Interop.Statx stat) => new(
        stat.stx_ino, (long)stat.stx_size, stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec, stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec);
}
