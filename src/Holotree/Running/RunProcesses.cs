using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using SystemCalls = Reflinks.Platform.Kernel;

namespace Holotree.Running;

/// <summary>The processes of a run, whoever started them: those that see its mount, which nobody else does.</summary>
[SupportedOSPlatform("linux")]
internal static class RunProcesses
{
    /// <summary>How long to wait for processes that do not die at once: in a call to a disk or a server that does not answer.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Kills them.</summary>
    /// <param name="mountSource">The source of their mount.</param>
    /// <returns>Whether none is left.</returns>
    internal static bool End(string mountSource, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();

        // Again until there are none: they may be forking.
        while (KillAll(mountSource) > 0)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience) return false;
            cancellation.WaitHandle.WaitOne(Pause);
            cancellation.ThrowIfCancellationRequested();
        }
        return true;
    }

    static int KillAll(string mountSource)
    {
        int found = 0;
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int process)) continue;

            // Opened before it is looked at, so that the number cannot have become another's in between (pidfd_open(2)).
            int descriptor = (int)Interop.syscall(SystemCall.pidfd_open, process, 0, 0, 0);
            if (descriptor < 0) continue;
            if (Sees(folder, mountSource))
            {
                found++;
                _ = Interop.syscall(SystemCall.pidfd_send_signal, descriptor, Interop.SIGKILL, 0, 0);
            }
            _ = SystemCalls.close(descriptor);
        }
        return found;
    }

    /// <summary>Whether a mount of the process is from that source (proc_pid_mountinfo(5): behind a lone hyphen stand type, source and options).</summary>
    static bool Sees(string folder, string mountSource)
    {
        string wanted = $" - overlay {mountSource} ";
        try
        {
            return File.ReadLines(Path.Join(folder, "mountinfo")).Any(line => line.Contains(wanted, StringComparison.Ordinal));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
