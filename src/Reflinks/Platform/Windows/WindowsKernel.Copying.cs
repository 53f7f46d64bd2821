using System.Runtime.InteropServices;

namespace Reflinks.Platform.Windows;

/// <summary>Copies by the system: under a name, and not into an open file.</summary>
internal static unsafe partial class WindowsKernel
{
    /// <summary>Makes a new file with the bytes, streams and attributes of an open one, by CopyFileEx.</summary>
    /// <param name="source">A file that has a path still.</param>
    /// <param name="directory">Where it is made.</param>
    /// <param name="name">Under a name that nothing has.</param>
    /// <param name="cancellation">Looked at whenever the system tells of its progress; it then deletes what it has made (EINTR).</param>
    /// <remarks>On a server the copy may be made there; recent systems clone by themselves on ReFS. Neither is told.</remarks>
    internal static Errno CopyInto(int source, int directory, byte* name, CancellationToken cancellation)
    {
        if (FinalPath(source) is not { } from || !WindowsPlace.TryFind(directory, name, out WindowsPlace place) || place.WholePath() is not { } to) return Errno.ENOENT;
        var held = GCHandle.Alloc(cancellation);
        try
        {
            fixed (char* existing = from, made = to)
            {
                if (WindowsInterop.CopyFileExW(existing, made, &Progress, GCHandle.ToIntPtr(held), null, 0) != 0) return Errno.None;
            }
            return WindowsErrors.ErrnoOf((Win32Error)Marshal.GetLastPInvokeError());
        }
        finally
        {
            held.Free();
        }
    }

    [UnmanagedCallersOnly]
    static uint Progress(long total, long copied, long streamTotal, long streamCopied, uint stream, uint reason, nint source, nint target, nint data) =>
        ((CancellationToken)GCHandle.FromIntPtr(data).Target!).IsCancellationRequested ? WindowsInterop.PROGRESS_CANCEL : WindowsInterop.PROGRESS_CONTINUE;
}
