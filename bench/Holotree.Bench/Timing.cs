using System.Diagnostics;

namespace Holotree.Bench;

/// <summary>Times one piece of work several times.</summary>
internal static class Timing
{
    /// <summary>The median of the runs in seconds, after one that is not counted.</summary>
    internal static double Median(int runs, Action work)
    {
        work();
        var seconds = new double[runs];
        for (int run = 0; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            seconds[run] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        return MedianOf(seconds);
    }

    internal static double MedianOf(double[] seconds)
    {
        Array.Sort(seconds);
        return seconds[seconds.Length / 2];
    }
}
