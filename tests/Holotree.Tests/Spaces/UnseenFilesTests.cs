using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Tests.Spaces;

/// <summary>On btrfs and XFS nobody looks at a clone when it is made. A later restore tells all the same whether it was changed.</summary>
[SupportedOSPlatform("linux")]
public sealed class UnseenFilesTests
{
    const int Files = 2000;

    public static TheoryData<string, Strategy> Ways { get; } = new() { { "btrfs", Strategy.Reflink }, { "btrfs", Strategy.Snapshot }, { "xfs", Strategy.Reflink } };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Most_clones_are_never_looked_at_and_left_alone_by_the_next_restore(string volume, Strategy strategy)
    {
        using Site site = MadeUnseen(volume, strategy, out Catalog catalog);

        // The first ones of each worker, one in a second, and those of the last ticks of the clock.
        Assert.InRange(Seen(site, catalog), 1, Files / 2);
        string before = Looks(site);
        RestoreReport report = site.Restore(strategy: strategy);
        Assert.Equal(("unchanged", (long)Files), (report.Mode, report.Mechanisms[Mechanism.Unchanged]));
        Assert.Equal(before, Looks(site));
    }

    [Theory]
    [InlineData("btrfs", Strategy.Copy)]
    [InlineData("ext4", Strategy.Copy)]
    [InlineData("ext4", Strategy.HardLink)]
    public void Everything_else_is_looked_at_when_it_is_made(string volume, Strategy strategy)
    {
        using Site site = Made(volume, strategy, out Catalog catalog);

        Assert.All(IndexOf(site, catalog).Stamps.Files, static stamp => Assert.True(stamp.WasSeen));
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    public void What_was_made_in_the_last_tick_of_the_clock_was_looked_at(string volume)
    {
        using var site = new Site(volume);
        for (int i = 0; i < 20; i++) site.Folder.Write($"source/file {i}", $"content {i}");
        Catalog catalog = site.Catalogs.Load(site.Record().Catalog);

        // Nearly always all of them are made within one tick, which still runs when the last one is there.
        Assert.Contains(Enumerable.Range(0, 20), i =>
        {
            site.Restore($"space-{i}", Strategy.Reflink);
            return IndexOf(site, catalog, $"space-{i}").Stamps.Files.All(static stamp => stamp.WasSeen);
        });
    }

    /// <summary>All files are of the same length and time, so that nothing but the time of the last change can tell.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Change_that_puts_length_and_time_back_is_found_and_nothing_else_is_touched(string volume, Strategy strategy)
    {
        using Site site = MadeUnseen(volume, strategy, out Catalog catalog);
        TreeSnapshot made = TreeSnapshot.Take(site.PathOf("space"));
        int[] unseen = [.. Enumerable.Range(0, Files).Where(i => !IndexOf(site, catalog).Stamps.Files[i].WasSeen).Take(6)];
        string[] changed = [.. unseen.Select(i => Path.Join(site.PathOf("space"), catalog.Listing.DisplayPath(catalog.Listing.Files[i])))];
        DateTime time = File.GetLastWriteTimeUtc(changed[0]);

        File.WriteAllText(changed[0], "another " + new string('x', 12));
        File.SetLastWriteTimeUtc(changed[0], time);
        File.SetUnixFileMode(changed[1], UnixFileMode.UserRead);
        File.Move(changed[2], changed[3], overwrite: true);
        File.Copy(changed[3], changed[2]);
        File.SetLastWriteTimeUtc(changed[2], time);
        Tool.Run("sh", "-c", "mv \"$1\" \"$1.old\"; mv \"$2\" \"$1\"; mv \"$1.old\" \"$2\"", "swap", changed[4], changed[5]);
        RestoreReport report = site.Restore(strategy: Strategy.Reflink);

        Assert.Equal(("refreshed", 6L), (report.Mode, report.Mechanisms[Mechanism.Reflink]));
        Assert.Equal(Files - 6, report.Mechanisms[Mechanism.Unchanged]);
        TreeComparison.AssertEqual(made, site.PathOf("space"));
        Assert.Equal("unchanged", site.Restore(strategy: Strategy.Reflink).Mode);
    }

    static Site Made(string volume, Strategy strategy, out Catalog catalog)
    {
        var site = new Site(volume);
        var time = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        for (int i = 0; i < Files; i++) File.SetLastWriteTimeUtc(site.Folder.Write($"source/folder {i % 30}/file {i}", $"content {i,12}"), time);
        catalog = site.Catalogs.Load(site.Record().Catalog);
        site.Restore(strategy: strategy);
        return site;
    }

    /// <summary>Where the processor that moves the clock on is taken away from a virtual machine, one tick lasts for much of a restore: then another one.</summary>
    static Site MadeUnseen(string volume, Strategy strategy, out Catalog catalog)
    {
        for (int tries = 1; ; tries++)
        {
            Site site = Made(volume, strategy, out catalog);
            if (tries == 5 || Seen(site, catalog) <= Files / 2) return site;
            site.Dispose();
        }
    }

    static int Seen(Site site, Catalog catalog) => IndexOf(site, catalog).Stamps.Files.Count(static stamp => stamp.WasSeen);

    static SpaceIndex IndexOf(Site site, Catalog catalog, string space = "space") => SpaceIndex.Of(site.Home, SpaceState.Read(site.Home, space)!, catalog)!;

    static string Looks(Site site) => Tool.Run("find", site.PathOf("space"), "-printf", "%P %i %s %T@ %C@\n");
}
