using System.Text.Json;
using TestKit;
using Xunit;

namespace Holotree.Cli.Tests;

/// <summary>Two users and one library: both use what either has recorded, and neither can alter what the other restores.</summary>
public sealed class SharedLibraryTests : IDisposable
{
    const string Content = "print('what was recorded')\n";

    TemporaryFolder? folder;
    Member? anna, bert;

    Member Anna => anna!;

    Member Bert => bert!;

    string Home => folder!["home"];

    public void Dispose() => folder?.Dispose();

    void Begin(string volume, int homeMode = 0x7F8)
    {
        Root.IsNeededFor("becoming two ordinary users");
        folder = TestVolumes.Get(volume).Folder();
        string program = folder["holotree"];
        File.Copy(TestKit.Cli.Binary, program);
        folder.MakeFolder("home");
        Tool.Run("chgrp", $"{Member.Group}", Home);
        Chmod(Home, homeMode);
        anna = new Member(61001, program, Home);
        bert = new Member(61002, program, Home);
        foreach (Member member in (Member[])[anna, bert])
        {
            string own = folder.MakeFolder($"of-{member.User}");
            folder.Write($"of-{member.User}/tree/script.py", Content);
            folder.Write($"of-{member.User}/tree/self", $"#!{own}/tree/bin/python\n");
            folder.WriteRandom($"of-{member.User}/tree/sub/large", 100_000);
            Chmod(folder.Write($"of-{member.User}/tree/sub/program", "#!/bin/sh\necho it runs\n"), 0x1ED);
            Tool.Run("chown", "-R", $"{member.User}:{member.User}", own);
        }
    }

    static void Chmod(string path, int mode)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, (UnixFileMode)mode);
    }

    string TreeOf(Member member) => folder![$"of-{member.User}/tree"];

    string SpaceOf(Member member, string space) => Path.Combine(Home, "users", $"{member.User}", "spaces", space);

    string ObjectOf(string file)
    {
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));
        return Path.Combine(Home, "library", "objects", "sha256", digest[..2], digest);
    }

    /// <summary>Writes other bytes into an object as its owner, and leaves nothing by which that could be seen.</summary>
    static void Forge(Member owner, string path) => owner.Shell(
        $"set -e; chmod u+w '{path}'; printf '%s' \"print('what was forged!')\" | dd of='{path}' conv=notrunc status=none; chmod 444 '{path}'; touch -d @1000000000 '{path}'").Expect(0);

    [Theory]
    [InlineData("btrfs", 0x5F8)]
    [InlineData("xfs", 0x7F8)]
    [InlineData("ext4", 0x7F8)]
    public void Either_uses_what_the_other_has_recorded(string volume, int homeMode)
    {
        Begin(volume, homeMode);
        Anna.RunClosed("record", TreeOf(Anna), "--name", "annas").Expect(0);
        Bert.RunOpen("record", TreeOf(Bert), "--name", "berts").Expect(0);

        CliResult made = Bert.RunOpen("init", "--catalog", "annas", "--space", "dev").Expect(0);
        Anna.RunClosed("init", "--catalog", "berts", "--space", "dev").Expect(0);
        Anna.Run("init", "--catalog", "annas", "--space", "own").Expect(0);

        Assert.Contains($"annas was recorded by user {Anna.User}", made.Errors, StringComparison.Ordinal);
        var content = new TreeComparisonOptions { Parts = TreeParts.LinkTargets | TreeParts.Mode };
        TreeComparison.AssertEqual(TreeOf(Anna), SpaceOf(Bert, "dev"), content);
        TreeComparison.AssertEqual(TreeOf(Bert), SpaceOf(Anna, "dev"), content);
        Assert.Equal(Content, File.ReadAllText(Path.Combine(SpaceOf(Bert, "dev"), "script.py")));
        JsonElement catalogs = Bert.Run("catalogs", "--json").Expect(0).Json.GetProperty("catalogs");
        Assert.Equal(new int?[] { 61001, null }, catalogs.EnumerateArray().OrderBy(catalog => catalog.Text("name"), StringComparer.Ordinal)
            .Select(catalog => catalog.TryGetProperty("owner", out JsonElement owner) && owner.ValueKind == JsonValueKind.Number ? owner.GetInt32() : (int?)null));
        foreach (Member member in (Member[])[Anna, Bert])
        {
            member.Run("check").Expect(0);
            member.Run("list").Expect(0);
            member.Run("run", "--space", "dev", "--", "true").Expect(0);
            Assert.Equal("it runs\n", member.Run("run", "--ephemeral", "--catalog", "annas", "--", "sh", "-c", "\"$HOLOTREE_SPACE_PATH/sub/program\"").Expect(0).Output);
            Assert.Single(member.Run("list", "--json").Expect(0).Json.GetProperty("spaces").EnumerateArray(), space => space.Text("space") == "dev");
        }
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    public void Object_that_its_owner_forged_reaches_nobody(string volume)
    {
        Begin(volume);
        Anna.Run("record", TreeOf(Anna), "--name", "annas").Expect(0);
        Bert.Run("record", TreeOf(Bert), "--name", "berts").Expect(0);
        Bert.Run("init", "--catalog", "berts", "--space", "before").Expect(0);
        string path = ObjectOf(Path.Combine(TreeOf(Anna), "script.py"));
        Tool.Run("chmod", "000", TreeOf(Anna), TreeOf(Bert));       // no whole copy is at hand there

        Forge(Anna, path);

        foreach (string catalog in (string[])["berts", "annas"])
        {
            foreach (string strategy in (string[])["smart", "copy", "hardlink", .. volume == "ext4" ? Array.Empty<string>() : ["reflink"]])
            {
                CliResult refused = Bert.Run("init", "--catalog", catalog, "--space", "after", "--strategy", strategy, "--json");
                if (refused.ExitCode == 0) Assert.Equal(Content, File.ReadAllText(Path.Combine(SpaceOf(Bert, "after"), "script.py")));
                else Assert.Equal("object-damaged", Pinned.AssertFails(refused, 6, "object-damaged").Text("code"));
                Bert.Run("delete", "after");
            }
        }
        Bert.Run("check").Expect(6);
        Bert.Run("run", "--ephemeral", "--catalog", "annas", "--", "true").Expect(6);
        Assert.Equal(Content, File.ReadAllText(Path.Combine(SpaceOf(Bert, "before"), "script.py")));

        // Its owner's next restore sets it aside; then Bert, who has a whole copy, puts that in its place.
        Anna.Run("init", "--catalog", "annas", "--space", "after").Expect(6);
        Assert.Equal(Content, Bert.Run("run", "--ephemeral", "--catalog", "annas", "--", "sh", "-c", "cat \"$HOLOTREE_SPACE_PATH/script.py\"").Expect(0).Output);
        Bert.Run("check").Expect(0);
    }

    [Fact]
    public void Seal_under_another_name_proves_nothing()
    {
        Begin("xfs");
        folder!.Write("of-61002/tree/other.py", Content.Replace("recorded", "exchange", StringComparison.Ordinal));
        Tool.Run("chown", "61002:61002", folder["of-61002/tree/other.py"]);
        Anna.Run("record", TreeOf(Anna), "--name", "annas").Expect(0);
        Bert.Run("record", TreeOf(Bert), "--name", "berts").Expect(0);
        string right = ObjectOf(Path.Combine(TreeOf(Bert), "script.py")), other = ObjectOf(Path.Combine(TreeOf(Bert), "other.py"));

        // Anna made the folders, so she may rename what is in them, also Bert's own object with Bert's own seal.
        Anna.Shell($"mv -f '{other}' '{right}'").Expect(0);

        CliResult made = Bert.Run("init", "--catalog", "berts", "--space", "dev");
        if (made.ExitCode == 0) Assert.Equal(Content, File.ReadAllText(Path.Combine(SpaceOf(Bert, "dev"), "script.py")));
        else made.Expect(6);
    }

    [Fact]
    public void Nothing_is_hard_linked_out_of_it()
    {
        Begin("ext4");
        Anna.Run("record", TreeOf(Anna), "--name", "annas").Expect(0);

        JsonElement done = Anna.Run("init", "--catalog", "annas", "--space", "dev", "--strategy", "hardlink", "--json").Expect(0).Json;

        Assert.Equal(0, done.GetProperty("mechanisms").GetProperty("hardlink").GetInt32());
        Assert.Equal("EPERM", Assert.Single(done.GetProperty("fallbacks").EnumerateArray()).Text("reason"));
    }

    [Fact]
    public void What_is_said_of_a_source_by_somebody_else_is_not_believed()
    {
        Begin("xfs");
        Bert.Run("record", TreeOf(Bert), "--name", "berts").Expect(0);

        Assert.Equal(4, Bert.Run("record", TreeOf(Bert), "--name", "berts", "--json").Expect(0).Json.GetProperty("hashed").GetInt32());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(Home, "library", "catalogs"), "*.sources"));
    }

    [Fact]
    public void Spaces_are_their_makers_alone()
    {
        Begin("btrfs");
        Anna.RunOpen("record", TreeOf(Anna), "--name", "annas").Expect(0);
        Anna.RunOpen("init", "--catalog", "annas", "--space", "dev").Expect(0);

        Bert.Shell($"cat '{SpaceOf(Anna, "dev")}/script.py'").Expect(1);
        Bert.Run("delete", "dev").Expect(5);
        Bert.Run("init", "--catalog", "annas", "--space", "dev").Expect(0);
        Bert.Run("delete", "dev").Expect(0);

        Assert.Equal(Content, File.ReadAllText(Path.Combine(SpaceOf(Anna, "dev"), "script.py")));
        Assert.Equal("700 61001", Tool.Run("stat", "--format=%a %u", Path.Combine(Home, "users", "61001")).Trim());
        foreach (string path in Directory.EnumerateFileSystemEntries(SpaceOf(Anna, "dev"), "*", SearchOption.AllDirectories))
            Assert.Equal("61001 61001", Tool.Run("stat", "--format=%u %g", path).Trim());
    }

    [Fact]
    public void Folder_that_somebody_else_made_for_a_user_is_refused()
    {
        Begin("xfs");
        Anna.Run("record", TreeOf(Anna), "--name", "annas").Expect(0);
        Anna.Shell($"mkdir -p '{Home}/users/61002/states' && chmod 777 '{Home}/users/61002' && printf 'path=%s\\nephemeral=yes\\npending=%s\\n' /tmp /tmp > '{Home}/users/61002/states/x.state'").Expect(0);

        JsonElement error = Pinned.AssertFails(Bert.Run("init", "--catalog", "annas", "--space", "dev", "--json"), 1, "home-foreign");

        Assert.Contains("users/61002", error.Text("message"), StringComparison.Ordinal);
        Pinned.AssertFails(Bert.Run("list", "--json"), 1, "home-foreign");
    }

    [Theory]
    [InlineData("chmod 750 '{0}'")]
    [InlineData("chmod 701 '{0}'")]
    [InlineData("mv '{0}' '{0}-' && ln -s '{0}-' '{0}'")]
    [InlineData("mv '{0}' '{0}-' && touch '{0}' && chmod 700 '{0}'")]
    public void Folder_of_one_s_own_is_refused_where_it_is_none_or_open_to_others(string script)
    {
        Begin("xfs");
        Anna.Run("record", TreeOf(Anna), "--name", "annas").Expect(0);
        Anna.Run("init", "--catalog", "annas", "--space", "dev").Expect(0);
        Anna.Shell(script.Replace("{0}", $"{Home}/users/61001", StringComparison.Ordinal)).Expect(0);

        foreach (string[] command in (string[][])[["list", "--json"], ["init", "--catalog", "annas", "--space", "other", "--json"], ["gc", "--json"]])
            Pinned.AssertFails(Anna.Run(command), 1, "home-foreign");
    }

    [Fact]
    public void What_another_user_has_stored_first_stays_his_and_is_held_against_its_digest()
    {
        Begin("xfs");
        Anna.Run("record", TreeOf(Anna), "--name", "annas").Expect(0);
        string script = ObjectOf(Path.Combine(TreeOf(Anna), "script.py"));
        string catalog = Assert.Single(Directory.GetFiles(Path.Combine(Home, "library", "catalogs"), "*.catalog"));

        Bert.Run("record", TreeOf(Bert), "--name", "berts").Expect(0);
        Assert.Equal(catalog, Path.Combine(Home, "library", "catalogs", Bert.Run("record", TreeOf(Anna), "--name", "annas", "--json").Expect(0).Json.Text("catalog") + ".catalog"));
        foreach (string path in (string[])[script, catalog, Path.ChangeExtension(catalog, ".label")]) Assert.Equal("61001", Tool.Run("stat", "--format=%u", path).Trim());

        Forge(Anna, script);
        folder!.Write("of-61002/tree/more", "more");
        JsonElement error = Bert.Run("record", TreeOf(Bert), "--name", "others", "--json").Error;
        Assert.Contains(Path.GetFileName(script), error.Text("message"), StringComparison.Ordinal);
        Assert.DoesNotContain(Bert.Run("catalogs", "--json").Expect(0).Json.GetProperty("catalogs").EnumerateArray(), static found => found.Text("name") == "others");
    }

    [Fact]
    public void Each_collects_and_removes_what_is_his()
    {
        Begin("xfs");
        Anna.Run("record", TreeOf(Anna), "--name", "annas").Expect(0);
        folder!.Write("of-61002/tree/berts", "berts");
        Bert.Run("record", TreeOf(Bert), "--name", "berts").Expect(0);

        Pinned.AssertFails(Bert.Run("remove", "annas", "--json"), 1, "catalog-foreign");
        Anna.Run("remove", "annas").Expect(0);
        Bert.Run("init", "--catalog", "berts", "--space", "dev").Expect(0);
        string only = ObjectOf(Path.Combine(TreeOf(Anna), "self"));
        JsonElement collected = Bert.Run("gc", "--json").Expect(0).Json;

        Assert.Equal((0, 1), (collected.GetProperty("removed").GetInt32(), collected.GetProperty("foreign").GetInt32()));
        Assert.True(File.Exists(only));
        Assert.Equal(1, Anna.Run("gc", "--json").Expect(0).Json.GetProperty("removed").GetInt32());
        Assert.False(File.Exists(only));
        Bert.Run("init", "--catalog", "berts", "--space", "again").Expect(0);
        Bert.Run("check").Expect(0);
    }

    [Fact]
    public void Catalog_that_somebody_else_has_used_is_removed_by_its_owner()
    {
        Begin("xfs");
        Anna.Run("record", TreeOf(Anna), "--name", "annas").Expect(0);      // hers are the folders, in which she may delete anything
        Anna.Run("remove", "annas").Expect(0);
        Bert.Run("record", TreeOf(Bert), "--name", "berts").Expect(0);
        Anna.Run("init", "--catalog", "berts", "--space", "dev").Expect(0);

        Bert.Run("remove", "berts").Expect(0);

        string used = Assert.Single(Directory.EnumerateFiles(Path.Combine(Home, "library", "catalogs")));
        Assert.Equal(".used", Path.GetExtension(used));
        Bert.Run("gc").Expect(0);
        Anna.Run("gc").Expect(0);
        Assert.False(File.Exists(used));
    }

    [Fact]
    public void Home_that_is_not_a_group_s_keeps_its_library_to_its_owner()
    {
        Begin("xfs", homeMode: 0x1FF);

        Anna.Run("record", TreeOf(Anna), "--name", "annas").Expect(0);

        Assert.Equal("700", Tool.Run("stat", "--format=%a", Path.Combine(Home, "library")).Trim());
        Assert.NotEqual(0, Bert.Run("init", "--catalog", "annas", "--space", "dev").ExitCode);
    }
}
