using Reflinks.Platform;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>What is expected of a file that nobody looked at when it was made.</summary>
public sealed class FileStampTests
{
    static readonly FileStamp Expected = FileStamp.Expected(10, 500, 5, new Moment(1000, 200)),
        Found = new(77, 10, 500, 5, 1000, 100);

    [Fact]
    public void File_with_the_right_length_and_time_that_was_changed_last_within_the_second_before_is_admitted()
    {
        Assert.False(Expected.WasSeen);
        foreach ((long seconds, uint nanoseconds) in ((long, uint)[])[(1000, 200), (1000, 199), (1000, 0), (999, 999_999_999), (999, 200)])
            Assert.True(Expected.Admits(Found with { ChangedSeconds = seconds, ChangedNanoseconds = nanoseconds }), $"{seconds} {nanoseconds}");
    }

    [Fact]
    public void File_that_was_changed_later_or_long_before_or_has_another_length_or_time_is_not()
    {
        foreach ((long seconds, uint nanoseconds) in ((long, uint)[])[(1000, 201), (1001, 0), (999, 199), (998, 999_999_999), (0, 0), (long.MinValue, 0)])
            Assert.False(Expected.Admits(Found with { ChangedSeconds = seconds, ChangedNanoseconds = nanoseconds }), $"{seconds} {nanoseconds}");
        Assert.False(Expected.Admits(Found with { Size = 11 }));
        Assert.False(Expected.Admits(Found with { ModifiedSeconds = 501 }));
        Assert.False(Expected.Admits(Found with { ModifiedNanoseconds = 6 }));
    }

    [Fact]
    public void File_that_was_seen_is_admitted_as_it_was_and_in_no_other_way()
    {
        Assert.True(Found.WasSeen);
        Assert.True(Found.Admits(Found));
        Assert.False(Found.Admits(Found with { Inode = 78 }));
        Assert.False(Found.Admits(Found with { ChangedNanoseconds = 99 }));
        Assert.False(Found.Admits(Expected));
    }

    [Fact]
    public void Time_of_the_last_change_can_be_left_out_of_it()
    {
        FileStamp later = Found with { ChangedSeconds = 2000 };
        Assert.True(Found.AdmitsButForChange(later));
        Assert.True(Expected.AdmitsButForChange(later));
        Assert.False(Found.AdmitsButForChange(later with { Inode = 78 }));
        Assert.False(Expected.AdmitsButForChange(later with { Size = 11 }));
    }
}
