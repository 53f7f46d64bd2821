using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class TreeStatisticsTests
{
    [Fact]
    public void The_figures_are_those_of_the_tree_as_it_stands()
    {
        using var place = new Workplace();
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--strategy", "copy").Expect(0);

        JsonElement figures = place.Cli.Json("variables", "--space", "dev", "--tree", "stats");

        Pinned.AssertKeys(figures, "files", "directories", "symlinks", "bytes", "relocations", "relocatedPercent", "mechanisms");
        Pinned.AssertKeys(figures.GetProperty("mechanisms"), Pinned.Mechanisms);
        Assert.Equal((5, 1, 1), (figures.Number("files"), figures.Number("directories"), figures.Number("symlinks")));
        string[] files = Directory.GetFiles(place["home/spaces/dev"], "*", SearchOption.AllDirectories);
        Assert.Equal(files.Where(file => new FileInfo(file).LinkTarget is null).Sum(file => new FileInfo(file).Length), figures.Number("bytes"));
        Assert.Equal(2, figures.Number("relocations"));
        Assert.Equal(20, figures.GetProperty("relocatedPercent").GetDouble());
        Assert.Equal(5, Pinned.Mechanisms.Sum(name => figures.GetProperty("mechanisms").Number(name)));
        Assert.Equal(1, figures.GetProperty("mechanisms").Number("empty"));

        place.Folder.Write("home/spaces/dev/new/file", "12345");
        JsonElement later = place.Cli.Json("variables", "--space", "dev", "--tree", "stats");

        Assert.Equal((6, 2), (later.Number("files"), later.Number("directories")));
        Assert.Equal(figures.Number("bytes") + 5, later.Number("bytes"));
        Assert.Equal(16.67, later.GetProperty("relocatedPercent").GetDouble());
    }

    [Fact]
    public void The_figures_stay_when_the_catalog_is_gone()
    {
        using var place = new Workplace();
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        place.Cli.Run("remove", "tools").Expect(0);

        Assert.Equal(2, place.Cli.Json("variables", "--space", "dev", "--tree", "stats").Number("relocations"));
    }

    [Fact]
    public void People_get_lines()
    {
        using var place = new Workplace();
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--strategy", "copy").Expect(0);

        string said = place.Cli.Run("variables", "--space", "dev", "--tree", "stats").Expect(0).Output;

        Assert.Contains("holds        5 files (300 kB), 1 folder, 1 link\n", said, StringComparison.Ordinal);
        Assert.Contains("relocated    1 file (20 %), 2 places\n", said, StringComparison.Ordinal);
    }
}
