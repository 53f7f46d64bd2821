using System.Runtime.Versioning;
using Holotree.Maintenance;
using Holotree.Spaces;
using Holotree.Tests.Staging;

namespace Holotree.Tests.Maintenance;

/// <summary>A check holds templates, trees under overlays and spaces in waiting against their catalog, and a repair takes away those that are not what they should be.</summary>
[SupportedOSPlatform("linux")]
public sealed class ReadyTreeCheckTests
{
    static readonly RestoreOptions Patient = new() { LockTimeout = Site.Patience };

    /// <summary>Where there are spaces by snapshot there are templates; elsewhere spaces wait.</summary>
    public static TheoryData<string, string> Trees() => new() { { "btrfs", "template" }, { "ext4", "lower" }, { "btrfs", "lower" }, { "xfs", "standby" }, { "ext4", "standby" } };

    [Theory]
    [MemberData(nameof(Trees))]
    public void Tree_as_it_was_laid_out_is_sound(string volume, string kind)
    {
        using Site site = Make(volume, kind, out _);

        CheckReport report = CheckTests.Check(site);

        Assert.True(report.IsSound, string.Join('\n', report.Damaged));
        Assert.Equal(1, report.ReadyTrees);
        Assert.Empty(report.Unusable);
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void Whatever_was_done_to_a_tree_is_found_and_a_repair_drops_it(string volume, string kind)
    {
        foreach (string harm in (string[])["flip", "flip relocated", "cut", "removed", "added", "link", "facts", "index", "part"])
        {
            if (kind == "lower" && harm is "index" or "part") continue;
            using Site site = Make(volume, kind, out string tree);
            string path = Do(harm, kind, tree, volume);

            Damage damage = Assert.Single(CheckTests.Check(site).Damaged);
            bool isBySeal = kind == "template" && harm is not ("facts" or "index" or "part");
            Assert.True(damage.Path == (isBySeal ? tree : path), $"{harm}: {damage.Path}");
            Assert.Equal([site.Catalogs.Find("env").Id], damage.Catalogs);

            CheckReport repaired = CheckTests.Check(site, repair: true);
            Assert.True(repaired.IsSound, harm);
            Assert.Equal(damage.Path, Assert.Single(repaired.Mended).Path);
            Assert.False(Directory.Exists(tree));
            Assert.Equal(0, CheckTests.Check(site).ReadyTrees);
            site.Restore();
            TreeComparison.AssertEqual(site.Source, site.PathOf("space"), new TreeComparisonOptions { Parts = TreeParts.Content, Except = static path => path.StartsWith("varying", StringComparison.Ordinal) });
        }
    }

    [Fact]
    public void Tree_in_use_is_named_and_stays()
    {
        using Site site = Make("ext4", "lower", out string tree);
        using LowerTree used = site.Spaces.UseLower("env", Patient);
        File.Delete(Path.Join(tree, "varying/text"));

        CheckReport report = CheckTests.Check(site, repair: true);

        Assert.Equal(Path.Join(tree, "varying/text"), Assert.Single(report.Damaged).Path);
        Assert.True(Directory.Exists(tree));
    }

    [Fact]
    public void Space_in_waiting_that_somebody_takes_while_it_is_read_is_neither_damage_nor_a_failure()
    {
        using Site site = Make("xfs", "standby", out string tree);
        string taken = site.Folder["taken"];
        CheckReport CheckAndTakeAt(int wanted, out int told)
        {
            int count = 0;
            CheckReport report = new LibraryCheck(site.Home).Run(new CheckOptions { Workers = 1, LockTimeout = Site.Patience }, new Told(_ =>
            {
                if (Interlocked.Increment(ref count) == wanted) Directory.Move(tree, taken);
            }));
            told = count;
            return report;
        }
        Assert.Equal(1, CheckAndTakeAt(-1, out int all).ReadyTrees);

        for (int at = 1; at <= all; at++)
        {
            CheckReport report = CheckAndTakeAt(at, out _);

            Assert.True(report.IsSound, $"at {at} of {all}: {string.Join('\n', report.Damaged)}");
            Directory.Move(taken, tree);
        }
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void Facts_without_a_name_are_those_of_no_tree(string volume, string kind)
    {
        using Site site = Make(volume, kind, out string tree);
        foreach (string name in (string[])[".facts", "..facts", "...facts"]) File.WriteAllText(Path.Join(Path.GetDirectoryName(tree), name), "seal=none\n");

        Assert.True(CheckTests.Check(site, repair: true).IsSound);

        Assert.Equal(1, CheckTests.Check(site).ReadyTrees);
        Assert.True(Directory.Exists(tree));
    }

    [Fact]
    public void What_was_never_finished_is_no_damage()
    {
        using Site site = Make("ext4", "lower", out string tree);
        File.Delete(tree + ".facts");
        File.Delete(Path.Join(tree, "varying/text"));

        Assert.True(CheckTests.Check(site).IsSound);
    }

    static Site Make(string volume, string kind, out string tree)
    {
        var site = new Site(volume);
        site.MakeSample(SampleParts.HardLinks, files: 20);
        Staging.Templates.AddVarying(site);
        string id = site.Record().Catalog;
        if (kind == "template")
        {
            site.Restore("first", Strategy.Snapshot);
            tree = Staging.Templates.PathOf(site);
            site.Spaces.Delete("first", Site.Patience);
        }
        else if (kind == "lower")
        {
            using LowerTree used = site.Spaces.UseLower(id, Patient);
            tree = used.Path;
        }
        else
        {
            site.Restore("first");
            Assert.Equal(1, new StandbySpaces(site.Home).Fill(1, Patient));
            tree = Directory.GetDirectories(Path.Join(site.Home.StandbyPath, id))[0];
            site.Spaces.Delete("first", Site.Patience);
        }
        return site;
    }

    /// <summary>Returns what a check has to name.</summary>
    static string Do(string harm, string kind, string tree, string volume)
    {
        string path = harm switch
        {
            "facts" or "index" or "part" => $"{tree}.{harm}",
            // Its folder can be written to by its owner.
            "flip relocated" or "removed" => Path.Join(tree, "varying/text"),
            "added" => Path.Join(tree, "varying/stranger"),
            "link" => Path.Join(tree, "varying/link"),

            // Where there are hard links that one is the object itself.
            _ => Path.Join(tree, volume == "ext4" ? "varying/text" : "varying/read-only/plain"),
        };
        bool isSealed = kind == "template" && path.StartsWith(tree + "/", StringComparison.Ordinal);
        if (isSealed) Tool.Run("btrfs", "property", "set", "-ts", tree, "ro", "false");
        switch (harm)
        {
            case "cut": Harm.Resize(path, 3); break;
            case "removed": File.Delete(path); break;
            case "added": File.WriteAllText(path, "nobody recorded this"); break;
            case "link": File.Delete(path); File.CreateSymbolicLink(path, "elsewhere"); break;
            default: Harm.FlipBit(path); break;
        }
        if (isSealed) Tool.Run("btrfs", "property", "set", "-ts", tree, "ro", "true");
        return path;
    }
}
