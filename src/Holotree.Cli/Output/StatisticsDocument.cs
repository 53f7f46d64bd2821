using System.Globalization;
using Holotree.Journal;

namespace Holotree.Cli.Output;

/// <summary>What restores did over time, by week.</summary>
internal sealed record StatisticsDocument(IReadOnlyList<WeekDocument> Weeks, long DamagedLines, StandbyDocument Standby);

/// <summary>Ready-made spaces that wait to be claimed, and for how many catalogs.</summary>
internal sealed record StandbyDocument(int Spaces, int Catalogs);

/// <summary>One week by ISO 8601; <paramref name="From"/> is its Monday.</summary>
internal sealed record WeekDocument(
    string Week, string From, long Restores, long Failed, IReadOnlyDictionary<string, long> Strategies, MechanismsDocument Mechanisms,
    SharedAndWritten Bytes, long MedianMilliseconds, long TotalMilliseconds, long Fallbacks, long Healed)
{
    internal static WeekDocument Of(WeekStatistics week) => new(
        week.Name, week.Monday.ToString("O", CultureInfo.InvariantCulture), week.Restores, week.Failed, week.Strategies, MechanismsDocument.Of(week.Mechanisms),
        new SharedAndWritten(week.SharedBytes, week.WrittenBytes), (long)week.Median.TotalMilliseconds, (long)week.Total.TotalMilliseconds,
        week.Fallbacks, week.Healed);
}

internal sealed record SharedAndWritten(long Shared, long Written);
