using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Reflinks.Platform;

namespace Holotree.Running;

/// <summary>Forks, and makes a list of system calls in the child. Why it is done in this way: docs/decisions/0006.</summary>
[SupportedOSPlatform("linux")]
internal unsafe struct ForkedCalls
{
    /// <summary>libc's <c>syscall</c> and <c>__errno_location</c>.</summary>
    delegate*<nint, nint, nint, nint, nint, nint, nint, nint> call;
    delegate*<int*> errorLocation;

    /// <summary>A managed pointer with this bit does not point at code in a native program (fat function pointers of native AOT).</summary>
    const nint InstantiatingPointer = 2;

    nint maskNumber, forkNumber, writeNumber;
    ulong allSignals, signals;
    Interop.CloneArguments arguments;
    CallStep* steps;
    nint stepCount;
    int report;
    int error;
    StepReport said;

    /// <summary>Makes a child that makes the calls of a sequence, all signals blocked and none handled.</summary>
    /// <param name="flags">Which namespaces it has for itself (clone(2)).</param>
    /// <param name="report">The descriptor to which it writes about calls that fail.</param>
    /// <returns>The child's number, or 0 with the error of the fork.</returns>
    internal static int Start(CallSequence sequence, ulong flags, int report, out Errno error)
    {
        nint libraries = NativeLibrary.GetMainProgramHandle();
        if (!SystemCall.Known
            || !NativeLibrary.TryGetExport(libraries, "syscall", out nint syscall)
            || !NativeLibrary.TryGetExport(libraries, "__errno_location", out nint location)
            || ((syscall | location) & InstantiatingPointer) != 0)
        {
            error = Errno.ENOSYS;
            return 0;
        }
        CallStep[] steps = sequence.Steps;
        var fork = new ForkedCalls
        {
            call = (delegate*<nint, nint, nint, nint, nint, nint, nint, nint>)syscall,
            errorLocation = (delegate*<int*>)location,
            maskNumber = SystemCall.rt_sigprocmask,
            forkNumber = SystemCall.clone3,
            writeNumber = SystemCall.write,
            allSignals = ulong.MaxValue,
            arguments = new Interop.CloneArguments { flags = flags | Interop.CLONE_CLEAR_SIGHAND, exit_signal = Interop.SIGCHLD },
            steps = (CallStep*)Unsafe.AsPointer(ref steps[0]),
            stepCount = steps.Length,
            report = report,
        };
        sequence.TellSignalMask((nint)(&fork.signals));
        nint child = Fork(&fork);
        GC.KeepAlive(sequence);
        error = (Errno)fork.error;
        return Math.Max((int)child, 0);
    }

    /// <summary>The child never comes out of this: the last step ends it.</summary>
    /// <remarks>
    /// Compiled before its first instruction and never again. It touches nothing that the garbage collector or the runtime could be at work on in
    /// another thread, which the child does not have: only words in memory that stays where it is, and two functions of libc, called as if they
    /// were managed, so that no call looks whether a collection waits. As long as this thread is here none can begin its work.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    static nint Fork(ForkedCalls* fork)
    {
        delegate*<nint, nint, nint, nint, nint, nint, nint, nint> call = fork->call;
        call(fork->maskNumber, Interop.SIG_SETMASK, (nint)(&fork->allSignals), (nint)(&fork->signals), sizeof(ulong), 0, 0);
        nint child = call(fork->forkNumber, (nint)(&fork->arguments), sizeof(Interop.CloneArguments), 0, 0, 0, 0);
        if (child != 0)
        {
            if (child < 0) fork->error = *fork->errorLocation();
            call(fork->maskNumber, Interop.SIG_SETMASK, (nint)(&fork->signals), 0, sizeof(ulong), 0, 0);
            return child;
        }

        nint at = 0;
        while (true)
        {
            CallStep* step = fork->steps + at;
            nint result = call(step->Number, step->First, step->Second, step->Third, step->Fourth, step->Fifth, step->Sixth);
            if (step->Keep != 0) ((nint*)fork->steps)[step->Keep] = result;
            if (result >= 0 && (step->Wanted == CallStep.Any || step->Wanted == result))
            {
                at++;
                continue;
            }
            int error = result < 0 ? *fork->errorLocation() : 0;
            ulong bit = (uint)error < 64 ? 1UL << error : 0;
            fork->said.Step = (int)at;
            fork->said.Error = (Errno)error;

            // The last two steps say that this is the end, and end it.
            at = (step->GoesOn & bit) != 0 ? at + 1 : (step->Skips & bit) != 0 ? at + 2 : fork->stepCount - 2;
            call(fork->writeNumber, fork->report, (nint)(&fork->said), sizeof(StepReport), 0, 0, 0);
        }
    }
}
