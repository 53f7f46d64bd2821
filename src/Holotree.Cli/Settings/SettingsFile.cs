using Holotree.Library;

namespace Holotree.Cli.Settings;

/// <summary>What <c>settings.yaml</c> in the home says under <c>holotree</c>. Other programs' settings beside it are not looked at.</summary>
internal sealed record SettingsFile
{
    internal const string Section = "holotree";
    internal const string StrategyKey = "holotree.restoration-strategy";
    internal const string HardLinkExcludesKey = "holotree.hardlink-excludes";

    internal static SettingsFile None { get; } = new();

    /// <summary>The file; empty where there is none.</summary>
    internal string Path { get; init; } = string.Empty;

    /// <summary>The strategy's word as it is written there, not yet checked, and its line.</summary>
    internal (string Value, int Line)? Strategy { get; init; }

    /// <summary>The patterns that replace the usual ones; null where the file has none.</summary>
    internal IReadOnlyList<string>? HardLinkExcludes { get; init; }

    /// <summary>Keys that mean nothing here, most likely misspelt.</summary>
    internal IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Reads the home's settings; a home without the file has none.</summary>
    /// <remarks>The parser of YAML is loaded only where there is something to parse.</remarks>
    internal static SettingsFile Read(Home home) =>
        File.Exists(home.SettingsPath) ? SettingsReader.Read(home.SettingsPath) : None;
}
