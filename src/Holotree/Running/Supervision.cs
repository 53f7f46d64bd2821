using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Reflinks.Platform;
using SystemCalls = Reflinks.Platform.Kernel;

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
        Start(() =>
        {
            int started = 0;
            Launcher.Launch(command, (path, arguments, environment) =>
            {
                int child;
                var error = (Errno)Interop.posix_spawn(&child, path, null, null, arguments, environment);
                if (error == Errno.None) started = child;
                return error;
            });
            return started;
        });
        return Wait();
    }

    /// <summary>Runs a command to its end, with a tree mounted for it alone.</summary>
    /// <param name="command">What to run.</param>
    /// <param name="run">What it sees.</param>
    /// <param name="end">How it ended, where it was run.</param>
    /// <returns>Why it was not run; null where it was.</returns>
    /// <exception cref="HolotreeException">There is no such program, or it cannot be started.</exception>
    /// <exception cref="OperationCanceledException">A signal asked for the end before the command was started.</exception>
    public MountRefusal? TryRun(SpaceCommand command, PrivateRun run, out CommandEnd end)
    {
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(run);
        MountRefusal? refusal = null;
        Start(() =>
        {
            refusal = run.Start(command, out int started);
            return started;
        });
        end = refusal is null ? Wait() : default;
        return refusal;
    }

    /// <summary>Starts a process, unless its end is asked for already.</summary>
    void Start(Func<int> start)
    {
        // Where it is ignored the system forgets how a child ended (waitpid(2)).
        _ = Interop.signal(Interop.SIGCHLD, Interop.SIG_DFL);
        lock (gate)
        {
            if (asked) throw new OperationCanceledException();
            using (InheritedState.GivenBack()) process = start();
        }
    }

    CommandEnd Wait()
    {
        ChildProcess.WaitForEnd(process);
        lock (gate)
        {
            // Its number stays its own until it is waited for; after that a signal could reach somebody else.
            int ended = process;
            process = 0;
            return ChildProcess.Wait(ended);
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
        int terminal = NativeFile.Open("/dev/tty", SystemCalls.O_RDONLY, 0, out _);
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
