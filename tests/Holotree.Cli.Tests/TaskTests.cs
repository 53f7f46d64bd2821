using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class TaskTests
{
    const string Robot = """
        # As rcc has it.
        tasks:
          Say it:
            shell: tool "a b" 'c\d' e\ f "" "g\"h" $HOME &&
          List:
            command:
            - tool
            - a b
            - "&&"
          Robot:
            robotTaskName: Log it
        condaConfigFile: conda.yaml
        environmentConfigs: [environment_linux_amd64_freeze.yaml]
        artifactsDir: out put
        PATH:
        - .
        - scripts
        PYTHONPATH:
        - libraries
        - .
        ignoreFiles: [.gitignore]
        """;

    [Fact]
    public void A_task_is_taken_apart_as_a_shell_would_and_run_in_its_folder()
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        place.Folder.Write("robot/robot.yaml", Robot);

        foreach (string[] mode in RunTests.Modes)
        {
            Assert.EndsWith("<a b><c\\d><e f><><g\"h><$HOME><&&>\n", place.Cli.Run(["run", "robot", .. mode, "--task", "say IT"]).Expect(0).Output, StringComparison.Ordinal);
            Assert.EndsWith("<a b><&&>\n", place.Cli.Run(["run", "robot/robot.yaml", .. mode, "--task", "List"]).Expect(0).Output, StringComparison.Ordinal);
        }
        Assert.True(Directory.Exists(place["robot/out put"]));
    }

    [Fact]
    public void A_task_has_the_folders_and_variables_of_its_blueprint_before_those_of_the_space()
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        place.Folder.Write("robot/robot.yaml", Robot);
        place.Folder.Write("robot/scripts/python", "#!/bin/sh\nprintf '%s\\n' \"$@\" \"$PWD\" \"$(pwd)\" \"$PATH\" \"$PYTHONPATH\" \"$ROBOT_ROOT\" \"$ROBOT_ARTIFACTS\"\n");
        place.SetMode("robot/scripts/python", Workplace.ProgramMode);
        place.Cli.Environment["PATH"] = "/usr/bin:/bin";
        string root = place["robot"];

        string[] said = place.Cli.Run("run", "robot", "--space", "dev", "--task", "Robot").Expect(0).Output.Split('\n');

        Assert.Equal(
            ["-m", "robot", "--report", "NONE", "--outputdir", "out put", "--logtitle", "Task log", "--task", "Log it", ".", root, root,
                $"{root}:{root}/scripts:{place["home/spaces/dev"]}/bin:/usr/bin:/bin", $"{root}/libraries:{root}", root, $"{root}/out put", string.Empty],
            said);
    }

    [Fact]
    public void A_command_may_have_the_variables_of_a_blueprint_and_runs_where_the_caller_is()
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        place.Folder.Write("robot/robot.yaml", Robot);

        Assert.Equal($"{place["robot"]} {place.Folder.Path}\n", place.Cli.Run("run", "robot", "--space", "dev", "--", "sh", "-c", "echo $ROBOT_ROOT $(pwd)").Expect(0).Output);
        Assert.False(Directory.Exists(place["robot/out put"]));
    }

    [Fact]
    public void The_only_task_of_this_folder_goes_without_saying_that_of_holotree_before_that_of_robot()
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        place.Folder.Write("robot.yaml", "tasks:\n  one:\n    command: [tool, robot]\n");
        Assert.EndsWith("<robot>\n", place.Cli.Run("run", "--space", "dev").Expect(0).Output, StringComparison.Ordinal);
        Assert.EndsWith("<robot>\n", place.AsRcc().Run("run", "--holotree-strategy=smart", "--space", "dev").Expect(0).Output, StringComparison.Ordinal);
        Assert.EndsWith("<robot>\n", place.AsRcc().Run("run", "-s", "dev", "-r", "robot.yaml", "-t", "one").Expect(0).Output, StringComparison.Ordinal);

        place.Folder.Write("holotree.yaml", "tasks:\n  one:\n    shell: tool holotree\n");
        Assert.EndsWith("<holotree>\n", place.Cli.Run("run", "--space", "dev").Expect(0).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "task-missing", "robot")]
    [InlineData(5, "task-unknown", "robot", "--task", "other")]
    [InlineData(5, "blueprint-missing", "nothing.yaml")]
    [InlineData(5, "blueprint-missing", "home")]
    [InlineData(2, "usage", "robot", "--task", "List", "--", "true")]
    [InlineData(2, "usage", "")]
    [InlineData(2, "usage")]
    public void What_is_to_be_run_has_to_be_clear(int code, string word, params string[] arguments)
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        place.Folder.Write("robot/robot.yaml", Robot);

        JsonElement error = Pinned.AssertFails(place.Cli.Run(["--json", "run", "--space", "dev", .. arguments]), code, word);

        if (word.StartsWith("task-", StringComparison.Ordinal)) Assert.Contains("Say it, List, Robot", error.Text("hint"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true, "--space", "other")]
    [InlineData(true, "--ephemeral")]
    [InlineData(true)]
    public void A_blueprint_alone_is_not_built(bool asRcc, params string[] arguments)
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        place.Folder.Write("robot.yaml", Robot);

        JsonElement error = Pinned.AssertFails((asRcc ? place.AsRcc() : place.Cli).Run(["--json", "run", "--task", "List", .. arguments]), 4, "blueprint-unsupported");

        Assert.Contains("record", error.Text("hint"), StringComparison.Ordinal);
        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
    }

    [Theory]
    [InlineData(1, "tasks", "")]
    [InlineData(1, "tasks", "tasks: {}\n")]
    [InlineData(2, "tasks has to be a mapping", "#\ntasks: [a]\n")]
    [InlineData(3, "tasks.a needs exactly one", "tasks:\n  a:\n    shell: ls\n    command: [ls]\n")]
    [InlineData(2, "tasks.a has to be a mapping", "tasks:\n  a: ls\n")]
    [InlineData(3, "tasks.a.command has to be a list", "tasks:\n  a:\n    command: ls\n")]
    [InlineData(4, "each entry of tasks.a.command has to be a word", "tasks:\n  a:\n    command:\n    - [ls]\n")]
    [InlineData(3, "tasks.a.command has no command in it", "tasks:\n  a:\n    command: []\n")]
    [InlineData(3, "tasks.a.shell has a quote that is not closed", "tasks:\n  a:\n    shell: echo 'a\n")]
    [InlineData(3, "tasks.a.script means nothing", "tasks:\n  a:\n    script: ls\n")]
    [InlineData(4, "PATH has to be a list", "tasks:\n  a:\n    shell: ls\nPATH: bin\n")]
    [InlineData(1, "artifactsDir has to be a word", "artifactsDir: [a]\ntasks:\n  a:\n    shell: ls\n")]
    [InlineData(3, "this is no YAML", "tasks:\n  a: [\n")]
    public void What_is_wrong_with_a_blueprint_is_named_with_its_line_and_key(int line, string reason, string content)
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        string file = place.Folder.Write("robot.yaml", content);

        JsonElement error = Pinned.AssertFails(place.Cli.Run("--json", "run", "--space", "dev"), 2, "blueprint-invalid");

        Assert.StartsWith($"{file}:{line}: {reason}", error.Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deep", "is nested too deep")]
    [InlineData("long", "is longer than any blueprint")]
    public void A_hostile_blueprint_is_refused(string kind, string reason)
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        place.Folder.Write("robot.yaml", kind == "deep" ? "tasks: " + new string('[', 200_000) : new string('#', 2_000_000));

        Assert.Contains(reason, Pinned.AssertFails(place.Cli.Run("--json", "run", "--space", "dev"), 2, "blueprint-invalid").Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_blueprint_asks_for_and_does_not_get_is_said()
    {
        using var place = new Workplace();
        RunTests.MakeSpace(place);
        place.Folder.Write("robot.yaml", "tasks:\n  a:\n    shell: tool\npreRunScripts:\n- setup.sh\n");

        Assert.Contains("preRunScripts are not run", place.Cli.Run("run", "--space", "dev").Expect(0).Errors, StringComparison.Ordinal);
    }
}
