using Holotree.Journal;

namespace Holotree.Tests.Journal;

public sealed class WeekStatisticsTests
{
    static readonly DateTimeOffset Now = new(2027, 1, 6, 12, 0, 0, TimeSpan.Zero);      // a Wednesday: 2027-W01

    [Fact]
    public void Weeks_begin_on_monday_and_are_named_by_the_iso_calendar()
    {
        IReadOnlyList<WeekStatistics> weeks = WeekStatistics.Of(
            [At("2027-01-03T23:59:59Z"), At("2027-01-04T00:00:00Z"), At("2026-12-21T00:00:00Z"), At("2026-12-20T23:59:59Z")], 3, Now);

        Assert.Equal([("2026-W52", 1), ("2026-W53", 1), ("2027-W01", 1)], weeks.Select(week => (week.Name, week.Restores)));
        Assert.Equal(new DateOnly(2026, 12, 21), weeks[0].Monday);
    }

    [Fact]
    public void Midnight_is_that_of_the_place_where_it_is_asked()
    {
        RestoreRecord sunday = At("2027-01-03T23:30:00Z");

        Assert.Equal("2026-W53", WeekStatistics.Of([sunday], 12, Now)[0].Name);
        Assert.Equal("2027-W01", WeekStatistics.Of([sunday], 12, Now.ToOffset(TimeSpan.FromHours(1)))[0].Name);
    }

    [Fact]
    public void Weeks_without_a_restore_stand_between_those_with_one_and_the_present()
    {
        Assert.Equal([("2026-W51", 1), ("2026-W52", 0), ("2026-W53", 0), ("2027-W01", 0)],
            WeekStatistics.Of([At("2026-12-15T00:00:00Z")], 12, Now).Select(week => (week.Name, week.Restores)));
    }

    [Fact]
    public void What_lies_further_back_or_ahead_is_left_out()
    {
        Assert.Empty(WeekStatistics.Of([At("2026-12-15T00:00:00Z"), At("2027-01-11T00:00:00Z")], 3, Now));
        Assert.Empty(WeekStatistics.Of([], 12, Now));
        Assert.Single(WeekStatistics.Of([At("2027-01-05T00:00:00Z")], int.MaxValue, Now));
    }

    [Fact]
    public void Figures_of_a_week_are_summed_up()
    {
        RestoreRecord[] restores =
        [
            At("2027-01-04T10:00:00Z") with
            {
                Elapsed = TimeSpan.FromSeconds(1), Used = "reflink", Bytes = (30, 20, 10), Healed = 1,
                Mechanisms = new Dictionary<string, long> { ["reflink"] = 5, ["empty"] = 1 }, Fallbacks = [("reflink", "kernelCopy", "EINVAL", 3)],
            },
            At("2027-01-05T10:00:00Z") with
            {
                Elapsed = TimeSpan.FromSeconds(4), Used = "copy", Bytes = (7, 0, 7),
                Mechanisms = new Dictionary<string, long> { ["kernelCopy"] = 2, ["empty"] = 1 },
            },
            At("2027-01-05T11:00:00Z") with { Elapsed = TimeSpan.FromSeconds(100), Error = "cancelled" },
        ];

        WeekStatistics week = Assert.Single(WeekStatistics.Of(restores, 12, Now));

        Assert.Equal((2, 1, 20, 17, 3, 1), (week.Restores, week.Failed, week.SharedBytes, week.WrittenBytes, week.Fallbacks, week.Healed));
        Assert.Equal((TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(5)), (week.Median, week.Total));
        Assert.Equal([("copy", 1), ("reflink", 1)], week.Strategies.OrderBy(used => used.Key).Select(used => (used.Key, used.Value)));
        Assert.Equal([("empty", 2), ("kernelCopy", 2), ("reflink", 5)], week.Mechanisms.OrderBy(made => made.Key).Select(made => (made.Key, made.Value)));
    }

    static RestoreRecord At(string time) => new()
    {
        Time = DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture),
        Space = "space",
        Used = "reflink",
    };
}
