namespace Torture;

/// <summary>Many at work at once, each on a thread of its own.</summary>
internal static class Together
{
    /// <summary>Has each do one thing after the other until the time is over, or one of them fails.</summary>
    /// <exception cref="AggregateException">What went wrong with each that failed.</exception>
    internal static void Run<T>(IEnumerable<T> workers, TimeSpan time, Action<T> act)
    {
        DateTime end = DateTime.UtcNow + time;
        using var stop = new CancellationTokenSource();
        var failures = new List<Exception>();
        Thread[] threads = [.. workers.Select(worker => new Thread(() =>
        {
            try
            {
                while (DateTime.UtcNow < end && !stop.IsCancellationRequested) act(worker);
            }
#pragma warning disable CA1031 // Thrown again below, with those of the others.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                lock (failures) failures.Add(failure);
                stop.Cancel();
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        if (failures.Count > 0) throw new AggregateException(failures);
    }
}
