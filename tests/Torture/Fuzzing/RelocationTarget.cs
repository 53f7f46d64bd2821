using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Relocation;
using Reflinks.Platform;
using Xunit;

namespace Torture.Fuzzing;

/// <summary>
/// Any bytes as a file that is relocated, by the places that are found in it and by places that a catalog has made up: nothing becomes
/// another byte but what was to be, however the file is written.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class RelocationTarget(FuzzSite site) : FuzzTarget
{
    /// <summary>The longest text that a C string is taken for.</summary>
    const int LongestString = 32 * 1024;

    static readonly (string Old, string New)[] Moves =
    [
        ("/opt/env", "/opt/new"), ("/opt/env", "/o/n"), ("/opt/env", "/a/much/longer/place"), ("/opt/env", "/a b"), ("/opt/env", "/opt/env/in it"),
        ("/opt/my env", "/a/much/longer/place"), ("/opt/my env", "/o n"), ("/o\np", "/o\nq\nr"), ("/e", "/" + new string('n', 300)),
    ];

    /// <summary>Which form of the path stands at a place is read there.</summary>
    static readonly (string Old, string New)[] WindowsMoves =
    [
        (@"C:\opt\env", @"D:\opt\new"), (@"C:\opt\env", @"D:\n"), (@"C:\opt\env", @"\\server\a much\longer\place"), (@"\\s\x", @"C:\y"),
    ];

    readonly RelocatedFile file = new(site["relocated"]);

    internal override string Name => "relocation";

    internal override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. ((string[])
        [
            "#!/opt/env/bin/python\nA=/opt/env:/opt/env/bin:/opt/env2:/opt/env.old\n'/opt/env' ./opt/env /opt/env.\n/opt/env", "#!/opt/my env/bin/python -x /opt/my env\n/opt/my env\n",
            "#!/bin/sh /o\np/x", "#! /e/bin/a /e \t\n/e:/e:/e/e\n", "\0/opt/env/lib\0/opt/env:/opt/env/share\0tail\u0001/opt/env\u0001\0", "x\0/opt/my env/lib/opt/my env\0\0/opt/my env",
            @"C:\opt\env;c:/opt/env ""C:\\opt\\env\\a"" file:///C:/opt/env -IC:\opt\env C:\opt\env2 \\s\x \\\\s\\x //s/x", "C\0:\0\\\0o\0p\0t\0\\\0e\0n\0v\0\0\0\0C:\\opt\\env\0",
            "/opt/env" + new string('x', 5000) + "\0/opt/env/" + new string('y', 9000) + "/opt/env", "https://opt/env \\n/opt/env \\x41/opt/env -I/opt/env ../opt/env //opt/env\0",
        ]).Select(Encoding.UTF8.GetBytes),
    ];

    internal override IReadOnlyList<byte[]> Words { get; } =
    [
        .. ((string[])[@"C:\opt\env", "c:/opt/env", @"C:\\opt\\env", "C\0:\0\\\0o\0p\0t\0\\\0e\0n\0v\0", @"\\s\x", "\\\0\\\0s\0\\\0x\0", "/opt/env", "/opt/my env", "/o\np", "/e", "#!", "#! ", "\0", "\n", " ", "\t", "/", ":", ".", "-I", "\\n", "é", "/opt", new string('n', 120), new string(' ', 200)])
            .Select(Encoding.UTF8.GetBytes),
    ];

    internal override IEnumerable<byte[]> Hard => [Many("#!", "/opt/env:"), Many("", "/e:", "\0"), Many("\0", "/opt/env\0"), Many("#!", " ")];

    internal override int Executions => 150;

    /// <summary>For each move, by four lists of places; a place of two bytes takes two numbers and an edit, and what is made and compared may have three hundred bytes there.</summary>
    internal override int BytesForEach => (Moves.Length + WindowsMoves.Length) * 4 * 128;

    internal override int BytesBesides => 8 << 20;

    internal override bool Execute(byte[] input)
    {
        bool any = false;
        foreach ((string old, string other) in Moves)
        {
            byte[] from = Encoding.UTF8.GetBytes(old), to = Encoding.UTF8.GetBytes(other);
            long[] inText = Found(input, from, binary: false), inBinary = Found(input, from, binary: true);
            any |= inBinary.Length > 0;
            foreach (ContentTraits traits in (ContentTraits[])[ContentTraits.None, ContentTraits.Binary])
            {
                Relocate(input, from, to, traits, traits == ContentTraits.None ? inText : inBinary, isMadeUp: false);
                Relocate(input, from, to, traits, MadeUp(input, from.Length), isMadeUp: true);
            }
            _ = new Relocator(from, to).Retarget(input);
        }
        foreach ((string old, string other) in WindowsMoves)
        {
            byte[] from = Encoding.UTF8.GetBytes(old), to = Encoding.UTF8.GetBytes(other);
            long[] inText = Found(input, from, binary: false), inBinary = Found(input, from, binary: true);
            any |= inBinary.Length > 0;
            RelocateWindows(input, from, to, ContentTraits.None, inText, isMadeUp: false);
            RelocateWindows(input, from, to, ContentTraits.Binary, inBinary, isMadeUp: false);
            RelocateWindows(input, from, to, ContentTraits.Binary, MadeUp(input, from.Length), isMadeUp: true);
            RelocateWindows(input, from, to, ContentTraits.Launcher, MadeUp(input, from.Length), isMadeUp: true);
            _ = new Relocator(from, to).Retarget(input);
        }
        return any;
    }

    void RelocateWindows(byte[] input, byte[] from, byte[] to, ContentTraits traits, long[] places, bool isMadeUp)
    {
        var relocator = new Relocator(from, to);
        RelocationKind kind = relocator.KindOf(new FileContent { RelocationCount = places.Length, Traits = traits });
        if (kind is not (RelocationKind.Text or RelocationKind.InPlace or RelocationKind.Launcher)) return;

        (Errno error, byte[] made) = file.Rewrite(relocator, kind, input, places, 0);
        if (isMadeUp && error == Relocator.NotThere) return;
        Assert.Equal(Errno.None, error);
        if (kind != RelocationKind.InPlace)
        {
            var change = new PrefixChange(from, to);
            if (kind == RelocationKind.Text) Assert.Equal(input.Length + places.Sum(place => change.At(input.AsSpan((int)place))!.Growth), made.Length);
            return;
        }
        Assert.Equal(input.Length, made.Length);
        (Errno patchError, byte[] patched) = file.Patch(relocator, kind, input, places);
        Assert.Equal(Errno.None, patchError);
        Assert.True(made.AsSpan().SequenceEqual(patched), "A file that is patched becomes another one than one that is written anew.");
    }

    /// <summary>Finds the places, in one piece and in many.</summary>
    static long[] Found(byte[] input, byte[] prefix, bool binary)
    {
        PrefixFinder whole = new(prefix), pieces = new(prefix);
        whole.Search(input, 0, last: true);
        int step = 1 + (input.Length % 97), from = 0;
        for (int end = Math.Min(step, input.Length); ; end = Math.Min(end + step, input.Length))
        {
            int again = pieces.Search(input.AsSpan(from, end - from), from, last: end == input.Length);
            Assert.InRange(again, 0, pieces.Overlap);
            if (end == input.Length) break;
            from = end - again;
        }
        Assert.Equal(whole.Offsets(binary), pieces.Offsets(binary));
        return [.. whole.Offsets(binary)];
    }

    /// <summary>Places that a catalog may name: they ascend, do not overlap and lie within the file (CatalogRules).</summary>
    static long[] MadeUp(byte[] input, int length)
    {
        var places = new List<long>();
        var random = new Random(input.Length > 0 ? input[input.Length / 2] + input.Length : 0);
        for (long at = random.Next(40); at + length <= input.Length && places.Count < 5; at += length + random.Next(60)) places.Add(at);
        return [.. places];
    }

    void Relocate(byte[] input, byte[] from, byte[] to, ContentTraits traits, long[] places, bool isMadeUp)
    {
        var relocator = new Relocator(from, to);
        RelocationKind kind = relocator.KindOf(new FileContent { RelocationCount = places.Length, Traits = traits });
        var lines = new InterpreterLines(from, to);
        if (lines.MayBreak(kind, 0x1ED, places)) _ = lines.Breaks(input.AsSpan(0, Math.Min(input.Length, InterpreterLines.HeadBytes)), places);
        if (kind is not (RelocationKind.Text or RelocationKind.InPlace)) return;

        (Errno error, byte[] made) = file.Rewrite(relocator, kind, input, places, 0);
        Check(input, made, error, from, to, kind, places, isMadeUp);
        if (kind != RelocationKind.InPlace) return;
        (Errno patchError, byte[] patched) = file.Patch(relocator, kind, input, places);
        Assert.Equal(error, patchError);
        if (error == Errno.None) Assert.True(made.AsSpan().SequenceEqual(patched), "A file that is patched becomes another one than one that is written anew.");
    }

    static void Check(byte[] input, byte[] made, Errno error, byte[] from, byte[] to, RelocationKind kind, long[] places, bool isMadeUp)
    {
        bool shortened = kind == RelocationKind.InPlace && to.Length < from.Length;
        if (isMadeUp && shortened && error == Relocator.NotThere) return;
        Assert.Equal(Errno.None, error);
        if (!shortened)
        {
            Assert.True(made.AsSpan().SequenceEqual(Replaced(input, from.Length, to, places)), "Something else was written.");
            return;
        }

        // A string keeps its length; what is outside of all of them stays.
        Assert.Equal(input.Length, made.Length);
        var may = new bool[input.Length];
        foreach (long place in places)
        {
            Assert.True(made.AsSpan((int)place).StartsWith(to) || may[place], "The new path is not where the old one was.");
            int length = input.AsSpan((int)place, (int)Math.Min(LongestString, input.Length - place)).IndexOf((byte)0);
            may.AsSpan((int)place, Math.Max(length, from.Length)).Fill(true);
        }
        for (int i = 0; i < input.Length; i++) Assert.True(may[i] || input[i] == made[i], "A byte outside of all strings became another one.");
    }

    static byte[] Replaced(byte[] input, int length, byte[] to, long[] places)
    {
        var made = new List<byte>(input.Length);
        int from = 0;
        foreach (long place in places)
        {
            made.AddRange(input.AsSpan(from, (int)place - from));
            made.AddRange(to);
            from = (int)place + length;
        }
        made.AddRange(input.AsSpan(from));
        return [.. made];
    }
}
