using System.Diagnostics;
using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class VariablesTests
{
    /// <summary>Every character that means something to one of the languages, and some that only look like it.</summary>
    const string Odd = "a 'b' \"c\"\n\n$HOME ${HOME} `id` \\ \\\\ \\n \\' !x #y %z% *? ~ & | ; < > ( ) { } [ ] \t ‘ ’ ‚ ‛ “ é 🙂 end\\";

    [Theory]
    [InlineData("sh")]
    [InlineData("bash")]
    [InlineData("zsh")]
    public void A_shell_takes_over_what_eval_is_given(string shell)
    {
        using var place = new Workplace();
        MakeSpace(place);
        SkipUnless(shell);

        string[] seen = Told(place, shell, "-c", $"eval \"$('{TestKit.Cli.Binary}' variables --space dev)\"; which=$(command -v tool); printf '%s\\0' \"$ODD\" \"${{GONE-unset}}\" \"$which\" \"$HOLOTREE_SPACE\" \"$(tool)\"");

        Assert.Equal([Odd, "unset", place["home/spaces/dev/bin/tool"], "dev", "it runs"], seen);
    }

    [Fact]
    public void Fish_takes_over_what_it_sources()
    {
        using var place = new Workplace();
        MakeSpace(place);
        SkipUnless("fish");

        string[] seen = Told(place, "fish", "--no-config", "-c", $"'{TestKit.Cli.Binary}' variables --space dev --format fish | source; printf '%s\\0' $ODD (set -q GONE; and echo set; or echo unset) (command -v tool) $HOLOTREE_SPACE (tool)");

        Assert.Equal([Odd, "unset", place["home/spaces/dev/bin/tool"], "dev", "it runs"], seen);
    }

    [Fact]
    public void PowerShell_takes_over_what_it_invokes()
    {
        using var place = new Workplace();
        MakeSpace(place);
        SkipUnless("pwsh");

        string[] seen = Told(place, "pwsh", "-NoProfile", "-Command",
            $"& '{TestKit.Cli.Binary}' variables --space dev --format pwsh | Out-String | Invoke-Expression; [Console]::Out.Write(($env:ODD, ($env:GONE ?? 'unset'), (Get-Command tool).Source, $env:HOLOTREE_SPACE, (tool)) -join \"`0\")");

        Assert.Equal([Odd, "unset", place["home/spaces/dev/bin/tool"], "dev", "it runs"], seen);
    }

    [Fact]
    public void Text_for_PowerShell_doubles_whatever_PowerShell_takes_for_a_single_quote()
    {
        using var place = new Workplace();
        MakeSpace(place, "it's ‘a’ ‚b‛\n$x `y");

        string text = place.Cli.Run("variables", "--space", "dev", "--format", "pwsh").Expect(0).Output;

        Assert.Contains("$env:ODD = 'it''s ‘‘a’’ ‚‚b‛‛\n$x `y'\n", text, StringComparison.Ordinal);
        Assert.Contains("Remove-Item -LiteralPath Env:GONE -ErrorAction Ignore\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("50% of %PATH%", "50%% of %%PATH%%")]
    [InlineData("a & b | c > d ^ (e) !f", "a & b | c > d ^ (e) !f")]
    [InlineData("\"C:\\a;b\";C:\\c", "\"C:\\a;b\";C:\\c")]
    [InlineData("it's \"quoted\"", "it's \"quoted\"")]
    public void Text_for_a_batch_file_says_what_cmd_takes_literally(string value, string said)
    {
        using var place = new Workplace();
        MakeSpace(place, value);

        string text = place.Cli.Run("variables", "--space", "dev", "--format", "cmd").Expect(0).Output;

        Assert.Contains($"@set \"ODD={said}\"\r\n", text, StringComparison.Ordinal);
        Assert.Contains("@set \"GONE=\"\r\n", text, StringComparison.Ordinal);
        Assert.All(text.Split("\r\n")[..^1], static line => Assert.Matches("^@set \"[A-Z_]+=.*\"$", line));
    }

    [Theory]
    [InlineData("two\nlines", "line break")]
    [InlineData("two\rlines", "line break")]
    [InlineData("end \u001A of file", "ends a file")]
    [InlineData("a \"quote", "single quotation mark")]
    [InlineData("a \"b & del *\" c", "sign of the shell")]
    [InlineData(null, "longer than a line")]
    public void What_a_batch_file_cannot_say_is_left_out_with_a_warning(string? value, string why)
    {
        using var place = new Workplace();
        MakeSpace(place, value ?? new string('%', 4100));

        TestKit.CliResult run = place.Cli.Run("variables", "--space", "dev", "--format", "cmd").Expect(0);

        Assert.DoesNotContain("ODD=", run.Output, StringComparison.Ordinal);
        Assert.Contains("'ODD'", run.Errors, StringComparison.Ordinal);
        Assert.Contains(why, run.Errors, StringComparison.Ordinal);
        Assert.Contains("@set \"HOLOTREE_SPACE=dev\"", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Odd)]
    [InlineData("plain/word:x=y,z")]
    [InlineData("no single quote: \" $HOME `id` \\")]
    [InlineData("")]
    public void A_dotenv_file_says_to_sh_what_the_variables_are(string value)
    {
        using var place = new Workplace();
        MakeSpace(place, value);
        place.Folder.Write("env", place.Cli.Run("variables", "--space", "dev", "--format", "dotenv").Expect(0).Output);

        string[] seen = Told(place, "sh", "-c", "set -a; . ./env; printf '%s\\0' \"$ODD\" \"$GONE\" \"$HOLOTREE_SPACE\"");

        Assert.Equal([value, string.Empty, "dev"], seen);
    }

    [Fact]
    public void Node_reads_the_dotenv_file()
    {
        using var place = new Workplace();
        const string Value = "with \"double\" $HOME `id` # and\nlines";
        MakeSpace(place, Value);
        SkipUnless("node");
        place.Folder.Write("env", place.Cli.Run("variables", "--space", "dev", "--format", "dotenv").Expect(0).Output);

        // Before version 20.12 it has no such function.
        string[] seen = Told(place, "node", "-e", "process.loadEnvFile('env'); process.stdout.write([process.env.ODD, process.env.HOLOTREE_SPACE].join('\\0'))");

        Assert.Equal([Value, "dev"], seen);
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--format=json")]
    public void As_JSON_they_are_one_document(string option)
    {
        using var place = new Workplace();
        MakeSpace(place);

        JsonElement said = place.Cli.Run("variables", "--space", "dev", option).Expect(0).Json;

        Pinned.AssertKeys(said, "space", "path", "kinds", "variables", "unset", "warnings");
        Assert.Equal(Odd, said.GetProperty("variables").Text("ODD"));
        Assert.Equal(place["home/spaces/dev"], said.GetProperty("variables").Text("HOLOTREE_SPACE_PATH"));
        Assert.Contains("GONE", said.GetProperty("unset").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(["conda"], said.GetProperty("kinds").EnumerateArray().Select(kind => kind.GetString()));
    }

    [Fact]
    public void Nothing_of_a_tree_is_executed_to_find_them()
    {
        using var place = new Workplace();
        string tree = MakeTree(place, Odd);
        foreach (string name in (string[])["bin/python3", "bin/node", "bin/activate", "etc/conda/activate.d/a.sh", "etc/profile"])
        {
            place.Folder.Write($"tree/{name}", $"#!/bin/sh\ntouch '{place["executed"]}'\n");
            place.SetMode($"tree/{name}", Workplace.ProgramMode);
        }
        place.Cli.Run("record", tree, "--name", "tools").Expect(0);
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        CliResult said = place.Cli.Run("variables", "--space", "dev").Expect(0);

        Assert.Contains("warning: ", said.Errors, StringComparison.Ordinal);
        Assert.Contains("activate.d", said.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("executed", place.NamesIn("."));
    }

    [Fact]
    public void Which_space_is_meant_is_not_guessed()
    {
        using var place = new Workplace();
        MakeSpace(place);

        JsonElement error = Pinned.AssertFails(place.Cli.Run("variables", "--json"), 2, "space-missing");

        Assert.Contains("dev", error.Text("hint"), StringComparison.Ordinal);
        Pinned.AssertFails(place.Cli.Run("variables", "--space", "other", "--json"), 5, "space-unknown");
        Pinned.AssertFails(place.Cli.Run("variables", "--space", "", "--json"), 2, "usage");
        Pinned.AssertFails(place.Cli.Run("variables", "--space", "../dev", "--json"), 2, "name-invalid");
        Pinned.AssertFails(place.Cli.Run("variables", "--space", "dev", "--format", "csh", "--json"), 2, "usage");
        Pinned.AssertFails(place.Cli.Run("variables", "--space", "dev", "--format", "fish", "--json"), 2, "usage");
        Pinned.AssertFails(place.Cli.Run("variables", "--space", "dev", "--tree", "figures", "--json"), 2, "usage");
    }

    [Fact]
    public void A_space_that_is_no_longer_there_is_named()
    {
        using var place = new Workplace();
        MakeSpace(place);
        Directory.Move(place["home/spaces/dev"], place["moved"]);

        JsonElement error = Pinned.AssertFails(place.Cli.Run("variables", "--space", "dev", "--json"), 5, "space-incomplete");

        Assert.Equal(place["home/spaces/dev"], error.Text("path"));
    }

    [Fact]
    public void Under_the_name_rcc_the_space_goes_by_the_name_of_user_where_none_is_named()
    {
        using var place = new Workplace();
        MakeSpace(place);
        place.Cli.Run("init", "--catalog", "tools", "--space", "user").Expect(0);
        TestKit.Cli rcc = place.AsRcc();

        Assert.Equal("dev", rcc.Json("holotree", "variables", "--space", "dev").Text("space"));
        Assert.Equal("dev", rcc.Json("ht", "vars", "--space", "dev").Text("space"));
        Assert.Equal("user", rcc.Json("holotree", "variables").Text("space"));
        Assert.Equal(7, rcc.Json("holotree", "variables", "--space", "dev", "--tree", "stats").Number("files"));
    }

    static string MakeTree(Workplace place, string odd)
    {
        string tree = place.MakeTree();
        place.Folder.Write("tree/conda-meta/state", JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["env_vars"] = new Dictionary<string, string> { ["ODD"] = odd, ["GONE"] = "***unset***" },
        }));
        place.Folder.Write("tree/bin/tool", "#!/bin/sh\necho it runs\n");
        place.SetMode("tree/bin/tool", Workplace.ProgramMode);
        return tree;
    }

    static void MakeSpace(Workplace place, string odd = Odd)
    {
        place.Cli.Run("record", MakeTree(place, odd), "--name", "tools").Expect(0);
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
    }

    /// <summary>What a program of the system prints, which knows the home and has GONE set, taken apart at each NUL.</summary>
    static string[] Told(Workplace place, string program, params string[] arguments)
    {
        ProcessStartInfo start = place.Cli.StartInfo();
        start.FileName = program;
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["GONE"] = "still there";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && errors.Result.Length == 0, $"{program} ended with {process.ExitCode}: {errors.Result}");
        return (output.EndsWith('\0') ? output[..^1] : output).Split('\0');
    }

    static void SkipUnless(string program)
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Join(folder, program))))
            Assert.Skip($"{program} is not installed.");
    }
}
