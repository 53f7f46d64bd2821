using System.Runtime.Versioning;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Holotree.Recording;
using Holotree.Relocation;
using Holotree.Tests.Staging;
using Microsoft.Win32.SafeHandles;
using Reflinks.Platform;

namespace Holotree.Tests.Relocation;

/// <summary>Every place, whatever the borders of the pieces that the bytes come in.</summary>
public sealed partial class PrefixFinderTests
{
    static readonly Gen<string> Parts = Gen.Elements(
        "/opt/env", "/opt/env", "/opt/env/bin", "/opt/env2", "/opt/env.old", "/opt/env.", "/opt", "/env", "/op", "/", "//", ".", "..", "a", "src",
        "@", "~", "-I", "-", "\\", "\\n", "n", "u0027", "2", " ", ":", "\0", "\n", "\"", "\u0080", "\u00ff", "https:/", "file://", "/a/a", "/a", "(/x(");

    static readonly Gen<(string Prefix, string Content, List<int> Pieces)> Cases =
        from prefix in Gen.Elements("/opt/env", "/a/a", "/a", "/x(/x(", "/opt/env/lib/deep/down")
        from parts in Parts.ListOf()
        from pieces in Gen.Choose(1, 30).NonEmptyListOf()
        select (prefix, string.Concat(parts), pieces.ToList());

    [Fact]
    public void Finder_agrees_with_a_search_in_the_whole()
    {
        Law.Holds(Cases, one =>
        {
            PrefixFinder finder = Feed(one.Prefix, Encoding.Latin1.GetBytes(one.Content), one.Pieces);

            Assert.Equal(Reference(one.Prefix, one.Content, binary: true), finder.Offsets(binary: true));
            Assert.Equal(Reference(one.Prefix, one.Content, binary: false), finder.Offsets(binary: false));
        }, rounds: 2000);
    }

    static readonly Gen<string> WindowsParts = Gen.Elements(
        @"C:\opt\env", @"c:\opt\env", "C:/opt/env", "c:/opt/env", @"C:\\opt\\env", @"\\srv\opt\env", "//srv/opt/env", @"\\\\srv\\opt\\env", @"C:\opt", "C", ":", "\\", "/",
        "D", "2", ".", "a", "-I", "\\n", "\\", " ", "\0", "\"", "file:", "https:", "\u0080", @"\\?\", Wide(@"C:\opt\env"), Wide(@"c:\opt\env"), Wide(@"\\srv\opt\env"), Wide("a"),
        Wide("2"), Wide(" "), Wide("\\"), Wide("-I"), Wide("é"));

    [Fact]
    public void Finder_agrees_with_a_search_in_the_whole_for_every_form_of_a_Windows_path()
    {
        Gen<(string, string, List<int>)> cases =
            from prefix in Gen.Elements(@"C:\opt\env", @"\\srv\opt\env", @"C:\")
            from parts in WindowsParts.ListOf()
            from pieces in Gen.Choose(1, 60).NonEmptyListOf()
            select (prefix, string.Concat(parts), pieces.ToList());

        Law.Holds(cases, one =>
        {
            (string prefix, string content, List<int> pieces) = one;
            PrefixFinder finder = Feed(prefix, Encoding.Latin1.GetBytes(content), pieces);

            Assert.Equal(WindowsReference(prefix, content, binary: true), finder.Offsets(binary: true));
            Assert.Equal(WindowsReference(prefix, content, binary: false), finder.Offsets(binary: false));
        }, rounds: 3000);
    }

    [Fact]
    public void Long_names_before_an_occurrence_are_judged_alike_at_every_border()
    {
        foreach (int length in new[] { 1, 100, 254, 255, 256, 257, 300, 600 })
        {
            foreach (string before in new[] { "/", " ", "\\", "" })
            {
                string content = $"{before}{new string('n', length)}/opt/env/bin {new string('/', length)}/opt/env";
                foreach (int piece in new[] { 1, 3, 64, 255, 256, 257, 1000 })
                {
                    PrefixFinder finder = Feed("/opt/env", Encoding.Latin1.GetBytes(content), [piece]);

                    Assert.Equal(Reference("/opt/env", content, binary: true), finder.Offsets(binary: true));
                    Assert.Equal(Reference("/opt/env", content, binary: false), finder.Offsets(binary: false));
                }
            }
        }
    }

    [Fact]
    public void Adjacent_occurrences_are_each_found()
    {
        PrefixFinder finder = Feed("/opt/env", "/opt/env:/opt/env:/opt/env"u8.ToArray(), [7]);

        Assert.Equal([0, 9, 18], finder.Offsets(binary: false));
    }

    [Theory]
    [InlineData("/opt/env", "/opt/env/opt/env/opt/env/bin", new long[] { 0, 8, 16 })]
    [InlineData("/opt/env", "src/opt/env/opt/env", new long[0])]
    [InlineData("/app", "/app/app/main.py", new long[] { 0 })]
    public void Occurrence_right_behind_another_counts_unless_it_may_be_a_folder_of_that_name(string prefix, string content, long[] offsets)
    {
        foreach (int piece in new[] { 1, 5, 8, 100 })
            Assert.Equal(offsets, Feed(prefix, Encoding.ASCII.GetBytes(content), [piece]).Offsets(binary: false));
    }

    [Fact]
    public void Of_overlapping_occurrences_the_first_counts()
    {
        PrefixFinder finder = Feed("/x(/x(", "/x(/x(/x( /x(/x(/x(/x("u8.ToArray(), [3]);

        Assert.Equal([0, 10, 16], finder.Offsets(binary: false));
    }

    [Fact]
    public void Thousands_of_occurrences_in_one_file_are_found()
    {
        byte[] content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("x=/opt/env/lib\n", 20_000)));

        PrefixFinder finder = Feed("/opt/env", content, [4096]);

        Assert.Equal(Enumerable.Range(0, 20_000).Select(line => (line * 15L) + 2), finder.Offsets(binary: false));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(265)]
    [SupportedOSPlatform("linux")]
    public void Reader_finds_what_lies_across_its_own_borders(int before)
    {
        const int buffer = 1024 * 1024;
        byte[] content = new byte[(3 * buffer) + 100];
        Array.Fill(content, (byte)' ');
        long[] places = [0, buffer - before, (2 * buffer) - (2 * before) - 300, content.Length - 8];
        foreach (long place in places) "/opt/env"u8.CopyTo(content.AsSpan((int)place));
        using var folder = new TemporaryFolder();
        using SafeFileHandle file = File.OpenHandle(folder.Write("file", content));
        using var reader = new ContentReader("/opt/env"u8.ToArray(), hashing: true);

        Errno error = Read(reader, file, out long length);

        Assert.Equal(Errno.None, error);
        Assert.Equal(content.Length, length);
        Assert.Equal(places, reader.Offsets);
        Assert.False(reader.IsBinary);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content)), reader.Digest.ToString());
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void Reader_keeps_nothing_of_the_file_before()
    {
        using var folder = new TemporaryFolder();
        using var reader = new ContentReader("/opt/env"u8.ToArray(), hashing: true);
        using SafeFileHandle first = File.OpenHandle(folder.Write("first", "\0 /opt/env/bin /opt/en"));
        using SafeFileHandle second = File.OpenHandle(folder.Write("second", "v /opt/env src/opt/env"));

        Read(reader, first, out _);
        Assert.True(reader.IsBinary);
        Assert.Equal([2], reader.Offsets);
        Read(reader, second, out long length);

        Assert.False(reader.IsBinary);
        Assert.Equal(22, length);
        Assert.Equal([2], reader.Offsets);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("v /opt/env src/opt/env"u8)), reader.Digest.ToString());
    }

    /// <summary>Gives the finder the bytes in pieces of these lengths, over and over, as a reader with a buffer would.</summary>
    static PrefixFinder Feed(string prefix, byte[] content, List<int> pieces)
    {
        var finder = new PrefixFinder(Encoding.Latin1.GetBytes(prefix));
        int carried = 0, at = 0, turn = 0;
        while (at < content.Length)
        {
            int fresh = Math.Min(pieces[turn++ % pieces.Count], content.Length - at);
            carried = finder.Search(content.AsSpan(at - carried, carried + fresh), at - carried, last: false);
            at += fresh;
            Assert.InRange(carried, 0, Math.Min(at, finder.Overlap));
        }
        Assert.Equal(0, finder.Search(content.AsSpan(at - carried, carried), at - carried, last: true));
        return finder;
    }

    /// <summary>The same by regular expressions over the whole content, one character a byte.</summary>
    static List<long> Reference(string prefix, string content, bool binary)
    {
        var found = new List<long>();
        int lastEnd = -1;
        bool lastInText = false, severalNames = prefix.LastIndexOf('/') > 0;
        for (int at = content.IndexOf(prefix, StringComparison.Ordinal); at >= 0;)
        {
            string preceding = content[Math.Max(0, at - 256)..at];
            bool ends = End().IsMatch(content, at + prefix.Length), nowhere = InLongerPath().IsMatch(preceding);
            bool adjacent = severalNames && at == lastEnd;
            bool whole = ends && (adjacent || !nowhere), inText = whole && (adjacent ? lastInText : Alone().IsMatch(preceding));
            if (whole) (lastEnd, lastInText) = (at + prefix.Length, inText);
            if (whole && (binary || inText)) found.Add(at);
            int from = whole ? at + prefix.Length : at + 1;
            at = from > content.Length ? -1 : content.IndexOf(prefix, from, StringComparison.Ordinal);
        }
        return found;
    }

    static string Wide(string text) => Encoding.Latin1.GetString(Encoding.Unicode.GetBytes(text));

    /// <summary>The same for the forms of a Windows path, each sought by itself.</summary>
    static List<long> WindowsReference(string prefix, string content, bool binary)
    {
        var found = new List<(long Offset, int Length)>();
        foreach (string spelling in new[] { "native", "slashes", "doubled", "wide" })
        {
            int unit = spelling == "wide" ? 2 : 1, lastEnd = -1;
            string form = spelling switch
            {
                "slashes" => prefix.Replace('\\', '/'),
                "doubled" => prefix.Replace(@"\", @"\\", StringComparison.Ordinal),
                "wide" => Wide(prefix),
                _ => prefix,
            };
            bool lastInText = false;
            for (int at = 0; at + form.Length <= content.Length;)
            {
                string here = content.Substring(at, form.Length);
                bool stands = here == form || (prefix[0] != '\\' && here == char.ToLowerInvariant(form[0]) + form[1..]);
                string preceding = Units(content[..at], unit, fromEnd: true), following = Units(content[(at + form.Length)..], unit, fromEnd: false);
                preceding = preceding[Math.Max(0, preceding.Length - 256)..];
                bool share = prefix[0] == '\\', url = share && spelling == "slashes" && Colon().IsMatch(preceding);
                bool ends = stands && End().IsMatch(following, 0), adjacent = at == lastEnd;
                bool nowhere = url ? !FileUrl().IsMatch(preceding) : share && Separator().IsMatch(preceding);
                bool whole = ends && (adjacent || !nowhere), inText = whole && (adjacent ? lastInText : url || AloneOnWindows().IsMatch(preceding));
                if (whole) (lastEnd, lastInText) = (at + form.Length, inText);
                if (whole && (binary || inText)) found.Add((at, form.Length));
                at += whole ? form.Length : 1;
            }
        }
        var merged = new List<long>();
        long end = 0;
        foreach ((long offset, int length) in found.OrderBy(static one => one.Offset).ThenByDescending(static one => one.Length))
        {
            if (offset < end) continue;
            merged.Add(offset);
            end = offset + length;
        }
        return merged;
    }

    /// <summary>The characters of UTF-16 that lie before or behind a place, those beyond ASCII as one.</summary>
    static string Units(string bytes, int unit, bool fromEnd)
    {
        if (unit == 1) return bytes;
        string even = bytes.Length % 2 == 0 ? bytes : fromEnd ? bytes[1..] : bytes[..^1];
        return string.Concat(Encoding.Unicode.GetString(Encoding.Latin1.GetBytes(even)).Select(static one => one < 0x80 ? one : '\u0080'));
    }

    [GeneratedRegex(@":[/\\]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Colon();

    [GeneratedRegex(@"file:[/\\]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex FileUrl();

    [GeneratedRegex(@"[/\\]\z", RegexOptions.CultureInvariant)]
    private static partial Regex Separator();

    [GeneratedRegex(@"(?<![A-Za-z0-9_+@~.\x80-\xff-])(|-[A-Za-z0-9_+@~.\x80-\xff-]*|(?<=\\)([nrt0abefv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}))\z", RegexOptions.CultureInvariant)]
    private static partial Regex AloneOnWindows();

    [GeneratedRegex(@"\G(?![A-Za-z0-9_+@~\x80-\xff-]|\.[A-Za-z0-9_+@~.\x80-\xff-])", RegexOptions.CultureInvariant)]
    private static partial Regex End();

    [GeneratedRegex(@":/\z|/[A-Za-z0-9_+@~.\x80-\xff-]+/*\z|(?<![A-Za-z0-9_+@~.\x80-\xff-])\.\.?/*\z", RegexOptions.CultureInvariant)]
    private static partial Regex InLongerPath();

    [GeneratedRegex(@"(?<![A-Za-z0-9_+@~.\x80-\xff/-])(/*|-[A-Za-z0-9_+@~.\x80-\xff-]*|(?<=\\)([nrt0abefv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}))\z", RegexOptions.CultureInvariant)]
    private static partial Regex Alone();

    [SupportedOSPlatform("linux")]
    static Errno Read(ContentReader reader, SafeFileHandle file, out long length)
    {
        int descriptor = (int)file.DangerousGetHandle();
        Assert.Equal(Errno.None, NativeFile.Stat(descriptor, out Kernel.Statx stat));
        return reader.Read(descriptor, stat, out length, CancellationToken.None);
    }
}
