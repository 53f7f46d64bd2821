using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>What cannot be looked at is not taken for nothing, and what has been done is not undone by what fails after it.</summary>
public sealed class FailingSystemTests
{
    [Theory]
    [InlineData("xfs", "statx", "EIO")]
    [InlineData("ext4", "statx", "ENOMEM")]
    [InlineData("btrfs", "statx", "EIO")]
    [InlineData("btrfs", "ioctl", "EIO")]
    [InlineData("btrfs", "ioctl", "EDQUOT")]
    public void Space_that_cannot_be_looked_at_is_not_forgotten(string volume, string call, string errno)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        // A command that died has left it to the next one to look what there is.
        string state = place["home/states/dev.state"];
        string[] lines = [.. File.ReadAllLines(state).Skip(1), $"pending={place["home/spaces/.reflink-1.partial"]}"];
        File.WriteAllLines(state, lines);
        foreach (string[] command in (string[][])[["init", "--catalog", "tools", "--space", "dev"], ["delete", "dev"], ["list"], ["init", "--catalog", "tools", "--space", "dev", "--force"]])
        {
            CliResult result = Injection.RunAt(place, place["home/spaces/dev"], $"{call}:error={errno}", [.. command, "--json"]).Expect(1);
            Assert.Contains(errno, result.Error.Text("message"), StringComparison.Ordinal);
            Assert.NotNull(result.Error.Text("hint"));
        }

        Assert.True(Assert.Single(place.Cli.Json("list").GetProperty("spaces").EnumerateArray()).GetProperty("complete").GetBoolean());
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        place.Cli.Run("check").Expect(0);
    }

    [Fact]
    public void Space_stands_though_what_it_replaces_cannot_be_deleted()
    {
        Root.IsNeededToRun("chattr", "+i");
        using var place = new Workplace(TestVolumes.Ext4);
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        string stuck = place.Folder.Write("home/spaces/dev/stuck", "of the old space");
        Tool.Run("chattr", "+i", stuck);

        JsonElement made = place.Cli.Json("init", "--space", "dev", "--force");

        Assert.Equal("created", made.Text("mode"));
        Assert.True(Assert.Single(place.Cli.Json("list").GetProperty("spaces").EnumerateArray()).GetProperty("complete").GetBoolean());
        Assert.Equal(place["tree-tools"].Length > 0, File.Exists(place["home/spaces/dev/text"]));
        Assert.False(File.Exists(stuck));
        place.Cli.Run("check").Expect(0);
        string left = Assert.Single(place.NamesIn("home/spaces"), static name => name.StartsWith('.'));
        Tool.Run("chattr", "-i", place[$"home/spaces/{left}/stuck"]);
        place.Cli.Run("init", "--space", "dev").Expect(0);
        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
    }

    [Theory]
    [InlineData("EIO")]
    [InlineData("ENOMEM")]
    public void Home_that_cannot_be_looked_at_is_not_taken_for_an_empty_one(string errno)
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        foreach (string[] command in (string[][])[["gc"], ["check"], ["init", "--catalog", "tools", "--space", "dev"]])
            Assert.Contains(errno, Injection.Run(place, [$"statx:error={errno}"], [.. command, "--json"]).Expect(1).Error.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void Deletion_has_succeeded_where_only_the_files_of_what_is_gone_cannot_be_looked_for()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        CliResult result = Injection.RunAt(place, place["home/states/gone"], "getdents64:error=EIO", "delete", "dev").Expect(0);

        Assert.Contains("still on disk", result.Errors, StringComparison.Ordinal);
        Assert.Empty(place.Cli.Json("list").GetProperty("spaces").EnumerateArray());
        place.Cli.Run("gc").Expect(0);
        Assert.Empty(place.NamesIn("home/spaces"));
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("ext4")]
    public void Space_is_deleted_where_there_is_no_room_for_any_note(string volume)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        Injection.Run(place, ["renameat,renameat2:error=ENOSPC"], "delete", "dev").Expect(0);

        Assert.Empty(place.NamesIn("home/spaces"));
        Assert.Empty(place.Cli.Json("list").GetProperty("spaces").EnumerateArray());
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
    }

    [Fact]
    public void Snapshot_that_cannot_be_destroyed_for_want_of_room_stands_as_it_did()
    {
        using var place = new Workplace(TestVolumes.Btrfs);
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--strategy", "snapshot").Expect(0);

        JsonElement error = Injection.Run(place, ["renameat,renameat2:error=EDQUOT", "ioctl:error=EDQUOT"], "delete", "dev", "--json").Expect(1).Error;

        Assert.Equal((place["home/spaces/dev"], 122), (error.Text("path"), error.Number("errno")));
        Assert.True(Assert.Single(place.Cli.Json("list").GetProperty("spaces").EnumerateArray()).GetProperty("complete").GetBoolean());
        Assert.Equal("unchanged", place.Cli.Json("init", "--catalog", "tools", "--space", "dev").Text("mode"));
        place.Cli.Run("delete", "dev").Expect(0);
        Assert.Empty(place.NamesIn("home/spaces"));
    }

    [Fact]
    public void Deletion_that_has_no_room_itself_leaves_no_folder_that_nobody_knows_of()
    {
        const int calls = 14;
        using var place = new Workplace(TestVolumes.Btrfs);
        place.Record();
        int done = 0;
        for (int call = 1; call <= calls; call++)
        {
            place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

            CliResult result = Injection.Run(place, ["renameat,renameat2:error=EDQUOT", $"unlinkat:error=EDQUOT:when={call}"], "delete", "dev");

            if (result.ExitCode == 0) done++;
            else place.Cli.Run("delete", "dev").Expect(0);
            Assert.Empty(place.NamesIn("home/spaces"));
        }
        Assert.InRange(done, calls / 2, calls);
    }

    [Theory]
    [InlineData("mkdir:error=ENOSPC", "no-space", 28)]
    [InlineData("mkdir:error=EROFS", "read-only", 30)]
    public void Failure_of_the_framework_says_path_number_and_remedy_too(string injection, string code, int errno)
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        Directory.Delete(place["home/library/incoming"]);
        Directory.CreateDirectory(place["home/library/incoming"]);

        JsonElement error = Pinned.AssertFails(Injection.Run(place, [injection], "record", place.MakeTree("more", seed: 3), "--json"), 1, code);

        Assert.Equal(errno, error.Number("errno"));
        Assert.StartsWith(place["home"], error.Text("path"), StringComparison.Ordinal);
        Assert.NotNull(error.Text("hint"));
    }

    [Theory]
    [InlineData("gc", "EMFILE")]
    [InlineData("gc", "EIO")]
    [InlineData("check", "ENOMEM")]
    public void Folder_of_objects_that_cannot_be_looked_at_is_not_taken_for_none(string command, string errno)
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        string @object = Directory.EnumerateFiles(place["home/library/objects"], "*", SearchOption.AllDirectories).First();

        CliResult result = Injection.RunAt(place, Path.GetDirectoryName(@object)!, $"stat,statx,newfstatat:error={errno}", command, "--json");

        Assert.Contains(errno, result.Expect(1).Error.Text("message"), StringComparison.Ordinal);
        Assert.Equal(Path.GetDirectoryName(@object), result.Error.Text("path"));
        Assert.True(File.Exists(@object));
        place.Cli.Run("check").Expect(0);
    }

    [Theory]
    [InlineData("home/library/quarantine", "check")]
    [InlineData("home/library/templates", "check")]
    [InlineData("home/states", "list")]
    [InlineData("home/mounts", "gc")]
    public void Folder_of_the_home_that_cannot_be_looked_at_is_told_by_its_own_error(string folder, string command)
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Folder.MakeFolder(folder);

        CliResult result = Injection.RunAt(place, place[folder], "stat,statx:error=EIO", command, "--json");

        Assert.Equal((place[folder], 5), (result.Expect(1).Error.Text("path"), result.Error.Number("errno")));
    }

    [Fact]
    public void Folder_of_programs_that_cannot_be_looked_at_is_not_missing_from_PATH_in_secret()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        string tree = place.MakeTree();
        place.Folder.Write("tree/bin/tool", "#!/bin/sh\n");
        place.Cli.Run("record", tree, "--name", "tools").Expect(0);
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        CliResult result = Injection.RunAt(place, place["home/spaces/dev/bin"], "stat,statx:error=EIO", "variables", "--space", "dev", "--json");

        Assert.Equal((place["home/spaces/dev/bin"], 5), (result.Expect(1).Error.Text("path"), result.Error.Number("errno")));
    }

    [Fact]
    public void Failed_look_for_a_task_is_not_told_as_a_missing_file()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        string robot = place.Folder.Write("robot/robot.yaml", "tasks:\n  one:\n    shell: 'true'\n");
        place.Record();

        CliResult result = Injection.RunAt(place, robot, "stat,lstat:error=EIO", "run", robot, "--catalog", "tools", "--space", "dev", "--json");

        Assert.Equal(5, result.Expect(1).Error.Number("errno"));
    }

    [Theory]
    [InlineData("pread64")]
    [InlineData("openat")]
    public void Settings_that_the_disk_does_not_give_are_no_wrong_settings(string call)
    {
        using var place = new Workplace(TestVolumes.Xfs);
        string settings = place.Folder.Write("home/settings.yaml", "holotree:\n  workers: 1\n");

        JsonElement error = Pinned.AssertFails(Injection.RunAt(place, settings, $"{call}:error=EIO", "settings", "holotree.workers", "2", "--json"), 1, "input-output-error");

        Assert.Equal((settings, 5), (error.Text("path"), error.Number("errno")));
        Assert.Equal("holotree:\n  workers: 1\n", File.ReadAllText(settings));
    }

    [Theory]
    [InlineData("settings")]
    [InlineData("list")]
    [InlineData("standby")]
    public void Settings_that_cannot_be_looked_for_are_not_taken_for_none(string command)
    {
        using var place = new Workplace(TestVolumes.Xfs);
        string settings = place.Folder.Write("home/settings.yaml", "holotree:\n  standby: 1\n");

        CliResult result = Injection.RunAt(place, settings, "lstat,stat:error=EMFILE", command, "--json");

        if (command == "list") result.Expect(0);        // it asks for none of them
        else Assert.Equal((settings, 24), (result.Expect(1).Error.Text("path"), result.Error.Number("errno")));
    }

    [Fact]
    public void Failure_to_relocate_names_the_whole_path()
    {
        using var place = new Workplace(TestVolumes.Ext4);
        place.Record();
        string self = Tool.Run("grep", "-rl", "home =", place["home/library/objects"]).Trim();

        CliResult result = Injection.RunAt(place, self, "pread64:error=EIO:when=1", "init", "--catalog", "tools", "--space", "dev", "--workers", "1", "--json");

        Assert.Equal((place["home/spaces/dev/self"], 5), (result.Expect(1).Error.Text("path"), result.Error.Number("errno")));
        Assert.Empty(place.NamesIn("home/spaces"));
    }

    [Fact]
    public void Time_of_the_last_use_that_cannot_be_looked_at_is_not_taken_for_no_use()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        string used = Assert.Single(Directory.EnumerateFiles(place["home/library/catalogs"], "*.used"));

        CliResult result = Injection.RunAt(place, used, "stat,lstat,statx:error=EIO", "catalogs", "--json");

        Assert.Equal((used, 5), (result.Expect(1).Error.Text("path"), result.Error.Number("errno")));
    }

    [Fact]
    public void File_of_a_space_that_cannot_be_read_just_now_is_named()
    {
        using var place = new Workplace(TestVolumes.Ext4);
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--strategy", "copy").Expect(0);

        CliResult result = Injection.RunAt(place, place["home/spaces/dev/text"], "pread64:error=ENOMEM", "check", "--json");

        Assert.Equal((place["home/spaces/dev/text"], 12), (result.Expect(1).Error.Text("path"), result.Error.Number("errno")));
    }

    [Theory]
    [InlineData("renameat2")]
    [InlineData("renameat")]
    public void Damaged_object_keeps_its_name_where_it_can_be_neither_replaced_nor_set_aside(string rename)
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        string text = Tool.Run("grep", "-rlx", "some text, 1", place["home/library/objects"]).Trim();
        Tool.Run("chmod", "u+w", text);
        File.WriteAllText(text, "some test, 1\n");

        JsonElement error = Injection.Run(place, [$"{rename}:error=EROFS:when=1"], "check", "--repair", "--json").Expect(1).Error;

        Assert.Equal((30, true), (error.Number("errno"), error.Text("path")!.StartsWith(place["home/library"], StringComparison.Ordinal)));
        Assert.Equal("some test, 1\n", File.ReadAllText(text));
        Assert.Empty(place.NamesIn("home/library/incoming"));
        Assert.Equal(Path.GetFileName(text), Assert.Single(place.Cli.Run("check", "--json").Expect(6).Json.GetProperty("damaged").EnumerateArray()).Text("object"));
        place.Cli.Run("check", "--repair").Expect(0);
        Assert.Single(place.NamesIn("home/library/quarantine"));
    }

    [Fact]
    public void Folder_that_cannot_be_listed_again_is_not_told_as_one_that_is_not_empty()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("run", "--catalog", "tools", "--ephemeral", "--", "true").Expect(0);
        string lower = Assert.Single(Directory.GetDirectories(place["home/library/lowers"]));
        File.Delete(lower + ".facts");

        JsonElement error = Injection.RunAt(place, lower, "lseek:error=EIO", "run", "--catalog", "tools", "--ephemeral", "--json", "--", "true").Expect(1).Error;

        Assert.Equal((5, true), (error.Number("errno"), error.Text("path")!.StartsWith(lower, StringComparison.Ordinal)));
    }

    [Fact]
    public void Catalog_that_cannot_be_removed_says_why_and_not_that_a_folder_is_missing()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        Injection.Run(place, ["stat:error=EIO:when=1"], "remove", "tools", "--json").Expect(0);
        Assert.Empty(place.Cli.Json("catalogs").GetProperty("catalogs").EnumerateArray());
    }

    [Fact]
    public void Space_that_stands_is_no_failure_because_the_next_one_cannot_be_made_ready()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Folder.MakeFolder("home/standby");

        CliResult result = Injection.RunAt(place, place["home/standby"], "stat,statx,getdents64:error=EIO", "init", "--catalog", "tools", "--space", "dev", "--json").Expect(0);

        Assert.Equal("created", result.Json.Text("mode"));
    }
}
