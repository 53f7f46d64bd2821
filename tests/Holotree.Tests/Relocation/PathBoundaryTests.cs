using System.Text;
using Holotree.Relocation;

namespace Holotree.Tests.Relocation;

/// <summary>When the prefix inside other bytes is the whole beginning of a path, and when a piece of another name.</summary>
public sealed class PathBoundaryTests
{
    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/bin/python")]
    [InlineData(":/usr/bin")]
    [InlineData(";")]
    [InlineData("\"")]
    [InlineData("'")]
    [InlineData("`")]
    [InlineData(")")]
    [InlineData("]")]
    [InlineData("}")]
    [InlineData(",")]
    [InlineData("<")]
    [InlineData(" and more")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\t")]
    [InlineData("\0")]
    [InlineData("\\n")]
    [InlineData("=")]
    [InlineData("!")]
    [InlineData("?")]
    [InlineData("#sha256")]
    [InlineData("*")]
    [InlineData(".")]
    [InlineData(". ")]
    [InlineData(".\n")]
    [InlineData(".\"")]
    [InlineData("./")]
    public void Path_ends_before(string following) => Assert.True(PathBoundary.EndsBefore(Two(following)));

    [Theory]
    [InlineData("2")]
    [InlineData("s")]
    [InlineData("S")]
    [InlineData("_old")]
    [InlineData("-old")]
    [InlineData("+")]
    [InlineData("@2")]
    [InlineData("~")]
    [InlineData(".old")]
    [InlineData(".2")]
    [InlineData("..")]
    [InlineData("._")]
    [InlineData("ä")]
    [InlineData(".ä")]
    [InlineData("日本")]
    public void Name_goes_on_with(string following) => Assert.False(PathBoundary.EndsBefore(Two(following)));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("\0")]
    [InlineData("#!")]
    [InlineData("PATH=")]
    [InlineData("PATH=/usr/bin:")]
    [InlineData("prefix: '")]
    [InlineData("\"")]
    [InlineData("(")]
    [InlineData("file://")]
    [InlineData("name @ file://")]
    [InlineData("${DESTDIR}")]
    [InlineData("-I")]
    [InlineData("gcc -L")]
    [InlineData("-Wl,-rpath,")]
    [InlineData("-isystem")]
    [InlineData("\"first line\\n")]
    [InlineData("\\t")]
    [InlineData("\\x27")]
    [InlineData("\\u0027")]
    [InlineData(" /")]
    public void Path_begins_after(string preceding) => Assert.Equal(PathBeginning.Anywhere, PathBoundary.BeginsAfter(Last(preceding)));

    [Theory]
    [InlineData("/usr")]
    [InlineData("/usr/src")]
    [InlineData("/home/some.one")]
    [InlineData("/srv/größe")]
    [InlineData("https://example.org")]
    [InlineData("https:/")]
    [InlineData("//example.org")]
    [InlineData("'/usr/")]
    [InlineData("import x from '.")]
    [InlineData("require('..")]
    [InlineData("../..")]
    public void Path_does_not_begin_after(string preceding) => Assert.Equal(PathBeginning.Nowhere, PathBoundary.BeginsAfter(Last(preceding)));

    [Theory]
    [InlineData("src")]
    [InlineData("'src")]
    [InlineData("import x from '@")]
    [InlineData("cd ~")]
    [InlineData("$HOME")]
    [InlineData("a-I")]
    [InlineData("\\no")]
    [InlineData("ä")]
    [InlineData("src/")]
    public void Path_begins_only_in_a_binary_after(string preceding) =>
        Assert.Equal(PathBeginning.InBinary, PathBoundary.BeginsAfter(Last(preceding)));

    [Theory]
    [InlineData("")]
    [InlineData("\"")]
    [InlineData("file:///")]
    [InlineData("file:/")]
    [InlineData("#!")]
    [InlineData("#!\"")]
    [InlineData("-I")]
    [InlineData(@"C:\bin;")]
    [InlineData(@"\\?\")]
    [InlineData(@"\??\")]
    [InlineData("'first\\n")]
    [InlineData("x/")]
    public void Path_with_a_drive_begins_after(string preceding) => Assert.Equal(PathBeginning.Anywhere, PathBoundary.DriveBeginsAfter(Last(preceding)));

    [Theory]
    [InlineData("ab")]
    [InlineData("x-I")]
    [InlineData(@"\no")]
    public void Letter_that_ends_a_word_is_a_drive_only_in_a_binary(string preceding) =>
        Assert.Equal(PathBeginning.InBinary, PathBoundary.DriveBeginsAfter(Last(preceding)));

    [Theory]
    [InlineData("", true, (int)PathBeginning.Anywhere)]
    [InlineData("PATH=", true, (int)PathBeginning.Anywhere)]
    [InlineData("file:", true, (int)PathBeginning.Anywhere)]
    [InlineData("file://", true, (int)PathBeginning.Anywhere)]
    [InlineData("https:", true, (int)PathBeginning.Nowhere)]
    [InlineData("https:/", true, (int)PathBeginning.Nowhere)]
    [InlineData("at:", false, (int)PathBeginning.Anywhere)]
    [InlineData(@"C:\x\", false, (int)PathBeginning.Nowhere)]
    [InlineData("src", false, (int)PathBeginning.InBinary)]
    [InlineData("-L", false, (int)PathBeginning.Anywhere)]
    public void Path_with_a_server_begins_where_it_is_neither_host_nor_folder(string preceding, bool slashes, int expected) =>
        Assert.Equal((PathBeginning)expected, PathBoundary.ShareBeginsAfter(Last(preceding), slashes));

    static byte[] Two(string text) => [.. Encoding.UTF8.GetBytes(text).Take(PathBoundary.LookAhead)];

    static byte[] Last(string text) => [.. Encoding.UTF8.GetBytes(text).TakeLast(PathBoundary.LookBehind)];
}
