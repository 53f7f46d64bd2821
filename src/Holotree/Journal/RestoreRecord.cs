using System.Globalization;

namespace Holotree.Journal;

/// <summary>What one restore did, as the journal keeps it: one line of JSON.</summary>
public sealed record RestoreRecord
{
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
        var line = new JsonLine();
        line.Open('{');
        line.Add("time", Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
        line.Add("milliseconds", (long)Elapsed.TotalMilliseconds);
        line.Add("space", Space);
        line.Add("catalog", Catalog);
        line.Add("name", Name);
        line.Add("requested", Requested);
        if (Error is not null) line.Add("error", Error);
        else AddDone(line);
        line.Close('}');
        return line.ToBytes();
    }

    void AddDone(JsonLine line)
    {
        line.Add("mode", Mode);
        line.Add("used", Used);
        line.Open('{', "mechanisms");
        foreach ((string name, long files) in Mechanisms) line.Add(name, files);
        line.Close('}');
        line.Open('[', "fallbacks");
        foreach ((string from, string to, string reason, long files) in Fallbacks)
        {
            line.Open('{');
            line.Add("from", from);
            line.Add("to", to);
            line.Add("reason", reason);
            line.Add("files", files);
            line.Close('}');
        }
        line.Close(']');
        line.Open('{', "bytes");
        line.Add("logical", Bytes.Logical);
        line.Add("shared", Bytes.Shared);
        line.Add("written", Bytes.Written);
        line.Close('}');
        line.Add("relocated", Relocated);
        line.Add("healed", Healed);
    }
}
