using System.Buffers.Binary;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Holotree.Library;
using Holotree.Recording;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;

namespace Holotree.Tests.Library;

/// <summary>The two kinds of digests, held against what docs/format.md says of them.</summary>
[SupportedOSPlatform("linux")]
public sealed class ContentHashTests
{
    const int Piece = 65_536;
    const long Gibibyte = 1L << 30;

    [Fact]
    public void Digest_does_not_depend_on_which_zeros_are_read() => ForSeeds(100, static seed =>
    {
        var random = new Random(seed);
        byte[] content = Patchwork(random, random.Next(1, 12 * Piece));
        using var hash = new ContentHash();

        // Whole pieces of zeros are passed over or taken, as it comes, and all in portions of any length.
        hash.Begin(asSparse: true);
        for (int at = 0; at < content.Length;)
        {
            int end = Math.Min(content.Length, (at / Piece + 1) * Piece);
            if (!content.AsSpan(at, end - at).ContainsAnyExcept((byte)0) && random.Next(2) == 0) hash.SkipTo(end);
            else
            {
                for (int from = at; from < end;)
                {
                    int length = Math.Min(random.Next(1, Piece), end - from);
                    hash.Append(content.AsSpan(from, length));
                    from += length;
                }
            }
            at = end;
        }

        Assert.True(Expected(content) == hash.Finish().ToString(), $"Seed {seed}: the digest is wrong.");
    });

    [Fact]
    public void Other_contents_have_other_digests() => ForSeeds(100, static seed =>
    {
        var random = new Random(seed);
        byte[] content = Patchwork(random, random.Next(1, 6 * Piece));
        byte[] longer = [.. content, 0], moved = [.. new byte[Piece], .. content], changed = [.. content];
        changed[random.Next(changed.Length)] ^= (byte)random.Next(1, 256);

        string[] digests = [.. new[] { content, longer, moved, changed }.Select(Of)];

        Assert.True(digests.Distinct().Count() == digests.Length, $"Seed {seed}: {string.Join(' ', digests)}");
    });

    [Fact]
    public void Plain_digest_is_the_sha256_of_the_bytes()
    {
        byte[] content = Patchwork(new Random(1), 5 * Piece);
        using var hash = new ContentHash();
        hash.Begin(asSparse: false);
        foreach (byte[] part in content.Chunk(1000)) hash.Append(part);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), hash.Finish().ToString());
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    [InlineData("tmpfs")]
    public void Large_holes_decide_and_neither_length_nor_small_ones(string volume)
    {
        using TemporaryFolder folder = TestVolumes.Get(volume).Folder();

        Assert.False(IsSparse(folder, "short", 100));
        Assert.False(IsSparse(folder, "a little less", Gibibyte - 1));
        Assert.False(IsSparse(folder, "a little less beside data", Gibibyte + 4095, data: [0]));
        Assert.True(IsSparse(folder, "just so much", Gibibyte));
        Assert.True(IsSparse(folder, "in several holes", Gibibyte + (4 * Piece), data: [3 * Piece, Gibibyte / 2, Gibibyte]));
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    [InlineData("tmpfs")]
    public void Reader_finds_the_prefix_beside_holes(string volume)
    {
        const string prefix = "/opt/env";
        long[] places = [0, Piece - prefix.Length, Piece * 5, (Piece * 9) - 3, Gibibyte, (3 * Gibibyte) - prefix.Length, (4 * Gibibyte) + 17 - prefix.Length];
        using TemporaryFolder folder = TestVolumes.Get(volume).Folder();
        string path = folder["file"];
        using (SafeFileHandle written = File.OpenHandle(path, FileMode.Create, FileAccess.Write))
        {
            foreach (long place in places) RandomAccess.Write(written, "/opt/env"u8, place);
        }
        using SafeFileHandle file = File.OpenHandle(path);
        int descriptor = (int)file.DangerousGetHandle();
        using var reader = new ContentReader("/opt/env"u8.ToArray(), hashing: true);
        Assert.Equal(Errno.None, NativeFile.Stat(descriptor, out Kernel.Statx stat));

        Assert.Equal(Errno.None, reader.Read(descriptor, stat, out long length, CancellationToken.None));

        Assert.True(reader.IsSparse && reader.IsBinary);
        Assert.Equal((4 * Gibibyte) + 17, length);
        Assert.Equal(places, reader.Offsets);
        Assert.Equal(reader.Digest, ObjectStore.Hash(new ObjectEntry(default, length, ObjectTraits.Sparse), descriptor, path));
    }

    static void ForSeeds(int count, Action<int> law)
    {
        int first = Random.Shared.Next();
        for (int i = 0; i < count; i++) law(first + i);
    }

    static bool IsSparse(TemporaryFolder folder, string name, long length, params long[] data)
    {
        using SafeFileHandle file = File.OpenHandle(folder[name], FileMode.Create, FileAccess.ReadWrite);
        RandomAccess.SetLength(file, length);
        foreach (long place in data) RandomAccess.Write(file, new byte[] { 1 }, place);
        RandomAccess.FlushToDisk(file);
        Assert.Equal(Errno.None, NativeFile.Stat((int)file.DangerousGetHandle(), out Kernel.Statx stat));
        return ContentHash.IsSparse((int)file.DangerousGetHandle(), stat);
    }

    static string Of(byte[] content)
    {
        using var hash = new ContentHash();
        hash.Begin(asSparse: true);
        hash.Append(content);
        string digest = hash.Finish().ToString();
        Assert.Equal(Expected(content), digest);
        return digest;
    }

    /// <summary>The definition, word by word.</summary>
    static string Expected(byte[] content)
    {
        using var stream = new MemoryStream();
        byte[] number = new byte[8];
        for (int at = 0; at < content.Length; at += Piece)
        {
            byte[] piece = content[at..Math.Min(content.Length, at + Piece)];
            if (piece.All(value => value == 0)) continue;
            BinaryPrimitives.WriteInt64LittleEndian(number, at);
            stream.Write(number);
            stream.Write(piece);
        }
        BinaryPrimitives.WriteInt64LittleEndian(number, content.Length);
        stream.Write(number);
        return Convert.ToHexStringLower(SHA256.HashData(stream.ToArray()));
    }

    /// <summary>Zeros, with a few stretches that are not.</summary>
    static byte[] Patchwork(Random random, int length)
    {
        byte[] content = new byte[length];
        for (int i = random.Next(5); i > 0; i--)
        {
            int at = random.Next(length);
            random.NextBytes(content.AsSpan(at, random.Next(Math.Min(length - at, 2 * Piece) + 1)));
        }
        return content;
    }
}
