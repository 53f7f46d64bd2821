using System.Runtime.Versioning;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

[SupportedOSPlatform("linux")]
public sealed class TimeKeepingTests
{
    [Fact]
    public void Nanoseconds_are_looked_at_until_some_were_kept()
    {
        var times = new TimeKeeping();
        Assert.True(times.IsInDoubt(1_000_000_000, 1));
        Assert.False(times.IsInDoubt(1_000_000_000, 0));

        // Kept in full, and nothing is known yet: a unit of 100 ns would have done for these.
        Assert.Equal(Errno.None, times.Check(Made(1_000_000_000, 500), 1_000_000_000, 500));
        Assert.True(times.IsInDoubt(1_000_000_000, 1));

        Assert.Equal(Errno.None, times.Check(Made(1_000_000_000, 501), 1_000_000_000, 501));
        Assert.False(times.IsInDoubt(1_000_000_000, 1));
    }

    [Theory]
    [InlineData(-2_147_483_648L)]
    [InlineData(2_147_483_647L)]
    [InlineData(32_503_680_000L)]
    public void Times_that_take_more_than_31_bits_are_always_looked_at(long seconds)
    {
        var times = new TimeKeeping();
        times.Check(Made(1, 1), 1, 1);

        Assert.True(times.IsInDoubt(seconds, 0));
    }

    [Fact]
    public void What_was_cut_is_told()
    {
        var times = new TimeKeeping();

        Assert.Equal(Errno.ERANGE, times.Check(Made(2_147_483_647, 0), 2_147_483_648, 0));
        Assert.Equal(Errno.EOPNOTSUPP, times.Check(Made(5, 0), 5, 123));
        Assert.True(times.IsInDoubt(5, 123));
    }

    static Kernel.Statx Made(long seconds, uint nanoseconds) => new() { stx_mtime = new() { tv_sec = seconds, tv_nsec = nanoseconds } };
}
