using FsCheck;
using FsCheck.Fluent;
using Reflinks.Platform.Windows;

namespace Windows.Tests;

public sealed class NameTests
{
    static readonly Func<char, string> Current = drive => drive == '\0' ? @"C:\work\here" : $@"{drive}:\there";

    [Fact]
    public void Every_name_of_sixteen_bit_units_comes_back_from_its_bytes() =>
        Prop.ForAll(Units(), name => WindowsNames.Decode(WindowsNames.Encode(name)) == name).QuickCheckThrowOnFailure();

    [Fact]
    public void Bytes_that_have_a_name_are_the_bytes_of_that_name() =>
        Prop.ForAll(Gen.ArrayOf(Gen.Elements<byte>(0x41, 0xED, 0xA0, 0xAF, 0xB0, 0xBF, 0x80, 0xC3, 0xF0, 0x9F, 0x98, 0xE2, 0xC0, 0xF8, 0xFF)).ToArbitrary(),
            bytes => WindowsNames.Decode(bytes) is not { } name || WindowsNames.Encode(name).AsSpan().SequenceEqual(bytes)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("C0-80")]                   // NUL in two bytes
    [InlineData("ED-A0-80-ED-B0-80")]       // a pair of surrogates as two
    [InlineData("FF")]
    [InlineData("E2-82")]
    public void Bytes_that_are_no_name_have_none(string hex) =>
        Assert.Null(WindowsNames.Decode(Convert.FromHexString(hex.Replace("-", "", StringComparison.Ordinal))));

    [Fact]
    public void A_surrogate_without_its_partner_has_three_bytes()
    {
        Assert.Equal([0xED, 0xA0, 0x80], WindowsNames.Encode("\uD800"));
        Assert.Equal([0xED, 0xBF, 0xBF], WindowsNames.Encode("\uDFFF"));
        Assert.Equal([0xF0, 0x9F, 0x98, 0x80], WindowsNames.Encode("\uD83D\uDE00"));
    }

    [Theory]
    [InlineData(@"C:\a\b", @"\??\C:\a\b")]
    [InlineData("C:/a//b/", @"\??\C:\a\b")]
    [InlineData(@"C:\", @"\??\C:\")]
    [InlineData(@"C:\a\..\..\b", @"\??\C:\b")]
    [InlineData(@"C:a\b", @"\??\C:\there\a\b")]
    [InlineData("a/b", @"\??\C:\work\here\a\b")]
    [InlineData("..", @"\??\C:\work")]
    [InlineData(".", @"\??\C:\work\here")]
    [InlineData(@"\a", @"\??\C:\a")]
    [InlineData(@"\\server\share\a", @"\??\UNC\server\share\a")]
    [InlineData(@"\\server\share\..\..", @"\??\UNC\server\share\")]
    [InlineData(@"\\?\C:\a.", @"\??\C:\a.")]
    [InlineData(@"\??\C:\a ", @"\??\C:\a ")]
    [InlineData(@"\\?\UNC\server\share\a", @"\??\UNC\server\share\a")]
    [InlineData(@"\\?\Volume{01234567-89ab-cdef-0123-456789abcdef}\a", @"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}\a")]
    [InlineData(@"\\.\NUL", @"\??\NUL")]
    [InlineData(@"C:\a\con.txt", @"\??\C:\a\con.txt")]
    [InlineData(@"C:\a\b. ", @"\??\C:\a\b. ")]
    public void A_path_becomes_that_of_the_object_manager_and_keeps_its_names(string path, string expected) => Assert.Equal(expected, WindowsNames.NtPath(path, Current));

    [Theory]
    [InlineData(@"C:\file:stream")]
    [InlineData(@"C:\file::$INDEX_ALLOCATION\a")]
    [InlineData(@"\\server")]
    public void What_would_open_a_stream_or_no_file_is_no_path(string path) => Assert.Null(WindowsNames.NtPath(path, Current));

    [Theory]
    [InlineData(@"\??\C:\a", @"C:\a")]
    [InlineData(@"\\?\UNC\server\share\a", @"\\server\share\a")]
    [InlineData(@"\??\Volume{0}\a", @"\\?\Volume{0}\a")]
    public void A_path_of_the_object_manager_is_written_as_people_write_it(string path, string expected) => Assert.Equal(expected, WindowsNames.Written(path));

    [Fact]
    public void A_junction_holds_what_is_read_from_it()
    {
        Assert.Equal(@"\??\C:\somewhere\else", ReparseBuffer.Target(ReparseBuffer.Junction(@"\??\C:\somewhere\else")));
        byte[] cut = ReparseBuffer.Junction(@"\??\C:\somewhere\else")[..20];
        Assert.Null(ReparseBuffer.Target(cut));
        Assert.Null(ReparseBuffer.Target([]));
    }

    static Arbitrary<string> Units() => Gen.ArrayOf(Gen.OneOf(
            Gen.Choose(1, 0x7F), Gen.Choose(0x80, 0xD7FF), Gen.Choose(0xD800, 0xDFFF), Gen.Choose(0xDC00, 0xDFFF), Gen.Choose(0xE000, 0xFFFF)))
        .Select(units => new string([.. units.Select(unit => (char)unit)])).ToArbitrary();
}
