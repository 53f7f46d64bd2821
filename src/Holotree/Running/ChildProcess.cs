using System.Runtime.Versioning;
using Reflinks.Platform;

namespace Holotree.Running;

/// <summary>The end of a child of this process.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe class ChildProcess
{
    /// <summary>Size of siginfo_t (asm-generic/siginfo.h), of which nothing is read.</summary>
    const int SignalInfoBytes = 128;

    /// <summary>Waits until it has ended; its number stays its own until <see cref="Wait"/>.</summary>
    internal static void WaitForEnd(int process)
    {
        byte* info = stackalloc byte[SignalInfoBytes];
        while (Interop.waitid(Interop.P_PID, (uint)process, info, Interop.WEXITED | Interop.WNOWAIT) != 0 && NativeErrors.Last == Errno.EINTR)
        {
        }
    }

    /// <summary>Waits for it, and lets the system forget it.</summary>
    internal static CommandEnd Wait(int process)
    {
        int status = 0;
        while (Interop.waitpid(process, &status, 0) < 0)
        {
            Errno error = NativeErrors.Last;
            if (error != Errno.EINTR) throw NativeErrors.Failure(error, "wait for process", $"{process}");
        }
        return CommandEnd.Of(status);
    }
}
