using Holotree.Library;

namespace Holotree.Tests.Library;

/// <summary>What may be the name of a space or a catalog, and what a folder's catalog is called where nothing else is asked for.</summary>
public sealed class NamesTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("0")]
    [InlineData("dev")]
    [InlineData("Python-3.11.7_x+y@z")]
    [InlineData("a..b")]
    public void Plain_name_is_taken(string name) => Names.Check(name, "space");

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("-rf")]
    [InlineData("_x")]
    [InlineData("a/b")]
    [InlineData("../x")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("a\n")]
    [InlineData("a\0")]
    [InlineData("größe")]
    [InlineData("a:b")]
    [InlineData("a*")]
    public void Other_name_is_refused_and_shown(string name)
    {
        var exception = Assert.Throws<HolotreeException>(() => Names.Check(name, "space"));

        Assert.Equal((HolotreeFailure.Invalid, "name-invalid"), (exception.Failure, exception.Code));
        Assert.Contains($"'{name}' cannot be the name of a space", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(exception.Hint);
    }

    [Fact]
    public void Name_has_up_to_128_characters()
    {
        Names.Check(new string('n', 128), "space");
        Assert.Throws<HolotreeException>(() => Names.Check(new string('n', 129), "space"));
    }

    [Theory]
    [InlineData("/home/me/project", "project")]
    [InlineData("/home/me/.venv", "venv")]
    [InlineData("/home/me/my project", "my-project")]
    [InlineData("/home/me/größe", "gr-e")]
    [InlineData("/home/me/日本", "root")]
    [InlineData("/", "root")]
    [InlineData("/x/---", "root")]
    [InlineData("/x/a\nb", "a-b")]
    public void Folder_gives_a_proper_name(string folder, string expected)
    {
        Assert.Equal(expected, Names.From(folder));
        Names.Check(Names.From(folder), "catalog");
    }

    [Fact]
    public void Long_folder_name_is_cut()
    {
        string name = Names.From("/x/" + new string('n', 250));

        Assert.Equal(128, name.Length);
        Names.Check(name, "catalog");
    }
}
