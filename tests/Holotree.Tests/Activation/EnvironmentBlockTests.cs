using System.Diagnostics;
using System.Globalization;
using System.Text;
using Holotree.Activation;

namespace Holotree.Tests.Activation;

public sealed class EnvironmentBlockTests
{
    [Fact]
    public void Every_variable_of_a_block_is_there_as_it_was()
    {
        var block = EnvironmentBlock.Parse("A=1\0B=\0odd\0C=x=y\nz\0"u8);

        Assert.Equal(["A=1", "B=", "odd", "C=x=y\nz"], block.Entries.Select(Encoding.UTF8.GetString));
        Assert.Equal("x=y\nz", block.Text("C"));
        Assert.Equal(string.Empty, block.Text("B"));
        Assert.Null(block.Text("odd"));
        Assert.Null(block["D"]);
    }

    [Fact]
    public void A_hundred_thousand_changes_take_no_time()
    {
        var block = EnvironmentBlock.Parse("A=1\0"u8);
        long start = Stopwatch.GetTimestamp();

        for (int i = 0; i < 100_000; i++) block.Apply(new VariableChange(string.Create(CultureInfo.InvariantCulture, $"A{i}"), "x"u8.ToArray()));

        Assert.Equal("x", block.Text("A99999"));
        Assert.Equal(100_001, block.Entries.Count);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 5);
    }

    [Fact]
    public void Of_several_of_one_name_the_first_counts_and_a_change_is_of_all()
    {
        var block = EnvironmentBlock.Parse("A=1\0A=2\0AB=3\0"u8);
        Assert.Equal("1", block.Text("A"));

        block.Apply(new VariableChange("A", "4"u8.ToArray()));
        Assert.Equal(["AB=3", "A=4"], block.Entries.Select(Encoding.UTF8.GetString));

        block.Apply(new VariableChange("A", null));
        Assert.Equal(["AB=3"], block.Entries.Select(Encoding.UTF8.GetString));
    }
}
