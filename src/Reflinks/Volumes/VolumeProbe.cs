using Reflinks.Files;
using Reflinks.Platform;

namespace Reflinks.Volumes;

/// <summary>Finds out what a place can do by trying it there, with a file that is not empty and is on disk.</summary>
/// <remarks>
/// The filesystem's name decides nothing: XFS may have been made without reflink, overlayfs inherits from below, a container
/// may forbid the call, and an empty file can be "cloned" where no other can. The trial happens in a folder
/// <c>.reflink-*.partial</c> that is gone afterwards.
/// </remarks>
public static class VolumeProbe
{
    /// <summary>Tries what can be done within one folder.</summary>
    /// <param name="path">An existing folder that the caller may write to.</param>
    /// <exception cref="IOException">The folder is missing, full or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written by this user.</exception>
    public static VolumeCapabilities Probe(string path) => Probe(path, path);

    /// <summary>Tries what can be done from one folder to another.</summary>
    /// <param name="from">Where the sources lie.</param>
    /// <param name="to">Where files are made.</param>
    /// <exception cref="IOException">A folder is missing, full or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder cannot be written by this user.</exception>
    public static VolumeCapabilities Probe(string from, string to)
    {
        ArgumentException.ThrowIfNullOrEmpty(from);
        ArgumentException.ThrowIfNullOrEmpty(to);
        return Kernel.IsSupported ? NativeVolumeProbe.Probe(from, to) : throw Reflink.Unsupported();
    }
}
