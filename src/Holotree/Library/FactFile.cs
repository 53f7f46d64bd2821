using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Reflinks.Files;
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

    /// <summary>Reads a file; null where there is none. What has the name and is no such file has no facts.</summary>
    [SupportedOSPlatform("linux")]
    internal static FactFile? Read(string path)
    {
        try
        {
            return StoredFile.Read(path, MaxBytes) is { } bytes ? Parse(bytes) : null;
        }
        catch (IOException odd) when (NativeError.Of(odd)?.Code is (int)Errno.EINVAL or (int)Errno.EFBIG)
        {
            // A FIFO, a device, or far too long: there is something of the name, and it says nothing.
            return new FactFile();
        }
    }

    /// <summary>Takes the bytes of a file apart. What is no line of the form is passed over.</summary>
    internal static FactFile Parse(ReadOnlySpan<byte> bytes)
    {
        var read = new FactFile();
        using var lines = new StringReader(Encoding.UTF8.GetString(bytes));
        while (lines.ReadLine() is { } line)
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) read.facts[line[..equals]] = Uri.UnescapeDataString(line[(equals + 1)..]);
        }
        return read;
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
        DurableFile.Write(path, Encoding.UTF8.GetBytes(text.ToString()), durable);
    }

    /// <summary>Every byte of the character in UTF-8, as readers put bytes together again.</summary>
    static string Escaped(char c) => string.Concat(Encoding.UTF8.GetBytes([c]).Select(static b => $"%{b:X2}"));
}
