using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Relocation;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Relocation;

/// <summary>Bytes as CPython's marshal writes them: lengths stand before texts, types behind them.</summary>
[SupportedOSPlatform("linux")]
public sealed class BytecodeTests
{
    const string Old = "/opt/env", Same = "/opt/new", Shorter = "/o/n", Longer = "/opt/env/longer";

    /// <summary>Magic number of CPython 3.11 (always ending with CR LF), flags, time and size of the source.</summary>
    static ReadOnlySpan<byte> Header => [0xA7, 0x0D, 0x0D, 0x0A, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

    [Fact]
    public void Nothing_in_bytecode_moves_though_it_looks_like_a_C_string()
    {
        // The type of the next value (r, a reference) and the low byte of its index (33, an exclamation mark) look like more text.
        byte[] content = [.. Header, .. "z\u000D/opt/env/x.py"u8, (byte)'r', 33, 0, 0, 0, .. "z\u0008/opt/env"u8, (byte)'(', 0];
        using var relocation = new Relocated(Old, Shorter);

        Assert.Equal([.. Header, .. "z\u000D/o/n/////x.py"u8, (byte)'r', 33, 0, 0, 0, .. "z\u0008/o/n////"u8, (byte)'(', 0], relocation.Of(content));
    }

    [Theory]
    [InlineData(97)]    // the length is a letter
    [InlineData(46)]    // a full stop
    [InlineData(47)]    // a slash
    [InlineData(200)]   // beyond ASCII
    public void Length_before_a_path_does_not_hide_it(byte length)
    {
        byte[] content = [.. Header, (byte)'z', length, .. "/opt/env/x.py"u8, 0];
        using var relocation = new Relocated(Old, Same);

        Assert.Equal([.. Header, (byte)'z', length, .. "/opt/new/x.py"u8, 0], relocation.Of(content));
    }

    [Theory]
    [InlineData(Same)]
    [InlineData(Shorter)]
    [InlineData(Longer)]
    public void Bytecode_beside_its_source_is_left_alone(string path)
    {
        byte[] content = [.. Header, .. "z\u000D/opt/env/x.py"u8, 0];
        using var relocation = new Relocated(Old, path);

        Assert.Same(content, relocation.Of(content, ContentTraits.BytecodeBesideSource));
        Assert.Equal(RelocationKind.Skipped, relocation.Kind);
    }

    [Theory]
    [InlineData(Same)]
    [InlineData(Shorter)]
    [InlineData(Longer)]
    [InlineData("/größe")]
    public void Bytecode_of_a_relocated_source_gets_its_paths_and_its_length(string path)
    {
        string rest = new('x', 240);
        byte[] content =
        [
            .. Header, (byte)')', 6, .. Short('z', Old), .. Short('Z', $"{Old}/a:{Old}/b"), .. Short('z', $"{Old}/{rest}"), .. Long('s', $"-I{Old}"),
            .. Long('u', "é /opt/env2"), .. Long('a', new string('y', 300) + $" {Old}"),
        ];
        using var relocation = new Relocated(Old, path);

        byte[] made = relocation.Of(content, ContentTraits.BytecodeOfRelocated, sourcePlaces: 7);

        int growth = Encoding.UTF8.GetByteCount(path) - Old.Length, size = 0x08070605 + (7 * growth);
        bool ascii = path.All(char.IsAscii);
        byte[] expected =
        [
            .. Header[..12], .. BitConverter.GetBytes(size), (byte)')', 6,
            .. ascii ? Short('z', path) : Long('u', path), .. ascii ? Short('Z', $"{path}/a:{path}/b") : Long('t', $"{path}/a:{path}/b"),
            .. !ascii ? Long('u', $"{path}/{rest}") : growth > 6 ? Long('a', $"{path}/{rest}") : Short('z', $"{path}/{rest}"),
            .. Long('s', $"-I{path}"), .. Long('u', "é /opt/env2"), .. Long(ascii ? 'a' : 'u', new string('y', 300) + $" {path}"),
        ];
        Assert.Equal(expected, made);
        Assert.Equal(RelocationKind.Bytecode, relocation.Kind);
    }

    [Fact]
    public void Large_constants_are_kept_whole()
    {
        string rest = new('x', 1_000_000);
        using var relocation = new Relocated(Old, Longer);

        byte[] made = relocation.Of([.. Header, .. Long('u', $"{Old} {rest}")], ContentTraits.BytecodeOfRelocated);

        Assert.True(made.AsSpan(16).SequenceEqual(Long('u', $"{Longer} {rest}")), "The constant differs.");
    }

    /// <summary>What stands behind a header that does not lead to a whole value of the format, or to one that the source may say otherwise.</summary>
    public static TheoryData<string> NotUnderstood()
    {
        string path = Encoding.Latin1.GetString(Short('z', Old));
        return
        [
            path + "\0",                            // more than a value
            path[..^1],                             // less
            ")\u0002" + path,                       // a tuple that lacks its second value
            "z\u0020" + Old,                        // a length beyond the end
            "s\u00ff\u00ff\u00ff\u00ff",             // a negative one
            "l\0\0\0\u0080",                       // a number of the least length there is
            "?", "\u0001", "{",
            string.Concat(Enumerable.Repeat(")\u0001", 100_000)) + "N",
            "z\u000Bsrc" + Old,                     // in the source something else may have stood before it
        ];
    }

    [Theory]
    [MemberData(nameof(NotUnderstood))]
    public void Bytecode_that_is_not_understood_is_out_of_date(string value)
    {
        byte[] rest = Encoding.Latin1.GetBytes(value);
        foreach (string path in new[] { Same, Shorter, Longer })
        {
            using var relocation = new Relocated(Old, path);

            Assert.Equal([.. Header[..4], .. new byte[12], .. rest], relocation.Of([.. Header, .. rest], ContentTraits.BytecodeOfRelocated));
        }
    }

    [Theory]
    [InlineData(0, 0)]          // before 3.8
    [InlineData(0, 0x7F)]       // a version to come
    [InlineData(4, 1)]          // compared by the source's hash, or not at all
    [InlineData(4, 3)]
    public void Bytecode_of_another_kind_is_out_of_date(int at, byte value)
    {
        byte[] content = [.. Header, .. Short('z', Old)];
        content[at] = value;
        if (at == 0) content[1] = value;
        using var relocation = new Relocated(Old, Longer);

        Assert.Equal([.. content[..4], .. new byte[12], .. content[16..]], relocation.Of(content, ContentTraits.BytecodeOfRelocated));
    }

    [Theory]
    [InlineData(Same)]
    [InlineData(Shorter)]
    [InlineData(Longer)]
    public void Bytecode_without_a_source_gets_its_paths_and_keeps_its_header(string path)
    {
        // Another value follows at once, and its type is a letter: the path seems to go on.
        byte[] content = [.. Header, (byte)')', 3, .. Short('z', $"{Old}/x.py"), .. Short('z', Old), (byte)'N'];
        using var relocation = new Relocated(Old, path);

        Assert.Equal([.. Header, (byte)')', 3, .. Short('z', $"{path}/x.py"), .. Short('z', path), (byte)'N'], relocation.Of(content, isBytecode: true));
        Assert.Equal(RelocationKind.LoneBytecode, relocation.Kind);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(9)]
    public void Bytecode_cut_short_stays_as_long_as_it_was(int length)
    {
        using var relocation = new Relocated(Old, Same);

        byte[] made = relocation.Of(Header[..length].ToArray(), ContentTraits.BytecodeOfRelocated);

        Assert.Equal([.. Header[..Math.Min(length, 4)], .. new byte[Math.Max(0, length - 4)]], made);
    }

    [Fact]
    public void Bytecode_that_would_grow_beyond_all_measure_is_out_of_date()
    {
        byte[] rest = Long('s', string.Concat(Enumerable.Repeat("/a:", 600_000)));
        using var relocation = new Relocated("/a", "/" + new string('n', 4000));

        Assert.Equal([.. Header[..4], .. new byte[12], .. rest], relocation.Of([.. Header, .. rest], ContentTraits.BytecodeOfRelocated));
    }

    static byte[] Short(char type, string text) => [(byte)type, (byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text)];

    static byte[] Long(char type, string text) => [(byte)type, .. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];
}
