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
