using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

public sealed class CheckTests
{
    [Fact]
    public void Home_in_which_nothing_is_wrong_exits_with_0()
    {
        using Workplace place = Recorded(out string _, out string _);

        JsonElement report = place.Cli.Json("check");

        Pinned.AssertKeys(report, "objects", "catalogs", "spaces", "damaged", "missing", "repaired", "incomplete", "healed", "unsealed", "resealed",
            "changed", "skipped", "unreferenced", "strange", "incoming", "quarantined", "bytes", "elapsedMilliseconds");
        Assert.Equal((4, 1, 1, 0, 0, 0), (report.Number("objects"), report.Number("catalogs"), report.Number("spaces"),
            report.GetProperty("damaged").GetArrayLength(), report.GetProperty("missing").GetArrayLength(), report.Number("repaired")));
        Assert.StartsWith("No damage", place.Cli.Run("check").Expect(0).Output, StringComparison.Ordinal);
        Assert.Equal(string.Empty, place.Cli.Run("check", "--quiet").Expect(0).Output);
    }

    [Fact]
    public void Home_that_does_not_exist_has_no_damage_and_is_not_made()
    {
        using var place = new Workplace();

        Assert.Equal(0, place.Cli.Json("check").Number("objects"));
        Assert.Empty(place.NamesIn("."));
    }

    [Fact]
    public void Damaged_object_is_reported_with_exit_code_6_and_healed_with_0()
    {
        using Workplace place = Recorded(out string catalog, out string path);
        Flip(place, path);

        JsonElement report = place.Cli.Run("check", "--json").Expect(6).Json;
        JsonElement damage = Assert.Single(report.GetProperty("damaged").EnumerateArray());
        Pinned.AssertKeys(damage, "object", "catalogs", "reason", "path", "space");
        Assert.Equal((Path.GetFileName(path), catalog, path), (damage.Text("object"), Assert.Single(damage.GetProperty("catalogs").EnumerateArray()).GetString(), damage.Text("path")));
        CliResult told = place.Cli.Run("check").Expect(6);
        Assert.Contains(path, told.Output, StringComparison.Ordinal);
        Assert.Contains("--repair", told.Errors, StringComparison.Ordinal);

        JsonElement repaired = place.Cli.Json("check", "--repair");
        Assert.Equal((1, 0, 1), (repaired.Number("repaired"), repaired.GetProperty("damaged").GetArrayLength(), repaired.Number("quarantined")));
        Assert.Equal(Path.GetFileName(path), Assert.Single(repaired.GetProperty("healed").EnumerateArray()).Text("object"));
        place.Cli.Run("check").Expect(0);
    }

    [Fact]
    public void Missing_object_without_a_copy_stays_damage_also_with_repair()
    {
        using Workplace place = Recorded(out string catalog, out string path);
        File.Delete(path);
        Directory.Delete(place["tree-tools"], recursive: true);
        Directory.Delete(place["home/spaces/dev/sub"], recursive: true);

        foreach (string[] command in (string[][])[["check"], ["check", "--repair"]])
        {
            JsonElement report = place.Cli.Run([.. command, "--json"]).Expect(6).Json;
            Assert.Equal(Path.GetFileName(path), Assert.Single(report.GetProperty("missing").EnumerateArray()).GetString());
            JsonElement incomplete = Assert.Single(report.GetProperty("incomplete").EnumerateArray());
            Assert.Equal((catalog, 1), (incomplete.Text("catalog"), incomplete.Number("missing")));
        }
        Assert.Contains("record the environment again", place.Cli.Run("check", "--repair").Expect(6).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Catalog_with_a_changed_byte_is_reported_with_exit_code_6()
    {
        using Workplace place = Recorded(out string catalog, out string _);
        string path = place[$"home/library/catalogs/{catalog}.catalog"];
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);

        JsonElement report = place.Cli.Run("check", "--json").Expect(6).Json;

        Assert.Equal(path, Assert.Single(report.GetProperty("damaged").EnumerateArray()).Text("path"));
        Assert.Equal("its catalog is damaged", Assert.Single(report.GetProperty("skipped").EnumerateArray()).Text("reason"));
    }

    [Fact]
    public void File_of_a_space_edited_at_the_same_size_and_time_is_reported_and_an_open_edit_is_not()
    {
        using Workplace place = Recorded(out string _, out string _);
        File.WriteAllText(place["home/spaces/dev/text"], "edited by its user");
        JsonElement changed = Assert.Single(place.Cli.Json("check").GetProperty("changed").EnumerateArray());
        Assert.Equal(("dev", 1, "text"), (changed.Text("space"), changed.Number("changed"), changed.Text("example")));

        string path = place["home/spaces/dev/sub/large"];
        Flip(place, path);

        JsonElement damage = Assert.Single(place.Cli.Run("check", "--json").Expect(6).Json.GetProperty("damaged").EnumerateArray());
        Assert.Equal(("dev", path, JsonValueKind.Null), (damage.Text("space"), damage.Text("path"), damage.GetProperty("object").ValueKind));
    }

    [Fact]
    public void An_ordinary_user_checks_a_home_of_his_own()
    {
        using Workplace place = new();
        TestKit.Cli user = place.AsOrdinaryUser();
        place.MakeTree();
        user.Run("record", place["tree"], "--name", "tools").Expect(0);
        user.Run("init", "--catalog", "tools", "--space", "dev").Expect(0);
        place.SetMode("home/spaces/dev/sub/large", UnixFileMode.None);

        JsonElement report = user.Run("check", "--repair", "--json").Expect(0).Json;

        JsonElement changed = Assert.Single(report.GetProperty("changed").EnumerateArray());
        Assert.Equal((1, "sub/large"), (changed.Number("unverified"), changed.Text("example")));
    }

    static Workplace Recorded(out string catalog, out string large)
    {
        var place = new Workplace();
        catalog = place.Record();
        place.Cli.Run("init", "--catalog", "tools", "--space", "dev", "--strategy", "copy").Expect(0);
        large = Directory.EnumerateFiles(place["home/library/objects"], "*", SearchOption.AllDirectories)
            .Single(path => new FileInfo(path).Length == Workplace.LargeFileBytes);
        return place;
    }

    /// <summary>Flips a bit and puts mode and time back.</summary>
    static void Flip(Workplace place, string path)
    {
        DateTime time = File.GetLastWriteTimeUtc(path);
        string name = Path.GetRelativePath(place.Folder.Path, path);
        bool sealedObject = !place.IsWritable(name);
        if (sealedObject) place.SetMode(name, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            int value = file.ReadByte();
            file.Position = 0;
            file.WriteByte((byte)(value ^ 1));
        }
        if (sealedObject) place.SetMode(name, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        File.SetLastWriteTimeUtc(path, time);
    }
}
