using System.CommandLine;
using Holotree.Spaces;

namespace Holotree.Cli.Settings;

/// <summary>The strategy that was asked for and where: <c>default</c>, <c>option</c>, <c>environment</c> or <c>settings</c>.</summary>
internal sealed record StrategyChoice(Strategy Strategy, string Origin)
{
    internal const string Words = "smart, snapshot, reflink, hardlink or copy";

    internal static Option<string?> CreateOption() => new("--strategy", "--holotree-strategy")
    {
        HelpName = "S",
        Description = $"By which means files may be made: {Words} (default: HOLOTREE_STRATEGY, the settings, smart: the best that works)",
    };

    /// <summary>Takes the strongest: the option, the environment, the settings, <c>smart</c>. A word that is none names its origin.</summary>
    /// <param name="option">What the option says; null where it was not given.</param>
    /// <param name="settings">Asked only where nothing stronger is there.</param>
    internal static StrategyChoice Find(string? option, Func<SettingsFile> settings)
    {
        SettingValue value = Setting.Strategy.Find(option, settings);
        return new StrategyChoice(Enum.GetValues<Strategy>().First(strategy => WordOf(strategy) == value.Word), value.Origin);
    }

    internal static bool IsStrategy(string word) => Enum.GetValues<Strategy>().Any(strategy => WordOf(strategy) == word);

    /// <summary>The word by which a strategy goes in options and JSON.</summary>
    internal static string WordOf(Strategy strategy) => strategy switch
    {
        Strategy.Snapshot => "snapshot",
        Strategy.Reflink => "reflink",
        Strategy.HardLink => "hardlink",
        Strategy.Copy => "copy",
        _ => "smart",
    };
}
