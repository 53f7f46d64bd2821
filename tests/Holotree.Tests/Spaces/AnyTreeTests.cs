using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Holotree.Recording;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Tests.Spaces;

/// <summary>
/// What must hold for any tree: recorded and restored, or cloned, it is what it was, and where it is not the report says so: no
/// difference without a line in it, and no line without a difference.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed partial class AnyTreeTests
{
    const int Trees = 8;

    /// <summary>What a hard link takes over from its object.</summary>
    const TreeParts Linked = TreeParts.Mode | TreeParts.Times | TreeParts.HardLinks;

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    [InlineData("tmpfs")]
    public void Any_tree_of_root_is_kept_or_what_is_not_is_told(string volume) => ForSeeds(seed =>
    {
        using var site = new Site(volume);
        Check(site, RandomTree.Make(site.Source, seed, privileged: true), TestVolumes.Get(volume).CanReflink);
    });

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    public void Any_tree_of_an_ordinary_user_is_kept_or_what_is_not_is_told(string volume) => ForSeeds(seed =>
    {
        using var site = new Site(volume);
        site.GiveToUnprivileged();
        Unprivileged.Run(() => Check(site, RandomTree.Make(site.Source, seed, privileged: false, readable: true), TestVolumes.Get(volume).CanReflink));
    });

    [Theory]
    [InlineData("xfs")]
    [InlineData("ext4")]
    public void Any_tree_of_root_goes_to_an_ordinary_user(string volume) => ForSeeds(seed =>
    {
        using var site = new Site(volume);
        RandomTree.Make(site.Source, seed, privileged: true, readable: true);
        TestVolumes.Get(volume);
        File.SetUnixFileMode(site.Folder.Path, (UnixFileMode)0x1FF);
        Unprivileged.Run(() => Check(site, TreeSnapshot.Take(site.Source), TestVolumes.Get(volume).CanReflink));
    });

    static void Check(Site site, TreeSnapshot source, bool canReflink)
    {
        RecordReport recorded = site.Record();
        Assert.Equal(source.Files, recorded.Files);
        foreach (Strategy strategy in canReflink ? (Strategy[])[Strategy.Reflink, Strategy.HardLink, Strategy.Copy] : [Strategy.Smart, Strategy.Copy])
        {
            RestoreReport report = site.Restore($"by-{strategy}", strategy);

            bool linked = report.Mechanisms[Mechanism.HardLink] > 0;
            AssertExplained(source, report.Path, linked ? TreeParts.All & ~Linked : TreeParts.All, [.. recorded.NotPreserved, .. report.NotPreserved]);
        }

        TreeReport cloned = TreeCloner.Clone(site.Source, site.Folder["clone"]);

        AssertExplained(source, site.Folder["clone"], TreeParts.All, cloned.NotPreserved);
        TreeComparison.AssertEqual(source, site.Source);
    }

    static void AssertExplained(TreeSnapshot source, string made, TreeParts parts, IReadOnlyList<NotPreserved> told)
    {
        // Of an inode with several names the report names the one that it was made by.
        Dictionary<string, string> inodes = Tool.Run("find", source.Root, "-printf", "%i %P\\0").Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => (Number: Number().Match(line).Value, Inode: line.Split(' ')[0])).DistinctBy(pair => pair.Number).ToDictionary(pair => pair.Number, pair => pair.Inode);
        string OfInode(string line) => $"{inodes[line[..line.IndexOf(':', StringComparison.Ordinal)]]}{line[line.IndexOf(':', StringComparison.Ordinal)..]}";
        var said = told.Select(lost => OfInode($"{Number().Match(lost.Path)}: {(lost.What == "set-id bits" ? "mode" : $"attribute {lost.What}")}")).ToHashSet();
        var differ = TreeComparison.Differences(source, TreeSnapshot.Take(made), new TreeComparisonOptions { Parts = parts })
            .Select(line => Difference().Match(line) is { Success: true } match ? OfInode(match.Value) : line).ToHashSet();
        Assert.True(differ.IsSubsetOf(said), $"nothing was said of: {string.Join(", ", differ.Except(said).Take(10))}; but of: {string.Join(", ", said)}");
        if (parts.HasFlag(TreeParts.Mode))
            Assert.True(said.IsSubsetOf(differ), $"said, but not so: {string.Join(", ", said.Except(differ).Take(10))}; but: {string.Join(", ", differ)}");
    }

    [GeneratedRegex("#[0-9]+$")]
    private static partial Regex Number();

    [GeneratedRegex(@"#[0-9]+: (mode|attribute [^ ]+)(?=[^/]*$)")]
    private static partial Regex Difference();

    static void ForSeeds(Action<int> law)
    {
        int first = Random.Shared.Next();
        for (int seed = first; seed < first + Trees; seed++)
        {
            try
            {
                law(seed);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"With the seed {seed}: {exception.Message}", exception);
            }
        }
    }
}
