using System.Runtime.Versioning;
using System.Text;
using Holotree.Relocation;
using Reflinks.Platform;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>Any bytes as Python bytecode that is relocated: the edits are what is done, and what was understood still is afterwards.</summary>
[SupportedOSPlatform("linux")]
internal sealed class BytecodeTarget(FuzzSite site) : FuzzTarget
{
    static readonly byte[] Old = "/opt/env"u8.ToArray();

    static readonly byte[][] Others = ["/opt/new"u8.ToArray(), "/o/n"u8.ToArray(), "/a/much/longer/place"u8.ToArray(), "/größe"u8.ToArray(), Encoding.ASCII.GetBytes("/" + new string('n', 300))];

    readonly RelocatedFile file = new(site["bytecode"]);

    internal override string Name => "bytecode";

    internal override IReadOnlyList<byte[]> Seeds { get; } = [Module(0x0DA7, 5, 2), Module(0x0D55, 6, 1), Module(0x0E2B, 5, 2)];

    internal override IReadOnlyList<byte[]> Words { get; } =
        [Old, "z\u0008/opt/env"u8.ToArray(), "s\u0008\0\0\0/opt/env"u8.ToArray(), "N"u8.ToArray(), ")\u0001"u8.ToArray(), "(\u0001\0\0\0"u8.ToArray(), "{"u8.ToArray(), "0"u8.ToArray(), "r\0\0\0\0"u8.ToArray(), "l\0\0\0\u0080"u8.ToArray(), ":"u8.ToArray()];

    internal override IEnumerable<byte[]> Hard =>
    [
        [.. Seeds[0][..16], .. Long('s', Encoding.UTF8.GetString(Many("", "/opt/env:")))], [.. Seeds[0][..16], .. Many("", ")\u0001")],
        [.. Seeds[0][..16], (byte)'(', 0, 0, 1, 0, .. Enumerable.Repeat(Short('z', "/opt/env"), 65_536).SelectMany(static bytes => bytes)],
    ];

    internal override int Executions => 500;

    /// <summary>For each other path, beside a source and without one.</summary>
    internal override int BytesForEach => Others.Length * 2 * 128;

    internal override int BytesBesides => 8 << 20;

    internal override bool Execute(byte[] input)
    {
        bool understood = false;
        foreach (byte[] other in Others)
        {
            int growth = other.Length - Old.Length;
            understood |= Relocate(input, other, RelocationKind.Bytecode, growth * 2L);
            Relocate(input, other, RelocationKind.LoneBytecode, null);
        }
        return understood;
    }

    bool Relocate(byte[] input, byte[] other, RelocationKind kind, long? growth)
    {
        var edits = new List<Edit>();
        byte[] given = [.. input];
        bool understood = new PythonBytecode(Old, other).TryEdit(given, growth, edits);
        Assert.True(given.AsSpan().SequenceEqual(input), "The bytes were changed.");
        byte[] wanted = understood ? Edited(input, edits) : Marked(input, kind);
        if (understood)
        {
            // The same structure at the new path: there is nothing left of the old one that an importer could come across.
            var again = new List<Edit>();
            Assert.True(new PythonBytecode(Old, other).TryEdit(wanted, growth is null ? null : 0, again), "What was understood is not any more.");
        }

        long[] places = Places(input);
        var relocator = new Relocator(Old, other);
        (Errno error, byte[] made) = file.Rewrite(relocator, kind, input, places, 2);
        Assert.Equal(Errno.None, error);
        bool isPatched = !understood && kind == RelocationKind.LoneBytecode && other.Length <= Old.Length;
        if (isPatched) Assert.Equal(input.Length, made.Length);
        else Assert.True(made.AsSpan().SequenceEqual(wanted), "Something else was written.");
        Assert.Equal(!understood && kind == RelocationKind.LoneBytecode && other.Length > Old.Length, relocator.LeftAsRecorded);
        return understood;
    }

    static long[] Places(byte[] input)
    {
        var finder = new PrefixFinder(Old);
        finder.Search(input, 0, last: true);
        return [.. finder.Offsets(binary: true)];
    }

    static byte[] Edited(byte[] input, List<Edit> edits)
    {
        var made = new List<byte>(input.Length);
        int from = 0;
        foreach (Edit edit in edits)
        {
            Assert.InRange(edit.Offset, from, input.Length - edit.Length);
            made.AddRange(input.AsSpan(from, (int)edit.Offset - from));
            made.AddRange(edit.Bytes.Span);
            from = (int)edit.Offset + edit.Length;
        }
        made.AddRange(input.AsSpan(from));
        return [.. made];
    }

    /// <summary>What is not understood is left, and beside a source marked as older than that: no flags, no time, no size.</summary>
    static byte[] Marked(byte[] input, RelocationKind kind)
    {
        byte[] marked = [.. input];
        if (kind == RelocationKind.Bytecode && input.Length > 4) marked.AsSpan(4, Math.Min(12, input.Length - 4)).Clear();
        return marked;
    }

    /// <summary>A module as marshal writes it: a code object with constants of every type.</summary>
    static byte[] Module(int magic, int numbers, int tables)
    {
        byte[] constants =
        [
            (byte)')', 12, .. Short('z', "/opt/env"), .. Short('Z', "/opt/env/a:/opt/env/b"), .. Long('s', "-I/opt/env"), .. Long('u', "é /opt/env2"), .. Long('a', "/opt/env " + new string('y', 300)),
            .. Long('t', "plain"), (byte)'N', (byte)'T', (byte)'i', 1, 2, 3, 4, (byte)'l', 0xFE, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4, (byte)'g', .. new byte[8],
            (byte)'(', 1, 0, 0, 0, (byte)'r', 0, 0, 0, 0,
        ];
        byte[] empty = [(byte)')', 0];
        byte[] code =
        [
            (byte)'c' | 0x80, .. new byte[4 * numbers], .. Long('s', "bytes of code"), .. constants, .. empty, .. empty, .. numbers == 5 ? Long('s', "k") : empty,
            .. numbers == 5 ? [] : empty, .. Short('z', "/opt/env/module.py"), .. Short('Z', "module"), .. numbers == 5 ? Short('z', "module") : [],
            1, 0, 0, 0, .. Long('s', "lines"), .. tables == 2 ? Long('s', "exceptions") : [],
        ];
        return [(byte)magic, (byte)(magic >> 8), (byte)'\r', (byte)'\n', 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, .. code];
    }

    static byte[] Short(char type, string text) => [(byte)type, (byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text)];

    static byte[] Long(char type, string text) => [(byte)type, .. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];
}
