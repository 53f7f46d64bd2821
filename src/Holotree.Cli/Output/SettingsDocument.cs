using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Holotree.Cli.Settings;

namespace Holotree.Cli.Output;

/// <summary>What <c>settings</c> tells: the home, the file and every setting that was asked for, each with who says it.</summary>
internal sealed record SettingsDocument(HomeDocument Home, string File, IReadOnlyList<SettingDocument> Settings)
{
    /// <summary>What was odd in the file; null where nothing was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }
}

internal sealed record HomeDocument(string Path, string Origin, string? Source);

internal sealed record SettingDocument(string Key, JsonNode Value, string Origin, string? Source)
{
    internal static SettingDocument Of(Setting setting, SettingValue value) => new(setting.Key, ValueOf(setting, value), value.Origin, value.Source);

    /// <summary>A list as a list, a number as a number, a word as a text.</summary>
    static JsonNode ValueOf(Setting setting, SettingValue value) =>
        setting.IsList ? new JsonArray([.. value.Words.Select(static word => (JsonNode)JsonValue.Create(word))])
        : double.TryParse(value.Word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? JsonValue.Create(number)
        : JsonValue.Create(value.Word);
}
