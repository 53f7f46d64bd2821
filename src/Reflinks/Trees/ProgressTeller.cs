namespace Reflinks.Trees;

/// <summary>Counts what several workers have done and tells it now and then: one teller at a time, so that no number comes after a higher one.</summary>
internal sealed class ProgressTeller(IProgress<TreeProgress>? progress)
{
    const int Milliseconds = 50;

    readonly Lock telling = new();
    long filesTotal, bytesTotal, filesDone, bytesDone, lastReport;

    /// <summary>Adds to what there is to do. Where that is not known, or turns out to be too low, what is done counts as all.</summary>
    internal void Expect(long files, long bytes)
    {
        Interlocked.Add(ref filesTotal, files);
        Interlocked.Add(ref bytesTotal, bytes);
    }

    /// <summary>Adds to what is done.</summary>
    internal void Add(long files, long bytes)
    {
        if (progress is null) return;
        Interlocked.Add(ref filesDone, files);
        Interlocked.Add(ref bytesDone, bytes);
        if (Environment.TickCount64 - Volatile.Read(ref lastReport) < Milliseconds || !telling.TryEnter()) return;
        try
        {
            Tell();
            Volatile.Write(ref lastReport, Environment.TickCount64);
        }
        finally
        {
            telling.Exit();
        }
    }

    /// <summary>Tells how much is done; by itself for when no worker is left.</summary>
    internal void Tell()
    {
        long files = Volatile.Read(ref filesDone), bytes = Volatile.Read(ref bytesDone);
        progress?.Report(new TreeProgress(files, Math.Max(files, Volatile.Read(ref filesTotal)), bytes, Math.Max(bytes, Volatile.Read(ref bytesTotal))));
    }
}
