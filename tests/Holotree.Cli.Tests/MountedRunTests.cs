using System.Diagnostics;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>An ephemeral run without a space: the tree is mounted for the command alone.</summary>
public sealed class MountedRunTests
{
    const string Show = "echo \"$HOLOTREE_SPACE $HOLOTREE_SPACE_PATH\"; cat \"$HOLOTREE_SPACE_PATH/self\"; chmod u+w \"$HOLOTREE_SPACE_PATH/text\" && echo mine >\"$HOLOTREE_SPACE_PATH/text\"; cat \"$HOLOTREE_SPACE_PATH/text\"";

    public static TheoryData<string> Volumes { get; } = new("ext4", "xfs", "btrfs");

    [Theory]
    [MemberData(nameof(Volumes))]
    public void No_space_is_made_and_each_run_sees_the_tree_as_it_was_recorded(string volume)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.Record();
        TestKit.Cli user = place.AsOrdinaryUser();
        GiveHome(place);

        for (int time = 0; time < 2; time++)
        {
            string[] said = user.Run("run", "--catalog", "tools", "--ephemeral", "--json", "--", "sh", "-c", Show).Expect(0).Output.Split('\n');
            string[] named = said[0].Split(' ', 2);

            Assert.Matches("^run-[0-9a-f]+$", named[0]);
            Assert.StartsWith(place["home/mounts"] + "/", named[1], StringComparison.Ordinal);
            Assert.Equal([$"#!{named[1]}/bin/python", $"home = {named[1]}", "mine", ""], said[1..]);
            Assert.Empty(Directory.GetFileSystemEntries(named[1]));
        }
        Assert.Empty(place.NamesIn("home/spaces"));
        Assert.Empty(place.NamesIn("home/runs"));
    }

    [Fact]
    public void Killed_with_its_group_it_leaves_nothing()
    {
        using var place = new Workplace(TestVolumes.Ext4);
        place.Record();
        ProcessStartInfo start = place.Cli.StartInfo(TestKit.Cli.Binary, "run", "--catalog", "tools", "--ephemeral", "--", "sh", "-c", "echo x >$HOLOTREE_SPACE_PATH/x; sleep 1234 & echo ready; wait");
        start.FileName = "setsid";
        using Process process = Process.Start(start)!;
        Assert.Equal("ready", process.StandardOutput.ReadLine());
        Assert.NotEmpty(place.NamesIn("home/runs"));

        Signals.Send("KILL", -process.Id);

        Assert.Equal(string.Empty, process.StandardOutput.ReadToEnd());
        Assert.True(SpinWait.SpinUntil(() => place.NamesIn("home/runs").Length == 0, TimeSpan.FromSeconds(60)), "Something is left of the run.");
    }

    [Fact]
    public void Where_no_mount_is_allowed_a_space_is_made_and_that_is_said()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();

        CliResult said = Injection.Run(place, ["mount:error=EPERM"], "run", "--catalog", "tools", "--ephemeral", "--", "sh", "-c", "echo $HOLOTREE_SPACE_PATH").Expect(0);

        Assert.StartsWith(place["home/spaces/run-"], said.Output, StringComparison.Ordinal);
        Assert.Contains("cannot keep mounts private: Operation not permitted (EPERM, 1)", said.Errors, StringComparison.Ordinal);
        Assert.Single(said.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(place.NamesIn("home/spaces"));
        Assert.Empty(place.NamesIn("home/runs"));
    }

    [Theory]
    [InlineData("--space", "one")]
    [InlineData("--strategy", "copy")]
    public void Who_asks_for_a_space_of_a_certain_name_or_make_gets_one(params string[] options)
    {
        using var place = new Workplace();
        place.Record();

        string path = place.Cli.Run(["run", "--catalog", "tools", "--ephemeral", .. options, "--", "sh", "-c", "echo $HOLOTREE_SPACE_PATH"]).Expect(0).Output;

        Assert.StartsWith(place["home/spaces/"], path, StringComparison.Ordinal);
    }

    /// <summary>What root has recorded, the user shall run.</summary>
    static void GiveHome(Workplace place)
    {
        using Process chown = Process.Start("chown", ["-R", $"{Unprivileged.UserId}:{Unprivileged.UserId}", place["home"]]);
        chown.WaitForExit();
        Assert.Equal(0, chown.ExitCode);
    }
}
