using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>The setting <c>holotree.standby</c>: spaces wait, are claimed by init, and are made up for by a process that nobody waits for.</summary>
public sealed class StandbyTests
{
    [Fact]
    public void Init_claims_a_space_in_waiting_and_another_one_takes_its_place()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("settings", "holotree.standby", "2").Expect(0);

        Assert.False(place.Cli.Json("init", "--catalog", "tools", "--space", "first").GetProperty("waited").GetBoolean());
        WaitFor(place, 2);
        JsonElement second = place.Cli.Json("init", "--catalog", "tools", "--space", "second");

        Assert.True(second.GetProperty("waited").GetBoolean());
        Assert.Equal("reflink", second.GetProperty("strategy").Text("used"));
        Assert.Equal($"#!{place["home/spaces/second"]}/bin/python\nhome = {place["home/spaces/second"]}\n", File.ReadAllText(place["home/spaces/second/self"]));
        WaitFor(place, 2);
        place.Cli.Run("settings", "holotree.standby", "0").Expect(0);
        place.Cli.Run("standby").Expect(0);
        Assert.Equal(0, Waiting(place));
    }

    [Fact]
    public void Without_the_setting_nothing_waits()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();

        place.Cli.Run("init", "--catalog", "tools", "--space", "first").Expect(0);
        Thread.Sleep(200);

        Assert.Equal(0, Waiting(place));
        Assert.Empty(place.NamesIn("home/standby"));
    }

    [Theory]
    [InlineData("17")]
    [InlineData("many")]
    public void Wrong_number_is_refused_by_name(string number)
    {
        using var place = new Workplace();
        CliResult refused = place.Cli.Run("settings", "holotree.standby", number, "--json");
        Pinned.AssertFails(refused, 2, "settings-invalid");
    }

    static int Waiting(Workplace place) => place.Cli.Json("statistics").GetProperty("standby").GetProperty("spaces").GetInt32();

    static void WaitFor(Workplace place, int spaces)
    {
        for (int i = 0; i < 1200 && Waiting(place) != spaces; i++) Thread.Sleep(50);
        Assert.Equal(spaces, Waiting(place));
    }
}
