using System.Runtime.Versioning;
using System.Text;
using Holotree.Activation;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Tests.Activation;

/// <summary>The variables of spaces on Windows, by its rules and on any system: the tree is looked at where it lies, and described where Windows has it.</summary>
[SupportedOSPlatform("linux")]
public sealed class WindowsVariablesTests : IDisposable
{
    const string Root = @"C:\Users\x\spaces\dev";

    readonly TemporaryFolder folder = new();

    [Fact]
    public void A_virtual_environment_is_worked_in_by_its_Scripts()
    {
        Make("pyvenv.cfg", "Scripts/python.exe", "Scripts/pip.exe");

        Assert.Equal(["python-venv"], Look().Kinds);
        Dictionary<string, string?> changes = Changes(@"Path=C:\Windows\system32;C:\Windows", @"PythonHome=D:\x");
        Assert.Equal($@"{Root}\Scripts;C:\Windows\system32;C:\Windows", changes["PATH"]);
        Assert.Equal($@"{Root}\Scripts\python.exe", changes["PYTHON_EXE"]);
        Assert.Equal(Root, changes["VIRTUAL_ENV"]);
        Assert.Null(changes["PYTHONHOME"]);
    }

    [Fact]
    public void A_conda_environment_has_its_folders_in_condas_order()
    {
        Make("conda-meta/history", "python.exe", "Scripts/x.exe", "Library/bin/y.dll", "Library/usr/bin/z.exe", "Library/mingw-w64/bin/g.exe", "bin/a.exe");

        Assert.Equal(["conda"], Look().Kinds);
        Dictionary<string, string?> changes = Changes(@"PATH=C:\Windows");
        Assert.Equal(
            string.Join(';', Root, $@"{Root}\Library\mingw-w64\bin", $@"{Root}\Library\usr\bin", $@"{Root}\Library\bin", $@"{Root}\Scripts", $@"{Root}\bin", @"C:\Windows"),
            changes["PATH"]);
        Assert.Equal($@"{Root}\python.exe", changes["PYTHON_EXE"]);
    }

    [Fact]
    public void An_installation_of_Python_has_its_root_and_Scripts()
    {
        Make("python.exe", "Scripts/pip.exe", "Lib/os.py");

        Assert.Equal(["python"], Look().Kinds);
        Assert.Equal($@"{Root};{Root}\Scripts;C:\Windows", Changes(@"PATH=C:\Windows")["PATH"]);
    }

    [Fact]
    public void Node_has_its_root_and_the_programs_of_its_modules()
    {
        Make("node.exe", "node_modules/.bin/tsc.cmd");

        Assert.Equal(["node"], Look().Kinds);
        Assert.Equal($@"{Root};{Root}\node_modules\.bin;C:\Windows", Changes(@"PATH=C:\Windows")["PATH"]);
    }

    [Fact]
    public void A_plain_tree_has_its_bin_and_where_PATH_is_not_set_nothing_else()
    {
        Make("bin/a.exe", "lib/x.dll");

        Assert.Empty(Look().Kinds);
        Assert.Equal($@"{Root}\bin", Changes("X=1")["PATH"]);
    }

    [Fact]
    public void Folders_on_PATH_are_the_same_whatever_their_case_and_separators()
    {
        Make("pyvenv.cfg", "Scripts/python.exe");

        Dictionary<string, string?> changes = Changes(
            @"Path=c:\users\X\spaces\DEV\scripts\;D:/other/Lib;d:\OTHER;D:\other2;C:\Windows", @"holotree_space_path=D:\Other");

        Assert.Equal($@"{Root}\Scripts;D:\other2;C:\Windows", changes["PATH"]);
    }

    [Fact]
    public void A_path_with_a_semicolon_cannot_be_on_PATH()
    {
        Make("bin/a.exe");

        SpaceVariables variables = Look(@"C:\a;b");

        Assert.Contains("semicolon", Assert.Single(variables.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain(variables.ChangesTo(Block("PATH=x")), static change => change.Name == "PATH");
    }

    [Fact]
    public void What_is_declared_for_Path_in_whatever_case_is_left_out()
    {
        Make("conda-meta/history");
        folder.Write("space/conda-meta/state", """{"env_vars": {"Path": "D:\\evil", "A": "1", "a": "2"}}""");

        Assert.Contains("sets 'Path'", Assert.Single(Look().Warnings), StringComparison.Ordinal);
        Assert.Equal("2", Changes("PATH=x")["A"]);
    }

    [Fact]
    public void Working_in_a_space_twice_is_the_same_as_once()
    {
        Make("pyvenv.cfg", "Scripts/python.exe");
        EnvironmentBlock once = Applied(Block(@"Path=C:\Windows", "x=1")), twice = Applied(Applied(Block(@"Path=C:\Windows", "x=1")));

        Assert.Equal(once.Entries.Select(Encoding.UTF8.GetString), twice.Entries.Select(Encoding.UTF8.GetString));
        Assert.Equal($@"{Root}\Scripts;C:\Windows", twice.Text("path"));
    }

    [Fact]
    [OnLinux("symbolic links that everybody may make")]
    public void Links_in_a_tree_are_followed_where_it_lies()
    {
        Make("pyvenv.cfg", "real/python.exe");
        Directory.CreateDirectory(folder["space/Scripts"]);
        File.CreateSymbolicLink(folder["space/Scripts/python.exe"], @"c:\Users\x\spaces\dev\real\python.exe");

        Assert.Equal($@"{Root}\Scripts\python.exe", Changes("PATH=x")["PYTHON_EXE"]);
    }

    [Fact]
    public void Names_of_variables_are_told_apart_without_their_case()
    {
        EnvironmentBlock block = Block("=C:=C:\\x", "=ExitCode=0", "Path=a", "ÄÖ=1", "Ã£=2");

        Assert.Equal("a", block.Text("PATH"));
        Assert.Equal(@"C:\x", block.Text("=C:"));
        Assert.Equal("1", block.Text("äö"));
        block.Apply(new VariableChange("PATH", "b"u8.ToArray()));
        block.Apply(new VariableChange("EXITCODE", null));
        Assert.Equal(["=C:=C:\\x", "=ExitCode=0", "ÄÖ=1", "Ã£=2", "PATH=b"], block.Entries.Select(Encoding.UTF8.GetString));
    }

    void Make(params string[] files)
    {
        foreach (string file in files) folder.Write("space/" + file, string.Empty);
    }

    SpaceVariables Look(string path = Root) => SpaceVariables.Of(
        new SpaceInfo { Space = "dev", Path = path, Catalog = "c0ffee", Name = "env", Mechanisms = new Dictionary<string, long>() },
        new Home(folder["home"]), folder["space"], SystemRules.Windows);

    Dictionary<string, string?> Changes(params string[] environment) => Look().ChangesTo(Block(environment))
        .ToDictionary(change => change.Name, change => change.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null, StringComparer.OrdinalIgnoreCase);

    EnvironmentBlock Applied(EnvironmentBlock environment)
    {
        foreach (VariableChange change in Look().ChangesTo(environment)) environment.Apply(change);
        return environment;
    }

    static EnvironmentBlock Block(params string[] variables) =>
        EnvironmentBlock.Parse(Encoding.UTF8.GetBytes(string.Concat(variables.Select(one => one + "\0"))), SystemRules.Windows);

    public void Dispose() => folder.Dispose();
}
