using System.Globalization;
using Holotree.Cli.Output;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Cli.Settings;

/// <summary>One run of the program: the home, the screen, what the global options say.</summary>
/// <param name="homeOption">What <c>--home</c> says; null where it was not given.</param>
/// <param name="workersOption">What <c>--workers</c> says; null where it was not given.</param>
internal sealed class Session(string? homeOption, string? workersOption, Screen screen)
{
    readonly Lazy<HomeChoice?> found = new(() => HomeChoice.Find(homeOption));
    SettingsFile? settings;

    internal Screen Screen { get; } = screen;

    /// <summary>How long a command waits for another process before it gives up.</summary>
    internal TimeSpan LockTimeout => TimeSpan.FromSeconds(Setting.Seconds(Setting.LockTimeout.Find(OptionOf(Setting.LockTimeout), Settings).Word));

    /// <summary>0 for one a processor.</summary>
    internal int Workers => int.Parse(Setting.Workers.Find(OptionOf(Setting.Workers), Settings).Word, CultureInfo.InvariantCulture);

    /// <summary>Patterns of files that are never hard-linked.</summary>
    internal IReadOnlyList<string> HardLinkExcludes => Settings().HardLinkExcludes ?? RestoreOptions.DefaultHardLinkExcludes;

    internal Home Home => HomeChoice.Home;

    /// <summary>Looked for when first needed: a clone does without.</summary>
    internal HomeChoice HomeChoice => found.Value ?? throw new HolotreeException(HolotreeFailure.Invalid, "home-unknown", "This user has no home folder.")
    {
        Hint = "Name a folder with --home or HOLOTREE_HOME.",
    };

    /// <summary>What a global option says of a setting; null where there is none or it was not given.</summary>
    internal string? OptionOf(Setting setting) => setting == Setting.Workers ? workersOption : null;

    /// <summary>The home's settings, read when first asked for; what is odd in them is said then, once.</summary>
    /// <exception cref="HolotreeException">They cannot be read, or a value in them means nothing.</exception>
    internal SettingsFile Settings()
    {
        if (settings is null)
        {
            settings = found.Value is { } place ? SettingsFile.Read(place.Home).Check() : SettingsFile.None;
            foreach (string warning in settings.Warnings) Screen.Warn(warning);
        }
        return settings;
    }

    /// <summary>What was odd in the settings, for a JSON document; null where nothing was or they were not read.</summary>
    internal IReadOnlyList<string>? Warnings => settings is { Warnings.Count: > 0 } ? settings.Warnings : null;
}
