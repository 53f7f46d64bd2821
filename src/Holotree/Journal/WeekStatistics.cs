using System.Globalization;

namespace Holotree.Journal;

/// <summary>What the restores of one week did.</summary>
public sealed record WeekStatistics
{
    /// <summary>The week's Monday.</summary>
    public required DateOnly Monday { get; init; }

    /// <summary>The week by ISO 8601, such as <c>2026-W47</c>.</summary>
    public string Name
    {
        get
        {
            DateTime day = Monday.ToDateTime(TimeOnly.MinValue);
            return string.Create(CultureInfo.InvariantCulture, $"{ISOWeek.GetYear(day)}-W{ISOWeek.GetWeekOfYear(day):D2}");
        }
    }

    /// <summary>Restores that succeeded.</summary>
    public long Restores { get; init; }

    /// <summary>Restores that failed.</summary>
    public long Failed { get; init; }

    /// <summary>Restores by the word of the strategy that was used.</summary>
    public required IReadOnlyDictionary<string, long> Strategies { get; init; }

    /// <summary>Files by the word of the mechanism that made them.</summary>
    public required IReadOnlyDictionary<string, long> Mechanisms { get; init; }

    /// <summary>The length of the files that share their blocks or inode with the library.</summary>
    public long SharedBytes { get; init; }

    /// <summary>The length of the files that were written.</summary>
    public long WrittenBytes { get; init; }

    /// <summary>The time that half of the restores stayed below.</summary>
    public TimeSpan Median { get; init; }

    /// <summary>The time of all restores together.</summary>
    public TimeSpan Total { get; init; }

    /// <summary>Files for which a better way was tried and left.</summary>
    public long Fallbacks { get; init; }

    /// <summary>Objects that had to be healed.</summary>
    public long Healed { get; init; }

    /// <summary>Sums up restores by week.</summary>
    /// <param name="restores">The restores, in any order.</param>
    /// <param name="weeks">How many weeks, the present one included.</param>
    /// <param name="now">The present; weeks begin at midnight of its place.</param>
    /// <returns>Every week from the first one in which anything was restored, the present one last; none where nothing was.</returns>
    public static IReadOnlyList<WeekStatistics> Of(IEnumerable<RestoreRecord> restores, int weeks, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(restores);
        ArgumentOutOfRangeException.ThrowIfLessThan(weeks, 1);
        DateOnly last = MondayOf(now), first = MondayBefore(last, weeks - 1);
        Dictionary<DateOnly, RestoreRecord[]> byWeek = restores.GroupBy(restore => MondayOf(restore.Time.ToOffset(now.Offset)))
            .Where(week => week.Key >= first && week.Key <= last).ToDictionary(static week => week.Key, static week => week.ToArray());
        var all = new List<WeekStatistics>();
        if (byWeek.Count == 0) return all;
        for (DateOnly monday = byWeek.Keys.Min(); monday <= last; monday = monday.AddDays(7)) all.Add(Sum(monday, byWeek.GetValueOrDefault(monday) ?? []));
        return all;
    }

    static WeekStatistics Sum(DateOnly monday, RestoreRecord[] restores)
    {
        RestoreRecord[] done = [.. restores.Where(static restore => restore.Error is null)];
        return new WeekStatistics
        {
            Monday = monday,
            Restores = done.Length,
            Failed = restores.Length - done.Length,
            Strategies = done.CountBy(static restore => restore.Used).ToDictionary(static used => used.Key, static used => (long)used.Value),
            Mechanisms = done.SelectMany(static restore => restore.Mechanisms).GroupBy(static made => made.Key)
                .ToDictionary(static made => made.Key, static made => Sum(made.Select(static files => files.Value))),
            SharedBytes = Sum(done.Select(static restore => restore.Bytes.Shared)),
            WrittenBytes = Sum(done.Select(static restore => restore.Bytes.Written)),
            Median = MedianOf([.. done.Select(static restore => restore.Elapsed).Order()]),
            Total = TimeSpan.FromTicks(Sum(done.Select(static restore => restore.Elapsed.Ticks))),
            Fallbacks = Sum(done.SelectMany(static restore => restore.Fallbacks).Select(static left => left.Files)),
            Healed = Sum(done.Select(static restore => restore.Healed)),
        };
    }

    /// <summary>A sum that stays at the largest number: what stands in a journal may be anything.</summary>
    static long Sum(IEnumerable<long> numbers) =>
        numbers.Aggregate(0L, static (sum, number) => number > long.MaxValue - sum ? long.MaxValue : sum + number);

    static TimeSpan MedianOf(TimeSpan[] ascending) =>
        ascending.Length == 0 ? TimeSpan.Zero : (ascending[(ascending.Length - 1) / 2] + ascending[ascending.Length / 2]) / 2;

    static DateOnly MondayOf(DateTimeOffset time)
    {
        var day = DateOnly.FromDateTime(time.DateTime);
        int since = ((int)day.DayOfWeek + 6) % 7;
        return day.DayNumber < since ? DateOnly.MinValue : day.AddDays(-since);
    }

    static DateOnly MondayBefore(DateOnly monday, int weeks) => weeks > monday.DayNumber / 7 ? DateOnly.MinValue : monday.AddDays(-7 * weeks);
}
