using System.Runtime.Versioning;

namespace Holotree.Running;

/// <summary>
/// Gives a command what this process was started with, where the runtime has changed it: it ignores SIGPIPE, which an exec would hand on, and
/// raises the limit of open files.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class InheritedState : IDisposable
{
    Interop.Rlimit64? raised;

    InheritedState()
    {
        _ = Interop.signal(Interop.SIGPIPE, Interop.SIG_DFL);
        LowerFileLimit();
    }

    internal static InheritedState GivenBack() => new();

    /// <summary>What the limit was is not known any more; that of the parent is what it most likely was.</summary>
    void LowerFileLimit()
    {
        Interop.Rlimit64 own, parents;
        if (Interop.prlimit64(0, Interop.RLIMIT_NOFILE, null, &own) != 0 || own.rlim_cur != own.rlim_max) return;
        if (Interop.prlimit64(Interop.getppid(), Interop.RLIMIT_NOFILE, null, &parents) != 0 || parents.rlim_cur >= own.rlim_cur) return;
        raised = own;
        own.rlim_cur = parents.rlim_cur;
        _ = Interop.prlimit64(0, Interop.RLIMIT_NOFILE, &own, null);
    }

    public void Dispose()
    {
        if (raised is { } limit) _ = Interop.prlimit64(0, Interop.RLIMIT_NOFILE, &limit, null);
        _ = Interop.signal(Interop.SIGPIPE, Interop.SIG_IGN);
    }
}
