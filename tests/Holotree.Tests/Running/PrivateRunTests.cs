using System.Diagnostics;
using System.Runtime.Versioning;
using Holotree.Library;
using Holotree.Running;
using Holotree.Spaces;

namespace Holotree.Tests.Running;

/// <summary>A command with a tree mounted for it alone: what it sees, what others see, how it ends.</summary>
[SupportedOSPlatform("linux")]
[OnLinux("mounts of one process alone")]
public sealed class PrivateRunTests
{
    const string Change = "cd \"$M\" && echo mine >file && echo new >fresh && rm sub/other && mkdir made && mv bin/script sub/moved && chmod 600 bin/tool && cat file fresh && ls sub && stat -c %a .";

    public static TheoryData<string, bool> Everywhere { get; } = new(
        from volume in new[] { "ext4", "xfs", "btrfs", "tmpfs" } from asUser in new[] { false, true } select (volume, asUser));

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void What_a_command_writes_is_seen_by_it_alone_and_gone_after(string volume, bool asUser)
    {
        using var place = new RunPlace(TestVolumes.Get(volume).Folder(), asUser);
        TreeSnapshot before = TreeSnapshot.Take(place.Tree);

        using Process process = place.Start("sh", "-c", Change + " && echo ready && { read line; cat fresh; }");
        string[] seen = [.. Enumerable.Range(0, 5).Select(_ => process.StandardOutput.ReadLine() ?? process.StandardError.ReadToEnd())];
        string[] outside = Directory.GetFileSystemEntries(place.Mount);
        string mountsMeanwhile = File.ReadAllText("/proc/self/mountinfo");
        process.StandardInput.Close();

        Assert.Equal(["mine", "new", "moved", "751", "ready"], seen);
        Assert.Equal("new\n", process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.Empty(outside);
        Assert.DoesNotContain(Path.GetFileName(place.Folder.Path), mountsMeanwhile, StringComparison.Ordinal);     // other tests mount things of their own
        Assert.Empty(Directory.GetFileSystemEntries(place.Mount));
        Assert.Empty(place.Runs);
        TreeComparison.AssertEqual(before, TreeSnapshot.Take(place.Tree));
    }

    [Fact]
    public void What_cannot_be_deleted_at_once_is_noted_before_its_lock_goes()
    {
        using var folder = TestVolumes.Ext4.Folder();
        var home = new Home(folder["home"]);
        string stuck;
        using (RunScratch run = RunScratch.Make(home, folder.MakeFolder("tree")))
        {
            stuck = Path.Join(run.Path, "upper", "stuck");
            File.WriteAllText(stuck, "stuck");
            Tool.Run("chattr", "+i", stuck);
        }
        try
        {
            Assert.False(Directory.EnumerateFiles(home.RunsPath).Any());
            Assert.True(File.Exists(stuck));
            Assert.Single(Directory.EnumerateFiles(Path.Join(home.StatesPath, "gone"), "*.gone"));
        }
        finally
        {
            Tool.Run("chattr", "-i", stuck);
        }
        Assert.True(new SpaceStore(home).Sweep(Timeout.InfiniteTimeSpan));
        Assert.Empty(Directory.EnumerateFileSystemEntries(home.RunsPath));
    }

    [Fact]
    public void Two_commands_at_the_same_place_see_each_its_own()
    {
        using var place = new RunPlace(TestVolumes.Ext4.Folder(), asUser: true);
        Process[] both = [.. Enumerable.Range(1, 2).Select(i => place.Start("sh", "-c", $"echo {i} >$M/file; echo ready; read line; cat $M/file"))];
        foreach (Process process in both) Assert.Equal("ready", process.StandardOutput.ReadLine());
        foreach (Process process in both) process.StandardInput.Close();

        Assert.Equal(["1\n", "2\n"], both.Select(process => process.StandardOutput.ReadToEnd()));
        foreach (Process process in both) process.WaitForExit();
        Assert.Empty(place.Runs);
    }

    [Theory]
    [InlineData("a b, c:d\\e 'f' \"g\" ü=%s#\n*", false)]
    [InlineData("a b, c:d\\e 'f' \"g\" ü=%s#\n*", true)]
    public void Any_path_will_do(string name, bool asUser)
    {
        using var place = new RunPlace(TestVolumes.Ext4.Folder(), asUser, name);

        (int code, string output, string errors) = place.Run("sh", "-c", "cat \"$M/file\"; pwd");

        Assert.Equal((0, $"from below\n{place.Folder.Path}\n", string.Empty), (code, output, errors));
        Assert.Empty(place.Runs);
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    [InlineData("exit 255", 255)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    [InlineData("kill -SEGV $$", 139)]
    public void It_ends_as_the_command_does(string script, int code)
    {
        using var place = new RunPlace(new TemporaryFolder(), asUser: false);

        Assert.Equal(code, place.Run("sh", "-c", script).Code);

        // What takes longer than a moment to delete is left to whoever sweeps.
        Assert.True(new SpaceStore(new Home(place.Home)).Sweep(Timeout.InfiniteTimeSpan));
        Assert.Empty(place.Runs);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void Signals_are_handed_on(string signal, int code)
    {
        using var place = new RunPlace(new TemporaryFolder(), asUser: true);
        using Process process = place.Start("perl", "-e", "$|=1; print qq(ready\n); sleep 60");
        Assert.Equal("ready", process.StandardOutput.ReadLine());

        Signals.Send(signal, process.Id);
        process.WaitForExit();

        Assert.Equal(code, process.ExitCode);
        Assert.Empty(place.Runs);
    }

    [Theory]
    [InlineData(0, "tool: a b\n", "", "tool", "a b")]
    [InlineData(0, "script: a b\n", "", "script", "a b")]
    [InlineData(0, "tool: x\n", "", "place/mount/bin/tool", "x")]
    [InlineData(127, "", "program-missing: There is no program 'no-such'", "no-such")]
    [InlineData(127, "", "program-missing: There is no program 'place/mount/no'", "place/mount/no")]
    [InlineData(126, "", "program-unusable: Cannot start 'place/mount/file': Permission denied (EACCES, 13)", "place/mount/file")]
    [InlineData(126, "", "program-unusable: Cannot start 'place/mount/sub'", "place/mount/sub")]
    public void Programs_are_looked_for_where_the_command_sees_them(int code, string output, string error, params string[] command)
    {
        using var place = new RunPlace(new TemporaryFolder(), asUser: true);

        (int Code, string Output, string Errors) end = place.Run(command);

        Assert.Equal((code, output), (end.Code, end.Output));
        Assert.StartsWith(error, end.Errors, StringComparison.Ordinal);
        Assert.Empty(place.Runs);
    }

    [Fact]
    public void An_ordinary_user_is_the_same_within_and_has_no_more_rights()
    {
        using var place = new RunPlace(new TemporaryFolder(), asUser: true);

        (_, string output, _) = place.Run("sh", "-c", "id -u; id -g; stat -c %u $M/file; grep CapEff /proc/self/status; chown 1 $M/file 2>/dev/null || echo refused");

        Assert.Equal($"{Unprivileged.UserId}\n{Unprivileged.UserId}\n{Unprivileged.UserId}\nCapEff:\t0000000000000000\nrefused\n", output);
    }

    [Fact]
    public void Root_may_do_within_what_it_may_outside()
    {
        Root.IsNeededFor("files of others");
        using var place = new RunPlace(TestVolumes.Ext4.Folder(), asUser: false);
        TreeSnapshot before = TreeSnapshot.Take(place.Tree);

        (int code, string output, _) = place.Run("sh", "-c", "chown 1234:56 $M/file && stat -c %u:%g $M/file && setpriv --reuid=1234 --clear-groups -- id -u && mv $M/sub $M/renamed && cat $M/renamed/other");

        Assert.Equal((0, "1234:56\n1234\nother\n"), (code, output));
        TreeComparison.AssertEqual(before, TreeSnapshot.Take(place.Tree));
    }

    [Fact]
    public void The_command_gets_no_descriptor_and_no_signal_state_of_the_program()
    {
        using var place = new RunPlace(new TemporaryFolder(), asUser: false);
        const string state = "ls /proc/self/fd; grep -E '^Sig(Blk|Ign)' /proc/self/status";

        // PIPE: what this runtime ignores, and so the tests' host.
        (_, string before) = Tool.Try("env", "--default-signal=PIPE", "sh", "-c", state);

        Assert.Equal(before, place.Run("sh", "-c", state).Output);
    }

    [Fact]
    public void A_command_may_run_another_one_in_the_same_way()
    {
        using var place = new RunPlace(TestVolumes.Ext4.Folder(), asUser: true);
        string host = place.Folder["host/RunHost"];

        (int code, string output, string errors) = place.Run(
            "sh", "-c", "echo outer >$M/file; \"$@\" sh -c 'cat $M/file; echo inner >$M/file'; cat $M/file", "sh", host, place.Home, place.Tree, place.Mount, "1");

        Assert.Equal((0, "from below\nouter\n", string.Empty), (code, output, errors));
        Assert.Empty(place.Runs);
    }

    /// <summary>The child has one thread of many, so nothing of the runtime may be waited for in it.</summary>
    [Fact]
    public void Forks_do_not_hang_while_garbage_is_collected()
    {
        using var place = new RunPlace(TestVolumes.Tmpfs.Folder(), asUser: false);

        Assert.Equal((0, string.Empty, string.Empty), place.RunOften(200, "true"));
        place.Sweep();
        Assert.Empty(place.Runs);
    }
}
