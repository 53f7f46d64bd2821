using System.Diagnostics;
using System.Text.Json;

namespace Windows.Tests;

public sealed class ProgramTests : IDisposable
{
    readonly Workplace work = new();

    public void Dispose() => work.Dispose();

    static string[] Words(JsonElement document, string key) => [.. document.GetProperty(key).EnumerateArray().Select(static word => word.GetString()!)];

    [Fact]
    public void A_real_tree_is_cloned_recorded_restored_changed_and_brought_back()
    {
        string source = Environment.GetEnvironmentVariable("HOLOTREE_REAL_TREE") is { Length: > 0 } given ? given : AppContext.BaseDirectory;
        string kept = Environment.GetEnvironmentVariable("HOLOTREE_COMPARE") is { Length: > 0 } place ? place : work["compare"];
        Directory.CreateDirectory(kept);
        string clone = Path.Combine(kept, "clone"), space = Path.Combine(kept, "space");
        string[] expected = TreeState.Of(source);
        int files = Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories).Count();

        JsonElement cloned = work.Run("clone", source, clone, "--json").Expect(0).Json;
        Assert.Equal(files, cloned.GetProperty("files").GetInt32());
        Assert.Equal(expected, TreeState.Of(clone));

        JsonElement recorded = work.Run("record", source, "--name", "real", "--json").Expect(0).Json;
        Assert.Equal((files, files), (recorded.GetProperty("files").GetInt32(), recorded.GetProperty("hashed").GetInt32() + EmptyFiles(source)));
        JsonElement made = work.Run("init", "--catalog", "real", "--space", "dev", "--to", space, "--strategy", "copy", "--json").Expect(0).Json;
        Assert.Equal(("created", space), (made.GetProperty("mode").GetString(), made.GetProperty("path").GetString()));
        Assert.Equal(expected, TreeState.Of(space));

        Assert.Equal("unchanged", work.Run("init", "--space", "dev", "--strategy", "copy", "--json").Expect(0).Json.GetProperty("mode").GetString());
        string changed = Directory.EnumerateFiles(space, "*.json", SearchOption.AllDirectories).First(), removed = Directory.EnumerateFiles(space, "*.dll", SearchOption.AllDirectories).First();
        File.AppendAllText(changed, "changed");
        File.Delete(removed);
        File.WriteAllText(Path.Combine(space, "new.txt"), "new");
        JsonElement difference = work.Run("diff", "dev", "--json").Expect(0).Json;
        Assert.Equal(["new.txt"], Words(difference, "added"));
        Assert.Equal([Path.GetRelativePath(space, removed).Replace('\\', '/')], Words(difference, "removed"));
        Assert.Equal([Path.GetRelativePath(space, changed).Replace('\\', '/')], Words(difference, "changed"));
        JsonElement refreshed = work.Run("init", "--space", "dev", "--strategy", "copy", "--json").Expect(0).Json;
        Assert.Equal(("refreshed", 1), (refreshed.GetProperty("mode").GetString(), refreshed.GetProperty("removed").GetInt32()));
        Assert.Equal(expected, TreeState.Of(space));

        Assert.Equal(0, work.Run("check", "--json").Expect(0).Json.GetProperty("damaged").GetArrayLength());
    }

    static int EmptyFiles(string root) => new DirectoryInfo(root).EnumerateFiles("*", SearchOption.AllDirectories).Count(static file => file.Length == 0);

    [Fact]
    public void What_was_recorded_is_listed_collected_and_taken_away()
    {
        string tree = work.MakeTree();
        JsonElement first = work.Run("record", tree, "--name", "tools", "--json").Expect(0).Json;
        Assert.Equal((tree, 1), (first.GetProperty("prefix").GetString(), first.GetProperty("relocations").GetProperty("files").GetInt32()));
        work.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        JsonElement listed = Assert.Single(work.Run("list", "--json").Expect(0).Json.GetProperty("spaces").EnumerateArray());
        Assert.Equal(("dev", work[@"home\spaces\dev"], true), (listed.GetProperty("space").GetString(), listed.GetProperty("path").GetString(), listed.GetProperty("complete").GetBoolean()));
        JsonElement catalog = Assert.Single(work.Run("catalogs", "--json").Expect(0).Json.GetProperty("catalogs").EnumerateArray());
        Assert.StartsWith("windows-", catalog.GetProperty("platform").GetString(), StringComparison.Ordinal);
        Assert.Equal($"home = {work[@"home\spaces\dev"]}\r\n", File.ReadAllText(work[@"home\spaces\dev\where.cfg"]));
        work.Run("doctor", "--json").Expect(0);

        work.Run("delete", "dev").Expect(0);
        Assert.Empty(Directory.EnumerateFileSystemEntries(work[@"home\spaces"]));
        work.Run("remove", "tools").Expect(0);
        Assert.True(work.Run("gc", "--json").Expect(0).Json.GetProperty("removed").GetInt32() > 20);
        Assert.Empty(Directory.EnumerateFiles(work[@"home\library\objects"], "*", SearchOption.AllDirectories));
        Assert.True(Directory.Exists(tree));
    }

    [Fact]
    public void An_unchanged_file_is_not_read_again_as_the_library_is_this_users_alone()
    {
        string tree = work.MakeTree();
        work.Run("record", tree, "--name", "tools").Expect(0);
        Thread.Sleep(50);
        work.Run("record", tree, "--name", "tools").Expect(0);
        File.AppendAllText(Path.Combine(tree, "lib", "part 3.txt"), "more");

        JsonElement again = work.Run("record", tree, "--name", "tools", "--json").Expect(0).Json;

        Assert.Equal(1, again.GetProperty("hashed").GetInt32());
    }

    [Fact]
    public void A_command_runs_in_a_space_and_its_exit_code_is_passed_on()
    {
        work.Run("record", work.MakeTree(), "--name", "tools").Expect(0);
        work.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        Workplace.Result ran = work.Run("run", "--space", "dev", "--", "cmd", "/c", "echo %HOLOTREE_SPACE% in %HOLOTREE_SPACE_PATH%& exit 5");
        Assert.Equal((5, $"dev in {work[@"home\spaces\dev"]}"), (ran.Code, ran.Output.Trim()));
        Assert.Equal("hello from dev", work.Run("run", "--space", "dev", "--", work[@"home\spaces\dev\Scripts\hello.cmd"]).Expect(0).Output.Trim());
        Assert.Contains("no-such-program", work.Run("run", "--space", "dev", "--", "no-such-program").Expect(127).Errors, StringComparison.Ordinal);

        Workplace.Result ephemeral = work.Run("run", "--catalog", "tools", "--ephemeral", "--", "cmd", "/c", "echo %HOLOTREE_SPACE_PATH%");
        string gone = ephemeral.Expect(0).Output.Trim();
        Assert.True(Path.IsPathFullyQualified(gone) && !Directory.Exists(gone), gone);
    }

    [Fact]
    public void Variables_and_settings_are_told()
    {
        work.Run("record", work.MakeTree(), "--name", "tools").Expect(0);
        work.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        Assert.Contains(work[@"home\spaces\dev"], work.Run("variables", "--space", "dev", "--format", "pwsh").Expect(0).Output, StringComparison.Ordinal);
        work.Run("settings", "holotree.lock-timeout", "7").Expect(0);
        Assert.Contains("7", work.Run("settings", "holotree.lock-timeout").Expect(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_home_is_in_the_users_folder_where_nobody_names_another()
    {
        work.Variables["HOLOTREE_HOME"] = string.Empty;

        JsonElement home = work.Run("settings", "--json").Expect(0).Json.GetProperty("home");

        string expected = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".holotree");
        Assert.Equal((expected, "default"), (home.GetProperty("path").GetString(), home.GetProperty("origin").GetString()));
    }

    [Fact]
    public void Who_is_in_the_way_is_waited_for_and_the_exit_code_is_7_where_that_lasts_too_long()
    {
        work.Run("record", work.MakeTree(), "--name", "tools").Expect(0);
        work.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        using Process holder = work.Start("run", "--space", "dev", "--", "cmd", "/c", "echo begun& set /p line=");
        Assert.Equal("begun", holder.StandardOutput.ReadLine()?.Trim());

        work.Variables["HOLOTREE_LOCK_TIMEOUT"] = "0.2";
        JsonElement busy = work.Run("delete", "dev", "--json").Expect(7).Error;
        Assert.Equal("busy", busy.GetProperty("code").GetString());
        work.Variables["HOLOTREE_LOCK_TIMEOUT"] = "60";
        using Process waiting = work.Start("delete", "dev");
        Assert.False(waiting.WaitForExit(TimeSpan.FromSeconds(1)));
        holder.StandardInput.WriteLine();

        Assert.True(holder.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.True(waiting.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal((0, 0), (holder.ExitCode, waiting.ExitCode));
    }

    [Fact]
    public void Two_that_restore_at_once_both_succeed()
    {
        work.Run("record", work.MakeTree(), "--name", "tools").Expect(0);
        using Process one = work.Start("init", "--catalog", "tools", "--space", "one"), two = work.Start("init", "--catalog", "tools", "--space", "two"),
            again = work.Start("init", "--catalog", "tools", "--space", "one");

        foreach (Process process in (Process[])[one, two, again])
        {
            Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
            Assert.True(process.ExitCode == 0, process.StandardError.ReadToEnd());
        }
        Assert.Equal(2, work.Run("list", "--json").Expect(0).Json.GetProperty("spaces").GetArrayLength());
        work.Run("check").Expect(0);
    }

    [Fact]
    public void A_file_that_another_program_has_open_is_replaced_all_the_same_or_named()
    {
        work.Run("record", work.MakeTree(), "--name", "tools").Expect(0);
        work.Run("init", "--catalog", "tools", "--space", "dev", "--strategy", "copy").Expect(0);
        string file = work[@"home\spaces\dev\lib\part 7.txt"];
        File.AppendAllText(file, "changed");
        using (new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            work.Run("init", "--space", "dev", "--strategy", "copy").Expect(0);
        Assert.Equal("part 7\r\n", File.ReadAllText(file));

        File.AppendAllText(file, "changed");
        using (new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.None))
        {
            Workplace.Result refused = work.Run("init", "--space", "dev", "--strategy", "copy", "--json").Expect(1);
            Assert.Contains("part 7.txt", refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.Matches("ERROR_(SHARING_VIOLATION|ACCESS_DENIED)", refused.Error.GetProperty("message").GetString());
        }
        work.Run("init", "--space", "dev", "--strategy", "copy").Expect(0);
        Assert.Equal("part 7\r\n", File.ReadAllText(file));
    }

    [Fact]
    public void What_goes_wrong_is_told_with_the_path_and_an_exit_code_of_its_own()
    {
        string tree = work.MakeTree();
        Assert.Contains(work["missing"], work.Run("clone", work["missing"], work["copy"]).Expect(5).Errors, StringComparison.Ordinal);
        Assert.Contains(work[@"no folder"], work.Run("clone", tree, work[@"no folder\copy"]).Expect(1).Errors, StringComparison.Ordinal);
        work.Run("init", "--catalog", "nothing", "--space", "dev").Expect(5);
        work.Run("init", "--no-such-option").Expect(2);
        Assert.Contains("ERROR_NOT_SUPPORTED", NotOnThisVolume(work.Run("clone", tree, work["copy"], "--strategy", "reflink")).Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(work["copy"]));

        work.Run("record", tree, "--name", "tools").Expect(0);
        string objects = work[@"home\library\objects"];
        string hurt = Directory.EnumerateFiles(objects, "*", SearchOption.AllDirectories).First();
        File.SetAttributes(hurt, FileAttributes.Normal);
        File.WriteAllText(hurt, "other");
        work.Run("check").Expect(6);
    }

    static Workplace.Result NotOnThisVolume(Workplace.Result tried)
    {
        if (tried.Code == 0) Assert.Skip("This volume clones blocks.");
        return tried.Expect(4);
    }
}
