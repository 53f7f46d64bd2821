using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Reflinks.Platform.Linux;
using SystemCalls = Reflinks.Platform.Linux.Interop;

namespace Holotree.Running;

/// <summary>
/// Stays beside a command until it ends, because something is to be done after. Signals that ask this process to end are the command's: they
/// are handed on, and this process ends after it.
/// </summary>
/// <remarks>
/// The command is in the same process group, so a terminal's keys (Ctrl-C, Ctrl-\, Ctrl-Z) reach both; those are not handed on a second time.
/// Which signal came from a terminal is told by whether this group is in the terminal's foreground.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed unsafe class Supervision : IDisposable
{
    /// <summary>Size of siginfo_t (asm-generic/siginfo.h), of which nothing is read.</summary>
    const int SignalInfoBytes = 128;

    static readonly int[] HandedOn =
        [Interop.SIGHUP, Interop.SIGINT, Interop.SIGQUIT, Interop.SIGTERM, Interop.SIGUSR1, Interop.SIGUSR2];

    readonly Lock gate = new();
    readonly List<PosixSignalRegistration> registrations = [];
    int process;
    bool asked;

    /// <summary>From here on signals do not end this process any more.</summary>
    public Supervision()
    {
        ulong ignored = Ignored();
        foreach (int signal in HandedOn)
        {
            // What this process was told to ignore (nohup) the command shall ignore too; with a handler here it would not.
            if ((ignored & (1UL << (signal - 1))) == 0) registrations.Add(PosixSignalRegistration.Create((PosixSignal)signal, context => HandOn(context, signal)));
        }
    }

    /// <summary>Runs a command to its end.</summary>
    /// <param name="command">What to run.</param>
    /// <param name="use">The space; the command and what it starts hold its lock as well.</param>
    /// <exception cref="HolotreeException">There is no such program, or it cannot be started.</exception>
    /// <exception cref="OperationCanceledException">A signal asked for the end before the command was started.</exception>
    public CommandEnd Run(SpaceCommand command, SpaceUse use)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(use);
        use.PassOn();

        // Where it is ignored the system forgets how a child ended (waitpid(2)).
        _ = Interop.signal(Interop.SIGCHLD, Interop.SIG_DFL);
        lock (gate)
        {
            if (asked) throw new OperationCanceledException();
            int started = 0;
            using (InheritedState.GivenBack())
            {
                Launcher.Launch(command, (path, arguments, environment) =>
                {
                    int child;
                    var error = (Errno)Interop.posix_spawn(&child, path, null, null, arguments, environment);
                    if (error == Errno.None) started = child;
                    return error;
                });
            }
            process = started;
        }
        return Wait();
    }

    CommandEnd Wait()
    {
        byte* info = stackalloc byte[SignalInfoBytes];
        while (Interop.waitid(Interop.P_PID, (uint)process, info, Interop.WEXITED | Interop.WNOWAIT) != 0 && LinuxErrors.Last == Errno.EINTR)
        {
        }
        lock (gate)
        {
            // Its number stays its own until it is waited for; after that a signal could reach somebody else.
            int ended = process, status = 0;
            process = 0;
            while (Interop.waitpid(ended, &status, 0) < 0)
            {
                Errno error = LinuxErrors.Last;
                if (error != Errno.EINTR) throw LinuxErrors.Failure(error, "wait for process", $"{ended}");
            }
            return CommandEnd.Of(status);
        }
    }

    void HandOn(PosixSignalContext context, int signal)
    {
        context.Cancel = true;
        lock (gate)
        {
            asked = true;
            if (process > 0 && !IsFromTerminal(signal)) _ = Interop.kill(process, signal);
        }
    }

    static bool IsFromTerminal(int signal)
    {
        if (signal is not (Interop.SIGINT or Interop.SIGQUIT)) return false;
        int terminal = LinuxFile.Open("/dev/tty", SystemCalls.O_RDONLY, 0, out _);
        if (terminal < 0) return false;
        bool foreground = Interop.tcgetpgrp(terminal) == Interop.getpgrp();
        _ = SystemCalls.close(terminal);
        return foreground;
    }

    /// <summary>The signals that this process ignores, a bit for each (proc_pid_status(5): SigIgn).</summary>
    static ulong Ignored()
    {
        const string Key = "SigIgn:";
        try
        {
            string? line = File.ReadLines("/proc/self/status").FirstOrDefault(static line => line.StartsWith(Key, StringComparison.Ordinal));
            return line is null ? 0 : ulong.Parse(line.AsSpan(Key.Length).Trim(), System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Signals have their usual effect on this process again.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in registrations) registration.Dispose();
    }
}
