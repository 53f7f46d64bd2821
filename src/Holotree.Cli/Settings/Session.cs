using Holotree.Cli.Output;
using Holotree.Library;

namespace Holotree.Cli.Settings;

/// <summary>One run of the program: the home, the screen, what the global options say.</summary>
internal sealed class Session(string? home, int workers, Screen screen)
{
    readonly Lazy<Home?> found = new(() => HomeFolder.Find(home));
    SettingsFile? settings;

    /// <summary>How long a command waits for another process before it gives up.</summary>
    internal static TimeSpan LockTimeout { get; } = TimeSpan.FromSeconds(60);

    internal Screen Screen { get; } = screen;

    /// <summary>0 for one a processor.</summary>
    internal int Workers { get; } = workers;

    /// <summary>Looked for when first needed: a clone does without.</summary>
    internal Home Home => found.Value ?? throw new HolotreeException(HolotreeFailure.Invalid, "home-unknown", "This user has no home folder.")
    {
        Hint = "Name a folder with --home or HOLOTREE_HOME.",
    };

    /// <summary>The home's settings, read when first asked for; what is odd in them is said then, once.</summary>
    internal SettingsFile Settings()
    {
        if (settings is null)
        {
            settings = found.Value is { } place ? SettingsFile.Read(place) : SettingsFile.None;
            foreach (string warning in settings.Warnings) Screen.Warn(warning);
        }
        return settings;
    }

    /// <summary>What was odd in the settings, for a JSON document; null where nothing was or they were not read.</summary>
    internal IReadOnlyList<string>? Warnings => settings is { Warnings.Count: > 0 } ? settings.Warnings : null;
}
