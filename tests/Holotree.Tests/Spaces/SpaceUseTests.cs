using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Spaces;

/// <summary>Spaces that are worked in, and spaces that last as long as somebody works in them.</summary>
[SupportedOSPlatform("linux")]
public sealed class SpaceUseTests : IDisposable
{
    readonly Site site = new("xfs");

    public SpaceUseTests()
    {
        site.MakeSample(SampleParts.Links, files: 30);
        site.Record();
    }

    public void Dispose() => site.Dispose();

    [Fact]
    public void A_space_in_use_is_shared_by_users_and_kept_from_whoever_would_change_it()
    {
        site.Restore();
        DateTimeOffset made = site.Spaces.Find("space")!.Used;
        using (SpaceUse first = site.Spaces.Use("space", TimeSpan.Zero), second = site.Spaces.Use("space", TimeSpan.Zero))
        {
            Assert.Equal(site.PathOf("space"), first.Space.Path);
            Assert.Equal("busy", Assert.Throws<HolotreeException>(() => site.Spaces.Delete("space", TimeSpan.Zero)).Code);
            Assert.Equal("busy", Assert.Throws<HolotreeException>(() => site.Restore(options: new RestoreOptions { LockTimeout = TimeSpan.Zero })).Code);
        }

        Assert.True(site.Spaces.Find("space")!.Used > made);
        site.Spaces.Delete("space", TimeSpan.Zero);
        site.AssertNothingLeft();
    }

    [Fact]
    public void What_is_not_a_whole_space_is_not_used()
    {
        Assert.Equal("space-unknown", Assert.Throws<HolotreeException>(() => site.Spaces.Use("space", TimeSpan.Zero)).Code);
        Assert.Null(site.Spaces.Find("space"));
        site.Restore();
        Directory.Move(site.PathOf("space"), site.PathOf("moved"));

        Assert.Equal("space-incomplete", Assert.Throws<HolotreeException>(() => site.Spaces.Use("space", TimeSpan.Zero)).Code);
        Assert.False(site.Spaces.Find("space")!.Complete);
    }

    [Fact]
    public void A_space_for_one_use_is_kept_for_it_and_gone_after()
    {
        using (SpaceUse use = site.Spaces.MakeEphemeral(null, "env", new RestoreOptions { LockTimeout = TimeSpan.Zero }))
        {
            Assert.True(Directory.Exists(use.Space.Path));
            site.Spaces.Use(use.Space.Space, TimeSpan.Zero).Dispose();
            Assert.Equal(use.Space.Files, use.Made!.Files);
            Assert.True(Assert.Single(site.Spaces.List()).Ephemeral);
            Assert.Equal("busy", Assert.Throws<HolotreeException>(() => site.Spaces.Delete(use.Space.Space, TimeSpan.Zero)).Code);
        }

        Assert.Empty(site.Spaces.List());
        Assert.True(site.Spaces.Sweep(Timeout.InfiniteTimeSpan));
        site.AssertNothingLeft();
    }

    [Fact]
    public void A_space_that_is_there_is_not_taken_for_one_use_and_away()
    {
        site.Restore();

        HolotreeException refused = Assert.Throws<HolotreeException>(() => site.Spaces.MakeEphemeral("space", "env", new RestoreOptions { LockTimeout = TimeSpan.Zero }));

        Assert.Equal("space-exists", refused.Code);
        Assert.True(site.Spaces.Find("space")!.Complete);
    }

    [Fact]
    public void A_use_that_was_cut_off_while_its_space_was_made_is_swept_by_the_next_look()
    {
        using var cancellation = new CancellationTokenSource();
        string pending = string.Empty;
        var killed = new Told(_ =>
        {
            // What a killed process leaves: the state that it wrote, and the folder that it built in.
            if (pending.Length > 0) return;
            pending = Directory.GetDirectories(site.Home.SpacesPath, ".*").Single();
            File.Copy(Path.Join(site.Home.StatesPath, "one.state"), site.Folder["one.state"]);
            Directory.CreateDirectory(pending + ".kept");
            cancellation.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() =>
            site.Spaces.MakeEphemeral("one", "env", new RestoreOptions { LockTimeout = TimeSpan.Zero }, killed, cancellation.Token));
        Directory.Move(pending + ".kept", pending);
        File.Move(site.Folder["one.state"], Path.Join(site.Home.StatesPath, "one.state"));

        Assert.Empty(site.Spaces.List());

        site.AssertNothingLeft();
    }

    [Fact]
    public void What_is_relocated_in_a_space_is_known_after_a_refresh_too()
    {
        site.Folder.Write("source/self", $"{site.Source} and {site.Source}");
        site.Record();
        site.Restore();
        Assert.Equal((1, 2), (site.Spaces.Find("space")!.RelocatedFiles, site.Spaces.Find("space")!.Relocations));
        File.WriteAllText(Path.Join(site.PathOf("space"), "more"), "more");

        Assert.Equal(RestoreReport.Refreshed, site.Restore().Mode);

        Assert.Equal((1, 2), (site.Spaces.Find("space")!.RelocatedFiles, site.Spaces.Find("space")!.Relocations));
    }
}
