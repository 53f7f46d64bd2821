using System.Runtime.Versioning;
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
    [InlineData(Same, 0)]
    [InlineData(Shorter, 0)]
    [InlineData(Longer, 0)]
    [InlineData(Same, 40_000)]
    public void Bytecode_of_a_relocated_source_is_out_of_date(string path, int filling)
    {
        byte[] rest = [.. "z\u000D/opt/env/x.py"u8, .. new byte[filling + 1]];
        using var relocation = new Relocated(Old, path);

        Assert.Equal([.. Header[..4], .. new byte[12], .. rest], relocation.Of([.. Header, .. rest], ContentTraits.BytecodeOfRelocated));
        Assert.Equal(RelocationKind.Expired, relocation.Kind);
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
}
