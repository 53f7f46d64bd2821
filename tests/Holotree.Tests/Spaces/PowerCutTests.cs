using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Maintenance;
using Holotree.Spaces;
using Holotree.Tests.Maintenance;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Spaces;

/// <summary>
/// What a restore left to the system to write may be lost by a power cut. A space of which that cannot be ruled out is in doubt: it is verified
/// before anybody gets it. The start of the machine is staged by what the state says of it.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class PowerCutTests : IDisposable
{
    readonly Site site = CheckTests.Recorded("xfs");

    string StatePath => Path.Join(site.Home.StatesPath, "space.state");

    string FileOf(string name) => Path.Join(site.PathOf("space"), name);

    public void Dispose() => site.Dispose();

    /// <summary>As if the machine had been started again since. What is changed from now on looks as if the restore had done it.</summary>
    void StartAgain(DateTimeOffset? finished = null) => ChangeState(facts =>
    {
        facts["boot"] = "11111111-2222-3333-4444-555555555555";
        facts.Set("finished", finished ?? DateTimeOffset.UtcNow.AddHours(1));
    });

    void ChangeState(Action<FactFile> change)
    {
        FactFile facts = FactFile.Read(StatePath)!;
        change(facts);
        facts.Write(StatePath, durable: false);
    }

    HolotreeException Refused() => Assert.Throws<HolotreeException>(() => site.Spaces.Use("space", Site.Patience));

    [Fact]
    public void Space_that_lost_nothing_is_verified_by_its_next_use_and_complete_from_then_on()
    {
        site.Restore();
        StartAgain();

        SpaceInfo doubted = Assert.Single(site.Spaces.List());
        Assert.Equal((false, true), (doubted.Complete, doubted.InDoubt));
        using (SpaceUse use = site.Spaces.Use("space", Site.Patience)) Assert.True(use.Space.Complete);
        SpaceInfo proven = Assert.Single(site.Spaces.List());
        Assert.Equal((true, false), (proven.Complete, proven.InDoubt));
        Assert.Equal(RestoreReport.Unchanged, site.Restore().Mode);
    }

    [Theory]
    [InlineData("package-000/file-00007.js", 0)]
    [InlineData("package-000/file-00007.js", -1)]
    public void Space_that_lost_bytes_is_refused_until_it_is_made_good(string name, int length)
    {
        site.Restore();
        TreeSnapshot right = TreeSnapshot.Take(site.PathOf("space"));
        DateTime time = File.GetLastWriteTimeUtc(FileOf(name));

        // ext4 and btrfs leave a file of no length, XFS may leave one of the right length, full of zeros.
        byte[] content = length < 0 ? new byte[new FileInfo(FileOf(name)).Length] : [];
        File.WriteAllBytes(FileOf(name), content);
        File.SetLastWriteTimeUtc(FileOf(name), time);
        StartAgain();

        HolotreeException refused = Refused();
        Assert.Equal((HolotreeFailure.NotFound, "space-in-doubt"), (refused.Failure, refused.Code));
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        CheckReport report = CheckTests.Check(site);
        Assert.True(report.IsSound, string.Join('\n', report.Damaged));
        Assert.Equal(1, report.Skipped.Count + report.Changed.Count);

        Assert.Equal(RestoreReport.Refreshed, site.Restore().Mode);
        TreeComparison.AssertEqual(right, site.PathOf("space"));
        using SpaceUse use = site.Spaces.Use("space", Site.Patience);
        Assert.True(use.Space.Complete);
    }

    [Fact]
    public void What_somebody_changed_in_a_space_after_it_was_made_was_not_lost()
    {
        site.Restore();
        Thread.Sleep(100);       // more than a tick of the clock that files get their times from
        StartAgain(DateTimeOffset.UtcNow);
        Thread.Sleep(100);
        File.WriteAllText(FileOf("package-000/file-00000.js"), "edited");
        File.Delete(FileOf("package-000/file-00001.js"));
        File.WriteAllText(FileOf("mine"), "mine");

        using (SpaceUse use = site.Spaces.Use("space", Site.Patience)) Assert.True(use.Space.Complete);

        Assert.Equal("edited", File.ReadAllText(FileOf("package-000/file-00000.js")));
        Assert.True(File.Exists(FileOf("mine")));
    }

    [Fact]
    public void In_doubt_no_look_vouches_for_bytes()
    {
        site.Restore();
        StartAgain();

        RestoreReport report = site.Restore();

        Assert.Equal(0, report.Mechanisms[Reflinks.Files.Mechanism.Unchanged]);
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
    }

    [Fact]
    public void Space_that_is_known_to_be_on_disk_is_in_no_doubt()
    {
        site.Restore();
        site.Spaces.Sync();
        StartAgain();
        Assert.True(Assert.Single(site.Spaces.List()).Complete);

        File.WriteAllText(FileOf("package-000/file-00000.js"), "edited");
        Assert.Equal(RestoreReport.Refreshed, site.Restore().Mode);
        StartAgain();
        Assert.True(Assert.Single(site.Spaces.List()).InDoubt);
    }

    [Fact]
    public void Space_that_is_used_again_a_minute_later_is_written_to_disk_once()
    {
        site.Restore();
        site.Spaces.Use("space", Site.Patience).Dispose();
        Assert.DoesNotContain("synced=", File.ReadAllText(StatePath), StringComparison.Ordinal);

        ChangeState(static facts => facts.Set("finished", DateTimeOffset.UtcNow.AddMinutes(-2)));
        site.Spaces.Use("space", Site.Patience).Dispose();

        Assert.Contains("synced=yes", File.ReadAllText(StatePath), StringComparison.Ordinal);
    }

    [Fact]
    public void Space_in_doubt_whose_catalog_is_gone_cannot_be_verified()
    {
        site.Restore();
        StartAgain();
        site.Catalogs.Remove(site.Catalogs.Find("env"), Site.Patience);

        Assert.Contains("catalog", Refused().Message, StringComparison.Ordinal);
        site.Spaces.Delete("space", Site.Patience);
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    public void State_whose_bytes_a_power_cut_took_is_read_from_what_the_log_has_of_it(string volume)
    {
        using Site other = CheckTests.Recorded(volume);
        other.Restore();
        string path = Path.Join(other.Home.StatesPath, "space.state");
        SpaceInfo before = Assert.Single(other.Spaces.List());
        using (FileStream file = File.OpenWrite(path)) file.SetLength(0);

        SpaceInfo after = Assert.Single(other.Spaces.List());

        Assert.Equal((before.Path, before.Catalog, before.Files, true), (after.Path, after.Catalog, after.Files, after.Complete));
        Assert.True(CheckTests.Check(other).IsSound);
        Assert.Equal(RestoreReport.Unchanged, other.Restore().Mode);
    }

    [Fact]
    public void Space_that_was_to_be_replaced_comes_back_where_nobody_was_told_of_the_new_one()
    {
        site.Restore();
        string space = site.PathOf("space"), pending = Path.Join(site.Home.SpacesPath, ".reflink-0000000000000000.partial");
        TreeSnapshot right = TreeSnapshot.Take(space);

        // What a process leaves that is killed between the exchange and the note of it.
        Directory.Move(space, pending);
        Directory.CreateDirectory(space);
        File.WriteAllText(FileOf("new"), "new");
        ChangeState(facts => (facts["pending"], facts["pendingIdentity"]) = (pending, FolderIdentity.Of(space)));
        Assert.False(Assert.Single(site.Spaces.List()).Complete);

        // Nothing is made anew, only the folder's own looks are put right: it was renamed.
        RestoreReport report = site.Restore();
        Assert.Equal(report.Files, report.Mechanisms[Reflinks.Files.Mechanism.Unchanged]);
        Assert.Equal(0, report.Removed);
        TreeComparison.AssertEqual(right, space);
        site.AssertNothingLeft("space");
    }

    [Fact]
    public void Space_with_the_folder_of_a_refresh_in_it_is_not_said_to_be_complete()
    {
        using Site other = CheckTests.Recorded("btrfs");
        other.Restore(strategy: Strategy.Snapshot);
        string file = Path.Join(other.PathOf("space"), "package-000/file-00000.js");
        File.WriteAllText(file, "edited");
        using var cancellation = new CancellationTokenSource();
        bool? complete = null;
        var watch = new Told(_ =>
        {
            complete ??= other.Spaces.Find("space")!.Complete;
            cancellation.Cancel();
        });

        Assert.ThrowsAny<OperationCanceledException>(() => other.Spaces.Restore("space", "env", new RestoreOptions { LockTimeout = Site.Patience }, watch, cancellation.Token));

        // And where nothing was changed after all it is again.
        Assert.False(complete);
        Assert.True(other.Spaces.Find("space")!.Complete);
        Assert.Equal("edited", File.ReadAllText(file));
    }
}
