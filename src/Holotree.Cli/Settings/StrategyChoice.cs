using System.CommandLine;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Cli.Settings;

/// <summary>The strategy that was asked for and where: <c>default</c>, <c>option</c>, <c>environment</c> or <c>settings</c>.</summary>
internal sealed record StrategyChoice(Strategy Strategy, string Origin)
{
    const string Words = "smart, snapshot, reflink, hardlink or copy";

    static readonly string[] Variables = ["HOLOTREE_STRATEGY", "RCC_HOLOTREE_STRATEGY"];

    internal static Option<string?> CreateOption() => new("--strategy", "--holotree-strategy")
    {
        HelpName = "S",
        Description = $"By which means files may be made: {Words} (default: smart, the best that works)",
    };

    /// <summary>Takes the strongest: the option, the environment, the settings, <c>smart</c>. A word that is none names its origin.</summary>
    /// <param name="option">What the option says; null where it was not given.</param>
    /// <param name="settings">Asked only where nothing stronger is there, so that a broken file is in nobody's way.</param>
    internal static StrategyChoice Find(string? option, Func<SettingsFile> settings)
    {
        if (option is not null) return new StrategyChoice(Parse(option, "--strategy", null), "option");
        foreach (string variable in Variables)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
                return new StrategyChoice(Parse(value, $"the environment variable {variable}", null), "environment");
        }
        return settings() is { Strategy: { } setting } file
            ? new StrategyChoice(Parse(setting.Value, $"{file.Path}:{setting.Line}: {SettingsFile.StrategyKey}", file.Path), "settings")
            : new StrategyChoice(Strategy.Smart, "default");
    }

    /// <summary>The word by which a strategy goes in options and JSON.</summary>
    internal static string WordOf(Strategy strategy) => strategy switch
    {
        Strategy.Snapshot => "snapshot",
        Strategy.Reflink => "reflink",
        Strategy.HardLink => "hardlink",
        Strategy.Copy => "copy",
        _ => "smart",
    };

    static Strategy Parse(string word, string origin, string? path)
    {
        foreach (Strategy strategy in Enum.GetValues<Strategy>())
        {
            if (WordOf(strategy) == word) return strategy;
        }
        throw new HolotreeException(HolotreeFailure.Invalid, "strategy-invalid", $"{origin}: '{word}' is no strategy.")
        {
            Path = path,
            Hint = $"It is one of {Words}.",
        };
    }
}
