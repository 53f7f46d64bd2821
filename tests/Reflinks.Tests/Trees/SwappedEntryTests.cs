using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>Somebody who may write to the folder puts links into the way while a tree is made: none of them is followed.</summary>
[SupportedOSPlatform("linux")]
public sealed class SwappedEntryTests
{
    /// <summary>Which part of the unfinished tree is replaced, and when.</summary>
    public enum Swap
    {
        FolderWhileFilesAreMade,
        FolderBeforeItIsFinished,
        RootWhileFilesAreMade,
        RootBeforeFoldersAreFinished,
    }

    [Theory]
    [InlineData(Swap.FolderWhileFilesAreMade, 1)]
    [InlineData(Swap.FolderWhileFilesAreMade, 3)]
    [InlineData(Swap.FolderBeforeItIsFinished, 1)]
    [InlineData(Swap.RootWhileFilesAreMade, 1)]
    [InlineData(Swap.RootWhileFilesAreMade, 3)]
    [InlineData(Swap.RootBeforeFoldersAreFinished, 1)]
    [InlineData(Swap.RootBeforeFoldersAreFinished, 3)]
    public void Link_in_the_unfinished_tree_is_not_followed(Swap swap, int workers)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        foreach (string name in (string[])["a", "b", "b/below", "c", "d"])
        {
            for (int file = 0; file < 5; file++) place.Write($"source/{name}/{file}", name);
        }
        SampleTree.Make(place["elsewhere"], SampleParts.None, files: 3);
        foreach (string name in (string[])["a", "b", "b/below", "c", "d"]) place.MakeFolder($"elsewhere/{name}");
        var elsewhere = TreeSnapshot.Take(place["elsewhere"]);
        TreePlan plan = TreeCloner.Plan(place["source"], new TreeCloneOptions { Workers = workers });
        int done = 0;

        void Act(bool isFile)
        {
            bool whileFilesAreMade = swap is Swap.FolderWhileFilesAreMade or Swap.RootWhileFilesAreMade;
            if (isFile != whileFilesAreMade || Interlocked.Increment(ref done) != 1) return;
            string root = Directory.GetDirectories(place.Path, ".reflink-*").Single();
            bool isRoot = swap is Swap.RootWhileFilesAreMade or Swap.RootBeforeFoldersAreFinished;
            string victim = isRoot ? root : Path.Combine(root, "b");
            Directory.Move(victim, place["moved away"]);
            File.CreateSymbolicLink(victim, isRoot ? place["elsewhere"] : place["elsewhere/b"]);
        }

        Exception? failure = Record.Exception(() => TreeCloner.Apply(
            plan, place["clone"], () => new ActingContent(plan, Act), progress: null, CancellationToken.None));

        // What was there is as it was, whether the tree could be made or not.
        TreeComparison.AssertEqual(elsewhere, place["elsewhere"]);
        if (failure is not null) Assert.Contains(NativeError.Of(failure)?.Name, new[] { "ENOTDIR", "ELOOP", "ENOENT", "EEXIST" });
        if (swap is Swap.FolderWhileFilesAreMade or Swap.FolderBeforeItIsFinished) Assert.NotNull(failure);
        Assert.DoesNotContain(place.Names(), name => name.StartsWith(".reflink-", StringComparison.Ordinal));
    }

    /// <summary>Files of the source that turn into something else between plan and making.</summary>
    [Theory]
    [InlineData("link", "ELOOP")]
    [InlineData("fifo", "EINVAL")]
    [InlineData("folder", "EINVAL")]
    [InlineData("nothing", "ENOENT")]
    public void File_that_is_something_else_by_now_is_not_taken_for_one(string now, string errno)
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        place.Write("source/below/file", "file");
        place.Write("secret", "secret");
        TreePlan plan = TreeCloner.Plan(place["source"]);
        string path = place["source/below/file"];
        File.Delete(path);
        if (now == "link") File.CreateSymbolicLink(path, place["secret"]);
        if (now == "fifo") Tool.Run("mkfifo", path);
        if (now == "folder") Directory.CreateDirectory(path);

        Exception failure = Assert.ThrowsAny<Exception>(() => TreeCloner.Apply(plan, place["clone"]));

        Assert.Equal(errno, NativeError.Of(failure)?.Name);
        Assert.Contains($"'{path}'", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["secret", "source"], place.Names());
    }

    [Fact]
    public void Folder_of_the_source_that_is_a_link_by_now_is_not_followed()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        place.Write("source/below/file", "file");
        place.Write("elsewhere/file", "secret");
        TreePlan plan = TreeCloner.Plan(place["source"]);
        Directory.Delete(place["source/below"], recursive: true);
        File.CreateSymbolicLink(place["source/below"], place["elsewhere"]);

        var failure = Assert.Throws<IOException>(() => TreeCloner.Apply(plan, place["clone"]));

        Assert.Contains(NativeError.Of(failure)?.Name, new[] { "ENOTDIR", "ELOOP" });
        Assert.Contains(place["source/below"], failure.Message, StringComparison.Ordinal);
        Assert.Equal(["elsewhere", "source"], place.Names());
    }

    /// <summary>Content that does something of its own when a file is opened, or a folder finished.</summary>
    sealed class ActingContent(TreePlan plan, Action<bool> act) : ClonedContent(plan.Scan.Listing, plan.Source, plan.Options.Preserve)
    {
        internal override int Open(int file, out Kernel.Statx stat)
        {
            act(true);
            return base.Open(file, out stat);
        }

        internal override void SetDirectoryAttributes(int directory, int target, Action<string, Errno> lost)
        {
            act(false);
            base.SetDirectoryAttributes(directory, target, lost);
        }
    }
}
