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

        // 2 and 3.
        AssertBetween(made[^1], syncs, named[0]);
        AssertBetween(named[^1], syncs, catalog);

        // 4: written, synced, renamed, and the folder synced; the catalog last.
        foreach (Call file in (Call[])[label, catalog])
        {
            Call written = trace.All("pwrite64", call => call.Paths[0] == file.Paths[0])[^1];
            AssertBetween(written, trace.All("fsync", call => call.Paths[0] == file.Paths[0]), file);
            Assert.Contains(trace.All("fsync", call => call.Paths[0] == catalogs), call => file.Ended < call.Begun);
        }
        AssertOrder(label, catalog);

        // The format says that all folders stand.
        Call format = Assert.Single(trace.Renames((_, to) => to == Library(place, "format")));
        AssertBetween(trace.All("mkdir mkdirat")[0], syncs, format);
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
        string space = Path.Combine(place["home"], "spaces", "dev");
        File.Delete(Path.Combine(space, "text"));
        File.WriteAllText(Path.Combine(space, "added"), "added");

        CallTrace trace = Of(place, "init", "--space", "dev", "--workers", "1");

        (Call Rename, string Content)[] states = trace.Replaced(State(place));
        Call touched = states.First(static state => state.Content.Contains("touched=yes", StringComparison.Ordinal)).Rename;
        Call[] changes = [.. trace.All("renameat2 renameat rename mkdirat mkdir unlinkat unlink", call => call.Paths.Any(path => path.StartsWith(space + "/", StringComparison.Ordinal)))];
        Assert.True(changes.Length >= 2);
        Assert.All(changes, change => AssertOrder(touched, change));
        Assert.Contains(states, state => state.Content.Contains("complete=yes", StringComparison.Ordinal) && !state.Content.Contains("touched", StringComparison.Ordinal) && changes[^1].Ended < state.Rename.Begun);
        Assert.Empty(trace.Syncs);
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
        Assert.Contains(trace.All("fsync", call => call.Paths[0] == exchanged.Paths[0]), call => call.Ended < exchanged.Begun);
        Assert.Contains(trace.All("fsync", call => call.Paths[0] == Path.GetDirectoryName(damaged)), call => exchanged.Ended < call.Begun);
        Assert.Contains(trace.All("flock", call => call.Paths[0] == Library(place, "repair.lock")), call => call.Ended < exchanged.Begun);
    }
}
