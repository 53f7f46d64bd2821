using System.Runtime.Versioning;
using Reflinks.Platform;
using SystemCalls = Reflinks.Platform.Kernel;

namespace Holotree.Running;

/// <summary>A pipe whose ends no program inherits.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class Pipe : IDisposable
{
    /// <summary>What lies below may be a stream that this process was started without, and would be taken for it.</summary>
    const int FirstFreeDescriptor = 3;

    internal Pipe()
    {
        int* ends = stackalloc int[2];
        if (Interop.pipe2(ends, SystemCalls.O_CLOEXEC) != 0) throw NativeErrors.Failure(NativeErrors.Last, "make", "a pipe");
        (ReadingEnd, WritingEnd) = (Raised(ends[0]), Raised(ends[1]));
    }

    internal int ReadingEnd { get; private set; }

    internal int WritingEnd { get; private set; }

    static int Raised(int descriptor)
    {
        if (descriptor >= FirstFreeDescriptor) return descriptor;
        int raised = Interop.fcntl(descriptor, Interop.F_DUPFD_CLOEXEC, FirstFreeDescriptor);
        if (raised < 0) throw NativeErrors.Failure(NativeErrors.Last, "make", "a pipe");
        _ = SystemCalls.close(descriptor);
        return raised;
    }

    internal void CloseReading()
    {
        _ = SystemCalls.close(ReadingEnd);
        ReadingEnd = -1;
    }

    internal void CloseWriting()
    {
        _ = SystemCalls.close(WritingEnd);
        WritingEnd = -1;
    }

    /// <summary>Reads one record; false at the end.</summary>
    internal bool Read(out StepReport record)
    {
        fixed (StepReport* start = &record)
        {
            while (true)
            {
                nint count = SystemCalls.read(ReadingEnd, start, (nuint)sizeof(StepReport));
                if (count == sizeof(StepReport)) return true;
                if (count >= 0) return false;
                Errno error = NativeErrors.Last;
                if (error != Errno.EINTR) throw NativeErrors.Failure(error, "read", "a pipe");
            }
        }
    }

    public void Dispose()
    {
        if (ReadingEnd >= 0) CloseReading();
        if (WritingEnd >= 0) CloseWriting();
    }
}
