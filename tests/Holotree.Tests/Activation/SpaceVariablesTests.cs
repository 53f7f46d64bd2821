using System.Runtime.Versioning;
using System.Text;
using Holotree.Activation;
using Holotree.Library;
using Holotree.Spaces;

namespace Holotree.Tests.Activation;

[SupportedOSPlatform("linux")]
[OnLinux("links and colons in PATH")]
public sealed class SpaceVariablesTests : IDisposable
{
    const string Catalog = "c0ffee";

    readonly TemporaryFolder folder = new();
    readonly Home home;

    public SpaceVariablesTests() => home = new Home(folder["home"]);

    string Root => folder["space"];

    [Fact]
    public void A_virtual_environment_gets_what_its_own_activation_sets()
    {
        Make("pyvenv.cfg", "bin/python", "bin/python3");

        Assert.Equal(["python-venv"], Look().Kinds);
        Dictionary<string, string?> changes = Changes("PATH=/usr/bin", "PYTHONHOME=/elsewhere");
        Assert.Equal(Root, changes["VIRTUAL_ENV"]);
        Assert.Equal("dev", changes["VIRTUAL_ENV_PROMPT"]);
        Assert.Equal($"{Root}/bin:/usr/bin", changes["PATH"]);
        Assert.Null(changes["PYTHONHOME"]);
        Assert.False(changes.ContainsKey("PYTHONNOUSERSITE"));
        Assert.False(changes.ContainsKey("CONDA_PREFIX"));
    }

    [Fact]
    public void A_conda_environment_gets_what_conda_sets_and_loses_a_virtual_environment()
    {
        Make("conda-meta/history", "bin/python3");

        Assert.Equal(["conda"], Look().Kinds);
        Dictionary<string, string?> changes = Changes("VIRTUAL_ENV=/other");
        Assert.Equal(Root, changes["CONDA_PREFIX"]);
        Assert.Equal("dev", changes["CONDA_DEFAULT_ENV"]);
        Assert.Equal("(dev) ", changes["CONDA_PROMPT_MODIFIER"]);
        Assert.Equal("1", changes["CONDA_SHLVL"]);
        Assert.Equal("1", changes["PYTHONNOUSERSITE"]);
        Assert.Null(changes["VIRTUAL_ENV"]);
        Assert.Null(changes["PYTHONHOME"]);
    }

    [Fact]
    public void Variables_declared_in_a_conda_environment_are_set_the_users_before_those_of_packages()
    {
        Make("bin/python3");
        folder.Write("space/etc/conda/env_vars.d/a.json", """{"A": "package a", "B": "package a", "C": "package a", "D": "it's\n$D"}""");
        folder.Write("space/etc/conda/env_vars.d/b.json", """{"B": "package b"}""");
        folder.Write("space/conda-meta/state", """{"version": 1, "env_vars": {"A": "user", "C": "***unset***"}}""");

        Dictionary<string, string?> changes = Changes();

        Assert.Equal("user", changes["A"]);
        Assert.Equal("package b", changes["B"]);
        Assert.Null(changes["C"]);
        Assert.Equal("it's\n$D", changes["D"]);
        Assert.Empty(Look().Warnings);
    }

    [Theory]
    [InlineData("conda-meta/state", "{", "state' cannot be read")]
    [InlineData("conda-meta/state", """{"env_vars": ["A"]}""", "no object")]
    [InlineData("conda-meta/state", """{"env_vars": {"A": "\ud800"}}""", "cannot be read")]
    [InlineData("conda-meta/state", """{"env_vars": {"\udc00": "x"}}""", "cannot be read")]
    [InlineData("etc/conda/env_vars.d/p.json", """{"A": "\ud800"}""", "cannot be read")]
    [InlineData("conda-meta/state", """{"env_vars": {"A": 1}}""", "sets 'A'")]
    [InlineData("conda-meta/state", """{"env_vars": {"A;rm": "x"}}""", "sets 'A;rm'")]
    [InlineData("conda-meta/state", """{"env_vars": {"A": "\u0000"}}""", "sets 'A'")]
    [InlineData("conda-meta/state", """{"env_vars": {"PATH": "/evil"}}""", "sets 'PATH'")]
    [InlineData("etc/conda/env_vars.d/p.json", "[]", "no object")]
    [InlineData("etc/conda/activate.d/x.sh", "export X=1", "not run")]
    public void What_cannot_be_followed_is_said_and_left_out(string file, string content, string warning)
    {
        Make("conda-meta/history");
        folder.Write("space/" + file, content);

        Assert.Contains(warning, Assert.Single(Look().Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain(Changes("PATH=/bin").Keys, name => name is "A" or "A;rm" or "X" or "PATH");
    }

    [Fact]
    public void Nothing_declared_in_a_tree_is_stronger_than_what_names_the_space()
    {
        Make("conda-meta/history");
        folder.Write("space/conda-meta/state", """{"env_vars": {"HOLOTREE_SPACE": "other", "HOLOTREE_SPACE_VARIABLES": "***unset***", "HOLOTREE_SPACE_PATH": "/"}}""");

        Dictionary<string, string?> changes = Changes();

        Assert.Equal("dev", changes["HOLOTREE_SPACE"]);
        Assert.Equal(Root, changes["HOLOTREE_SPACE_PATH"]);
        Assert.Contains("CONDA_PREFIX", changes["HOLOTREE_SPACE_VARIABLES"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void An_installation_of_Python_is_kept_apart_from_other_environments()
    {
        Make("bin/python", "lib/python3.11/os.py");

        Assert.Equal(["python"], Look().Kinds);
        Dictionary<string, string?> changes = Changes("PYTHONHOME=/x");
        Assert.Equal($"{Root}/bin/python", changes["PYTHON_EXE"]);
        Assert.Equal("1", changes["PYTHONNOUSERSITE"]);
        Assert.All(["PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV"], name => Assert.Null(changes[name]));
    }

    [Theory]
    [InlineData("pyvenv.cfg")]
    [InlineData("conda-meta/history")]
    [InlineData("bin/python3")]
    public void Python_of_any_kind_gets_the_names_that_rcc_uses(string mark)
    {
        Make(mark, "bin/python3", "bin/python");

        Dictionary<string, string?> changes = Changes();

        Assert.Equal($"{Root}/bin/python3", changes["PYTHON_EXE"]);
        Assert.Equal(home.Path, changes["ROBOCORP_HOME"]);
        Assert.Equal(Root, changes["RCC_HOLOTREE_SPACE_ROOT"]);
        Assert.Equal(Catalog, changes["RCC_ENVIRONMENT_HASH"]);
    }

    [Fact]
    public void Programs_of_a_Node_project_are_found()
    {
        Make("package.json", "node_modules/.bin/tsc", "bin/node");

        Assert.Equal(["node"], Look().Kinds);
        Dictionary<string, string?> changes = Changes("PATH=/usr/bin");
        Assert.Equal($"{Root}/bin:{Root}/node_modules/.bin:/usr/bin", changes["PATH"]);
        Assert.False(changes.ContainsKey("NODE_PATH"));
    }

    [Theory]
    [InlineData(".package-lock.json")]
    [InlineData(".modules.yaml")]
    [InlineData(".yarn-integrity")]
    public void A_space_that_is_a_node_modules_folder_is_where_modules_are_looked_for(string mark)
    {
        Make(mark, ".bin/tsc", "typescript/package.json");

        Dictionary<string, string?> changes = Changes("PATH=/usr/bin");

        Assert.Equal(Root, changes["NODE_PATH"]);
        Assert.Equal($"{Root}/.bin:/usr/bin", changes["PATH"]);
    }

    [Fact]
    public void A_plain_tree_gets_its_folders_of_programs_and_no_folder_of_libraries()
    {
        Make("usr/bin/b", "usr/sbin/c", "sbin/d", "bin/e", "lib/libx.so");

        Assert.Empty(Look().Kinds);
        Dictionary<string, string?> changes = Changes("PATH=/usr/bin", "LD_LIBRARY_PATH=/x");
        Assert.Equal($"{Root}/bin:{Root}/sbin:{Root}/usr/bin:{Root}/usr/sbin:/usr/bin", changes["PATH"]);
        Assert.Equal(["HOLOTREE_HOME", "HOLOTREE_SPACE", "HOLOTREE_SPACE_PATH", "HOLOTREE_SPACE_VARIABLES", "PATH"], changes.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_tree_without_programs_leaves_PATH_alone()
    {
        Make("data");

        Assert.DoesNotContain("PATH", Changes("PATH=/usr/bin").Keys);
        Assert.DoesNotContain("PATH", Changes().Keys);
    }

    [Theory]
    [InlineData("PATH=/usr/bin:", "/usr/bin:")]
    [InlineData("PATH=:/usr/bin", ":/usr/bin")]
    [InlineData("PATH=/a::/b", "/a::/b")]
    [InlineData("PATH=", null)]
    [InlineData("OTHER=x", "/bin:/usr/bin")]
    public void What_was_on_PATH_stays_as_it_was(string variable, string? rest)
    {
        Make("bin/x");

        Assert.Equal(rest is null ? $"{Root}/bin" : $"{Root}/bin:{rest}", Changes(variable)["PATH"]);
    }

    [Fact]
    public void Bytes_on_PATH_that_are_not_UTF8_stay()
    {
        Make("bin/x");
        byte[] odd = [.. "PATH=/a"u8, 0xFF, .. "b:/c"u8];

        VariableChange path = Look().ChangesTo(EnvironmentBlock.Parse(odd)).Single(change => change.Name == "PATH");

        Assert.Equal([.. Encoding.UTF8.GetBytes($"{Root}/bin:"), .. odd.AsSpan(5)], path.Value!.Value.ToArray());
    }

    [Fact]
    public void Working_in_a_space_twice_is_the_same_as_once()
    {
        Make("pyvenv.cfg", "bin/python");
        EnvironmentBlock once = Applied(Block("PATH=/usr/bin", "HOME=/h"));

        EnvironmentBlock twice = Applied(Applied(Block("PATH=/usr/bin", "HOME=/h")));

        Assert.Equal(Texts(once), Texts(twice));
    }

    [Fact]
    public void Going_over_to_another_space_leaves_nothing_of_the_first()
    {
        Make("pyvenv.cfg", "bin/python");
        EnvironmentBlock environment = Applied(Block("PATH=/usr/bin", "HOME=/h"));
        folder.Write("other/bin/tool", string.Empty);

        foreach (VariableChange change in Look("other").ChangesTo(environment)) environment.Apply(change);

        Assert.Equal(
            [$"HOLOTREE_HOME={home.Path}", "HOLOTREE_SPACE=other", $"HOLOTREE_SPACE_PATH={folder["other"]}",
                "HOLOTREE_SPACE_VARIABLES=HOLOTREE_HOME HOLOTREE_SPACE HOLOTREE_SPACE_PATH HOLOTREE_SPACE_VARIABLES", "HOME=/h", $"PATH={folder["other"]}/bin:/usr/bin"],
            Texts(environment).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_path_that_PATH_cannot_hold_is_said()
    {
        folder.Write("a:b/bin/tool", string.Empty);

        SpaceVariables variables = Look("a:b");

        Assert.Contains("colon", Assert.Single(variables.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain(variables.ChangesTo(Block("PATH=/bin")), change => change.Name == "PATH");
    }

    [Fact]
    public void A_tree_that_commands_see_at_another_path_is_looked_at_where_it_lies_and_described_where_they_see_it()
    {
        Make("pyvenv.cfg", "bin/python3.13", "bin/tool", ".package-lock.json", ".bin/tsc", "conda-meta/history", "etc/conda/activate.d/a.sh");
        File.CreateSymbolicLink(folder["space/bin/python3"], "/mnt/env/bin/python3.13");
        File.CreateSymbolicLink(folder["space/bin/python"], "/mnt/env/bin/nothing");

        var seen = SpaceVariables.Of(
            new SpaceInfo { Space = "run-1", Path = "/mnt/env", Catalog = Catalog, Name = "env", Mechanisms = new Dictionary<string, long>() }, home, Root);
        string[] there = [.. seen.ChangesTo(Block("PATH=/bin")).Select(change => $"{change.Name}={(change.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null)}")];

        Assert.Equal(["python-venv", "conda", "node"], seen.Kinds);
        Assert.Contains("PATH=/mnt/env/bin:/mnt/env/.bin:/bin", there);
        Assert.Contains("PYTHON_EXE=/mnt/env/bin/python3", there);
        Assert.Contains("NODE_PATH=/mnt/env", there);
        Assert.Contains("'/mnt/env/etc/conda/activate.d'", Assert.Single(seen.Warnings), StringComparison.Ordinal);
        Assert.DoesNotContain(there, change => change.Contains(folder.Path, StringComparison.Ordinal) && !change.Contains("_HOME=", StringComparison.Ordinal));
    }

    void Make(params string[] files)
    {
        foreach (string file in files) folder.Write("space/" + file, string.Empty);
    }

    SpaceVariables Look(string name = "space") => SpaceVariables.Of(
        new SpaceInfo { Space = name == "space" ? "dev" : name, Path = folder[name], Catalog = Catalog, Name = "env", Mechanisms = new Dictionary<string, long>() }, home);

    Dictionary<string, string?> Changes(params string[] environment) => Look().ChangesTo(Block(environment))
        .ToDictionary(change => change.Name, change => change.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null);

    EnvironmentBlock Applied(EnvironmentBlock environment)
    {
        foreach (VariableChange change in Look().ChangesTo(environment)) environment.Apply(change);
        return environment;
    }

    static EnvironmentBlock Block(params string[] variables) => EnvironmentBlock.Parse(Encoding.UTF8.GetBytes(string.Concat(variables.Select(one => one + "\0"))));

    static IEnumerable<string> Texts(EnvironmentBlock environment) => environment.Entries.Select(Encoding.UTF8.GetString);

    public void Dispose() => folder.Dispose();
}
