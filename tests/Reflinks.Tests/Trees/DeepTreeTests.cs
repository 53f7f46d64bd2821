using System.Runtime.Versioning;
using System.Text;
using Reflinks.Files;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>Depth, breadth and names without a limit but the filesystem's.</summary>
[SupportedOSPlatform("linux")]
public sealed class DeepTreeTests
{
    static readonly TreeCloneOptions Strict = new() { Strategy = TreeStrategy.Reflink };

    [Theory]
    [InlineData("btrfs", 400, 30)]
    [InlineData("xfs", 400, 30)]
    [InlineData("ext4", 100, 255)]
    [InlineData("tmpfs", 600, 8)]
    public void Tree_deeper_than_a_path_can_say_is_cloned_and_removed(string volume, int levels, int nameBytes)
    {
        Volume where = TestVolumes.Get(volume);
        using TemporaryFolder place = where.Folder();
        DeepTree.Make(place["source"], levels, nameBytes);

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], where.CanReflink ? Strict : null);

        TreeComparison.AssertEqual(place["source"], place["clone"]);
        Assert.Equal((levels, levels), (report.Files, report.Directories));
        TreeRemover.Remove(place["clone"]);
        Assert.Equal(["source"], place.Names());
        TreeRemover.Remove(place["source"]);
        Assert.Empty(place.Names());
    }

    [Fact]
    public void Depth_needs_no_more_open_files_than_a_process_may_have()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        DeepTree.Make(place["source"], levels: 600, nameBytes: 20);

        (int code, string output) = Tool.Try("prlimit", "--nofile=300:300", "--", InjectedHost.Program, place["source"], place.MakeFolder("made"), "tree-reflink", "remove");

        Assert.True(code == 0 && !output.Contains('!', StringComparison.Ordinal), output);
        Assert.Empty(Directory.GetFileSystemEntries(place["made"]));
        Assert.False(Directory.Exists(place["source"]));
    }

    [Fact]
    public void Failure_far_below_says_what_failed()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        DeepTree.Make(place["source"], levels: 200, nameBytes: 40, fileBytes: 0);
        TreePlan plan = TreeCloner.Plan(place["source"], Strict);
        string path = place["source"];
        // The last folder that a path can still name.
        while (path.Length + 41 < 4000) path = Path.Combine(path, new string('d', 40));
        Tool.Run("bash", "-c", """cd -- "$1"; for _ in 1 2 3 4 5 6; do cd d*; done; printf data >file""", "bash", path);

        var exception = Assert.Throws<CloneException>(() => TreeCloner.Clone(place["source"], place["clone"], Strict));

        Assert.Equal("EOPNOTSUPP", exception.Error.Name);
        Assert.True(exception.SourcePath.Length > 4000 && exception.SourcePath.EndsWith("dddd/file", StringComparison.Ordinal), exception.SourcePath);
        Assert.Equal(["source"], place.Names());

        // The same for a folder that went away between plan and making, and for one that cannot be listed.
        Tool.Run("bash", "-c", """cd -- "$1"; for _ in 1 2 3 4 5 6; do cd d*; done; chown 65534 .; chmod 0 .""", "bash", path);
        Exception? refused = null;
        place.GiveToUnprivileged();
        Unprivileged.Run(() => refused = Record.Exception(() => TreeCloner.Plan(place["source"])));
        Assert.Contains("dddd'", Assert.IsType<UnauthorizedAccessException>(refused).Message, StringComparison.Ordinal);
        Assert.Equal(200, plan.Files);
    }

    [Fact]
    public void Twenty_thousand_files_in_one_folder_are_shared()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        place.MakeFolder("source/all");
        for (int file = 0; file < 20_000; file++) File.WriteAllBytes(place[$"source/all/{file}"], [(byte)file, (byte)(file >> 8)]);
        var told = new Told();

        Tool.Run("sync", "--file-system", place.Path);

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], Strict, told);

        Assert.Equal(20_000, report.Mechanisms[Mechanism.Reflink]);
        Assert.Equal(20_000, Directory.EnumerateFiles(place["clone/all"]).Count());
        for (int file = 0; file < 20_000; file += 97) Assert.Equal([(byte)file, (byte)(file >> 8)], File.ReadAllBytes(place[$"clone/all/{file}"]));
        Assert.True(told.All.Count > 2, "Progress is told while a folder is made, not only at its end.");
        TreeRemover.Remove(place["clone"]);
        Assert.Equal(["source"], place.Names());
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("ext4")]
    public void Two_thousand_folders_lead_to_two_thousand_files(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        for (int folder = 0; folder < 2_000; folder++) place.Write($"source/{folder % 40}/{folder}/file", $"{folder}");

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Workers = 8 });

        Assert.Equal((2_000, 2_040), (report.Files, report.Directories));
        TreeComparison.AssertEqual(place["source"], place["clone"]);
    }

    [Fact]
    public void Names_that_are_no_text_are_told_with_replacement_characters()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        SampleTree.Make(place["source"], SampleParts.OddNames, files: 0);

        var exception = Assert.Throws<CloneException>(() => TreeCloner.Clone(place["source/odd names"], place["clone"], Strict));

        Assert.NotEmpty(exception.DestinationPath);
        Assert.Equal(exception.Message, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(exception.Message)));
        Assert.Equal(["source"], place.Names());
    }
}
