using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class CloneRefusalTests
{
    [Fact]
    public void A_missing_source_is_not_found()
    {
        using var place = new Workplace();

        JsonElement error = Pinned.AssertFails(place.Cli.Run("clone", place["nothing"], place["copy"], "--json"), 5, "source-missing");

        Assert.Equal(place["nothing"], error.Text("path"));
        Assert.Empty(place.NamesIn("."));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("folder")]
    [InlineData("dangling")]
    public void An_existing_destination_stays_and_the_way_out_is_named(string destination)
    {
        using var place = new Workplace();
        string tree = place.MakeTree();
        place.Folder.Write("file", "precious");
        place.Folder.MakeFolder("folder");
        File.CreateSymbolicLink(place["dangling"], "nowhere");
        var before = TreeSnapshot.Take(place.Folder.Path);

        JsonElement error = Pinned.AssertFails(place.Cli.Run("clone", tree, place[destination], "--json"), 1, "destination-exists");

        Assert.Equal(place[destination], error.Text("path"));
        Assert.Contains("--overwrite", error.Text("hint"), StringComparison.Ordinal);
        TreeComparison.AssertEqual(before, place.Folder.Path);
    }

    [Fact]
    public void A_file_does_not_replace_a_folder()
    {
        using var place = new Workplace();
        string file = place.Folder.Write("file", "x");
        place.Folder.Write("folder/precious", "precious");

        JsonElement error = Pinned.AssertFails(place.Cli.Run("clone", file, place["folder"], "--overwrite", "--json"), 1, "destination-exists");

        Assert.Contains(place["folder/file"], error.Text("hint"), StringComparison.Ordinal);
        Assert.Equal(["precious"], place.NamesIn("folder"));
    }

    [Fact]
    public void A_destination_in_a_folder_that_is_missing_fails_and_makes_no_folder()
    {
        using var place = new Workplace();

        JsonElement error = Pinned.AssertFails(place.Cli.Run("clone", place.MakeTree(), place["no/such/copy"], "--json"), 1, "destination-folder-missing");

        Assert.Equal(place["no/such"], error.Text("path"));
        Assert.Equal(["tree"], place.NamesIn("."));
    }

    [Theory]
    [InlineData("tree", "tree/sub/copy")]
    [InlineData("tree/sub", "tree")]
    public void A_folder_is_not_cloned_into_itself(string source, string destination)
    {
        using var place = new Workplace();
        place.MakeTree();
        var before = TreeSnapshot.Take(place.Folder.Path);

        Pinned.AssertFails(place.Cli.Run("clone", place[source], place[destination], "--overwrite", "--json"), 2, "clone-into-itself");

        TreeComparison.AssertEqual(before, place.Folder.Path);
    }

    [Theory]
    [InlineData("tree")]
    [InlineData("tree/sub/large")]
    public void Reflink_on_ext4_fails_with_errno_path_and_remedy_and_leaves_nothing(string source)
    {
        using var place = new Workplace(TestVolumes.Ext4);
        var before = TreeSnapshot.Take(place.MakeTree());

        JsonElement error = Pinned.AssertFails(
            place.Cli.Run("clone", place[source], place["copy"], "--strategy", "reflink", "--json"), 4, "reflink-unsupported");

        Assert.Equal(95, error.Number("errno"));
        Assert.StartsWith(place[source], error.Text("path"), StringComparison.Ordinal);
        Assert.Contains("--strategy smart", error.Text("hint"), StringComparison.Ordinal);
        Assert.Equal(["tree"], place.NamesIn("."));
        TreeComparison.AssertEqual(before, place["tree"]);
    }

    [Fact]
    public void Reflink_to_another_filesystem_says_that_it_is_one()
    {
        using var place = new Workplace(TestVolumes.Btrfs);
        using var other = new Workplace(TestVolumes.Xfs);

        JsonElement error = Pinned.AssertFails(
            place.Cli.Run("clone", place.MakeTree(), other["copy"], "--strategy", "reflink", "--json"), 4, "reflink-unsupported");

        Assert.Equal(18, error.Number("errno"));
        Assert.Contains("different filesystems", error.Text("hint"), StringComparison.Ordinal);
        Assert.Empty(other.NamesIn("."));
    }

    [Fact]
    public void A_file_the_user_may_not_read_is_named()
    {
        using var place = new Workplace();
        TestKit.Cli cli = place.AsOrdinaryUser();
        place.MakeTree();
        place.Folder.GiveToUnprivileged("tree");
        place.SetMode("tree/sub/large", UnixFileMode.None);

        JsonElement error = Pinned.AssertFails(cli.Run("clone", place["tree"], place["copy"], "--json"), 1, "permission-denied");

        Assert.Equal((13, place["tree/sub/large"]), (error.Number("errno"), error.Text("path")));
        Assert.Equal(["holotree", "tree"], place.NamesIn("."));
    }

    [Fact]
    public void A_folder_the_user_may_not_write_to_is_named()
    {
        using var place = new Workplace();
        TestKit.Cli cli = place.AsOrdinaryUser();
        place.MakeTree();
        place.Folder.MakeFolder("closed");

        JsonElement error = Pinned.AssertFails(cli.Run("clone", place["tree"], place["closed/copy"], "--json"), 1, "permission-denied");

        Assert.Equal(13, error.Number("errno"));
        Assert.Equal(place["closed"], error.Text("path"));
    }

    [Theory]
    [InlineData("tree")]
    [InlineData("tree/sub/large")]
    public void A_full_volume_fails_with_errno_and_nothing_stays(string source)
    {
        using var place = new Workplace();
        using var full = new Workplace(TestVolumes.Small);
        place.MakeTree();
        place.Folder.WriteRandom("tree/sub/large", 40_000_000);

        JsonElement error = Pinned.AssertFails(place.Cli.Run("clone", place[source], full["copy"], "--json"), 1, "no-space");

        Assert.Equal(28, error.Number("errno"));
        Assert.NotNull(error.Text("path"));
        Assert.NotNull(error.Text("hint"));
        Assert.Empty(full.NamesIn("."));
    }

    [Theory]
    [InlineData("snapshot", "tree", "snapshot-unsupported")]
    [InlineData("hardlink", "tree/text", "hardlink-unsupported")]
    public void What_a_clone_cannot_be_made_by_is_refused_by_name(string strategy, string source, string code)
    {
        using var place = new Workplace();
        place.MakeTree();

        JsonElement error = Pinned.AssertFails(place.Cli.Run("clone", place[source], place["copy"], "--strategy", strategy, "--json"), 4, code);

        Assert.Contains("--strategy smart", error.Text("hint"), StringComparison.Ordinal);
        Assert.Equal(["tree"], place.NamesIn("."));
    }

    [Theory]
    [InlineData("--include")]
    [InlineData("--exclude")]
    public void Globs_for_a_single_file_are_a_mistake(string option)
    {
        using var place = new Workplace();
        string file = place.Folder.Write("file", "x");

        Pinned.AssertFails(place.Cli.Run("clone", file, place["copy"], option, "*", "--json"), 2, "usage");
    }
}
