using System.Runtime.InteropServices;

namespace Reflinks.Platform;

/// <summary>A time to the nanosecond since 1970, held against the times of changes.</summary>
/// <remarks>Blittable, little-endian, 16 bytes: a file of sources begins with one (docs/format.md).</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct Moment(long Seconds, long Nanoseconds)
{
    /// <summary>Two ticks of the slowest kernel clock (100 Hz): a write within it may leave the same time.</summary>
    const long SlackNanoseconds = 20_000_000;

    internal static Moment Of(DateTimeOffset time)
    {
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        return new Moment(ticks / TimeSpan.TicksPerSecond, ticks % TimeSpan.TicksPerSecond * 100);
    }

    /// <summary>The clock from which filesystems of this machine take the times of changes; it moves on by ticks.</summary>
    internal static unsafe Moment OfChanges()
    {
        Kernel.Timespec now;
        _ = Kernel.clock_gettime(Kernel.CLOCK_REALTIME_COARSE, &now);
        return new Moment(now.tv_sec, now.tv_nsec);
    }

    /// <summary>A time that no change is later than which was made before this was asked for, however fine the filesystem's clock is.</summary>
    /// <remarks>The kernel gives a change the time of the last tick, or one after it where somebody has looked at the file since (Linux 6.13, multigrain timestamps).</remarks>
    internal static Moment AfterChanges() => Of(DateTimeOffset.UtcNow.AddTicks(1));

    /// <summary>Whether something that changed last at a time had settled by this moment: whatever is written to it later shows in its time.</summary>
    internal bool IsAfter(in Kernel.StatxTimestamp changed) => IsAfter(changed.tv_sec, changed.tv_nsec);

    /// <inheritdoc cref="IsAfter(in Kernel.StatxTimestamp)"/>
    internal bool IsAfter(long changedSeconds, uint changedNanoseconds)
    {
        long seconds = Seconds - changedSeconds;
        return seconds > 2 || (seconds >= 0 && (seconds * 1_000_000_000) + Nanoseconds - changedNanoseconds > SlackNanoseconds);
    }
}
