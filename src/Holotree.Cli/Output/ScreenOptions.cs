namespace Holotree.Cli.Output;

/// <summary>How the program talks, from its global options.</summary>
internal sealed record ScreenOptions(bool Json, bool Quiet, bool Verbose, bool Progress, ColorChoice Color);
