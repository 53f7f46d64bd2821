using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Reflinks.Platform.Linux;

namespace Holotree.Library;

/// <summary>Small files of lines <c>key=value</c>: what changes about a catalog or a space. Replaced as a whole, never edited.</summary>
/// <remarks>Percent signs and control characters of a value stand as <c>%XX</c> for each byte. Unknown keys are ignored by readers.</remarks>
internal sealed class FactFile
{
    /// <summary>Far more than any real one; what is longer is not one of ours.</summary>
    const int MaxBytes = 1024 * 1024;

    readonly Dictionary<string, string> facts = new(StringComparer.Ordinal);

    internal string? this[string key]
    {
        get => facts.GetValueOrDefault(key);
        set
        {
            if (value is null) facts.Remove(key);
            else facts[key] = value;
        }
    }

    internal IEnumerable<KeyValuePair<string, string>> All => facts;

    internal long Number(string key) =>
        long.TryParse(this[key], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : 0;

    internal DateTimeOffset? Time(string key) =>
        DateTimeOffset.TryParse(this[key], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset value) ? value : null;

    internal void Set(string key, long value) => this[key] = value.ToString(CultureInfo.InvariantCulture);

    internal void Set(string key, DateTimeOffset value) => this[key] = value.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>Reads a file; null where there is none.</summary>
    internal static FactFile? Read(string path)
    {
        // Asked first: a new space has none, and the first exception of a process takes as long as some hundred files.
        if (OperatingSystem.IsLinux() && LinuxFile.IsMissing(path)) return null;
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (stream.Length > MaxBytes) return new FactFile();
            using Stream text = stream.Length == 0 && OperatingSystem.IsLinux() ? new MemoryStream(LoggedCopy.Read(path)) : stream;
            using var reader = new StreamReader(text, Encoding.UTF8);
            var read = new FactFile();
            while (reader.ReadLine() is { } line)
            {
                int equals = line.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0) read.facts[line[..equals]] = Uri.UnescapeDataString(line[(equals + 1)..]);
            }
            return read;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Replaces the file in one step.</summary>
    /// <param name="durable">Whether it is on disk when this returns. Otherwise the old or the new one stands after a power cut.</param>
    [SupportedOSPlatform("linux")]
    internal void Write(string path, bool durable)
    {
        var text = new StringBuilder();
        string[] keys = [.. facts.Keys];        // strings alone: to sort the pairs the runtime has to compile code for them first
        Array.Sort(keys, StringComparer.Ordinal);
        foreach (string key in keys)
        {
            text.Append(key).Append('=');
            foreach (char c in facts[key])
            {
                if (c == '%' || char.IsControl(c)) text.Append(Escaped(c));
                else text.Append(c);
            }
            text.Append('\n');
        }
        DurableFile.Write(path, Encoding.UTF8.GetBytes(text.ToString()), durable, logged: true);
    }

    /// <summary>Every byte of the character in UTF-8, as readers put bytes together again.</summary>
    static string Escaped(char c) => string.Concat(Encoding.UTF8.GetBytes([c]).Select(static b => $"%{b:X2}"));
}
