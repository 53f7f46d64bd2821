using TestKit;

namespace Torture.Fuzzing;

/// <summary>One parser, fed with what nobody has written in earnest.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Its name, and that of its folder in the corpus.</summary>
    internal abstract string Name { get; }

    /// <summary>What the product itself has written.</summary>
    internal abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Pieces that mean something to it.</summary>
    internal virtual IReadOnlyList<byte[]> Words => [];

    /// <summary>How many executions make a round: about a second's.</summary>
    internal virtual int Executions => 1000;

    /// <summary>How long a text of it may be, in bytes; 0 where it is no text.</summary>
    internal virtual int Longest => 0;

    /// <summary>Makes the checksum of spoilt bytes right again, so that the parser has to look at what they say; null where there is none.</summary>
    internal virtual Func<byte[], byte[]>? Reseal => null;

    /// <summary>Parses. Whatever is thrown but the parser's own refusal is a finding.</summary>
    /// <returns>Whether it took the bytes for right.</returns>
    internal abstract bool Execute(byte[] input);

    /// <summary>How much it may allocate for so many bytes.</summary>
    internal virtual long MostBytes(int length) => 64L * length + (1 << 20);

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
