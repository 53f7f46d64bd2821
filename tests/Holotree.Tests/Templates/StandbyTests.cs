using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Templates;
using Holotree.Tests.Staging;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Tests.Templates;

/// <summary>A space that waited, ready-made, is what any other space would be; and nobody gets one that is not whole.</summary>
[SupportedOSPlatform("linux")]
public sealed class StandbyTests
{
    static readonly RestoreOptions Patient = new() { LockTimeout = Site.Patience };

    [Theory]
    [InlineData("xfs", false)]
    [InlineData("xfs", true)]
    [InlineData("ext4", false)]
    [InlineData("ext4", true)]
    [InlineData("tmpfs", false)]
    public void It_is_what_a_restore_to_the_same_path_makes_for_any_tree(string volume, bool asUser)
    {
        int first = Random.Shared.Next();
        for (int seed = first; seed < first + 4; seed++)
        {
            try
            {
                if (!asUser) Compare(volume, seed, asUser);
                else Unprivileged.Run(() => Compare(volume, seed, asUser));
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.SkipException)
            {
                throw new InvalidOperationException($"With the seed {seed}: {exception.Message}", exception);
            }
        }
    }

    static void Compare(string volume, int seed, bool asUser)
    {
        using var site = new Site(volume);
        RandomTree.Make(site.Source, seed, privileged: !asUser, readable: asUser);
        Staging.Templates.AddVarying(site);
        site.Record();

        // Where files are hard links, one that does not fit is one as recorded; in a space that waited it is a copy, as nobody knew the path yet.
        string[] targets = volume == "xfs" ? ["target", "t", "target-that-is-much-longer"] : ["target", "t"];
        RestoreOptions there = Patient with { Destination = site.Folder[targets[seed % targets.Length]] };
        RestoreReport wanted = site.Restore("space", options: there);
        TreeSnapshot direct = TreeSnapshot.Take(there.Destination!);
        site.Spaces.Delete("space", TimeSpan.Zero);
        Assert.True(site.Spaces.Sweep(Timeout.InfiniteTimeSpan));
        Assert.Equal(1, new StandbySpaces(site.Home).Fill(1, Patient));

        RestoreReport report = site.Restore("space", options: there);

        Assert.True(report.Waited);
        Assert.False(wanted.Waited);
        TreeComparison.AssertEqual(direct, there.Destination!);
        foreach (Mechanism mechanism in Enum.GetValues<Mechanism>()) Assert.Equal((mechanism, wanted.Mechanisms[mechanism]), (mechanism, report.Mechanisms[mechanism]));
        Assert.Equal(wanted.Bytes, report.Bytes);
        Assert.Equal(wanted.Relocated with { Unfit = [], Shebangs = [] }, report.Relocated with { Unfit = [], Shebangs = [] });
        Assert.Equal(wanted.Relocated.Unfit, report.Relocated.Unfit);
        Assert.Equal(wanted.Fallbacks.Select(static left => (left.From, left.To, left.Error.Name)).Order(), report.Fallbacks.Select(static left => (left.From, left.To, left.Error.Name)).Order());
        Assert.Equal(RestoreReport.Unchanged, site.Restore("space").Mode);
        Assert.Equal((0, 0), new StandbySpaces(site.Home).Count());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Join(site.Home.StandbyPath, report.Catalog)));
    }

    [Fact]
    public void No_inode_of_the_library_is_touched_when_a_path_is_written_into_a_waiting_space()
    {
        using var site = new Site("ext4");
        site.Folder.Write("source/names", $"path={site.Source}\n");
        site.Folder.Write("source/does not", "plain");
        site.Record();
        site.Restore("first");
        new StandbySpaces(site.Home).Fill(1, Patient);

        RestoreReport report = site.Restore("space");

        Assert.True(report.Waited);
        Assert.Equal($"path={site.Source}\n", File.ReadAllText(site.ObjectOf(site.Folder["source/names"])));
        Assert.Equal($"path={site.PathOf("space")}\n", File.ReadAllText(Path.Join(site.PathOf("space"), "names")));
        Assert.Equal((1, 1), (report.Mechanisms[Mechanism.HardLink], report.Mechanisms[Mechanism.PlainCopy]));
    }

    [Fact]
    public void As_many_wait_as_are_wanted_and_each_is_given_once()
    {
        using var site = new Site("xfs");
        site.MakeSample(SampleParts.Modes, files: 20);
        site.Record();
        site.Restore("first");

        Assert.Equal(3, new StandbySpaces(site.Home).Fill(3, Patient));
        Assert.Equal(0, new StandbySpaces(site.Home).Fill(3, Patient));
        Assert.Equal((3, 1), new StandbySpaces(site.Home).Count());
        var reports = new RestoreReport[6];
        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i => reports[i] = site.Restore($"space{i}"));

        Assert.Equal(3, reports.Count(static report => report.Waited));
        foreach (RestoreReport report in reports) TreeComparison.AssertEqual(site.PathOf("first"), report.Path);
        Assert.Equal(2, new StandbySpaces(site.Home).Fill(2, Patient));
        Assert.Equal(0, new StandbySpaces(site.Home).Fill(1, Patient));
        Assert.Equal((1, 1), new StandbySpaces(site.Home).Count());
        Assert.Equal(0, new StandbySpaces(site.Home).Fill(0, Patient));
        Assert.Equal((0, 0), new StandbySpaces(site.Home).Count());
        Assert.Empty(Directory.EnumerateFileSystemEntries(site.Home.StandbyPath));
    }

    [Theory]
    [InlineData(Strategy.Reflink)]
    [InlineData(Strategy.HardLink)]
    [InlineData(Strategy.Copy)]
    public void Who_asks_for_a_means_gets_that_and_not_what_waits(Strategy strategy)
    {
        using var site = new Site("xfs");
        site.MakeSample(files: 5);
        site.Record();
        site.Restore("first");
        new StandbySpaces(site.Home).Fill(1, Patient);

        Assert.False(site.Restore("other", strategy).Waited);
        Assert.False(site.Restore("verified", options: Patient with { VerifyFull = true }).Waited);
        Assert.Equal((1, 1), new StandbySpaces(site.Home).Count());
    }

    [Fact]
    public void Where_spaces_are_snapshots_none_waits()
    {
        using var site = new Site("btrfs");
        site.MakeSample(files: 5);
        site.Record();
        Assert.Equal(5, site.Restore("first").Mechanisms[Mechanism.Snapshot] > 0 ? 5 : 0);

        Assert.Equal(0, new StandbySpaces(site.Home).Fill(2, Patient));
        Assert.Equal((0, 0), new StandbySpaces(site.Home).Count());
    }

    [Fact]
    public void Space_on_another_filesystem_is_made_anew()
    {
        using var site = new Site("xfs");
        using TemporaryFolder elsewhere = TestVolumes.Ext4.Folder();
        site.MakeSample(files: 5);
        site.Record();
        site.Restore("first");
        new StandbySpaces(site.Home).Fill(1, Patient);

        RestoreReport report = site.Restore("other", options: Patient with { Destination = elsewhere["space"] });

        Assert.False(report.Waited);
        Assert.Equal((1, 1), new StandbySpaces(site.Home).Count());
    }

    [Fact]
    public void What_is_not_whole_is_not_given_and_is_cleared_away()
    {
        using var site = new Site("xfs");
        site.MakeSample(SampleParts.Modes, files: 5);
        site.Record();
        RestoreReport first = site.Restore("first");
        new StandbySpaces(site.Home).Fill(5, Patient);
        string folder = Path.Join(site.Home.StandbyPath, first.Catalog);
        string[] trees = [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)];
        File.Delete(trees[0] + ".facts");                                   // died before it was known
        TreeRemover.Remove(trees[1]);                                    // taken away, and its taker died
        Directory.CreateDirectory(trees[1]);                                // another folder in its place
        File.AppendAllText(trees[2] + ".part", "x");
        TreeRemover.Remove(trees[3]);
        File.WriteAllLines(trees[4] + ".facts", File.ReadAllLines(trees[4] + ".facts").Skip(1));     // no sum

        Assert.Equal((1, 1), new StandbySpaces(site.Home).Count());
        Assert.False(site.Restore("space").Waited);
        new StandbySpaces(site.Home).Fill(1, Patient);

        Assert.Equal((1, 1), new StandbySpaces(site.Home).Count());
        Assert.False(Path.Exists(trees[0]) || Path.Exists(trees[1]) || Path.Exists(trees[3] + ".index") || Path.Exists(trees[4]));
        TreeComparison.AssertEqual(site.PathOf("first"), site.PathOf("space"));
    }

    [Fact]
    public void What_is_known_of_a_claimed_one_stays_until_the_claim_is_through()
    {
        using var site = new Site("xfs");
        site.MakeSample(files: 5);
        site.Record();
        RestoreReport first = site.Restore("first");
        new StandbySpaces(site.Home).Fill(1, Patient);
        string folder = Path.Join(site.Home.StandbyPath, first.Catalog), tree = Assert.Single(Directory.GetDirectories(folder));
        string[] known = [tree + ".facts", tree + ".index", tree + ".part"];
        using (ReadyTree.TryHold(tree))
        {
            TreeRemover.Remove(tree);                                       // as a rename does that takes it elsewhere
            new StandbySpaces(site.Home).Fill(1, Patient);
            Assert.All(known, static path => Assert.True(File.Exists(path), path));
        }
        new StandbySpaces(site.Home).Fill(1, Patient);
        Assert.All(known, static path => Assert.False(File.Exists(path), path));
        Assert.Equal((1, 1), new StandbySpaces(site.Home).Count());
    }

    [Fact]
    public void One_that_is_being_cleared_away_cannot_be_held_any_more()
    {
        using var site = new Site("xfs");
        site.MakeSample(files: 5);
        site.Record();
        RestoreReport first = site.Restore("first");
        new StandbySpaces(site.Home).Fill(1, Patient);
        string tree = Assert.Single(Directory.GetDirectories(Path.Join(site.Home.StandbyPath, first.Catalog)));

        // What a claim finds that read the facts a moment ago.
        using (FileLock.TryTake(tree + ".facts", exclusive: true))
        {
            Assert.Null(ReadyTree.TryHold(tree));
            File.Delete(tree + ".facts");
            Assert.Null(ReadyTree.TryHold(tree));
        }

        Assert.Null(ReadyTree.TryHold(tree));
        Assert.False(File.Exists(tree + ".facts"));
    }

    [Fact]
    public void Nobody_clears_away_or_fills_up_while_another_process_does()
    {
        using var site = new Site("xfs");
        site.MakeSample(files: 5);
        site.Record();
        RestoreReport first = site.Restore("first");
        new StandbySpaces(site.Home).Fill(1, Patient);
        string folder = Path.Join(site.Home.StandbyPath, first.Catalog), begun = Directory.CreateDirectory(Path.Join(folder, "0123456789abcdef")).FullName;
        using (FileLock.Take(folder + ".lock", exclusive: true, Site.Patience, "standby", CancellationToken.None))
        {
            Assert.Equal(0, new StandbySpaces(site.Home).Fill(2, Patient));
            Assert.Equal(0, new StandbySpaces(site.Home).Fill(0, Patient));
            Assert.True(Directory.Exists(begun));
            Assert.Equal((1, 1), new StandbySpaces(site.Home).Count());
        }
        Assert.Equal(0, new StandbySpaces(site.Home).Fill(1, Patient));
        Assert.False(Directory.Exists(begun));
    }

    [Fact]
    public void At_the_recorded_path_none_is_given()
    {
        using var site = new Site("xfs");
        site.MakeSample(files: 5);
        Staging.Templates.AddVarying(site);
        TreeSnapshot recorded = TreeSnapshot.Take(site.Source);
        site.Record();
        site.Restore("first");
        new StandbySpaces(site.Home).Fill(1, Patient);
        Directory.Move(site.Source, site.Folder["moved"]);

        RestoreReport report = site.Restore("space", options: Patient with { Destination = site.Source });

        Assert.False(report.Waited);
        Assert.Equal((1, 1), new StandbySpaces(site.Home).Count());
        TreeComparison.AssertEqual(recorded, site.Source, TreeComparisonOptions.Without(TreeParts.Mode | TreeParts.Holes));
    }

    [Fact]
    public void Failed_claim_leaves_nothing()
    {
        using var site = new Site("xfs");
        site.Folder.Write("source/binary", $"\0{site.Source}\0");
        site.Record();
        site.Restore("first");
        new StandbySpaces(site.Home).Fill(1, Patient);

        HolotreeException refused = Assert.Throws<HolotreeException>(() =>
            site.Restore("space", options: Patient with { Strict = true, Destination = site.Folder["a-path-that-is-much-longer-than-the-recorded-one"] }));

        Assert.Equal("relocation-unfit", refused.Code);
        site.AssertNothingLeft("first");
        Assert.Equal((0, 0), new StandbySpaces(site.Home).Count());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Join(site.Home.StandbyPath, site.Catalogs.Find("env").Id)));
    }

    [Fact]
    public void Catalogs_that_nobody_uses_any_more_have_none_waiting()
    {
        using var site = new Site("xfs");
        site.MakeSample(files: 5);
        string id = site.Record().Catalog;
        site.Restore("first");
        new StandbySpaces(site.Home).Fill(1, Patient);
        File.SetLastWriteTimeUtc(Path.Join(site.Home.CatalogsPath, id + ".used"), DateTime.UtcNow.AddDays(-8));

        Assert.Equal(0, new StandbySpaces(site.Home).Fill(1, Patient));

        Assert.Equal((0, 0), new StandbySpaces(site.Home).Count());
    }
}
