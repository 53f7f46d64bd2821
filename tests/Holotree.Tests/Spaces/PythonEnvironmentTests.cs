using System.Runtime.Versioning;
using Holotree.Recording;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Spaces;

/// <summary>A real virtual environment works at any path, by every strategy, and names its old path nowhere.</summary>
[SupportedOSPlatform("linux")]
public sealed class PythonEnvironmentTests
{
    public static TheoryData<string, Strategy, string> Places()
    {
        var places = new TheoryData<string, Strategy, string>();
        foreach (string name in new[] { "source", "s", "a longer name than before" })       // beside the recorded "source"
        {
            places.Add("xfs", Strategy.Reflink, name);
            places.Add("btrfs", Strategy.Reflink, name);
            places.Add("ext4", Strategy.Smart, name);
            places.Add("ext4", Strategy.Copy, name);
        }
        return places;
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Environment_runs_at_another_path_and_names_the_old_one_nowhere(string volume, Strategy strategy, string name)
    {
        using var site = new Site(volume);
        RecordReport recorded = RecordEnvironment(site);
        Assert.True(recorded.RelocatedFiles > 5, "an environment names itself in its scripts");

        string space = site.Folder[Path.Join("elsewhere", name)];
        if (name == "source") space = site.Folder["copied"];        // of the same length
        Directory.CreateDirectory(Path.GetDirectoryName(space)!);
        RestoreReport report = site.Restore("space", strategy, options: new RestoreOptions { Destination = space, LockTimeout = TimeSpan.Zero });

        Assert.Empty(report.Relocated.Unfit);
        Assert.Equal(name.Contains(' ', StringComparison.Ordinal), report.Relocated.Shebangs.Contains("bin/pip"));
        Assert.True(report.Relocated.Skipped > 100, "bytecode beside its source is left alone");
        Assert.Equal(space, Tool.Run(Path.Join(space, "bin/python"), "-B", "-c", "import sys; print(sys.prefix)").Trim());
        if (!name.Contains(' ', StringComparison.Ordinal)) Assert.Contains($" {space}/lib/", Tool.Run(Path.Join(space, "bin/pip"), "--version"), StringComparison.Ordinal);
        (int code, string named) = Tool.Try("grep", "-rIlF", site.Source + "/", space);
        Assert.True(code == 1, $"text files still name {site.Source}: {named}");
    }

    [Theory]
    [InlineData("xfs", Strategy.Reflink)]
    [InlineData("btrfs", Strategy.Smart)]
    [InlineData("ext4", Strategy.Smart)]
    [InlineData("ext4", Strategy.HardLink)]
    [InlineData("ext4", Strategy.Copy)]
    public void Bytecode_stays_valid_also_beside_a_source_that_became_a_hard_link(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        RecordEnvironment(site);

        RestoreReport report = site.Restore("space", strategy);

        string[] told = [.. Tool.Run(Path.Join(site.PathOf("space"), "bin/python"), "-B", "-v", "-c", "import pip._internal.cli.main")
            .Split('\n').Where(line => line.StartsWith("# ", StringComparison.Ordinal) && line.Contains(site.PathOf("space"), StringComparison.Ordinal))];
        Assert.True(told.Count(line => line.Contains(" matches ", StringComparison.Ordinal)) > 50, string.Join('\n', told.Take(20)));
        Assert.DoesNotContain(told, line => line.Contains("stale", StringComparison.Ordinal) || line.StartsWith("# code object from /", StringComparison.Ordinal));
        Assert.Equal(report.Mechanisms[Mechanism.HardLink] > 0, report.RetimedBytecode > 0);
    }

    static RecordReport RecordEnvironment(Site site)
    {
        if (!Tool.Exists("python3")) Assert.Skip("There is no python3 here.");
        if (Tool.Try("python3", "-c", "import venv, ensurepip").Code != 0) Assert.Skip("This python3 has no venv or no ensurepip.");
        Tool.Run("python3", "-m", "venv", site.Source);
        Tool.Run(Path.Join(site.Source, "bin/pip"), "--version");
        return site.Record();
    }
}
