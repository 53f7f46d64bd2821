namespace Holotree.Cli.Output;

/// <summary>When output has colours.</summary>
/// <param name="word"><c>always</c>, <c>never</c>, or <c>auto</c>: on a terminal, unless NO_COLOR is set (no-color.org).</param>
internal sealed class ColorChoice(string word)
{
    internal static readonly string[] Words = ["auto", "always", "never"];

    internal static ColorChoice Auto { get; } = new("auto");

    internal static bool TerminalIsDumb => Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";

    internal bool AppliesTo(bool redirected) => word switch
    {
        "always" => true,
        "never" => false,
        _ => !redirected && !TerminalIsDumb && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
    };
}
