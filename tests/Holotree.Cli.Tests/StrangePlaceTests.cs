using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>Homes where not everything can be done: read-only ones, a library apart from the spaces, filesystems without hard links or attributes.</summary>
public sealed class StrangePlaceTests
{
    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public void Read_only_home_can_be_looked_at_and_worked_in_and_nothing_else(string volume)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        place.MakeTree("more", seed: 2);
        Tool.Run("mount", "--bind", place["home"], place["home"]);
        try
        {
            Tool.Run("mount", "-o", "remount,ro,bind", place["home"]);

            Assert.True(Assert.Single(place.Cli.Json("list").GetProperty("spaces").EnumerateArray()).GetProperty("complete").GetBoolean());
            Assert.Single(place.Cli.Json("catalogs").GetProperty("catalogs").EnumerateArray());
            Assert.Equal(1, place.Cli.Json("check").Number("spaces"));
            Assert.Equal(0, place.Cli.Json("diff", "dev").GetProperty("changed").GetArrayLength());
            place.Cli.Json("statistics");
            place.Cli.Json("variables", "--space", "dev");
            place.Cli.Json("settings");
            Assert.Equal("it runs\n", place.Cli.Run("run", "--space", "dev", "--", place["home/spaces/dev/sub/program"]).Expect(0).Output);
            foreach (string[] refused in (string[][])
            [
                ["record", place["more"]], ["init", "--catalog", "tools", "--space", "new"], ["init", "--catalog", "tools", "--space", "new", "--to", place["elsewhere"]],
                ["init", "--catalog", "tools", "--space", "dev", "--force"], ["delete", "dev"], ["remove", "tools"], ["settings", "holotree.workers", "2"],
            ])
            {
                JsonElement error = place.Cli.Run([.. refused, "--json"]).Expect(1).Error;
                Assert.Equal(30, error.Number("errno"));
                Assert.Contains(place["home"], error.Text("message"), StringComparison.Ordinal);
                Assert.NotNull(error.Text("hint"));
            }
        }
        finally
        {
            Tool.Run("umount", place["home"]);
        }
        place.Cli.Run("check").Expect(0);
        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
        Assert.Empty(place.NamesIn("elsewhere"));
    }

    [Theory]
    [InlineData("xfs", "ext4")]
    [InlineData("ext4", "btrfs")]
    [InlineData("btrfs", "btrfs2")]
    [InlineData("ext4", "tmpfs")]
    public void Library_on_another_filesystem_than_the_space_means_copies_that_are_told(string library, string spaces)
    {
        using var place = new Workplace(TestVolumes.Get(library));
        using TemporaryFolder elsewhere = TestVolumes.Get(spaces).Folder();
        place.Record();

        JsonElement made = place.Cli.Json("init", "--catalog", "tools", "--space", "dev", "--to", elsewhere["dev"]);

        JsonElement mechanisms = made.GetProperty("mechanisms");
        Assert.Equal((0, 0, 0), (mechanisms.Number("reflink"), mechanisms.Number("hardlink"), mechanisms.Number("snapshot")));
        Assert.NotEqual(0, made.GetProperty("fallbacks").GetArrayLength());
        TreeComparison.AssertEqual(place["tree-tools"], elsewhere["dev"], new TreeComparisonOptions { Except = static path => path == "self" });
        Assert.Equal($"#!{elsewhere["dev"]}/bin/python\nhome = {elsewhere["dev"]}\n", File.ReadAllText(elsewhere["dev/self"]));
        place.Cli.Run("check").Expect(0);
        Pinned.AssertFails(place.Cli.Run("init", "--catalog", "tools", "--space", "strict", "--to", elsewhere["strict"], "--strategy", "reflink", "--json"), 4, "reflink-unsupported");
        Assert.False(Directory.Exists(elsewhere["strict"]));
        place.Cli.Run("init", "--space", "dev", "--force").Expect(0);
        place.Cli.Run("delete", "dev").Expect(0);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere.Path));
    }

    [Fact]
    public void Filesystem_without_links_attributes_and_clones_means_copies_and_says_so()
    {
        // What a server or a memory card refuses, on a filesystem that would do it.
        string[] refusals = ["linkat:error=EPERM", "fsetxattr:error=EOPNOTSUPP", "flistxattr:error=EOPNOTSUPP", "llistxattr:error=EOPNOTSUPP", "fgetxattr:error=EOPNOTSUPP"];
        using var place = new Workplace(TestVolumes.Ext4);
        place.MakeTree();
        JsonElement recorded = Injection.Run(place, refusals, "record", place["tree"], "--name", "tools", "--json").Expect(0).Json;
        Assert.Equal(5, recorded.Number("files"));

        foreach (string strategy in (string[])["smart", "hardlink", "copy"])
        {
            JsonElement made = Injection.Run(place, refusals, "init", "--catalog", "tools", "--space", strategy, "--strategy", strategy, "--json").Expect(0).Json;

            Assert.Equal(0, made.GetProperty("mechanisms").Number("hardlink"));
            Assert.Equal(strategy != "copy", made.GetProperty("fallbacks").EnumerateArray().Any(static left => left.Text("from") == "hardlink" && left.Text("reason") == "EPERM"));
            TreeComparison.AssertEqual(place["tree"], place[$"home/spaces/{strategy}"], new TreeComparisonOptions { Except = static path => path == "self" });
        }
        Injection.Run(place, refusals, "check", "--json").Expect(0);
        Injection.Run(place, refusals, "delete", "smart", "hardlink", "copy", "--json").Expect(0);
        Assert.Empty(place.NamesIn("home/spaces"));
    }

    [Theory]
    [InlineData("ramfs")]
    [InlineData("vfat")]
    [InlineData("exfat")]
    public void Home_on_a_simple_filesystem_works_or_says_what_cannot_be_done(string kind)
    {
        Root.IsNeededToRun("mount");
        using var place = new Workplace(TestVolumes.Ext4);
        place.MakeTree();
        place.Folder.MakeFolder("home");
        Mount(kind, place);
        try
        {
            CliResult recorded = place.Cli.Run("record", place["tree"], "--name", "tools", "--json");
            if (recorded.ExitCode != 0)
            {
                Assert.Contains(place["home"], recorded.Error.Text("message"), StringComparison.Ordinal);
                return;
            }
            JsonElement made = place.Cli.Json("init", "--catalog", "tools", "--space", "dev");

            Assert.Equal(0, made.GetProperty("mechanisms").Number("reflink"));
            TreeComparison.AssertEqual(place["tree"], place["home/spaces/dev"], new TreeComparisonOptions { Parts = TreeParts.Content, Except = static path => path == "self" });
            place.Cli.Run("check").Expect(0);
            place.Cli.Run("delete", "dev").Expect(0);
            Assert.Empty(place.NamesIn("home/spaces"));
        }
        finally
        {
            Tool.Run("umount", place["home"]);
        }
    }

    static void Mount(string kind, Workplace place)
    {
        if (kind == "ramfs")
        {
            Tool.Run("mount", "-t", "ramfs", "ramfs", place["home"]);
            return;
        }
        Tool.Need($"mkfs.{kind}");
        if (!File.ReadAllText("/proc/filesystems").Contains(kind, StringComparison.Ordinal)) Assert.Skip($"This kernel has no {kind}.");
        Tool.Run("truncate", "--size", "64M", place["image"]);
        Tool.Run($"mkfs.{kind}", place["image"]);
        Tool.Run("mount", "-o", "loop", place["image"], place["home"]);
    }
}
