using System.Globalization;
using System.Text;
using TestKit;

namespace Torture.Fuzzing;

/// <summary>One parser, fed with what nobody has written in earnest.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Its name, and that of its folder in the corpus.</summary>
    internal abstract string Name { get; }

    /// <summary>What the product itself has written, and what was thought of to be hard for it. Asked for again each time: some of it goes out of date.</summary>
    internal abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Pieces that mean something to it.</summary>
    internal virtual IReadOnlyList<byte[]> Words => [];

    /// <summary>How many executions make a round: about a quarter of a second's.</summary>
    internal virtual int Executions => 500;

    /// <summary>How long a text of it may be, in bytes; 0 where it is no text.</summary>
    internal virtual int Longest => 0;

    /// <summary>What would take long if anything in it were looked for among all that stands before: as long as such a file may be, tried in one turn.</summary>
    internal virtual IEnumerable<byte[]> Hard => [];

    /// <summary>Text with a running number in it, over and over.</summary>
    /// <param name="head">What stands before.</param>
    /// <param name="form">What is repeated; <c>{0}</c> is the number.</param>
    /// <param name="tail">What stands behind.</param>
    /// <param name="length">How long it gets, in bytes or a little less.</param>
    protected static byte[] Many(string head, string form, string tail = "", int length = (1 << 20) - 64)
    {
        var text = new StringBuilder(head);
        for (int i = 0; text.Length + form.Length + 6 < length; i++) text.Append(form.Replace("{0}", i.ToString("x", CultureInfo.InvariantCulture), StringComparison.Ordinal));
        return Encoding.UTF8.GetBytes(text.Append(tail).ToString());
    }

    /// <summary>Makes the checksum of spoilt bytes right again, so that the parser has to look at what they say; null where there is none.</summary>
    internal virtual Func<byte[], byte[]>? Reseal => null;

    /// <summary>How many bytes it may allocate for each byte of its input (docs/reliability.md has the table).</summary>
    internal virtual int BytesForEach => 16;

    /// <summary>How many it may allocate besides, however short the input is: buffers, and other files that are read with it.</summary>
    internal virtual int BytesBesides => 1 << 20;

    /// <summary>Parses. Whatever is thrown but the parser's own refusal is a finding.</summary>
    /// <returns>Whether it took the bytes for right.</returns>
    internal abstract bool Execute(byte[] input);

    /// <summary>Uses what was taken for right, now and then.</summary>
    /// <returns>Whether it did.</returns>
    internal virtual bool Use(byte[] input, Random random) => false;

    /// <summary>What once was a finding, kept as files.</summary>
    internal IReadOnlyList<byte[]> Kept()
    {
        string folder = Path.Combine(Repository.Root, "tests", "Torture", "Corpus", Name);
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)] : [];
    }
}
