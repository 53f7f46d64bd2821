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
    public static TheoryData<string, Strategy> Ways() => new()
    {
        { "xfs", Strategy.Reflink }, { "btrfs", Strategy.Smart }, { "ext4", Strategy.Smart }, { "ext4", Strategy.HardLink }, { "ext4", Strategy.Copy },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Environment_runs_from_its_valid_bytecode_at_another_path_and_names_the_old_one_nowhere(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        RecordReport recorded = RecordEnvironment(site);
        Assert.True(recorded.RelocatedFiles > 5, "an environment names itself in its scripts");
        Directory.Move(site.Source, site.Folder["gone"]);       // nothing may be found there by accident

        // As long as "source", shorter, and longer.
        foreach (string name in new[] { "copied", "s", "a longer name than before" })
        {
            string space = site.Folder[name];
            RestoreReport report = site.Restore($"of-{name.Length}", strategy, options: new RestoreOptions { Destination = space, LockTimeout = TimeSpan.Zero });

            Assert.Empty(report.Relocated.Unfit);
            Assert.Equal(name.Contains(' ', StringComparison.Ordinal), report.Relocated.Shebangs.Contains("bin/pip"));
            Assert.True(report.Relocated.Skipped > 100, "bytecode beside its source is left alone");
            Assert.Equal(report.Mechanisms[Mechanism.HardLink] > 0, report.RetimedBytecode > 0);
            AssertBytecodeIsValid(space);
            if (!name.Contains(' ', StringComparison.Ordinal)) Assert.Contains($" {space}/lib/", Tool.Run(Path.Join(space, "bin/pip"), "--version"), StringComparison.Ordinal);
            (int code, string named) = Tool.Try("grep", "-rIlF", site.Source + "/", space);
            Assert.True(code == 1, $"text files still name {site.Source}: {named}");
        }
    }

    /// <summary>Every module comes from its bytecode, also beside a source that became a hard link and so got another time.</summary>
    static void AssertBytecodeIsValid(string space)
    {
        string[] told = [.. Tool.Run(Path.Join(space, "bin/python"), "-B", "-v", "-c", "import pip._internal.cli.main, sys; print('# in', sys.prefix)")
            .Split('\n').Where(line => line.StartsWith("# ", StringComparison.Ordinal) && line.Contains(space, StringComparison.Ordinal))];
        Assert.Contains($"# in {space}", told);
        Assert.True(told.Count(line => line.Contains(" matches ", StringComparison.Ordinal)) > 50, string.Join('\n', told.Take(20)));
        Assert.DoesNotContain(told, line => line.Contains("stale", StringComparison.Ordinal) || line.StartsWith("# code object from /", StringComparison.Ordinal));
    }

    static RecordReport RecordEnvironment(Site site)
    {
        Tool.Need("python3");
        if (Tool.Try("python3", "-c", "import venv, ensurepip").Code != 0) Assert.Skip("This python3 has no venv or no ensurepip.");
        Tool.Run("python3", "-m", "venv", site.Source);
        Tool.Run(Path.Join(site.Source, "bin/pip"), "--version");
        return site.Record();
    }
}
