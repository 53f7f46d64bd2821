using System.Runtime.Versioning;
using Reflinks.Platform;
using SystemCalls = Reflinks.Platform.Kernel;

namespace Holotree.Running;

/// <summary>
/// A process that does nothing but wait for the death of this one, however it comes, to run a program then. It is in a session of its own and
/// has no descriptor of its maker's but one end of a pipe, so that it is not killed with it and keeps nobody waiting.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class Caretaker : IDisposable
{
    readonly Pipe pipe;
    int process;

    Caretaker(Pipe pipe, int process) => (this.pipe, this.process) = (pipe, process);

    /// <param name="afterDeath">What it runs when this process has died; the program is a path.</param>
    internal static Caretaker? Start(SpaceCommand afterDeath, out Errno error)
    {
        var pipe = new Pipe();
        int end = pipe.ReadingEnd;
        var calls = new CallSequence();
        calls.Add("leave the session", SystemCall.setsid);
        calls.Add("close descriptors", SystemCall.close_range, 0, end - 1);
        calls.Add("close descriptors", SystemCall.close_range, end + 1, int.MaxValue);
        calls.Add("leave the folder", SystemCall.chdir, calls.Text("/"));

        // Streams that go nowhere: 0 is free now, and the next two are.
        calls.Add("open streams", SystemCall.openat, SystemCalls.AT_FDCWD, calls.Text("/dev/null"), SystemCalls.O_RDWR, goesOn: ulong.MaxValue);
        calls.Add("open streams", SystemCall.dup, goesOn: ulong.MaxValue);
        calls.Add("open streams", SystemCall.dup, goesOn: ulong.MaxValue);

        // The other end is this process's alone; the system closes it when the process dies.
        calls.Add("wait", SystemCall.read, end, calls.Text(" "), 1, wanted: 0);
        calls.RestoreSignals();
        calls.Execute(afterDeath.Words[0], afterDeath.Words, new NativeWords(afterDeath.Environment.Entries), goesOn: 0, skips: 0);
        calls.End(report: -1);

        int process = ForkedCalls.Start(calls, flags: 0, report: -1, out error);
        if (process == 0)
        {
            pipe.Dispose();
            return null;
        }
        pipe.CloseReading();
        return new Caretaker(pipe, process);
    }

    /// <summary>All is well, it is not needed any more.</summary>
    public void Dispose()
    {
        if (process == 0) return;
        _ = Interop.kill(process, Interop.SIGKILL);
        _ = ChildProcess.Wait(process);
        process = 0;
        pipe.Dispose();
    }
}
