using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class CloneTests
{
    [Theory]
    [MemberData(nameof(TestVolumes.Reflinking), MemberType = typeof(TestVolumes))]
    public void A_tree_shares_every_file_where_blocks_can_be_shared(string volume)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        string tree = place.MakeTree();

        JsonElement done = place.Cli.Json("clone", tree, place["copy"], "--strategy", "reflink");

        Pinned.AssertRestore(done);
        Assert.Equal((5, 1, 1), (done.Number("files"), done.Number("directories"), done.Number("symlinks")));
        Assert.Equal((4, 1), (done.GetProperty("mechanisms").Number("reflink"), done.GetProperty("mechanisms").Number("empty")));
        Assert.Equal(("reflink", "reflink", "option"), Strategy(done));
        TreeComparison.AssertEqual(tree, place["copy"]);
        ExtentMap.AssertTreesShared(tree, place["copy"]);
    }

    [Theory]
    [MemberData(nameof(TestVolumes.NotReflinking), MemberType = typeof(TestVolumes))]
    public void A_tree_is_copied_elsewhere_and_it_is_said_why(string volume)
    {
        using var place = new Workplace(TestVolumes.Get(volume));
        string tree = place.MakeTree();

        JsonElement done = place.Cli.Json("clone", tree, place["copy"]);

        Pinned.AssertRestore(done);
        Assert.Equal(("smart", "copy", "default"), Strategy(done));
        JsonElement left = Assert.Single(done.GetProperty("fallbacks").EnumerateArray());
        Assert.Equal(("reflink", "kernelCopy", "EOPNOTSUPP", 4), (left.Text("from"), left.Text("to"), left.Text("reason"), left.Number("files")));
        TreeComparison.AssertEqual(tree, place["copy"]);
    }

    [Fact]
    public void The_document_has_neither_space_nor_catalog()
    {
        using var place = new Workplace();

        JsonElement done = place.Cli.Json("clone", place.MakeTree(), place["copy"]);

        Assert.Equal(place["copy"], done.Text("path"));
        Assert.Equal("created", done.Text("mode"));
        Assert.False(done.TryGetProperty("space", out _));
        Assert.False(done.TryGetProperty("catalog", out _));
        Assert.False(done.TryGetProperty("warnings", out _));
    }

    [Theory]
    [InlineData("smart")]
    [InlineData("copy")]
    public void A_single_file_is_cloned_to_exactly_the_destination(string strategy)
    {
        using var place = new Workplace();
        string file = place.Folder.WriteRandom("file", Workplace.LargeFileBytes);

        JsonElement done = place.Cli.Json("clone", file, place["copy"], "--strategy", strategy);

        Pinned.AssertRestore(done);
        Assert.Equal((1, 0, 0), (done.Number("files"), done.Number("directories"), done.Number("symlinks")));
        Assert.Equal(Workplace.LargeFileBytes, done.GetProperty("bytes").Number("logical"));
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(place["copy"]));
    }

    [Fact]
    public void A_single_file_shares_its_blocks_where_it_can()
    {
        using var place = new Workplace(TestVolumes.Xfs);
        string file = place.Folder.WriteRandom("file", Workplace.LargeFileBytes);

        JsonElement done = place.Cli.Json("clone", file, place["copy"]);

        Assert.Equal("reflink", done.GetProperty("strategy").Text("used"));
        ExtentMap.AssertShared(file, place["copy"]);
    }

    [Fact]
    public void Sockets_and_fifos_are_left_out_and_named()
    {
        using var place = new Workplace();
        SampleTree.Make(place["tree"], SampleParts.Special, files: 3);

        JsonElement done = place.Cli.Json("clone", place["tree"], place["copy"]);

        Pinned.AssertRestore(done);
        Assert.Contains("fifo", done.GetProperty("skipped").EnumerateArray().Select(entry => entry.Text("reason")));
        Assert.Contains("socket", done.GetProperty("skipped").EnumerateArray().Select(entry => entry.Text("reason")));
    }

    [Fact]
    public void Globs_choose_what_is_taken()
    {
        using var place = new Workplace();

        place.Cli.Run("clone", place.MakeTree(), place["copy"], "--include", "sub/**", "--include", "text", "--exclude", "**/program").Expect(0);

        Assert.Equal(["sub", "text"], place.NamesIn("copy"));
        Assert.Equal(["large"], place.NamesIn("copy/sub"));
    }

    [Fact]
    public void Overwriting_replaces_what_is_there_as_a_whole()
    {
        using var place = new Workplace();
        string tree = place.MakeTree();
        place.Folder.Write("copy/old", "old");

        place.Cli.Run("clone", tree, place["copy"], "--overwrite").Expect(0);

        TreeComparison.AssertEqual(tree, place["copy"]);
    }

    [Fact]
    public void Relocating_writes_the_new_path_where_the_old_one_stood()
    {
        using var place = new Workplace();

        JsonElement done = place.Cli.Json("clone", place.MakeTree(), place["another-place"], "--relocate");

        Pinned.AssertRestore(done);
        Assert.Equal((1, 2), (done.GetProperty("relocated").Number("files"), done.GetProperty("relocated").Number("places")));
        Assert.Equal($"#!{place["another-place"]}/bin/python\nhome = {place["another-place"]}\n", File.ReadAllText(place["another-place/self"]));
    }

    [Fact]
    public void A_binary_that_the_new_path_does_not_fit_into_is_named_in_a_warning()
    {
        using var place = new Workplace();
        string tree = place.MakeTree();
        place.Folder.Write("tree/binary", [0x7F, .. "ELF"u8, 0, .. System.Text.Encoding.UTF8.GetBytes(tree), .. "/lib"u8, 0]);

        CliResult said = place.Cli.Run("clone", tree, place["a-longer-place"], "--relocate").Expect(0);
        JsonElement done = place.Cli.Json("clone", tree, place["an-even-longer-place"], "--relocate");

        Assert.Contains("binary", said.Errors, StringComparison.Ordinal);
        Assert.Contains("shorter path", said.Errors, StringComparison.Ordinal);
        Assert.Equal(1, done.GetProperty("relocated").Number("unfit"));
        Assert.Equal("binary", done.GetProperty("relocated").GetProperty("unfitFiles")[0].GetString());
    }

    [Fact]
    public void Arguments_that_look_like_options_or_response_files_can_be_paths()
    {
        using var place = new Workplace();
        place.Folder.Write("@scope", "content");
        place.Folder.Write("-dash", "content");

        place.Cli.Run("clone", "@scope", "one").Expect(0);
        place.Cli.Run("clone", "--", "-dash", "two").Expect(0);

        Assert.Equal("content", File.ReadAllText(place["one"]));
        Assert.Equal("content", File.ReadAllText(place["two"]));
    }

    [Fact]
    public void A_person_is_told_what_was_done()
    {
        using var place = new Workplace();

        CliResult said = place.Cli.Run("clone", place.MakeTree(), place["copy"]).Expect(0);

        Assert.StartsWith($"Cloned {place["tree"]} to {place["copy"]} in ", said.Output, StringComparison.Ordinal);
        Assert.Contains("5 files", said.Output, StringComparison.Ordinal);
        Assert.Equal(string.Empty, said.Errors);
        Assert.DoesNotContain('\e', said.Output);
    }

    static (string?, string?, string?) Strategy(JsonElement done)
    {
        JsonElement strategy = done.GetProperty("strategy");
        return (strategy.Text("requested"), strategy.Text("used"), strategy.Text("origin"));
    }

    [Fact]
    public void With_strict_a_clone_that_would_not_work_is_refused()
    {
        using var place = new Workplace();
        string tree = place.MakeTree(), far = place[new string('n', 240)];
        place.SetMode("tree/self", (UnixFileMode)0x1ED);

        Pinned.AssertFails(place.Cli.Run("clone", tree, far, "--relocate", "--strict", "--json"), 4, "relocation-shebang");
        Assert.False(Directory.Exists(far));
        Pinned.AssertFails(place.Cli.Run("clone", tree, far, "--strict", "--json"), 2, "usage");
        CliResult said = place.Cli.Run("clone", tree, far, "--relocate").Expect(0);
        place.Cli.Run("clone", tree, place["near"], "--relocate", "--strict").Expect(0);

        Assert.Contains("warning: the system does not start 1 script", said.Errors, StringComparison.Ordinal);
    }
}
