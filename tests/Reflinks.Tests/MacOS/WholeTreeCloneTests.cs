using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;
using Reflinks.Tests.Trees;
using Reflinks.Trees;

namespace Reflinks.Tests.MacOS;

/// <summary>A tree as one clone, where that is asked for and makes the same; the call of macOS is made through the simulation (<see cref="Simulation"/>).</summary>
[SupportedOSPlatform("macos")]
[Collection(nameof(Simulation))]
public sealed class WholeTreeCloneTests
{
    static readonly TreeCloneOptions Whole = new() { WholeTreeLimit = 1000 };

    public WholeTreeCloneTests() => Simulation.Need();

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    public void Tree_is_one_clone_and_every_file_counts_as_one(string volume)
    {
        using TemporaryFolder place = Make(volume);

        TreeReport report = Apply(place, Whole, out int calls);

        Assert.Equal(1, calls);
        Assert.Equal((2, 1), (report.Mechanisms[Mechanism.Reflink], report.Mechanisms[Mechanism.Empty]));
        Assert.Equal((3, 2, 1, 350_000L), (report.Files, report.Directories, report.Symlinks, report.SharedBytes));
        Assert.Empty(report.Fallbacks);
        TreeComparison.AssertEqual(place["source"], place["clone"]);
        ExtentMap.AssertTreesShared(place["source"], place["clone"]);
    }

    [Fact]
    public void What_the_system_refuses_is_made_file_by_file_and_counted()
    {
        using TemporaryFolder place = Make("ext4");

        TreeReport report = Apply(place, Whole, out int calls);

        Assert.Equal((1, 2), (calls, report.Mechanisms[Mechanism.KernelCopy]));
        Assert.Equal(["Snapshot Reflink EOPNOTSUPP 3", "Reflink KernelCopy EOPNOTSUPP 2"], Reports.Fallbacks(report));
        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Equal(["clone", "source"], place.Names());
    }

    [Theory]
    [InlineData(nameof(Errno.ENOSPC))]
    [InlineData(nameof(Errno.EIO))]
    public void Failure_of_the_call_is_one_of_the_clone_and_leaves_nothing(string error)
    {
        using TemporaryFolder place = Make("xfs");
        TreePlan plan = TreeCloner.Plan(place["source"], Whole);

        var failure = Assert.Throws<CloneException>(() => TreeCloner.ApplyAsIs(plan, place["clone"], (_, _) => Enum.Parse<Errno>(error), null, CancellationToken.None));

        Assert.Equal(error, failure.Error.Name);
        Assert.Equal(["source"], place.Names());
    }

    [Fact]
    public void Existing_tree_gives_way_only_where_that_is_asked_for()
    {
        using TemporaryFolder place = Make("xfs");
        place.Write("clone/old", "x");

        Assert.Throws<IOException>(() => Apply(place, Whole, out _));
        Assert.True(File.Exists(place["clone/old"]));
        Apply(place, Whole with { Overwrite = true }, out int calls);

        Assert.Equal(1, calls);
        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Equal(["clone", "source"], place.Names());
    }

    [Fact]
    public void Trees_that_would_come_out_otherwise_are_made_file_by_file()
    {
        using TemporaryFolder place = Make("xfs");
        (string Why, TreeCloneOptions Options)[] unasked =
        [
            ("by default", TreeCloneOptions.Default),
            ("too many entries", Whole with { WholeTreeLimit = 6 }),
            ("a filter", Whole with { Exclude = ["*.x"] }),
            ("another filter", Whole with { Include = ["**"] }),
            ("not everything kept", Whole with { Preserve = Preserve.Mode }),
            ("copies wanted", Whole with { Strategy = TreeStrategy.Copy }),
            ("links wanted", Whole with { Strategy = TreeStrategy.HardLink }),
        ];
        foreach ((string why, TreeCloneOptions options) in unasked) AssertFileByFile(options, why);
        Apply(place, Whole with { WholeTreeLimit = 7 }, out int calls);
        Assert.Equal(1, calls);
        TreeRemover.Remove(place["clone"]);

        string second = place["source/second"];
        Tool.Run("ln", place["source/a/file"], second);
        AssertFileByFile(Whole, "a file with two names");
        File.Delete(second);
        Tool.Run("mkfifo", second);
        AssertFileByFile(Whole, "a pipe");
        File.Delete(second);
        File.SetUnixFileMode(place["source/a/file"], (UnixFileMode)0x9ED);
        AssertFileByFile(Whole, "a set-id bit");

        void AssertFileByFile(TreeCloneOptions options, string why)
        {
            Apply(place, options, out int calls);
            Assert.True(calls == 0, $"Cloned as a whole in spite of {why}.");
            TreeRemover.Remove(place["clone"]);
        }
    }

    /// <summary>Seven entries, with the root.</summary>
    static TemporaryFolder Make(string volume)
    {
        TemporaryFolder place = TestVolumes.Get(volume).Folder();
        place.WriteRandom("source/a/file", 300_000);
        place.WriteRandom("source/b/other", 50_000, seed: 2);
        place.Write("source/b/empty", []);
        File.CreateSymbolicLink(place["source/link"], "a/file");
        return place;
    }

    static TreeReport Apply(TemporaryFolder place, TreeCloneOptions options, out int calls)
    {
        int made = 0;
        TreeReport report = TreeCloner.ApplyAsIs(TreeCloner.Plan(place["source"], options), place["clone"], (source, target) =>
        {
            made++;
            return MacCloneTests.CloneTree(source, target);
        }, null, CancellationToken.None);
        calls = made;
        return report;
    }
}
