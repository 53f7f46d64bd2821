using System.Runtime.Versioning;
using Reflinks.Platform;

namespace Reflinks.Tests;

/// <summary>What had settled when a recording began: a file changed within two ticks of that moment may change again unseen.</summary>
[SupportedOSPlatform("linux")]
public sealed class MomentTests
{
    [Theory]
    [InlineData(1000, 500_000_000, 999, 0, true)]
    [InlineData(1000, 500_000_000, 1000, 479_999_999, true)]
    [InlineData(1000, 500_000_000, 1000, 480_000_000, false)]
    [InlineData(1000, 500_000_000, 1000, 500_000_000, false)]
    [InlineData(1000, 500_000_000, 1000, 500_000_001, false)]
    [InlineData(1000, 500_000_000, 1001, 0, false)]
    [InlineData(1000, 10_000_000, 999, 999_000_000, false)]
    [InlineData(1000, 10_000_000, 999, 980_000_000, true)]
    [InlineData(1000, 0, 990, 999_999_999, true)]
    [InlineData(1000, 0, 2_000_000_000_000, 0, false)]
    [InlineData(1000, 0, -2_000_000_000_000, 0, true)]
    [InlineData(0, 0, 1000, 0, false)]
    public void Change_has_settled_two_ticks_later(long seconds, long nanoseconds, long changedSeconds, uint changedNanoseconds, bool settled)
    {
        var changed = new Kernel.StatxTimestamp { tv_sec = changedSeconds, tv_nsec = changedNanoseconds };

        Assert.Equal(settled, new Moment(seconds, nanoseconds).IsAfter(changed));
    }

    [Fact]
    public void Moment_has_the_precision_of_the_clock()
    {
        var time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(5)).AddTicks(1_234_567);

        Assert.Equal(new Moment(time.ToUnixTimeSeconds(), 123_456_700), Moment.Of(time));
    }
}
