using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class GitTests
{
    [Fact]
    public void A_clone_is_clean_at_once_where_git_looks_at_size_and_time()
    {
        using var place = new Workplace();
        if (!File.Exists("/usr/bin/git")) Assert.Skip("This needs git.");
        place.MakeTree();
        Git(place, "tree", "init", "--quiet");
        Git(place, "tree", "add", ".");
        File.SetLastWriteTimeUtc(place["tree/.git/index"], DateTime.UtcNow.AddMinutes(1));

        place.Cli.Run("clone", place["tree"], place["copy"]).Expect(0);

        // What docs/troubleshooting.md advises; without it git reads each file once and finds it unchanged.
        Assert.Equal(string.Empty, Git(place, "copy", "-c", "core.checkStat=minimal", "-c", "core.trustctime=false", "diff-files", "--name-only"));
        Assert.NotEqual(string.Empty, Git(place, "copy", "diff-files", "--name-only"));
        Git(place, "copy", "update-index", "-q", "--refresh");
        Assert.Equal(string.Empty, Git(place, "copy", "diff-files", "--name-only"));
    }

    static string Git(Workplace place, string folder, params string[] arguments) =>
        new TestKit.Cli(place["home"]) { Program = "/usr/bin/git", WorkingDirectory = place[folder] }.Run(arguments).Expect(0).Output;
}
