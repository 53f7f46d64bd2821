using TestKit;
using Xunit;
using static Holotree.Cli.Tests.CallTrace;

namespace Holotree.Cli.Tests;

/// <summary>The sentences of docs/format.md about what comes after what, taken one by one: what the program does is traced and held against them.</summary>
public sealed class WriteOrderTests
{
    static string Library(Workplace place, string name) => Path.Combine(place["home"], "library", name);

    static string State(Workplace place, string space = "dev") => Path.Combine(place["home"], "states", space + ".state");

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    public void Objects_are_on_disk_before_they_have_their_names_and_these_before_the_catalog_has_its_own(string volume)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.MakeTree();

        CallTrace trace = Of(place, "record", place["tree"], "--workers", "1");

        string objects = Library(place, "objects") + "/", incoming = Library(place, "incoming") + "/", catalogs = Library(place, "catalogs");
        Call[] made = trace.All("openat", call => call.Paths[0].StartsWith(incoming, StringComparison.Ordinal) && call.Text.Contains("O_CREAT", StringComparison.Ordinal));
        Call[] named = trace.Renames((from, to) => from.StartsWith(incoming, StringComparison.Ordinal) && to.StartsWith(objects, StringComparison.Ordinal));
        Call[] syncs = trace.All("syncfs");
        Call label = Assert.Single(trace.Renames((_, to) => to.EndsWith(".label", StringComparison.Ordinal)));
        Call catalog = Assert.Single(trace.Renames((_, to) => to.EndsWith(".catalog", StringComparison.Ordinal)));

        // 1: no object is ever written to under its name.
        Assert.Equal(4, made.Length);
        Assert.Equal(4, named.Length);
        Assert.DoesNotContain(trace.All("openat linkat pwrite64 write"), call => call.Paths[0].StartsWith(objects, StringComparison.Ordinal) && !call.Text.Contains("O_RDONLY", StringComparison.Ordinal) && !call.Text.Contains("O_PATH", StringComparison.Ordinal));

        // 1: and it is sealed and closed before it has its name.
        foreach (Call rename in named)
        {
            string path = rename.Paths[0];
            Call sealing = trace.At(path, "utimensat")[^1];
            Call[] filled = trace.Fills(path);
            Assert.NotEmpty(filled);
            Assert.All(filled, call => AssertOrder(call, sealing));
            AssertOrder(sealing, rename);
            Assert.Contains(trace.At(path, "close"), call => call.Ended < rename.Begun);
        }

        // 2 and 3.
        AssertBetween(made[^1], syncs, named[0]);
        AssertBetween(named[^1], syncs, catalog);

        // 4: written, synced, renamed, and the folder synced; the catalog last.
        foreach (Call file in (Call[])[label, catalog])
        {
            Assert.Equal(catalogs, Path.GetDirectoryName(file.Paths[1]));
            trace.AssertDurable(file);
        }
        AssertOrder(label, catalog);

        // The format says that all folders stand.
        Call format = Assert.Single(trace.Renames((_, to) => to == Library(place, "format")));
        Call[] folders = trace.All("mkdir mkdirat", call => call.Paths[^1].StartsWith(Library(place, string.Empty), StringComparison.Ordinal) && !call.Paths[^1].StartsWith(incoming, StringComparison.Ordinal));
        Assert.True(folders.Length > 256);
        AssertBetween(folders[^1], syncs, format);
        trace.AssertDurable(format);
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("ext4")]
    public void Small_file_is_held_from_before_anything_is_written_until_it_has_its_name(string volume)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.MakeTree();
        int files = 0, unsynced = 0;
        foreach (string[] command in (string[][])[["record", place["tree"], "--name", "tools"], ["init", "--catalog", "tools", "--space", "dev"], ["run", "--catalog", "tools", "--ephemeral", "--", "true"], ["delete", "dev"]])
        {
            CallTrace trace = Of(place, command);
            foreach (Call named in trace.Renames(static (from, _) => Path.GetFileName(from).StartsWith(".reflink-", StringComparison.Ordinal) && from.EndsWith(".tmp", StringComparison.Ordinal)))
            {
                string path = named.Paths[0];
                Call held = Assert.Single(trace.At(path, "fcntl"), static call => call.Text.Contains("F_OFD_SETLK, {l_type=F_WRLCK", StringComparison.Ordinal));
                Call[] written = [.. trace.Fills(path), .. trace.At(path, "fsetxattr")];
                Assert.NotEmpty(written);
                Assert.All(written, call => AssertOrder(held, call));
                Assert.DoesNotContain(trace.At(path, "close"), call => call.Begun < named.Ended);
                files++;

                // What is not synced is there a second time by then.
                if (Path.GetExtension(named.Paths[1]) is not (".state" or ".gone")) continue;
                Assert.Empty(trace.At(path, "fsync"));
                AssertOrder(Assert.Single(trace.At(path, "fsetxattr"), static call => call.Text.Contains("\"user.holotree.content\"", StringComparison.Ordinal)), named);
                unsynced++;
            }
        }
        Assert.True(files >= 10 && unsynced >= 5, $"{files} files, {unsynced} of them not synced");
    }

    [Fact]
    public void Taking_away_goes_the_other_way_round()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        string id = place.Record();
        string catalogs = Library(place, "catalogs");

        CallTrace removed = Of(place, "remove", id);
        Call catalog = Assert.Single(removed.All("unlink unlinkat", call => call.Text.Contains(id + ".catalog", StringComparison.Ordinal)));
        Call label = Assert.Single(removed.All("unlink unlinkat", call => call.Text.Contains(id + ".label", StringComparison.Ordinal)));
        AssertOrder(catalog, label);
        Assert.Contains(removed.All("fsync", call => call.Paths[0] == catalogs), call => label.Ended < call.Begun);

        CallTrace collected = Of(place, "gc");
        Call[] objects = collected.All("unlinkat", call => call.Paths is [var path, ..] && path.StartsWith(Library(place, "objects"), StringComparison.Ordinal));
        Assert.Equal(4, objects.Length);
        Assert.Contains(collected.All("fsync", call => call.Paths[0] == catalogs), call => call.Ended < objects.Min(static gone => gone.Begun));
    }

    [Theory]
    [InlineData("btrfs", "snapshot")]
    [InlineData("btrfs", "reflink")]
    [InlineData("xfs", "smart")]
    [InlineData("ext4", "hardlink")]
    public void State_names_the_folder_before_it_is_there_and_says_complete_after_it_has_its_name(string volume, string strategy)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.Record();

        CallTrace trace = Of(place, "init", "--space", "dev", "--strategy", strategy, "--workers", "1");

        (Call Rename, string Content)[] states = trace.Replaced(State(place));
        string space = Path.Combine(place["home"], "spaces", "dev");
        Call stands = Assert.Single(trace.Renames((_, to) => to == space));
        string pending = stands.Paths[0];
        Call[] made = [.. trace.All("mkdirat mkdir ioctl", call => call.Text.Contains(Path.GetFileName(pending), StringComparison.Ordinal))];
        Assert.NotEmpty(made);
        Assert.Equal(3, states.Length);
        Assert.All(states[..2], state => Assert.Contains($"pending={pending}", state.Content, StringComparison.Ordinal));
        AssertOrder(states[0].Rename, made[0]);
        Assert.Contains("pendingIdentity=", states[1].Content, StringComparison.Ordinal);
        AssertOrder(states[1].Rename, stands);
        Assert.Contains("complete=yes", states[2].Content, StringComparison.Ordinal);
        AssertOrder(stands, states[2].Rename);
        Assert.DoesNotContain(trace.All("openat mkdirat linkat"), call => call.Text.Contains("O_CREAT", StringComparison.Ordinal) && call.Paths.Any(path => path.StartsWith(space + "/", StringComparison.Ordinal)));

        // The trial of a snapshot has that name too, so that nothing is left which nobody knows of.
        Call[] snapshots = trace.All("ioctl", static call => call.Text.Contains("SNAP_CREATE_V2", StringComparison.Ordinal));
        if (strategy == "snapshot") Assert.Equal(2, snapshots.Length);
        Assert.All(snapshots, call => Assert.Contains(Path.GetFileName(pending), call.Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("btrfs", "snapshot")]
    [InlineData("xfs", "reflink")]
    public void State_says_that_a_space_is_touched_before_it_is(string volume, string strategy)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.Record();
        place.Cli.Run("init", "--space", "dev", "--strategy", strategy).Expect(0);
        place.Cli.Run("gc").Expect(0);
        Assert.Contains("synced=yes", File.ReadAllText(State(place)), StringComparison.Ordinal);
        string space = Path.Combine(place["home"], "spaces", "dev");
        File.Delete(Path.Combine(space, "text"));
        File.WriteAllText(Path.Combine(space, "added"), "added");

        CallTrace trace = Of(place, "init", "--space", "dev", "--workers", "1");

        (Call Rename, string Content)[] states = trace.Replaced(State(place));
        (Call touched, string content) = states.First(static state => state.Content.Contains("touched=yes", StringComparison.Ordinal));
        Assert.DoesNotContain("synced=", content, StringComparison.Ordinal);
        Assert.Contains("boot=" + File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), content, StringComparison.Ordinal);
        Call[] changes = [.. trace.All("renameat2 renameat rename mkdirat mkdir unlinkat unlink", call => call.Paths.Any(path => path.StartsWith(space + "/", StringComparison.Ordinal)))];
        Assert.True(changes.Length >= 2);
        Assert.All(changes, change => AssertOrder(touched, change));
        Assert.Contains(states, state => state.Content.Contains("complete=yes", StringComparison.Ordinal) && !state.Content.Contains("touched", StringComparison.Ordinal) && changes[^1].Ended < state.Rename.Begun);
        Assert.Empty(trace.Syncs);

        // What is new was made in the folder that is named, which is beside a folder and within a snapshot.
        string pending = content[(content.IndexOf("pending=", StringComparison.Ordinal) + "pending=".Length)..].Split('\\')[0];
        Assert.Equal(strategy == "snapshot" ? space : Path.GetDirectoryName(space), Path.GetDirectoryName(pending));
        Call[] made = trace.All("openat", call => call.Text.Contains("O_CREAT", StringComparison.Ordinal) && (call.Paths[0].StartsWith(space + "/", StringComparison.Ordinal) || call.Paths[0].StartsWith(pending + "/", StringComparison.Ordinal)));
        Assert.NotEmpty(made);
        Assert.All(made, call => Assert.StartsWith(pending + "/", call.Paths[0], StringComparison.Ordinal));
        if (strategy == "snapshot") AssertOrder(Assert.Single(trace.At(pending, "unlinkat rmdir")), trace.At(space, "utimensat")[^1]);
    }

    [Fact]
    public void Deleted_space_is_noted_before_it_is_renamed_and_its_state_goes_after_the_note()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("init", "--space", "dev").Expect(0);
        string space = Path.Combine(place["home"], "spaces", "dev");

        CallTrace trace = Of(place, "delete", "dev");

        Call moved = Assert.Single(trace.Renames((from, _) => from == space));
        (Call noted, string content) = trace.Replaced(State(place))[^1];
        Assert.Contains($"pending={moved.Paths[1]}", content, StringComparison.Ordinal);
        AssertOrder(noted, moved);
        Call note = Assert.Single(trace.Renames((_, to) => to.EndsWith(".gone", StringComparison.Ordinal)));
        Call forgotten = Assert.Single(trace.All("unlink unlinkat", call => call.Text.Contains(State(place), StringComparison.Ordinal)));
        AssertOrder(moved, note);
        AssertOrder(note, forgotten);
        AssertOrder(Assert.Single(trace.All("unlink unlinkat", call => call.Text.Contains("/dev.index\"", StringComparison.Ordinal))), forgotten);
    }

    [Theory]
    [InlineData("renameat,renameat2:error=ENOSPC:when=1", "the index makes room for what the state says")]
    [InlineData("renameat,renameat2:error=ENOSPC:when=3", "no room for a note")]
    [InlineData("renameat,renameat2:error=ENOSPC", "no room at all")]
    public void Deletion_on_a_full_disk_never_leaves_what_nobody_knows_of_or_half_a_space_that_is_called_complete(string injection, string what)
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("init", "--space", "dev").Expect(0);
        string space = Path.Combine(place["home"], "spaces", "dev");

        CallTrace trace = OfFailing(place, [injection], "delete", "dev");

        Call index = Assert.Single(trace.All("unlink unlinkat", static call => call.Text.Contains("/dev.index\"", StringComparison.Ordinal)));
        Call forgotten = Assert.Single(trace.All("unlink unlinkat", call => call.Text.Contains(State(place), StringComparison.Ordinal)));
        Call[] deleted = trace.All("unlinkat", call => call.Paths.Any(path => path.StartsWith(space + "/", StringComparison.Ordinal)));
        Call[] moved = trace.Renames((from, _) => from == space), noted = [.. trace.Replaced(State(place)).Select(static state => state.Rename)];
        switch (what)
        {
            case "the index makes room for what the state says":
                AssertOrder(index, Assert.Single(noted));
                AssertOrder(noted[0], Assert.Single(moved));
                break;
            case "no room for a note":
                AssertOrder(Assert.Single(trace.At(Assert.Single(moved).Paths[1], "rmdir unlinkat")), forgotten);
                break;
            default:
                Assert.Empty(moved);
                Assert.NotEmpty(deleted);
                Assert.All(deleted, call => AssertOrder(forgotten, call));
                break;
        }
        Assert.False(Directory.Exists(space));
        place.Cli.Run("gc").Expect(0);
        Assert.Empty(place.NamesIn("home/spaces"));
    }

    [Fact]
    public void Space_on_another_filesystem_is_touched_when_the_state_that_says_so_is_on_disk()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        using TemporaryFolder elsewhere = TestVolumes.Ext4.Folder();
        place.Record();
        place.Cli.Run("init", "--space", "dev", "--to", elsewhere["dev"]).Expect(0);
        elsewhere.Write("dev/added", "added");

        CallTrace trace = Of(place, "init", "--space", "dev", "--workers", "1");

        Call touched = trace.Replaced(State(place)).First(static state => state.Content.Contains("touched=yes", StringComparison.Ordinal)).Rename;
        Call[] changes = trace.All("renameat2 renameat rename mkdirat mkdir unlinkat unlink", call => call.Paths.Any(path => path.StartsWith(elsewhere["dev"] + "/", StringComparison.Ordinal)));
        trace.AssertDurable(touched);
        AssertBetween(touched, trace.At(Path.GetDirectoryName(State(place))!, "fsync"), changes[0]);
    }

    [Fact]
    public void Space_is_said_to_be_on_disk_when_its_filesystem_was_written_out()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        using TemporaryFolder elsewhere = TestVolumes.Ext4.Folder();
        place.Record();
        place.Cli.Run("init", "--space", "dev", "--to", elsewhere["dev"]).Expect(0);

        Injection.Run(place, ["syncfs:error=EIO"], "gc").Expect(0);
        Assert.DoesNotContain("synced=", File.ReadAllText(State(place)), StringComparison.Ordinal);
        CallTrace trace = Of(place, "gc");

        (Call noted, string content) = Assert.Single(trace.Replaced(State(place)));
        Assert.Contains("synced=yes", content, StringComparison.Ordinal);
        Call written = Assert.Single(trace.At(elsewhere.Path, "syncfs"));
        AssertOrder(written, noted);

        // Nobody changes it meanwhile.
        Call[] locks = trace.At(Path.ChangeExtension(State(place), ".lock"), "flock");
        AssertOrder(locks.Last(static call => !call.Text.Contains("LOCK_UN", StringComparison.Ordinal)), written);
        AssertOrder(noted, locks[^1]);
    }

    [Theory]
    [InlineData("btrfs", "reflink")]
    [InlineData("xfs", "smart")]
    [InlineData("ext4", "smart")]
    [InlineData("ext4", "copy")]
    public void Restore_waits_for_no_disk(string volume, string strategy)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        place.Record();

        CallTrace made = Of(place, "init", "--space", "dev", "--strategy", strategy);
        CallTrace again = Of(place, "init", "--space", "dev", "--strategy", strategy);
        CallTrace forced = Of(place, "init", "--space", "dev", "--strategy", strategy, "--force");

        Assert.Empty(made.Syncs);
        Assert.Empty(again.Syncs);
        Assert.Empty(forced.Syncs);
    }

    [Fact]
    public void Template_is_on_disk_before_it_is_sealed_and_known_after_it_has_its_name()
    {
        using var place = new Workplace(TestVolumes.Btrfs);
        string id = place.Record();

        CallTrace trace = Of(place, "init", "--space", "dev", "--workers", "1");

        string template = Library(place, $"templates/{id}");
        Call created = Assert.Single(trace.All("ioctl", static call => call.Text.Contains("BTRFS_IOC_SUBVOL_CREATE", StringComparison.Ordinal)));
        Call filled = trace.All("ioctl", static call => call.Text.Contains("FICLONE", StringComparison.Ordinal))[^1];
        Call sealing = Assert.Single(trace.All("ioctl", static call => call.Text.Contains("BTRFS_IOC_SUBVOL_SETFLAGS", StringComparison.Ordinal)));
        Call named = Assert.Single(trace.Renames((_, to) => to == template));
        Call known = Assert.Single(trace.Renames((_, to) => to == template + ".facts"));
        AssertOrder(created, filled);
        AssertBetween(created, trace.All("syncfs"), sealing);
        AssertOrder(sealing, named);
        AssertOrder(named, known);
        Assert.All(trace.Renames((_, to) => to == template + ".index" || to == template + ".part"), beside => AssertOrder(beside, known));
        trace.AssertDurable(Assert.Single(trace.Renames((_, to) => to == template + ".part")));
        trace.AssertDurable(known);
        AssertOrder(trace.At(template + ".lock", "flock").First(static call => call.Text.Contains("LOCK_EX", StringComparison.Ordinal)), created);
    }

    [Fact]
    public void Template_that_is_not_trusted_is_forgotten_before_it_is_deleted()
    {
        using var place = new Workplace(TestVolumes.Btrfs);
        string template = Library(place, $"templates/{place.Record()}");
        place.Cli.Run("init", "--space", "dev").Expect(0);
        Tool.Run("btrfs", "property", "set", template, "ro", "false");

        CallTrace trace = Of(place, "init", "--space", "other");

        Call[] deleted = [.. trace.All("ioctl", call => call.Text.Contains("SNAP_DESTROY", StringComparison.Ordinal) && call.Text.Contains($"\"{Path.GetFileName(template)}\"", StringComparison.Ordinal)), .. trace.At(template, "rmdir unlinkat")];
        Call tree = Assert.Single(deleted);
        Call Gone(string suffix) => Assert.Single(trace.All("unlink unlinkat", call => call.Text.Contains($"{template}{suffix}\"", StringComparison.Ordinal)));
        AssertOrder(Gone(".facts"), tree);
        AssertOrder(tree, Gone(".index"));
        AssertOrder(tree, Gone(".part"));
    }

    [Fact]
    public void Claim_holds_what_is_known_until_the_index_is_written_and_has_noted_where_the_tree_goes()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("init", "--space", "first").Expect(0);
        place.Cli.Run("settings", "holotree.standby", "1").Expect(0);
        place.Cli.Run("standby").Expect(0);

        CallTrace trace = Of(place, "init", "--space", "dev");

        Call taken = Assert.Single(trace.Renames(static (from, to) => from.Contains("/standby/", StringComparison.Ordinal) && to.Contains("/spaces/.reflink-", StringComparison.Ordinal)));
        Call index = Assert.Single(trace.Renames((_, to) => to == Path.ChangeExtension(State(place), ".index")));
        string tree = taken.Paths[0];
        (Call noted, string content) = trace.Replaced(State(place))[0];
        Assert.Contains($"pending={taken.Paths[1]}", content, StringComparison.Ordinal);
        AssertOrder(noted, taken);
        Call held = trace.At(tree + ".facts", "flock").Last(call => call.Text.Contains("LOCK_SH", StringComparison.Ordinal) && call.Ended < taken.Begun);
        string descriptor = held.Text["flock(".Length..held.Text.IndexOf('<', StringComparison.Ordinal)];
        Assert.DoesNotContain(trace.At(tree + ".facts", "close"), call => call.Text.StartsWith($"close({descriptor}<", StringComparison.Ordinal) && call.Begun > held.Ended && call.Begun < index.Ended);
        foreach (string suffix in (string[])[".facts", ".index", ".part"])
            AssertOrder(index, Assert.Single(trace.All("unlink unlinkat", call => call.Text.Contains($"{tree}{suffix}\"", StringComparison.Ordinal))));
    }

    [Fact]
    public void Space_in_waiting_is_on_disk_before_it_is_known()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("init", "--space", "dev").Expect(0);
        place.Cli.Run("settings", "holotree.standby", "1").Expect(0);

        CallTrace trace = Of(place, "standby");

        Call known = Assert.Single(trace.Renames(static (_, to) => to.Contains("/standby/", StringComparison.Ordinal) && to.EndsWith(".facts", StringComparison.Ordinal)));
        string tree = known.Paths[1][..^".facts".Length];
        Call filled = trace.All("openat", call => call.Paths[0].StartsWith(tree + "/", StringComparison.Ordinal) && call.Text.Contains("O_CREAT", StringComparison.Ordinal))[^1];
        AssertBetween(filled, trace.All("syncfs"), known);
    }

    [Fact]
    public void Tree_under_overlays_is_on_disk_before_it_is_known()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        string id = place.Record();

        CallTrace trace = Of(place, "run", "--catalog", id, "--ephemeral", "--", "true");

        string tree = Library(place, $"lowers/{id}");
        Call known = Assert.Single(trace.Renames((_, to) => to == tree + ".facts"));
        Call filled = trace.All("openat", call => call.Paths[0].StartsWith(tree + "/", StringComparison.Ordinal) && call.Text.Contains("O_CREAT", StringComparison.Ordinal))[^1];
        AssertBetween(filled, trace.All("syncfs"), known);
        trace.AssertDurable(known);
        Call[] locks = trace.At(tree + ".lock", "flock");
        AssertOrder(locks.First(static call => call.Text.Contains("LOCK_EX", StringComparison.Ordinal)), trace.At(tree, "mkdir mkdirat")[0]);
        Assert.Contains(locks, call => call.Text.Contains("LOCK_SH", StringComparison.Ordinal) && known.Ended < call.Begun);
    }

    [Fact]
    public void Run_is_locked_before_it_has_a_folder_and_until_that_is_gone_or_noted()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        string id = place.Record();

        CallTrace trace = Of(place, "run", "--catalog", id, "--ephemeral", "--", "true");

        string runs = Path.Combine(place["home"], "runs") + "/";
        Call held = trace.All("flock", call => call.Paths[0].StartsWith(runs, StringComparison.Ordinal))[0];
        string folder = held.Paths[0][..^".lock".Length];
        AssertOrder(held, trace.At(folder, "mkdir mkdirat")[0]);
        Call gone = trace.At(folder, "rmdir unlinkat").Concat(trace.Renames(static (_, to) => to.EndsWith(".gone", StringComparison.Ordinal))).MinBy(static call => call.Ended)!;
        AssertOrder(gone, Assert.Single(trace.All("unlink unlinkat", call => call.Text.Contains($"{folder}.lock\"", StringComparison.Ordinal))));
    }

    [Fact]
    public void Library_of_a_group_is_whole_before_it_has_its_name()
    {
        Root.IsNeededFor("giving folders to a group");
        using var place = new Workplace(TestVolumes.Xfs);
        place.MakeTree();
        place.Folder.MakeFolder("home");
        Tool.Run("chmod", "2770", place["home"]);

        CallTrace trace = Of(place, "record", place["tree"]);

        foreach (string name in (string[])["library", "users"])
        {
            string final = Path.Combine(place["home"], name);
            Call named = Assert.Single(trace.Renames((_, to) => to == final));
            Assert.StartsWith(Path.Combine(place["home"], ".reflink-"), named.Paths[0], StringComparison.Ordinal);
            Call[] made = trace.All("mkdir mkdirat fchmod openat", call => call.Text.Contains("O_CREAT", StringComparison.Ordinal) == (call.Name == "openat") && call.Paths[^1].StartsWith(named.Paths[0], StringComparison.Ordinal));
            Assert.True(made.Length >= 2);
            Assert.All(made, call => AssertOrder(call, named));
            Assert.Empty(trace.At(final, "mkdir mkdirat"));
            if (name == "library") AssertBetween(named, trace.All("syncfs"), Assert.Single(trace.Renames((_, to) => to == Library(place, "format"))));
        }
    }

    [Fact]
    public void Healed_object_is_on_disk_before_it_is_exchanged_with_the_damaged_one_and_its_folder_after()
    {
        using var place = new Workplace(TestVolumes.Ext4);
        place.Record();
        string damaged = Directory.EnumerateFiles(Library(place, "objects"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(damaged, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllBytes(damaged, [1, 2, 3]);

        CallTrace trace = Of(place, "check", "--repair");

        Call exchanged = Assert.Single(trace.Renames((from, to) => from.Contains("/incoming/", StringComparison.Ordinal) && to == damaged));
        Assert.Contains("RENAME_EXCHANGE", exchanged.Text, StringComparison.Ordinal);
        Call copied = trace.Fills(exchanged.Paths[0])[^1], hashed = trace.At(exchanged.Paths[0], "pread64")[^1], @sealed = trace.At(exchanged.Paths[0], "utimensat")[^1];
        AssertOrder(copied, hashed);
        AssertOrder(hashed, @sealed);
        AssertBetween(@sealed, trace.At(exchanged.Paths[0], "fsync"), exchanged);
        Assert.Contains(trace.All("fsync", call => call.Paths[0] == Path.GetDirectoryName(damaged)), call => exchanged.Ended < call.Begun);
        Assert.Contains(trace.All("flock", call => call.Paths[0] == Library(place, "repair.lock")), call => call.Ended < exchanged.Begun);
    }
}
