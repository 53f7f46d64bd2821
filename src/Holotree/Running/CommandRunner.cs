using System.Diagnostics;
using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Reflinks.Platform;

namespace Holotree.Running;

/// <summary>Runs commands in spaces.</summary>
[SupportedOSPlatform("linux")]
public static unsafe class CommandRunner
{
    /// <summary>
    /// Becomes the command: this process goes on as it, so that terminal, signals, descriptors and the way it ends are its own. It keeps the
    /// space's lock, as do the processes that it starts.
    /// </summary>
    /// <param name="command">What to run.</param>
    /// <param name="use">The space; its lock is given back when the command and all that it started have ended.</param>
    /// <exception cref="HolotreeException">There is no such program, or it cannot be started. On success this does not return.</exception>
    public static void Become(SpaceCommand command, SpaceUse use)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(use);
        use.PassOn();
        using (InheritedState.GivenBack())
        {
            Launcher.Launch(command, static (path, arguments, environment) =>
            {
                _ = Interop.execve(path, arguments, environment);
                return NativeErrors.Last;
            });
        }
        throw new UnreachableException();
    }

    /// <summary>Ends this process by a signal, as a command ended by it: whoever waits for this process sees the same.</summary>
    /// <param name="signal">Its number. Returns where this process outlives it.</param>
    public static void DieOf(int signal)
    {
        // The command has left its memory image already, if it was to leave one.
        _ = Interop.prctl(Interop.PR_SET_DUMPABLE, 0, 0, 0, 0);
        _ = Interop.signal(signal, Interop.SIG_DFL);
        _ = Interop.kill(Environment.ProcessId, signal);
    }
}
