using System.Text.Json;

namespace Holotree.Journal;

/// <summary>Takes a line of the journal apart. Nothing in it is believed: a line may be torn, or written by anybody.</summary>
internal static class RecordReader
{
    /// <summary>Over a hundred days: what is longer is no time that a restore took.</summary>
    const long LongestMilliseconds = 10_000_000_000;

    /// <summary>The record in a line; null where it holds none.</summary>
    internal static RestoreRecord? Read(string line)
    {
        // What is no object need not be refused by an exception: a file of other lines would take minutes.
        if (line.AsSpan().Trim() is not ['{', .., '}']) return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "space") is not { Length: > 0 } space
                || !root.TryGetProperty("time", out JsonElement time) || time.ValueKind != JsonValueKind.String
                || !time.TryGetDateTimeOffset(out DateTimeOffset when) || when.Year is < 1970 or > 9000) return null;

            root.TryGetProperty("bytes", out JsonElement bytes);
            return new RestoreRecord
            {
                Time = when,
                Elapsed = TimeSpan.FromMilliseconds(Math.Min(Number(root, "milliseconds"), LongestMilliseconds)),
                Space = space,
                Catalog = Text(root, "catalog") ?? string.Empty,
                Name = Text(root, "name") ?? string.Empty,
                Mode = Text(root, "mode") ?? string.Empty,
                Requested = Text(root, "requested") ?? string.Empty,
                Used = Text(root, "used") ?? string.Empty,
                Mechanisms = Counts(root),
                Fallbacks = [.. Fallbacks(root)],
                Bytes = (Number(bytes, "logical"), Number(bytes, "shared"), Number(bytes, "written")),
                Relocated = Number(root, "relocated"),
                Healed = Number(root, "healed"),
                Error = Text(root, "error"),
            };
        }
        catch (Exception none) when (none is JsonException or InvalidOperationException)
        {
            // Half of a surrogate pair may be written in JSON (RFC 8259, 8.2), and is no text.
            return null;
        }
    }

    static Dictionary<string, long> Counts(JsonElement root)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        if (!root.TryGetProperty("mechanisms", out JsonElement mechanisms) || mechanisms.ValueKind != JsonValueKind.Object) return counts;
        foreach (JsonProperty mechanism in mechanisms.EnumerateObject()) counts[mechanism.Name] = Number(mechanism.Value);
        return counts;
    }

    static IEnumerable<(string From, string To, string Reason, long Files)> Fallbacks(JsonElement root)
    {
        if (!root.TryGetProperty("fallbacks", out JsonElement fallbacks) || fallbacks.ValueKind != JsonValueKind.Array) yield break;
        foreach (JsonElement left in fallbacks.EnumerateArray())
        {
            yield return (Text(left, "from") ?? string.Empty, Text(left, "to") ?? string.Empty, Text(left, "reason") ?? string.Empty, Number(left, "files"));
        }
    }

    static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;

    /// <summary>A number that something can have been counted to; 0 for anything else.</summary>
    static long Number(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? Number(value) : 0;

    static long Number(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= 0 ? number : 0;
}
