using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Spaces;

/// <summary>Spaces that go: deleted by command, or swept when their maker or their deleter died.</summary>
[SupportedOSPlatform("linux")]
public sealed class SpaceDeletionTests : IDisposable
{
    readonly Site site = new("xfs");

    public SpaceDeletionTests()
    {
        site.MakeSample(SampleParts.Links, files: 30);
        site.Record();
    }

    public void Dispose() => site.Dispose();

    [Fact]
    public void Deleted_space_is_gone_with_its_state()
    {
        site.Restore("one");
        site.Restore("two");

        site.Spaces.Delete("one", Site.Patience);

        site.AssertNothingLeft("two");
        HolotreeException exception = Refused(() => site.Spaces.Delete("one", Site.Patience));
        Assert.Equal((HolotreeFailure.NotFound, "space-unknown"), (exception.Failure, exception.Code));
        Assert.Contains("'one'", exception.Message, StringComparison.Ordinal);
        site.Restore("one");
        site.AssertNothingLeft("one", "two");
    }

    [Fact]
    public void Space_that_somebody_removed_can_be_deleted_and_made_again()
    {
        site.Restore();
        Directory.Delete(site.PathOf("space"), recursive: true);
        Assert.False(Assert.Single(site.Spaces.List()).Complete);

        site.Spaces.Delete("space", Site.Patience);
        Assert.Empty(site.Spaces.List());
        site.Restore();
        Directory.Delete(site.PathOf("space"), recursive: true);
        site.Restore();

        Assert.True(Assert.Single(site.Spaces.List()).Complete);
    }

    [Fact]
    public void Deleted_space_is_out_of_the_way_before_its_files_are_deleted()
    {
        site.Restore();

        site.Spaces.Delete("space", Site.Patience);

        Assert.Empty(site.Spaces.List());
        string grave = Assert.Single(Directory.EnumerateFileSystemEntries(site.Home.SpacesPath));
        Assert.Throws<OperationCanceledException>(() => site.Spaces.Sweep(Timeout.InfiniteTimeSpan, new CancellationToken(canceled: true)));
        Assert.False(site.Spaces.Sweep(TimeSpan.Zero));
        site.Restore();
        Assert.True(Directory.Exists(grave));
        Assert.True(site.Spaces.Sweep(Timeout.InfiniteTimeSpan));
        Assert.False(Directory.Exists(grave));
        site.AssertNothingLeft("space");
    }

    [Fact]
    public void Deletion_whose_process_died_before_it_was_noted_is_finished_by_the_next_command()
    {
        site.Restore();
        string grave = Path.Join(site.Home.SpacesPath, ".reflink-0123456789abcdef.partial");
        SpaceState.Begin(site.Home, "space", site.PathOf("space"), grave, SpaceState.Read(site.Home, "space"));
        Directory.Move(site.PathOf("space"), grave);

        Assert.False(Assert.Single(site.Spaces.List()).Complete);
        site.Spaces.Delete("space", Site.Patience);

        site.AssertNothingLeft();
    }

    [Fact]
    public void Sweeping_leaves_a_folder_that_only_has_the_name_of_a_grave()
    {
        site.Restore();
        site.Spaces.Delete("space", Site.Patience);
        string grave = Assert.Single(Directory.EnumerateFileSystemEntries(site.Home.SpacesPath));
        Directory.Delete(grave, recursive: true);
        Directory.CreateDirectory(grave);

        Assert.True(site.Spaces.Sweep(Timeout.InfiniteTimeSpan));

        Assert.True(Directory.Exists(grave));
    }

    [Fact]
    public void Space_that_cannot_be_moved_away_stays_as_it_is()
    {
        site.Restore();
        Tool.Run("mount", "--bind", site.PathOf("space"), site.PathOf("space"));
        try
        {
            var exception = Assert.ThrowsAny<IOException>(() => site.Spaces.Delete("space", Site.Patience));
            Assert.Equal("EBUSY", NativeError.Of(exception)?.Name);
            Assert.Contains(site.PathOf("space"), exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            Tool.Run("umount", site.PathOf("space"));
        }
        site.AssertNothingLeft("space");
        TreeComparison.AssertEqual(site.Source, site.PathOf("space"), NoLinks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Half_made_space_of_a_dead_process_is_swept_by_the_next_command(bool byDelete)
    {
        Leave("space", out string pending);
        Assert.False(Assert.Single(site.Spaces.List()).Complete);

        if (byDelete) site.Spaces.Delete("space", Site.Patience);
        else site.Restore();

        Assert.False(Directory.Exists(pending));
        site.AssertNothingLeft(byDelete ? [] : ["space"]);
    }

    [Fact]
    public void Half_made_space_is_swept_before_it_is_found_to_be_unwanted()
    {
        Leave("space", out string pending);
        site.Folder.Write("home/spaces/space/mine", "mine");

        Assert.Equal("destination-exists", Refused(() => site.Restore()).Code);

        Assert.False(Directory.Exists(pending));
        Assert.Equal("mine", File.ReadAllText(Path.Join(site.PathOf("space"), "mine")));
        Assert.Empty(site.Spaces.List());
    }

    [Fact]
    public void Space_whose_maker_died_before_it_was_noted_goes()
    {
        // Renamed, but the state still says where it was built: nobody was told that it is complete.
        Leave("space", out string pending);
        Directory.Move(pending, site.PathOf("space"));

        Assert.False(Assert.Single(site.Spaces.List()).Complete);
        site.Restore();

        TreeComparison.AssertEqual(site.Source, site.PathOf("space"), NoLinks);
        site.AssertNothingLeft("space");
    }

    [Fact]
    public void Half_made_replacement_is_swept_and_the_space_stays()
    {
        site.Restore();
        TreeSnapshot before = TreeSnapshot.Take(site.PathOf("space"));
        string pending = Directory.CreateDirectory(Path.Join(site.Home.SpacesPath, ".reflink-0123456789abcdef.partial")).FullName;
        File.WriteAllText(Path.Join(pending, "half"), "half");
        SpaceState.Begin(site.Home, "space", site.PathOf("space"), pending, SpaceState.Read(site.Home, "space"));

        Assert.True(Assert.Single(site.Spaces.List()).Complete);
        Assert.Equal("unchanged", site.Restore().Mode);

        TreeComparison.AssertEqual(before, site.PathOf("space"));
        site.AssertNothingLeft("space");
    }

    [Fact]
    public void Replaced_tree_whose_deletion_was_cut_off_is_swept()
    {
        RestoreReport report = site.Restore();
        string old = Directory.CreateDirectory(Path.Join(site.Home.SpacesPath, ".reflink-0123456789abcdef.partial")).FullName;
        File.WriteAllText(Path.Join(old, "old"), "old");
        SpaceState.Read(site.Home, "space")!.Finish(report, "env", report.Mechanisms, report.Relocated, DateTimeOffset.UtcNow, replaced: old);

        Assert.Equal("unchanged", site.Restore().Mode);

        site.AssertNothingLeft("space");
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
    }

    static TreeComparisonOptions NoLinks => new() { Except = path => path == "links/into the tree itself" };

    static HolotreeException Refused(Action act) => Assert.Throws<HolotreeException>(act);

    /// <summary>What a process leaves that is killed while it makes a space.</summary>
    void Leave(string space, out string pending)
    {
        Directory.CreateDirectory(site.Home.StatesPath);
        pending = Directory.CreateDirectory(Path.Join(site.Home.SpacesPath, ".reflink-0123456789abcdef.partial")).FullName;
        File.WriteAllText(Path.Join(pending, "half"), "half");
        SpaceState.Begin(site.Home, space, site.PathOf(space), pending, before: null);
    }
}
