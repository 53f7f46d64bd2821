using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class DoctorTests
{
    static readonly string[] Capabilities = ["reflink", "rangeClone", "snapshot", "hardlink", "kernelCopy", "xattrs"];

    [Theory]
    [InlineData("btrfs", "btrfs", "snapshot", true, true)]
    [InlineData("xfs", "xfs", "reflink", true, false)]
    [InlineData("xfs-noreflink", "xfs", "hardlink", false, false)]
    [InlineData("ext4", "ext4", "hardlink", false, false)]
    [InlineData("tmpfs", "tmpfs", "hardlink", false, false)]
    [InlineData("overlay", "overlay", "reflink", true, false)]
    public void Each_place_is_tried(string volume, string fileSystem, string smart, bool reflink, bool snapshot)
    {
        using var place = new Workplace(TestVolumes.Get(volume));

        JsonElement found = Assert.Single(place.Cli.Json("doctor", place.Folder.Path).GetProperty("places").EnumerateArray());

        Pinned.AssertKeys(found, ["path", "fileSystem", "mountPoint", .. Capabilities, "smart", "verified", "notes"]);
        Assert.Equal("tested", found.Text("verified"));
        Assert.Equal(place.Folder.Path, found.Text("path"));
        Assert.Equal((fileSystem, smart), (found.Text("fileSystem"), found.Text("smart")));
        Assert.Equal(TestVolumes.Get(volume).Path, found.Text("mountPoint"));
        Assert.Equal((reflink, reflink, snapshot), (found.GetProperty("reflink").GetBoolean(), found.GetProperty("rangeClone").GetBoolean(), found.GetProperty("snapshot").GetBoolean()));
        Assert.Empty(place.NamesIn("."));
    }

    [Fact]
    public void What_cannot_be_done_is_said_with_its_errno()
    {
        using var place = new Workplace(TestVolumes.Ext4);

        JsonElement found = place.Cli.Json("doctor", place.Folder.Path).GetProperty("places")[0];

        Assert.Contains(found.GetProperty("notes").EnumerateArray(),
            note => note.GetString()!.StartsWith("reflink: ", StringComparison.Ordinal) && note.GetString()!.Contains("EOPNOTSUPP, 95", StringComparison.Ordinal));
    }

    [Fact]
    public void What_smart_is_said_to_use_is_what_init_uses()
    {
        using var place = new Workplace(TestVolumes.Btrfs);
        place.Record();

        string smart = place.Cli.Json("doctor").GetProperty("places")[0].Text("smart")!;

        Assert.Equal("snapshot", smart);
        Assert.Equal(smart, place.Cli.Json("init", "--catalog", "tools", "--space", "dev").GetProperty("strategy").Text("used"));
    }

    [Fact]
    public void Quota_groups_are_noted_while_they_are_on()
    {
        Root.IsNeededToRun("btrfs", "quota");
        using var place = new Workplace(TestVolumes.Btrfs2);
        bool Noted() => place.Cli.Json("doctor", ".").GetProperty("places")[0].GetProperty("notes").EnumerateArray()
            .Any(note => note.GetString()!.Contains("Quota groups", StringComparison.Ordinal));
        Assert.False(Noted());

        Tool.Run("btrfs", "quota", "enable", TestVolumes.Btrfs2.Path);
        try
        {
            Assert.True(Noted());
        }
        finally
        {
            Tool.Run("btrfs", "quota", "disable", TestVolumes.Btrfs2.Path);
        }
    }

    [Fact]
    public void Without_a_path_it_is_tried_where_the_home_will_be()
    {
        using var place = new Workplace();

        JsonElement found = place.Cli.Json("doctor").GetProperty("places")[0];

        Assert.Equal(place.Folder.Path, found.Text("path"));
        Assert.Contains(found.GetProperty("notes").EnumerateArray(), note => note.GetString()!.Contains(place["home"], StringComparison.Ordinal));
        Assert.Empty(place.NamesIn("."));
    }

    [Fact]
    public void Without_a_path_it_is_tried_from_the_library_to_the_spaces()
    {
        using var place = new Workplace();
        place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);

        JsonElement found = place.Cli.Json("doctor").GetProperty("places")[0];

        Assert.Equal(place["home/spaces"], found.Text("path"));
        Assert.Equal(["dev"], place.NamesIn("home/spaces"));
    }

    [Fact]
    public void Of_a_file_its_folder_is_tried_and_that_is_noted()
    {
        using var place = new Workplace();
        string file = place.Folder.Write("file", "x");

        JsonElement found = place.Cli.Json("doctor", file).GetProperty("places")[0];

        Assert.Equal(place.Folder.Path, found.Text("path"));
        Assert.Contains(found.GetProperty("notes").EnumerateArray(), note => note.GetString()!.Contains("is a file", StringComparison.Ordinal));
    }

    [Fact]
    public void A_place_that_is_missing_is_not_found()
    {
        using var place = new Workplace();

        JsonElement error = Pinned.AssertFails(place.Cli.Run("doctor", place["nothing"], "--json"), 5, "path-missing");

        Assert.Equal(place["nothing"], error.Text("path"));
    }

    [Fact]
    public void A_person_is_told_what_smart_uses_and_why()
    {
        using var place = new Workplace(TestVolumes.Ext4);

        CliResult said = place.Cli.Run("doctor", ".").Expect(0);

        Assert.Matches(@"smart uses +hardlink", said.Output);
        Assert.Contains("read-only hard links", said.Output, StringComparison.Ordinal);
    }
}
