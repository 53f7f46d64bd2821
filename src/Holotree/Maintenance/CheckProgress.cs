using Reflinks.Trees;

namespace Holotree.Maintenance;

/// <summary>Counts what was verified and tells it now and then: one teller at a time, so that no number comes after a higher one.</summary>
internal sealed class CheckProgress(IProgress<TreeProgress>? progress)
{
    const int Milliseconds = 50;

    readonly Lock telling = new();
    long total, done, bytesDone, lastReport;

    internal void Expect(long files) => Interlocked.Add(ref total, files);

    internal void Add(long files, long bytes)
    {
        if (progress is null) return;
        Interlocked.Add(ref done, files);
        Interlocked.Add(ref bytesDone, bytes);
        if (Environment.TickCount64 - Volatile.Read(ref lastReport) < Milliseconds || !telling.TryEnter()) return;
        try
        {
            long now = Volatile.Read(ref done), read = Volatile.Read(ref bytesDone);
            progress.Report(new TreeProgress(now, Math.Max(now, Volatile.Read(ref total)), read, read));
            Volatile.Write(ref lastReport, Environment.TickCount64);
        }
        finally
        {
            telling.Exit();
        }
    }
}
