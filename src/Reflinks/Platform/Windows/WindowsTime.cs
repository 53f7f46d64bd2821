namespace Reflinks.Platform.Windows;

/// <summary>Times of Windows, 100 ns since 1601, and of Linux, seconds and nanoseconds since 1970.</summary>
internal static class WindowsTime
{
    internal const long TicksPerSecond = 10_000_000, NanosecondsPerTick = 100;

    /// <summary>1970 in ticks since 1601.</summary>
    const long Epoch = 116_444_736_000_000_000;

    internal static Kernel.StatxTimestamp ToTimestamp(long ticks)
    {
        (long seconds, long rest) = Math.DivRem(ticks - Epoch, TicksPerSecond);
        if (rest < 0) (seconds, rest) = (seconds - 1, rest + TicksPerSecond);
        return new Kernel.StatxTimestamp { tv_sec = seconds, tv_nsec = (uint)(rest * NanosecondsPerTick) };
    }

    /// <summary>The time in ticks; false where Windows has none such: before 1601 and after about 30,828. What is finer than a tick is cut.</summary>
    internal static bool TryToTicks(long seconds, long nanoseconds, out long ticks)
    {
        ticks = 0;
        if (nanoseconds is < 0 or > 999_999_999 || seconds < -(Epoch / TicksPerSecond) || seconds > (long.MaxValue - Epoch) / TicksPerSecond - 1) return false;
        ticks = (seconds * TicksPerSecond) + (nanoseconds / NanosecondsPerTick) + Epoch;
        // 0 means "leave it as it is".
        return ticks > 0;
    }
}
