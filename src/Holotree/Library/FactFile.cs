using System.Globalization;
using System.Text;
using Reflinks.Files;
using Reflinks.Platform;

namespace Holotree.Library;

/// <summary>Small files of lines <c>key=value</c>: what changes about a catalog or a space. Replaced as a whole, never edited.</summary>
/// <remarks>
/// Percent signs and control characters of a value stand as <c>%XX</c> for each byte. Unknown keys are ignored by readers. The first line
/// is a checksum of all the others, so that a bit that flipped is not taken for a fact, nor a file that was cut for a whole one.
/// </remarks>
internal sealed class FactFile
{
    /// <summary>Far more than any real one; what is longer is not one of ours.</summary>
    const int MaxBytes = 1024 * 1024;

    const int SumDigits = 2 * sizeof(ulong);

    readonly Dictionary<string, string> facts = new(StringComparer.Ordinal);

    static ReadOnlySpan<byte> SumKey => "sum="u8;

    /// <summary>Whether the file agrees with the checksum in it.</summary>
    internal bool IsSealed { get; private set; }

    /// <summary>Whether the file does not agree with its checksum, or has lost it. One that was written before there were checksums is not damaged.</summary>
    internal bool IsDamaged { get; private set; }

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

    /// <summary>A time that something can have happened at, and that can be told in the time of any place; null where there is none.</summary>
    internal DateTimeOffset? Time(string key) =>
        DateTimeOffset.TryParse(this[key], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset value) && value.Year is >= 1970 and <= 9000 ? value : null;

    internal void Set(string key, long value) => this[key] = value.ToString(CultureInfo.InvariantCulture);

    internal void Set(string key, DateTimeOffset value) => this[key] = value.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    /// <summary>Reads a file; null where there is none. What has the name and is no such file has no facts.</summary>
    internal static FactFile? Read(string path)
    {
        try
        {
            if (StoredFile.Read(path, MaxBytes) is not { } bytes) return null;
            return Parse(bytes.Length == 0 ? LoggedCopy.Read(path) : bytes);
        }
        catch (IOException odd) when (StoredFile.IsRefusal(odd))
        {
            // A FIFO, a device, or far too long: there is something of the name, and it says nothing.
            return new FactFile { IsDamaged = true };
        }
    }

    /// <summary>Takes the bytes of a file apart. What is no line of the form is passed over.</summary>
    internal static FactFile Parse(ReadOnlySpan<byte> bytes)
    {
        var read = new FactFile();
        bool hasSum = bytes.StartsWith(SumKey);
        if (hasSum)
        {
            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> rest = end < 0 ? [] : bytes[(end + 1)..];
            read.IsSealed = end == SumKey.Length + SumDigits && bytes[SumKey.Length..end].SequenceEqual(SumOf(rest));
            bytes = rest;
        }

        // No key of ours is as short as that of the checksum, so a file that begins with such a line has lost it, and so has one of no line.
        int equals = bytes.IndexOf((byte)'=');
        read.IsDamaged = !read.IsSealed && (hasSum || equals < SumKey.Length || bytes[..equals].Contains((byte)'\n'));
        using var lines = new StringReader(Encoding.UTF8.GetString(bytes));
        while (lines.ReadLine() is { } line)
        {
            equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) read.facts[line[..equals]] = Uri.UnescapeDataString(line[(equals + 1)..]);
        }
        return read;
    }

    /// <summary>
    /// FNV-1a of 64 bits in hexadecimal: it differs for any two texts that differ in one byte, and needs no cryptographic library, which
    /// takes longer to load than a space takes to be used.
    /// </summary>
    static byte[] SumOf(ReadOnlySpan<byte> lines)
    {
        ulong sum = 14695981039346656037;
        foreach (byte value in lines) sum = (sum ^ value) * 1099511628211;
        return Encoding.ASCII.GetBytes(sum.ToString("x16", CultureInfo.InvariantCulture));
    }

    /// <summary>Replaces the file in one step.</summary>
    /// <param name="durable">Whether it is on disk when this returns. Otherwise the old or the new one stands after a power cut.</param>
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
        byte[] lines = Encoding.UTF8.GetBytes(text.ToString());
        DurableFile.Write(path, [.. SumKey, .. SumOf(lines), (byte)'\n', .. lines], durable, logged: true);
    }

    /// <summary>Every byte of the character in UTF-8, as readers put bytes together again.</summary>
    static string Escaped(char c) => string.Concat(Encoding.UTF8.GetBytes([c]).Select(static b => $"%{b:X2}"));
}
