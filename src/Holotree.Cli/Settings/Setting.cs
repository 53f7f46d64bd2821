using System.Globalization;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Cli.Settings;

/// <summary>A setting: its key in the file, what is stronger than the file, and which words are values of it.</summary>
internal sealed record Setting(string Key, string Description, string Values)
{
    const double LongestTimeoutSeconds = 86_400;
    const int MostWorkers = 1024, MostStandby = 16;

    internal static Setting Strategy { get; } = new("holotree.restoration-strategy", "By which means files may be made", StrategyChoice.Words)
    {
        Option = "--strategy",
        Variables = ["HOLOTREE_STRATEGY", "RCC_HOLOTREE_STRATEGY"],
        Default = ["smart"],
        Code = "strategy-invalid",
        Accepts = StrategyChoice.IsStrategy,
        Refusal = "is no strategy",
    };

    internal static Setting HardLinkExcludes { get; } = new("holotree.hardlink-excludes", "Files that are never hard-linked", "a list of patterns such as *.pyc and __pycache__/*")
    {
        IsList = true,
        Default = RestoreOptions.DefaultHardLinkExcludes,
        Accepts = static word => word.Length > 0 && !word.Contains('\0', StringComparison.Ordinal),
        Refusal = "is no pattern",
    };

    internal static Setting LockTimeout { get; } = new("holotree.lock-timeout", "How long a command waits for another one that is in its way", "seconds, from 0 (do not wait) to 86400")
    {
        Variables = ["HOLOTREE_LOCK_TIMEOUT"],
        Default = ["60"],
        Accepts = static word => Seconds(word) is >= 0 and <= LongestTimeoutSeconds,
        Refusal = "is no time to wait",
    };

    internal static Setting Workers { get; } = new("holotree.workers", "How many threads work", "a number from 1 to 1024, or 0 for one a processor")
    {
        Option = "--workers",
        Variables = ["HOLOTREE_WORKERS"],
        Default = ["0"],
        Accepts = static word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= MostWorkers,
        Refusal = "is no number of threads",
    };

    internal static Setting Standby { get; } = new("holotree.standby", "How many ready-made spaces wait for each catalog in use, where there are no snapshots", "a number from 0 (none) to 16")
    {
        Default = ["0"],
        Accepts = static word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= MostStandby,
        Refusal = "is no number of spaces",
    };

    internal static IReadOnlyList<Setting> All { get; } = [Strategy, HardLinkExcludes, LockTimeout, Workers, Standby];

    /// <summary>The option that is stronger than everything else; null where there is none.</summary>
    internal string? Option { get; private init; }

    /// <summary>The environment variables that are stronger than the file, strongest first.</summary>
    internal IReadOnlyList<string> Variables { get; private init; } = [];

    /// <summary>Whether the value is a list of any number of words.</summary>
    internal bool IsList { get; private init; }

    /// <summary>What counts where nobody says anything.</summary>
    internal required IReadOnlyList<string> Default { get; init; }

    /// <summary>The failure's code when a word is no value.</summary>
    internal string Code { get; private init; } = "settings-invalid";

    internal required Func<string, bool> Accepts { get; init; }

    /// <summary>What to say of a word that is no value: <c>is no strategy</c>.</summary>
    internal required string Refusal { get; init; }

    /// <summary>The setting of a key; a key that is none is a mistake that names the nearest.</summary>
    internal static Setting Of(string key) =>
        All.FirstOrDefault(setting => setting.Key == key) ?? throw new HolotreeException(HolotreeFailure.Invalid, "setting-unknown", $"There is no setting '{key}'.")
        {
            Path = key,
            Hint = Nearest(key) is { } near ? $"Did you mean {near}?" : $"There are: {string.Join(", ", All.Select(static setting => setting.Key))}.",
        };

    /// <summary>The key that was most likely meant; null where none is near.</summary>
    internal static string? Nearest(string key)
    {
        string full = key.StartsWith(SettingsFile.Section + ".", StringComparison.Ordinal) ? key : $"{SettingsFile.Section}.{key}";
        return Spelling.Nearest(full, All.Select(static setting => setting.Key));
    }

    /// <summary>Takes the strongest: the option, the environment, the file, the default. A word that is no value names its origin.</summary>
    /// <param name="option">What the option says; null where it was not given.</param>
    /// <param name="file">Asked only where nothing stronger is there.</param>
    internal SettingValue Find(string? option, Func<SettingsFile> file)
    {
        if (option is not null)
        {
            Check(option, Option!, null);
            return new SettingValue([option], "option", Option);
        }
        foreach (string variable in Variables)
        {
            // An empty variable is how a shell says "not set".
            if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } value) continue;
            Check(value, $"the environment variable {variable}", null);
            return new SettingValue([value], "environment", variable);
        }
        return file().Value(this) ?? new SettingValue(Default, "default", null);
    }

    /// <summary>Refuses a word that is no value.</summary>
    /// <param name="origin">Where it stands, for the message.</param>
    /// <param name="path">The file it stands in.</param>
    internal void Check(string word, string origin, string? path)
    {
        if (Accepts(word)) return;
        throw new HolotreeException(HolotreeFailure.Invalid, Code, $"{origin}: '{word}' {Refusal}.") { Path = path, Hint = $"It has to be {Values}." };
    }

    internal static double Seconds(string word) =>
        double.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) ? seconds : double.NaN;
}
