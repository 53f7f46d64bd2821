namespace Holotree.Cli.Settings;

/// <summary>A value and who says it.</summary>
/// <param name="Words">One word; any number where the setting is a list.</param>
/// <param name="Origin"><c>option</c>, <c>environment</c>, <c>settings</c> or <c>default</c>.</param>
/// <param name="Source">The option, the variable, or the file with line and column; null for a default.</param>
internal sealed record SettingValue(IReadOnlyList<string> Words, string Origin, string? Source)
{
    internal string Word => Words[0];
}
