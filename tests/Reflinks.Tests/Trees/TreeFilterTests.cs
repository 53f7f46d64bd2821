using System.Runtime.Versioning;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>Patterns choose files and links; what is excluded is not even looked into.</summary>
[SupportedOSPlatform("linux")]
public sealed class TreeFilterTests
{
    static readonly string[] All =
    [
        ".hidden/file.txt", "a.txt", "b.py", "build/deep/er/c.txt", "build/out.txt", "empty", "lib/build/d.txt", "lib/link.txt", "lib/only.py/e.py",
        "lib/x.txt", "node_modules/p/index.js", "sub/empty/", "sub/y.TXT",
    ];

    /// <summary>Paths of everything below the clone; a folder with nothing in it ends with a slash.</summary>
    static string[] Clone(TreeCloneOptions options, params string[] locked)
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        foreach (string path in All)
        {
            if (path.EndsWith('/')) place.MakeFolder($"source/{path}");
            else if (path == "lib/link.txt") File.CreateSymbolicLink(place[$"source/{path}"], "nowhere");
            else place.Write($"source/{path}", path == "empty" ? "" : path);
        }
        foreach (string path in locked)
        {
            Tool.Run("mkfifo", place[$"source/{path}/fifo"]);
            File.SetUnixFileMode(place[$"source/{path}"], UnixFileMode.None);
        }
        place.GiveToUnprivileged();
        Tool.Run("chown", "-R", "65534:65534", place["source"]);

        TreeReport? report = null;
        Unprivileged.Run(() => report = TreeCloner.Clone(place["source"], place["clone"], options));

        Assert.Empty(report!.Skipped);
        string[] made = [.. Directory.EnumerateFileSystemEntries(place["clone"], "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Where(path => !Directory.Exists(path) || Directory.GetFileSystemEntries(path).Length == 0)
            .Select(path => Path.GetRelativePath(place["clone"], path) + (Directory.Exists(path) ? "/" : ""))
            .Order(StringComparer.Ordinal)];
        Assert.Equal(made.Count(path => !path.EndsWith('/')), report.Files + report.Symlinks);
        return made;
    }

    static string[] Including(params string[] patterns) => Clone(new TreeCloneOptions { Include = patterns });

    static string[] Excluding(params string[] patterns) => Clone(new TreeCloneOptions { Exclude = patterns });

    [Fact]
    public void Without_patterns_everything_is_taken() => Assert.Equal(All, Clone(TreeCloneOptions.Default));

    [Fact]
    public void Star_star_star_takes_everything_but_empty_folders() => Assert.Equal(All.Except(["sub/empty/"]), Including("**/*"));

    [Fact]
    public void Star_stays_in_one_folder() => Assert.Equal(["a.txt"], Including("*.txt"));

    [Fact]
    public void Star_star_goes_below() => Assert.Equal(
        [".hidden/file.txt", "a.txt", "build/deep/er/c.txt", "build/out.txt", "lib/build/d.txt", "lib/link.txt", "lib/x.txt"], Including("**/*.txt"));

    [Fact]
    public void Case_counts() => Assert.Equal(["sub/y.TXT"], Including("**/*.TXT"));

    [Fact]
    public void Several_patterns_add_up() => Assert.Equal(["a.txt", "b.py", "lib/only.py/e.py"], Including("*.txt", "**/*.py"));

    [Fact]
    public void Folder_is_taken_with_all_below_it() => Assert.Equal(["build/deep/er/c.txt", "build/out.txt"], Including("build/**"));

    [Fact]
    public void Patterns_that_match_nothing_make_an_empty_folder() => Assert.Empty(Including("*.nothing"));

    [Fact]
    public void Excluded_files_are_left_out_and_their_folders_stay() => Assert.Equal(
        [".hidden/file.txt", "a.txt", "build/deep/er/c.txt", "build/out.txt", "empty", "lib/build/d.txt", "lib/link.txt", "lib/only.py/",
         "lib/x.txt", "node_modules/p/index.js", "sub/empty/", "sub/y.TXT"],
        Excluding("b.py", "lib/only.py/*.py"));

    [Theory]
    [InlineData("build")]
    [InlineData("build/")]
    public void Excluded_folder_is_left_out_with_all_below_it(string pattern) =>
        Assert.Equal(All.Where(path => !path.StartsWith("build/", StringComparison.Ordinal)), Excluding(pattern));

    [Fact]
    public void Folder_of_a_name_can_be_excluded_at_any_depth() =>
        Assert.Equal(All.Where(path => !path.Contains("build/", StringComparison.Ordinal)), Excluding("**/build"));

    [Fact]
    public void Exclusion_is_stronger_than_inclusion() =>
        Assert.Equal([".hidden/file.txt", "a.txt", "lib/link.txt"], Clone(new TreeCloneOptions { Include = ["**/*.txt"], Exclude = ["**/build", "lib/x.txt"] }));

    [Fact]
    public void Excluded_folder_is_not_looked_into() =>
        Assert.Equal(
            All.Where(path => !path.StartsWith("build/", StringComparison.Ordinal) && !path.StartsWith("node_modules/", StringComparison.Ordinal)),
            Clone(new TreeCloneOptions { Exclude = ["build", "node_modules/**"] }, "build", "node_modules").Except(["node_modules/"]));

    [Fact]
    public void Excluded_folder_is_not_looked_into_for_what_is_included() =>
        Assert.Equal([".hidden/file.txt", "a.txt", "lib/build/d.txt", "lib/link.txt", "lib/x.txt"],
            Clone(new TreeCloneOptions { Include = ["**/*.txt"], Exclude = ["build"] }, "build"));

    [Theory]
    [InlineData(new[] { "*" }, new string[0], "odd")]
    [InlineData(new string[0], new[] { "odd" }, "")]
    public void Names_that_are_no_text_can_be_met_by_a_star(string[] include, string[] exclude, string other)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["source"], SampleParts.OddNames, files: 0);
        place.Write("source/other", "other");

        TreeReport report = TreeCloner.Clone(place["source/odd names"], place["clone"], new TreeCloneOptions { Include = include, Exclude = exclude });

        Assert.Equal(other == "odd" ? 18 : 35, report.Files);
        if (other != "odd") TreeComparison.AssertEqual(place["source/odd names"], place["clone"]);
    }

    [Fact]
    public void Second_name_becomes_the_first_where_that_is_left_out()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string first = place.WriteRandom("source/a/first", 10_000);
        foreach (string name in (string[])["b/second", "c/third"])
        {
            place.MakeFolder($"source/{name.Split('/')[0]}");
            Handles.Link(first, place[$"source/{name}"]);
        }

        TreeReport report = TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Exclude = ["a"] });

        Assert.Equal((2, 10_000L), (report.Files, report.LogicalBytes));
        Assert.Equal(2u, Handles.Stat(place["clone/b/second"]).stx_nlink);
        Assert.Equal(Handles.Stat(place["clone/b/second"]).stx_ino, Handles.Stat(place["clone/c/third"]).stx_ino);
    }

    [Fact]
    public void Way_to_a_match_has_the_modes_and_times_of_the_source()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        TreeSnapshot source = SampleTree.Make(place["source"], SampleParts.All, files: 50);

        TreeCloner.Clone(place["source"], place["clone"], new TreeCloneOptions { Include = ["deep/**", "modes/**"] });

        TreeComparison.AssertEqual(source, place["clone"],
            new TreeComparisonOptions { Except = path => path != "." && !path.StartsWith("deep", StringComparison.Ordinal) && !path.StartsWith("modes", StringComparison.Ordinal) });
        Assert.Equal(["deep", "modes"], Directory.GetFileSystemEntries(place["clone"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
