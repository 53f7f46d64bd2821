using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class InitTests
{
    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    public void A_space_shares_its_blocks_with_the_library(string volume)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        string catalog = place.Record();

        JsonElement done = place.Cli.Json("init", "--catalog", "tools", "--space", "dev", "--strategy", "reflink");

        Pinned.AssertRestore(done);
        Pinned.AssertKeys(done, "space", "catalog");
        Assert.Equal(("dev", place["home/spaces/dev"], catalog, "created"), (done.Text("space"), done.Text("path"), done.Text("catalog"), done.Text("mode")));
        Assert.Equal(5, done.Number("files"));
        Assert.Equal("reflink", done.GetProperty("strategy").Text("used"));
        Assert.Equal((1, 2), (done.GetProperty("relocated").Number("files"), done.GetProperty("relocated").Number("places")));
        Assert.Contains(place["home/spaces/dev"], File.ReadAllText(place["home/spaces/dev/self"]), StringComparison.Ordinal);
        Assert.True(ExtentMap.IsShared(place["home/spaces/dev/sub/large"]));
    }

    [Fact]
    public void Smart_on_ext4_uses_read_only_hard_links_and_says_so()
    {
        using var place = new Workplace(TestVolumes.Ext4);
        place.Record();

        JsonElement done = place.Cli.Json("init", "--catalog", "tools", "--space", "dev");
        CliResult said = place.Cli.Run("init", "--catalog", "tools", "--space", "other").Expect(0);

        Pinned.AssertRestore(done);
        Assert.Equal("hardlink", done.GetProperty("strategy").Text("used"));
        Assert.InRange(done.GetProperty("mechanisms").Number("hardlink"), 2, 4);
        Assert.Contains("EOPNOTSUPP", done.GetProperty("fallbacks").EnumerateArray().Select(left => left.Text("reason")));
        Assert.False(place.IsWritable("home/spaces/dev/sub/large"));
        Assert.Matches("hard link .*read-only", said.Output);
    }

    [Fact]
    public void Bytecode_that_followed_its_hard_linked_source_is_counted()
    {
        using var place = new Workplace(TestVolumes.Ext4);
        string source = place.Folder.Write("tree/m.py", "x = 1\n");
        File.SetLastWriteTimeUtc(source, new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        string compile = "import py_compile; py_compile.compile('tree/m.py', invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)";
        var python = new TestKit.Cli(place["home"]) { Program = "/usr/bin/env", WorkingDirectory = place.Folder.Path };
        CliResult compiled = python.Run("python3", "-c", compile);
        if (compiled.ExitCode != 0) Assert.Skip($"There is no Python here to compile with: {compiled.Errors}");
        place.Cli.Run("record", place["tree"], "--name", "tools").Expect(0);

        JsonElement done = place.Cli.Json("init", "--catalog", "tools", "--space", "dev", "--strategy", "hardlink");
        CliResult said = place.Cli.Run("init", "--catalog", "tools", "--space", "other", "--strategy", "hardlink", "--verbose").Expect(0);

        Assert.Equal(1, done.GetProperty("relocated").Number("retimed"));
        Assert.Matches("retimed +1 file", said.Output);
    }

    [Fact]
    public void Copy_on_ext4_is_isolated_from_the_library()
    {
        using var place = new Workplace(TestVolumes.Ext4);
        place.Record();

        JsonElement done = place.Cli.Json("init", "--catalog", "tools", "--space", "dev", "--strategy", "copy");
        File.WriteAllText(place["home/spaces/dev/text"], "changed");
        place.Cli.Run("init", "--catalog", "tools", "--space", "other", "--strategy", "copy", "--verify", "full").Expect(0);

        Pinned.AssertRestore(done);
        Assert.Equal(0, done.GetProperty("bytes").Number("shared"));
        Assert.Equal("some text, 1\n", File.ReadAllText(place["home/spaces/other/text"]));
    }

    [Fact]
    public void Reflink_on_ext4_fails_with_errno_path_and_remedy_and_leaves_nothing()
    {
        using var place = new Workplace(TestVolumes.Ext4);
        place.Record();

        JsonElement error = Pinned.AssertFails(
            place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--strategy", "reflink", "--json"), 4, "reflink-unsupported");

        Assert.Equal(95, error.Number("errno"));
        Assert.NotNull(error.Text("path"));
        Assert.NotNull(error.Text("hint"));
        Assert.Empty(place.NamesIn("home/spaces"));
        Assert.Equal(0, place.Cli.Json("list").GetProperty("spaces").GetArrayLength());
    }

    [Fact]
    public void A_space_is_made_where_it_is_wanted()
    {
        using var place = new Workplace();
        place.Record();

        JsonElement done = place.Cli.Json("init", "--catalog", "tools", "--space", "dev", "--to", "elsewhere");

        Assert.Equal(place["elsewhere"], done.Text("path"));
        Assert.Equal($"#!{place["elsewhere"]}/bin/python\nhome = {place["elsewhere"]}\n", File.ReadAllText(place["elsewhere/self"]));
    }

    [Fact]
    public void A_catalog_is_found_by_the_start_of_its_id()
    {
        using var place = new Workplace();
        string catalog = place.Record();

        Assert.Equal(catalog, place.Cli.Json("init", "--catalog", catalog[..8], "--space", "dev").Text("catalog"));
    }

    [Fact]
    public void An_existing_space_is_brought_back_and_replaced_only_when_forced()
    {
        using var place = new Workplace(TestVolumes.Btrfs);
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        string folder = Stat(place["home/spaces/dev"]), kept = Stat(place["home/spaces/dev/sub/large"]);
        File.Delete(place["home/spaces/dev/text"]);
        File.WriteAllText(place["home/spaces/dev/mine"], "mine");

        JsonElement plan = place.Cli.Json("init", "--catalog", "tools", "--space", "dev", "--dry-run");
        CliResult said = place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--dry-run").Expect(0);

        Pinned.AssertKeys(plan, "dryRun", "space", "path", "catalog", "mode", "make", "adjust", "remove", "keep", "relocated");
        Assert.Equal(("refreshed", "text", "mine", 4), (plan.Text("mode"), plan.GetProperty("make")[0].GetString(), plan.GetProperty("remove")[0].GetString(), plan.Number("keep")));
        Assert.Contains("make    text\n", said.Output, StringComparison.Ordinal);
        Assert.Contains("remove  mine\n", said.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(place["home/spaces/dev/mine"]));

        JsonElement done = place.Cli.Json("init", "--catalog", "tools", "--space", "dev");

        Pinned.AssertRestore(done);
        Assert.Equal(("refreshed", 4, 1), (done.Text("mode"), done.GetProperty("mechanisms").Number("unchanged"), done.Number("removed")));
        Assert.Equal((folder, kept), (Stat(place["home/spaces/dev"]), Stat(place["home/spaces/dev/sub/large"])));
        Assert.Equal("unchanged", place.Cli.Json("init", "--catalog", "tools", "--space", "dev").Text("mode"));
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--force").Expect(0);
        Assert.NotEqual(folder, Stat(place["home/spaces/dev"]));
    }

    [Fact]
    public void What_was_changed_in_a_space_is_listed()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        Assert.Contains("Nothing was changed", place.Cli.Run("diff", "dev").Expect(0).Output, StringComparison.Ordinal);
        File.WriteAllText(place["home/spaces/dev/text"], "other text, 1");
        File.Delete(place["home/spaces/dev/link"]);
        place.Folder.Write("home/spaces/dev/new/file", "new");

        JsonElement found = place.Cli.Json("diff", "dev");
        CliResult said = place.Cli.Run("diff", "dev").Expect(0);

        static string[] Paths(JsonElement list) => [.. list.EnumerateArray().Select(path => path.GetString()!)];
        Assert.Equal(["new/", "new/file"], Paths(found.GetProperty("added")));
        Assert.Equal(["link"], Paths(found.GetProperty("removed")));
        Assert.Equal(["text"], Paths(found.GetProperty("changed")));
        Assert.Equal("added    new/\nadded    new/file\nremoved  link\nchanged  text\n", said.Output);
        Pinned.AssertFails(place.Cli.Run("diff", "nothing", "--json"), 5, "space-unknown");
    }

    static string Stat(string path)
    {
        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["--format=%d %i", path]) { RedirectStandardOutput = true })!;
        return stat.StandardOutput.ReadToEnd();
    }

    [Fact]
    public void A_folder_in_the_way_stays()
    {
        using var place = new Workplace();
        place.Record();
        place.Folder.Write("here/mine", "mine");

        JsonElement error = Pinned.AssertFails(
            place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--to", place["here"], "--force", "--json"), 1, "destination-exists");

        Assert.Equal(place["here"], error.Text("path"));
        Assert.Equal(["mine"], place.NamesIn("here"));
    }

    [Fact]
    public void An_unknown_catalog_is_not_found()
    {
        using var place = new Workplace();
        place.Record();

        JsonElement error = Pinned.AssertFails(place.Cli.Run("init", "--catalog", "toolz", "--space", "dev", "--json"), 5, "catalog-unknown");

        Assert.Contains("holotree catalogs", error.Text("hint"), StringComparison.Ordinal);
        Assert.Empty(place.NamesIn("home/spaces"));
    }

    [Fact]
    public void Blueprints_are_refused_by_name()
    {
        using var place = new Workplace();
        place.Record();

        JsonElement error = Pinned.AssertFails(place.Cli.Run("init", "robot.yaml", "--space", "dev", "--json"), 4, "blueprint-unsupported");

        Assert.Contains("--catalog", error.Text("hint"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--space", "dev")]
    [InlineData("--catalog", "tools")]
    [InlineData("--catalog", "tools", "--space", "")]
    [InlineData("--catalog", "", "--space", "dev")]
    [InlineData("--catalog", "tools", "--space", "dev", "--verify", "often")]
    public void What_is_missing_or_empty_is_a_mistake(params string[] options)
    {
        using var place = new Workplace();

        Pinned.AssertFails(place.Cli.Run(["init", .. options, "--json"]), 2, "usage");
    }

    [Fact]
    public void A_path_that_does_not_fit_is_a_warning_and_with_strict_a_refusal()
    {
        using var place = new Workplace();
        string tree = place.MakeTree();
        place.Folder.Write("tree/binary", [0x7F, .. "ELF"u8, 0, .. System.Text.Encoding.UTF8.GetBytes(tree), .. "/lib"u8, 0]);
        place.Cli.Run("record", tree, "--name", "tools").Expect(0);

        Pinned.AssertFails(place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--strict", "--json"), 4, "relocation-unfit");
        Assert.Empty(place.NamesIn("home/spaces"));
        CliResult said = place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        Assert.Contains("warning:", said.Errors, StringComparison.Ordinal);
        Assert.Contains("binary", said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_that_does_not_start_is_a_warning_and_with_strict_a_refusal()
    {
        using var place = new Workplace();
        place.MakeTree();
        place.SetMode("tree/self", (UnixFileMode)0x1ED);
        string far = place[new string('n', 240)];
        place.Cli.Run("record", place["tree"], "--name", "tools").Expect(0);

        JsonElement error = Pinned.AssertFails(
            place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--to", far, "--strict", "--json"), 4, "relocation-shebang");
        Assert.Equal("self", error.Text("path"));
        Assert.False(Directory.Exists(far));
        CliResult said = place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--to", far).Expect(0);
        JsonElement done = place.Cli.Json("init", "--catalog", "tools", "--space", "dev", "--to", far, "--force");

        Assert.Contains("warning: the system does not start 1 script", said.Errors, StringComparison.Ordinal);
        Assert.Contains("self. Use a shorter path", said.Errors, StringComparison.Ordinal);
        Assert.Equal(1, done.GetProperty("relocated").Number("shebangs"));
        Assert.Equal("self", done.GetProperty("relocated").GetProperty("shebangFiles")[0].GetString());
    }

    [Fact]
    public void A_full_volume_fails_with_errno_and_nothing_stays()
    {
        using var place = new Workplace();
        using var full = new Workplace(TestVolumes.Small);
        place.MakeTree();
        place.Folder.WriteRandom("tree/sub/large", 40_000_000);
        place.Cli.Run("record", place["tree"], "--name", "tools").Expect(0);

        JsonElement error = Pinned.AssertFails(
            place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--to", full["dev"], "--json"), 1, "no-space");

        Assert.Equal(28, error.Number("errno"));
        Assert.Empty(full.NamesIn("."));
        Assert.Equal(0, place.Cli.Json("list").GetProperty("spaces").GetArrayLength());
    }

    [Fact]
    public void A_damaged_object_is_found_and_nothing_is_restored_from_it()
    {
        using var place = new Workplace();
        place.Record();
        string damaged = Directory.EnumerateFiles(place["home/library/objects"], "*", SearchOption.AllDirectories)
            .Single(path => new FileInfo(path).Length == Workplace.LargeFileBytes);
        place.SetMode(damaged, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (FileStream stream = File.OpenWrite(damaged)) stream.WriteByte(1);
        Directory.Delete(place["tree-tools"], recursive: true);

        Pinned.AssertFails(place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--json"), 6, "object-damaged");

        Assert.Empty(place.NamesIn("home/spaces"));
    }

    [Fact]
    public void A_damaged_object_of_which_there_is_a_whole_copy_is_healed_and_that_is_said()
    {
        using var place = new Workplace();
        place.Record();
        string damaged = Directory.EnumerateFiles(place["home/library/objects"], "*", SearchOption.AllDirectories)
            .Single(path => new FileInfo(path).Length == Workplace.LargeFileBytes);
        File.Delete(damaged);
        Assert.Equal(1, place.Cli.Json("init", "--catalog", "tools", "--space", "dev").Number("healed"));
        Assert.Equal(0, place.Cli.Json("init", "--catalog", "tools", "--space", "more").Number("healed"));

        File.Delete(damaged);
        Assert.Contains("1 object of the library had gone bad", place.Cli.Run("init", "--catalog", "tools", "--space", "other").Expect(0).Errors, StringComparison.Ordinal);
    }
}
