using System.Runtime.ExceptionServices;

namespace Reflinks.Trees;

/// <summary>Runs one piece of work on several threads. Threads, not tasks: they block in the kernel, and they keep the caller's identity.</summary>
internal static class WorkerThreads
{
    /// <summary>Runs <paramref name="work"/> once a worker, the caller being worker 0, and waits for all.</summary>
    /// <param name="stop">Cancelled when a worker fails, so that the others end soon.</param>
    /// <exception cref="Exception">What the first worker to fail threw.</exception>
    internal static void Run(int workers, CancellationTokenSource stop, Action<int> work)
    {
        ExceptionDispatchInfo? failure = null;
        void Guarded(int worker)
        {
            try
            {
                work(worker);
            }
#pragma warning disable CA1031 // A worker's exception of any kind is carried to the thread that waits for it.
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
                stop.Cancel();
            }
#pragma warning restore CA1031
        }

        var threads = new Thread[workers - 1];
        for (int i = 0; i < threads.Length; i++)
        {
            int worker = i + 1;
            threads[i] = new Thread(() => Guarded(worker)) { IsBackground = true, Name = $"tree worker {worker}" };
            threads[i].Start();
        }
        Guarded(0);
        foreach (Thread thread in threads) thread.Join();
        failure?.Throw();
    }
}
