using Xunit;

namespace TestKit.Tests;

public sealed class SampleTreeTests
{
    [Theory]
    [MemberData(nameof(TestVolumes.All), MemberType = typeof(TestVolumes))]
    public void Every_volume_holds_a_whole_one_and_cp_copies_it(string volume)
    {
        using TemporaryFolder folder = TestVolumes.Get(volume).Folder();

        TreeSnapshot tree = SampleTree.Make(folder["a"]);
        SystemProgram.Run("cp", "-a", folder["a"], folder["b"]);

        TreeComparison.AssertEqual(tree, folder["b"], new TreeComparisonOptions { Parts = TreeParts.All | TreeParts.Owner });
        Assert.True(tree.Files > 200 && tree.Links >= 11 && tree.EmptyFiles >= 5, $"{tree.Files} files, {tree.Links} links");
    }

    [Fact]
    public void The_same_seed_makes_the_same_tree_and_another_seed_another()
    {
        using TemporaryFolder folder = TestVolumes.Xfs.Folder();
        const SampleParts withoutOwnPath = SampleParts.All & ~SampleParts.Links;

        TreeSnapshot tree = SampleTree.Make(folder["a"], withoutOwnPath);

        TreeComparison.AssertEqual(tree, SampleTree.Make(folder["b"], withoutOwnPath));
        Assert.NotEmpty(TreeComparison.Differences(tree, SampleTree.Make(folder["c"], withoutOwnPath, seed: 2)));
    }

    [Fact]
    public void A_tree_deeper_than_a_path_can_say_is_made_read_and_deleted()
    {
        string path;
        using (TemporaryFolder folder = TestVolumes.Xfs.Folder())
        {
            path = folder.Path;
            TreeSnapshot tree = SampleTree.Make(folder["a"], SampleParts.BeyondPathMax, files: 0);
            Assert.Contains(tree.Paths, name => name.Length > 4096 && name.EndsWith("/bottom", StringComparison.Ordinal));
        }

        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void Special_files_are_made_when_asked_for()
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();

        SampleTree.Make(folder["a"], SampleParts.Special, files: 0);

        Assert.Equal("fifo\n", SystemProgram.Run("stat", "-c", "%F", folder["a/special/fifo"]));
        Assert.Equal("socket\n", SystemProgram.Run("stat", "-c", "%F", folder["a/special/socket"]));
    }

    [Fact]
    public void As_many_ordinary_files_as_asked_for()
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();

        TreeSnapshot tree = SampleTree.Make(folder["a"], SampleParts.None, files: 60);

        Assert.Equal((60, 4, 3), (tree.Files, tree.Folders, tree.EmptyFiles));
    }

    [Fact]
    public void An_ordinary_user_can_make_one()
    {
        using TemporaryFolder folder = TestVolumes.Xfs.Folder();
        folder.GiveToUnprivileged();

        Unprivileged.Run(() => SampleTree.Make(folder["a"]));

        Assert.Equal($"{Unprivileged.UserId}\n", SystemProgram.Run("stat", "-c", "%u", folder["a"]));
    }
}
