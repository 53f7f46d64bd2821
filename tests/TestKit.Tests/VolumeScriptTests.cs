using System.Diagnostics;
using Xunit;

namespace TestKit.Tests;

/// <summary>tests/volumes.sh where volumes cannot be made: whoever could make them is told loudly, and nobody's tests are skipped in silence.</summary>
public sealed class VolumeScriptTests
{
    [Fact]
    public void Root_without_loop_devices_fails_and_is_told_what_is_missing()
    {
        using var folder = new TemporaryFolder();
        folder.Write("losetup", "#!/bin/sh\nexit 1\n");
        SystemProgram.Run("chmod", "755", folder["losetup"]);

        (int code, string said) = Run(start => start.Environment["PATH"] = $"{folder.Path}:{start.Environment["PATH"]}");

        Assert.True(code == 1, said);
        Assert.Contains("loop devices", said, StringComparison.Ordinal);
        Assert.Contains("HOLOTREE_VOLUMES=none", said, StringComparison.Ordinal);
        Assert.DoesNotContain("ran", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Root_can_do_without_on_demand()
    {
        (int code, string said) = Run(start => start.Environment["HOLOTREE_VOLUMES"] = "none");

        Assert.True(code == 0, said);
        Assert.Contains("ran without", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Disk_images_of_macOS_are_mounted_for_the_command_and_gone_after_it()
    {
        // A simulation: uname says Darwin, and hdiutil makes files and takes folders for mounts.
        using var folder = new TemporaryFolder();
        folder.Write("bin/uname", "#!/bin/sh\necho Darwin\n");
        folder.Write("bin/hdiutil", "#!/bin/sh\necho \"$1 $3\" >>\"$0.log\"\nfor last in \"$@\"; do :; done\ncase $1 in create) : >\"$last\" ;; attach) [ -f \"$last\" ] ;; esac\n");
        SystemProgram.Run("chmod", "755", folder["bin/uname"], folder["bin/hdiutil"]);

        (int code, string said) = Run(start =>
        {
            start.Environment["PATH"] = $"{folder["bin"]}:{start.Environment["PATH"]}";
            start.Environment["TMPDIR"] = folder.MakeFolder("images");
            start.ArgumentList[^1] = "ls $HOLOTREE_TEST_VOLUMES; exit 7";
        });

        Assert.True(code == 7, said);
        Assert.Equal("apfs\nhfs\n", said);
        Assert.Equal(["create SPARSE", "attach -owners", "create SPARSE", "attach -owners"], File.ReadLines(folder["bin/hdiutil.log"]).Where(line => line[0] != 'd'));
        Assert.Equal(2, File.ReadLines(folder["bin/hdiutil.log"]).Count(line => line.StartsWith("detach", StringComparison.Ordinal)));
        Assert.Empty(Directory.GetFileSystemEntries(folder["images"]));
    }

    static (int Code, string Said) Run(Action<ProcessStartInfo> prepare)
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("This is about root.");
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "tests", "volumes.sh"), "run", "--", "sh", "-c", "echo ran ${HOLOTREE_TEST_VOLUMES-without}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("HOLOTREE_VOLUMES");
        prepare(start);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
