using System.Runtime.Versioning;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.Linux;

namespace Holotree.Tests.Templates;

/// <summary>A space that is one snapshot of its catalog's template is what any other space would be, and lives as any other does.</summary>
[SupportedOSPlatform("linux")]
public sealed class SnapshotSpaceTests
{
    static readonly RestoreOptions Patient = new() { LockTimeout = Site.Patience };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_what_a_reflink_restore_to_the_same_path_makes_for_any_tree(bool asUser)
    {
        int first = Random.Shared.Next();
        for (int seed = first; seed < first + 6; seed++)
        {
            try
            {
                if (!asUser) Compare(seed, asUser);
                else Unprivileged.Run(() => Compare(seed, asUser));
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.SkipException)
            {
                throw new InvalidOperationException($"With the seed {seed}: {exception.Message}", exception);
            }
        }
    }

    static void Compare(int seed, bool asUser)
    {
        using var site = new Site("btrfs");
        RandomTree.Make(site.Source, seed, privileged: !asUser, readable: asUser);
        Staging.Templates.AddVarying(site);
        site.Record();
        string target = site.Folder[((string[])["target", "t", "target-that-is-much-longer"])[seed % 3]];
        RestoreOptions there = Patient with { Destination = target };
        RestoreReport wanted = site.Restore("space", Strategy.Reflink, options: there);
        TreeSnapshot reflinked = TreeSnapshot.Take(target);
        site.Spaces.Delete("space", TimeSpan.Zero);
        Assert.True(site.Spaces.Sweep(Timeout.InfiniteTimeSpan));

        foreach (bool laidOutFirst in (bool[])[true, false])
        {
            RestoreReport report = site.Restore("space", Strategy.Snapshot, options: there);

            TreeComparison.AssertEqual(reflinked, target);
            Staging.Templates.AssertSameReport(wanted, report);
            Assert.Equal(laidOutFirst, report.TemplateMade);
            RestoreReport again = site.Restore("space", Strategy.Snapshot);
            Assert.Equal((RestoreReport.Unchanged, report.Files), (again.Mode, again.Mechanisms[Mechanism.Unchanged]));
            Assert.Equal(RestoreReport.Unchanged, site.Restore("space", Strategy.Smart).Mode);
            site.Spaces.Delete("space", TimeSpan.Zero);
            site.AssertNothingLeft();
        }
        Assert.Equal(["ID", "ID.facts", "ID.index", "ID.part"], Staging.Templates.Names(site));
    }

    [Fact]
    public void Files_share_their_blocks_with_the_template_and_the_objects_until_they_are_written_to()
    {
        using var site = new Site("btrfs");
        string file = site.Folder.WriteRandom("source/lib/file", 200_000), other = site.Folder.WriteRandom("source/lib/other", 200_000, seed: 2);
        site.Record();
        site.Restore("one", Strategy.Snapshot);
        site.Restore("two", Strategy.Snapshot);
        string template = Staging.Templates.PathOf(site), one = site.PathOf("one"), two = site.PathOf("two");
        foreach (string name in (string[])["lib/file", "lib/other"])
        {
            ExtentMap.AssertShared(Path.Join(template, name), Path.Join(one, name));
            ExtentMap.AssertShared(Path.Join(one, name), Path.Join(two, name));
            ExtentMap.AssertShared(site.ObjectOf(site.Folder["source/" + name]), Path.Join(one, name));
        }

        using (FileStream stream = File.OpenWrite(Path.Join(one, "lib/file"))) stream.Write(new byte[8192]);

        ExtentMap.AssertApart(Path.Join(one, "lib/file"), Path.Join(two, "lib/file"), 0, 8192);
        ExtentMap.AssertApart(Path.Join(one, "lib/file"), Path.Join(template, "lib/file"), 0, 8192);
        foreach (string place in (string[])[two, template])
        {
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Join(place, "lib/file")));
            Assert.Equal(File.ReadAllBytes(other), File.ReadAllBytes(Path.Join(place, "lib/other")));
        }
    }

    [Fact]
    public void Unchanged_space_is_seen_to_be_so_without_reading_its_files_or_objects_and_after_the_cache_is_gone()
    {
        Root.IsNeededFor("dropping caches");
        using var site = new Site("btrfs");
        site.MakeSample(SampleParts.All & ~SampleParts.Modes);
        Staging.Templates.AddVarying(site);
        File.Delete(site.Folder["source/varying/script"]);      // the beginnings of scripts are read to say whether they start
        site.Record();
        site.Restore(strategy: Strategy.Snapshot);
        Tool.Run("sync", "-f", site.Folder.Path);
        File.WriteAllText("/proc/sys/vm/drop_caches", "2");
        foreach (string item in site.Objects()) File.Delete(item);

        RestoreReport report = site.Restore(strategy: Strategy.Snapshot);

        Assert.Equal((RestoreReport.Unchanged, report.Files), (report.Mode, report.Mechanisms[Mechanism.Unchanged]));
    }

    [Fact]
    public void Whatever_was_done_in_it_is_seen_and_undone_and_it_goes_over_to_another_catalog()
    {
        using var site = new Site("btrfs");
        site.MakeSample(SampleParts.Links | SampleParts.HardLinks | SampleParts.Acls, files: 60);
        Tool.Run("setfacl", "-d", "-m", "u:1234:rwx", site.Source);
        Staging.Templates.AddVarying(site);
        site.Record();
        site.Restore(strategy: Strategy.Snapshot);
        string space = site.PathOf("space");
        TreeSnapshot made = TreeSnapshot.Take(space);
        File.WriteAllText(Path.Join(space, "varying/text"), "edited");
        File.AppendAllText(Path.Join(space, "package-000/file-00001.js"), "edited");
        File.Delete(Path.Join(space, "package-000/file-00002.js"));
        Directory.CreateDirectory(Path.Join(space, "new folder/below"));
        Directory.Delete(Path.Join(space, "package-001"), recursive: true);
        File.WriteAllText(Path.Join(space, "new"), "new");

        string[] changes = [.. Changes(site)];
        RestoreReport report = site.Restore(strategy: Strategy.Snapshot);

        foreach (string path in (string[])["varying/text", "package-000/file-00001.js", "package-000/file-00002.js", "new folder/", "new"]) Assert.Contains(path, changes);
        Assert.Equal(RestoreReport.Refreshed, report.Mode);
        TreeComparison.AssertEqual(made, space);
        Assert.Empty(Changes(site));
        Assert.Equal(RestoreReport.Unchanged, site.Restore(strategy: Strategy.Snapshot).Mode);
        site.AssertNothingLeft("space");

        File.WriteAllText(site.Folder["source/varying/text"], $"another {site.Source}\n");
        site.Folder.Write("source/package-000/more", "more");
        site.Record();
        Assert.Equal(RestoreReport.Refreshed, site.Restore(strategy: Strategy.Snapshot).Mode);
        site.Restore("fresh", Strategy.Reflink);
        Assert.Equal($"another {space}\n", File.ReadAllText(Path.Join(space, "varying/text")));
        Assert.Equal("more", File.ReadAllText(Path.Join(space, "package-000/more")));
        Assert.Equal(RestoreReport.Unchanged, site.Restore(strategy: Strategy.Snapshot).Mode);
        site.AssertNothingLeft("fresh", "space");
    }

    [Fact]
    public void Refresh_that_fails_leaves_the_space_as_it_was()
    {
        using var site = new Site("btrfs");
        site.MakeSample(SampleParts.None, files: 30);
        site.Record();
        site.Restore(strategy: Strategy.Snapshot);
        string space = site.PathOf("space"), file = Path.Join(space, "package-000/file-00001.js");
        File.AppendAllText(file, "edited");
        TreeSnapshot before = TreeSnapshot.Take(space);
        File.Delete(site.ObjectOf(site.Folder["source/package-000/file-00001.js"]));
        File.Delete(site.Folder["source/package-000/file-00001.js"]);

        Assert.ThrowsAny<Exception>(() => site.Restore(strategy: Strategy.Snapshot));

        TreeComparison.AssertEqual(before, space);
        site.AssertNothingLeft("space");
        Assert.True(Assert.Single(site.Spaces.List()).Complete);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(-40, 0)]
    [InlineData(-100, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 40)]
    [InlineData(0, -1)]
    public void Amendments_that_are_damaged_or_cut_are_not_believed(int flipped, int cut)
    {
        using var site = new Site("btrfs");
        site.MakeSample(SampleParts.None, files: 30);
        Staging.Templates.AddVarying(site);
        site.Record();
        site.Restore(strategy: Strategy.Snapshot);
        string space = site.PathOf("space"), index = Path.Join(site.Home.StatesPath, "space.index");
        TreeSnapshot made = TreeSnapshot.Take(space);
        byte[] bytes = File.ReadAllBytes(index);
        if (flipped != 0) bytes[^-flipped] ^= 1;
        File.WriteAllBytes(index, cut < 0 ? [.. bytes, 0] : bytes[..^cut]);

        // A file that looks the same, to the nanosecond, but is not: only who believes no index sees it.
        RestoreReport report = site.Restore(strategy: Strategy.Snapshot);

        Assert.Equal((RestoreReport.Refreshed, 0), (report.Mode, report.Mechanisms[Mechanism.Unchanged]));
        TreeComparison.AssertEqual(made, space);
        Assert.Equal(RestoreReport.Unchanged, site.Restore(strategy: Strategy.Snapshot).Mode);
    }

    [Fact]
    public void Force_exchanges_folders_and_snapshots_both_ways()
    {
        using var site = new Site("btrfs");
        site.MakeSample(SampleParts.None, files: 30);
        Staging.Templates.AddVarying(site);
        site.Record();
        site.Restore(strategy: Strategy.Reflink);
        string space = site.PathOf("space");
        TreeSnapshot made = TreeSnapshot.Take(space);
        foreach (Strategy strategy in (Strategy[])[Strategy.Snapshot, Strategy.Reflink, Strategy.Snapshot, Strategy.Snapshot])
        {
            RestoreReport report = site.Restore(strategy: strategy, options: Patient with { Force = true });

            Assert.Equal(RestoreReport.Created, report.Mode);
            Assert.Equal(strategy == Strategy.Snapshot, Subvolume.IdentityOf(space) is not null);
            TreeComparison.AssertEqual(made, space);
            site.AssertNothingLeft("space");
            Assert.Equal(RestoreReport.Unchanged, site.Restore(strategy: strategy).Mode);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_used_made_for_one_command_and_deleted_by_root_and_by_an_ordinary_user(bool asUser)
    {
        void Live()
        {
            using var site = new Site("btrfs");
            site.MakeSample(SampleParts.All & ~SampleParts.Modes, files: 40);
            Staging.Templates.AddVarying(site);
            site.Record();
            site.Restore(strategy: Strategy.Snapshot);
            using (SpaceUse use = site.Spaces.Use("space", Site.Patience)) Assert.True(File.Exists(Path.Join(use.Space.Path, "varying/text")));
            using (SpaceUse use = site.Spaces.MakeEphemeral("once", "env", Patient with { Strategy = Strategy.Snapshot }))
            {
                Assert.True(File.Exists(Path.Join(use.Space.Path, "varying/text")));
                Assert.NotNull(Subvolume.IdentityOf(use.Space.Path));
            }
            site.AssertNothingLeft("space");
            site.Spaces.Delete("space", TimeSpan.Zero);
            site.AssertNothingLeft();
        }
        if (asUser) Unprivileged.Run(Live);
        else Live();
    }

    [Fact]
    public void Check_finds_what_was_changed_and_nothing_else()
    {
        using var site = new Site("btrfs");
        site.MakeSample(SampleParts.None, files: 30);
        Staging.Templates.AddVarying(site);
        site.Record();
        site.Restore(strategy: Strategy.Snapshot);

        Assert.Empty(Changes(site));
        string file = Path.Join(site.PathOf("space"), "package-000/file-00001.js");
        Harm.FlipBit(file);

        Assert.Equal(["package-000/file-00001.js"], Changes(site));
    }

    static IEnumerable<string> Changes(Site site) =>
        site.Spaces.Diff("space", Site.Patience) is var found ? [.. found.Added, .. found.Removed, .. found.Changed] : [];
}
