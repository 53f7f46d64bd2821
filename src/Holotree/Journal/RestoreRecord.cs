using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Holotree.Journal;

/// <summary>What one restore did, as the journal keeps it: one line of JSON.</summary>
public sealed record RestoreRecord
{
    static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>When it began.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The space's name.</summary>
    public required string Space { get; init; }

    /// <summary>The catalog's id.</summary>
    public string Catalog { get; init; } = string.Empty;

    /// <summary>The catalog's name.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary><c>created</c>, <c>refreshed</c> or <c>unchanged</c>; empty where it failed.</summary>
    public string Mode { get; init; } = string.Empty;

    /// <summary>The word of the strategy that was asked for.</summary>
    public string Requested { get; init; } = string.Empty;

    /// <summary>The word of the highest rung that made any file; empty where it failed.</summary>
    public string Used { get; init; } = string.Empty;

    /// <summary>How many files each mechanism made, by its word; those that made none are left out.</summary>
    public IReadOnlyDictionary<string, long> Mechanisms { get; init; } = new Dictionary<string, long>();

    /// <summary>Every way that was tried and left: from which mechanism to which, the name of the errno, for how many files.</summary>
    public IReadOnlyList<(string From, string To, string Reason, long Files)> Fallbacks { get; init; } = [];

    /// <summary>The length of all files, of those that share their blocks or inode with the library, and of those written.</summary>
    public (long Logical, long Shared, long Written) Bytes { get; init; }

    /// <summary>Files with another path written into them.</summary>
    public long Relocated { get; init; }

    /// <summary>Objects that had to be healed.</summary>
    public long Healed { get; init; }

    /// <summary>The code of the failure; null where it succeeded.</summary>
    public string? Error { get; init; }

    internal byte[] ToLine()
    {
        var line = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(line, Readable))
        {
            writer.WriteStartObject();
            writer.WriteString("time", Time.UtcDateTime);
            writer.WriteNumber("milliseconds", (long)Elapsed.TotalMilliseconds);
            writer.WriteString("space", Space);
            writer.WriteString("catalog", Catalog);
            writer.WriteString("name", Name);
            writer.WriteString("requested", Requested);
            if (Error is not null) writer.WriteString("error", Error);
            else WriteDone(writer);
            writer.WriteEndObject();
        }
        line.Write("\n"u8);
        return line.WrittenSpan.ToArray();
    }

    void WriteDone(Utf8JsonWriter writer)
    {
        writer.WriteString("mode", Mode);
        writer.WriteString("used", Used);
        writer.WriteStartObject("mechanisms");
        foreach ((string name, long files) in Mechanisms) writer.WriteNumber(name, files);
        writer.WriteEndObject();
        writer.WriteStartArray("fallbacks");
        foreach ((string from, string to, string reason, long files) in Fallbacks)
        {
            writer.WriteStartObject();
            writer.WriteString("from", from);
            writer.WriteString("to", to);
            writer.WriteString("reason", reason);
            writer.WriteNumber("files", files);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteStartObject("bytes");
        writer.WriteNumber("logical", Bytes.Logical);
        writer.WriteNumber("shared", Bytes.Shared);
        writer.WriteNumber("written", Bytes.Written);
        writer.WriteEndObject();
        writer.WriteNumber("relocated", Relocated);
        writer.WriteNumber("healed", Healed);
    }
}
