using System.Runtime.Versioning;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Holotree.Library;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Library;

/// <summary>Labels and states: lines of key and value, whatever the value.</summary>
[SupportedOSPlatform("linux")]
public sealed class FactFileTests : IDisposable
{
    static readonly Gen<string> Values = Gen.OneOf(
            Gen.Choose(0, 0x2FF), Gen.Choose(0, 0xFFFF), Gen.Choose(0x10000, 0x10FFFF), Gen.Elements('%', '=', '\n', '\r', '\u0085', '\u2028', ' ', '+', '\uFEFF').Select(c => (int)c))
        .Where(rune => Rune.IsValid(rune)).Select(rune => new Rune(rune).ToString())
        .ListOf().Select(runes => string.Concat(runes));

    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Any_value_is_read_as_it_was_written()
    {
        Law.Holds(Values.ListOf(), values =>
        {
            var written = new FactFile();
            for (int i = 0; i < values.Count; i++) written[$"key{i}"] = values[i];
            written.Write(folder["facts"], durable: false);

            FactFile read = FactFile.Read(folder["facts"])!;

            for (int i = 0; i < values.Count; i++) Assert.Equal(values[i], read[$"key{i}"]);
            Assert.Equal(values.Count, read.All.Count());
        });
    }

    [Theory]
    [InlineData("a=b=c")]
    [InlineData("=")]
    [InlineData("%41")]
    [InlineData("100%")]
    [InlineData("line\nbreak=fake")]
    [InlineData("\r")]
    [InlineData("\u0085\u0080\u009f")]
    [InlineData(" spaces ")]
    [InlineData("\uFEFFmark")]
    [InlineData("/größe/日本語")]
    [InlineData("")]
    public void Value_that_looks_like_syntax_is_no_syntax(string value)
    {
        var facts = new FactFile { ["value"] = value, ["other"] = "x" };
        facts.Write(folder["facts"], durable: true);

        FactFile read = FactFile.Read(folder["facts"])!;

        Assert.Equal(value, read["value"]);
        Assert.Equal("x", read["other"]);
        Assert.Equal(3, File.ReadAllLines(folder["facts"]).Length);
    }

    [Fact]
    public void Numbers_and_times_come_back()
    {
        var time = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 89, TimeSpan.FromHours(9)).AddTicks(1);
        var facts = new FactFile();
        facts.Set("number", long.MinValue);
        facts.Set("time", time);
        facts.Write(folder["facts"], durable: false);

        FactFile read = FactFile.Read(folder["facts"])!;

        Assert.Equal(long.MinValue, read.Number("number"));
        Assert.Equal(time, read.Time("time"));
        Assert.Equal(TimeSpan.Zero, read.Time("time")!.Value.Offset);
    }

    [Fact]
    public void Same_facts_give_the_same_bytes()
    {
        new FactFile { ["b"] = "2", ["a"] = "1" }.Write(folder["one"], durable: false);
        new FactFile { ["a"] = "1", ["b"] = "2" }.Write(folder["two"], durable: false);

        Assert.EndsWith("\na=1\nb=2\n", File.ReadAllText(folder["one"]), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(folder["one"]), File.ReadAllBytes(folder["two"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no equals sign\n=without key\n\0\u0001")]
    [InlineData("number=many\ntime=late\nnumber")]
    [InlineData("number=99999999999999999999")]
    [InlineData("time=0001-01-01T00:00:00Z")]                   // where it is earlier than in Greenwich there is no such time
    [InlineData("time=9999-12-31T23:59:59.9999999Z")]
    [InlineData("time=0001-01-01T00:00:00+14:00")]
    [InlineData("number=%zz")]
    public void What_is_no_fact_is_none(string text)
    {
        File.WriteAllText(folder["facts"], text);

        FactFile read = FactFile.Read(folder["facts"])!;

        Assert.Equal(0, read.Number("number"));
        Assert.Null(read.Time("time"));
        Assert.Null(read["without key"]);
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_is_noticed()
    {
        new FactFile { ["name"] = "tools", ["path"] = "/a/path with = and %", ["files"] = "12" }.Write(folder["facts"], durable: true);
        byte[] whole = File.ReadAllBytes(folder["facts"]);
        Assert.True(FactFile.Read(folder["facts"]) is { IsSealed: true, IsDamaged: false });

        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            File.WriteAllBytes(folder["facts"], flipped);
            Assert.True(FactFile.Read(folder["facts"]) is { IsSealed: false, IsDamaged: true }, $"bit {bit}");
        }
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder["facts"], whole[..length]);
            Assert.True(FactFile.Read(folder["facts"]) is { IsSealed: false, IsDamaged: true }, $"cut to {length}");
        }
    }

    [Fact]
    [OnLinux("a second copy in an attribute")]
    public void File_that_was_not_synced_and_lost_its_bytes_is_read_from_its_copy()
    {
        new FactFile { ["name"] = "tools" }.Write(folder["facts"], durable: false);
        using (FileStream file = File.OpenWrite(folder["facts"])) file.SetLength(0);

        Assert.True(FactFile.Read(folder["facts"]) is { IsSealed: true, IsDamaged: false } read && read["name"] == "tools");
    }

    [Fact]
    public void File_from_before_there_were_checksums_is_neither_sealed_nor_damaged()
    {
        File.WriteAllText(folder["facts"], "catalog=abc\nfiles=12\n");

        Assert.True(FactFile.Read(folder["facts"]) is { IsSealed: false, IsDamaged: false });
    }

    [Fact]
    public void Missing_file_is_no_facts()
    {
        Assert.Null(FactFile.Read(folder["missing"]));
        Assert.Null(FactFile.Read(folder["missing/too"]));
    }

    [Fact]
    public void Huge_file_is_not_read()
    {
        using (FileStream file = File.Create(folder["facts"])) file.SetLength(100L * 1024 * 1024 * 1024);

        Assert.Empty(FactFile.Read(folder["facts"])!.All);
    }

    [Fact]
    public void Failed_write_keeps_the_old_facts_and_leaves_nothing()
    {
        new FactFile { ["a"] = "old" }.Write(folder["facts"], durable: false);
        Directory.CreateDirectory(folder["taken"]);

        Assert.ThrowsAny<IOException>(() => new FactFile { ["a"] = "new" }.Write(folder["taken"], durable: true));

        Assert.Equal(["facts", "taken"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
        Assert.Equal("old", FactFile.Read(folder["facts"])!["a"]);
    }
}
