using System.Text;
using Holotree.Activation;
using Holotree.Library;
using Holotree.Running;
using Xunit;

namespace Holotree.Tests.Running;

/// <summary>Commands on systems where the program stays beside them: how they are found, what they are given, how they end.</summary>
public sealed class AttendedCommandTests
{
    [Theory]
    [InlineData("python", @"C:\space\Scripts;C:\Windows", @"C:\space\Scripts\python.EXE", @"C:\space\Scripts\python.EXE")]
    [InlineData("python.exe", @"C:\space\Scripts;C:\Windows", @"C:\Windows\python.exe", @"C:\Windows\python.exe")]
    [InlineData("npm", @"C:\space\", @"C:\space\npm.CMD", @"C:\space\npm.CMD")]
    [InlineData("python", @"C:\space", @"C:\space\python", null)]
    [InlineData(@"tools\run", @"C:\space", @"tools\run.BAT", @"tools\run.BAT")]
    [InlineData("tools/run.exe", @"C:\space", "tools/run.exe", "tools/run.exe")]
    public void On_Windows_a_program_is_found_on_the_commands_own_PATH_with_the_endings_of_programs(string program, string path, string there, string? found)
    {
        var environment = EnvironmentBlock.Parse(Encoding.UTF8.GetBytes($"PATH={path}\0PATHEXT=.COM;.EXE;.BAT;.CMD\0"));

        Assert.Equal(found, AttendedCommand.Find(program, environment, SystemRules.Windows, candidate => candidate == there));
    }

    [Theory]
    [InlineData("python", "/space/bin:/usr/bin", "/usr/bin/python", "/usr/bin/python")]
    [InlineData("./python", "/space/bin", "/space/bin/python", null)]
    [InlineData("a;b", "/space/bin", "/space/bin/a;b", "/space/bin/a;b")]
    public void On_Unix_a_program_is_found_as_a_shell_finds_it(string program, string path, string there, string? found)
    {
        var environment = EnvironmentBlock.Parse(Encoding.UTF8.GetBytes($"PATH={path}\0"));

        Assert.Equal(found, AttendedCommand.Find(program, environment, SystemRules.Unix, candidate => candidate == there));
    }

    [Fact]
    public void The_folder_that_Windows_keeps_for_each_drive_stays_a_variable()
    {
        var environment = EnvironmentBlock.Parse(Encoding.UTF8.GetBytes("=C:=C:\\work\0A=b=c\0"), SystemRules.Windows);

        Assert.Equal([("=C:", "C:\\work"), ("A", "b=c")], environment.Pairs());
    }

    [Theory]
    [InlineData("build.cmd", "a&calc", true)]
    [InlineData("build.BAT", "100%", true)]
    [InlineData("build.cmd", "a plain word", false)]
    [InlineData("build.exe", "a&calc", false)]
    public void What_cmd_would_read_more_into_is_not_given_to_a_batch_file(string program, string argument, bool refused)
    {
        Exception? said = Record.Exception(() => AttendedCommand.CheckBatch(program, [program, argument]));

        Assert.Equal(refused, said is HolotreeException { Failure: HolotreeFailure.ProgramUnusable });
    }

    [Fact]
    public void The_command_gets_its_words_and_variables_and_its_exit_code_is_handed_on()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("There is no sh on Windows.");
        var environment = EnvironmentBlock.Parse(Encoding.UTF8.GetBytes("PATH=/usr/bin:/bin\0WANTED=7\0"));

        Assert.Equal(7, AttendedCommand.Run(CommandOf(environment, "sh", "-c", "test \"$1\" = 'a b' && exit $WANTED", "sh", "a b")));
        Assert.Equal(137, AttendedCommand.Run(CommandOf(environment, "sh", "-c", "kill -KILL $$")));
    }

    [Fact]
    [OnLinux("files that are no programs by their mode", OrAnotherUnix = true)]
    public void A_program_that_is_not_there_or_is_none_is_named()
    {
        var environment = EnvironmentBlock.Parse("PATH=/nowhere\0"u8);

        HolotreeException missing = Assert.Throws<HolotreeException>(() => AttendedCommand.Run(CommandOf(environment, "no-such-program")));
        Assert.Equal((HolotreeFailure.ProgramMissing, "no-such-program"), (missing.Failure, missing.Path));

        string text = Path.Join(Path.GetTempPath(), $"no-program-{Guid.NewGuid():n}");
        File.WriteAllText(text, "no program");
        try
        {
            HolotreeException unusable = Assert.Throws<HolotreeException>(() => AttendedCommand.Run(CommandOf(environment, text)));
            Assert.Equal((HolotreeFailure.ProgramUnusable, text), (unusable.Failure, unusable.Path));
        }
        finally
        {
            File.Delete(text);
        }
    }

    static SpaceCommand CommandOf(EnvironmentBlock environment, params string[] words) => new([.. words.Select(Encoding.UTF8.GetBytes)], environment);
}
