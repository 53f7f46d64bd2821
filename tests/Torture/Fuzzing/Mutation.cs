using System.Buffers.Binary;

namespace Torture.Fuzzing;

/// <summary>Spoils bytes in the ways in which parsers are found to be wrong.</summary>
internal static class Mutation
{
    static readonly long[] Interesting =
    [
        0, 1, -1, 2, 3, 4, 7, 8, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 257, 1000, 4095, 4096, 32767, 32768, 65535, 65536,
        int.MaxValue, int.MaxValue - 1L, int.MinValue, uint.MaxValue, 1L << 32, long.MaxValue, long.MaxValue - 1, long.MinValue, 999_999_999, 1_000_000_000,
    ];

    /// <summary>One or a few changes of a seed.</summary>
    /// <param name="seed">What is changed; it stays as it is.</param>
    /// <param name="other">Another one, of which a piece may be taken.</param>
    /// <param name="words">Pieces that mean something to the parser.</param>
    internal static byte[] Of(byte[] seed, byte[] other, IReadOnlyList<byte[]> words, Random random)
    {
        var bytes = new List<byte>(seed);
        for (int changes = 1 + Math.Min(random.Next(8), random.Next(8)); changes > 0; changes--) Change(bytes, other, words, random);
        return [.. bytes];
    }

    static void Change(List<byte> bytes, byte[] other, IReadOnlyList<byte[]> words, Random random)
    {
        if (bytes.Count == 0) bytes.Add((byte)random.Next(256));
        int at = Place(bytes.Count, random);
        switch (random.Next(words.Count > 0 ? 12 : 9))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes[at] = (byte)Interesting[random.Next(Interesting.Length)]; break;
            case 2: Number(bytes, at, 4, random); break;
            case 3: Number(bytes, at, 8, random); break;
            case 4: Number(bytes, at, 2, random); break;
            case 5: bytes.RemoveRange(at, Length(bytes.Count - at, random)); break;
            case 6: bytes.InsertRange(at, bytes.GetRange(at, Length(bytes.Count - at, random))); break;
            case 7: Splice(bytes, at, other, random); break;
            case 8: if (random.Next(4) == 0) bytes.RemoveRange(at, bytes.Count - at); break;
            default:
                byte[] word = words[random.Next(words.Count)];
                if (random.Next(3) == 0) bytes.RemoveRange(at, Math.Min(word.Length, bytes.Count - at));
                bytes.InsertRange(at, word);
                break;
        }
    }

    /// <summary>Heads are where the counts and offsets are, so every third change is there.</summary>
    static int Place(int length, Random random) => random.Next(3) == 0 ? random.Next(Math.Min(length, 256)) : random.Next(length);

    static int Length(int most, Random random) => random.Next(3) == 0 ? random.Next(most + 1) : Math.Min(most, random.Next(1, 65));

    /// <summary>Another number in the place of one: an interesting one, or a little more or less than stands there.</summary>
    static void Number(List<byte> bytes, int at, int size, Random random)
    {
        at -= random.Next(2) == 0 ? at % size : 0;
        if (at + size > bytes.Count) return;
        Span<byte> field = stackalloc byte[8];
        for (int i = 0; i < size; i++) field[i] = bytes[at + i];
        long number = random.Next(2) == 0 ? Interesting[random.Next(Interesting.Length)] : BinaryPrimitives.ReadInt64LittleEndian(field) + random.Next(-3, 4);
        BinaryPrimitives.WriteInt64LittleEndian(field, number);
        for (int i = 0; i < size; i++) bytes[at + i] = field[i];
    }

    static void Splice(List<byte> bytes, int at, byte[] other, Random random)
    {
        int from = random.Next(other.Length + 1), length = Length(other.Length - from, random);
        int gone = random.Next(2) == 0 ? Math.Min(length, bytes.Count - at) : 0;
        bytes.RemoveRange(at, gone);
        bytes.InsertRange(at, other[from..(from + length)]);
    }
}
