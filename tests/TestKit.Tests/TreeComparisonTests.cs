using Xunit;
using Xunit.Sdk;

namespace TestKit.Tests;

/// <summary>Each kind of difference is made by the system's own programs in a copy by cp -a, and has to be the only one seen.</summary>
public sealed class TreeComparisonTests
{
    public static TheoryData<string, string, string> Changes() => new()
    {
        { "echo more >> file", "file: size", "another size" },
        { "printf 'TEXT\\n' > file", "file: bytes differ", "other bytes" },
        { "rm file", "file: missing", "a missing file" },
        { "touch new", "new: unexpected File", "a new file" },
        { "rm link; echo > link", "link: kind Link, but File", "a file for a link" },
        { "ln -sfn other link", "link: link to 'file', but to 'other'", "another target" },
        { "chmod 600 file", "file: mode 0644, but 0600", "another mode" },
        { "chmod u+s file", "file: mode 0644, but 4644", "a set-id bit" },
        { "chmod 1755 folder", "folder: mode 0755, but 1755", "another mode of a folder" },
        { "touch -d '2020-01-01 00:00:00.000000001Z' file", "file: modified 1577836800.000000000, but 1577836800.000000001", "a nanosecond" },
        { "touch -h -d '2020-01-01 00:00:01Z' link", "link: modified", "another time of a link" },
        { "touch -d '2020-01-01 00:00:01Z' folder", "folder: modified", "another time of a folder" },
        { "touch -d '2020-01-01 00:00:01Z' .", ".: modified", "another time of the root" },
        { "setfattr -n user.a -v 2 file", "file: attribute user.a 31, but 32", "another attribute" },
        { "setfattr -x user.a file", "file: attribute user.a 31, but (none)", "a lost attribute" },
        { "setfattr -n user.new -v 1 folder", "folder: attribute user.new (none), but 31", "a new attribute of a folder" },
        { "setfacl -m u:1234:rwx folder/inner; chmod 644 folder/inner; setfacl -m m::rwx folder/inner",
            "folder/inner: attribute system.posix_acl_access (none), but 02", "an ACL" },
        { "cp -a one x; mv x one", "one: the same file as 'one', but one name only", "a parted hard link" },
        { "fallocate --punch-hole -o 0 -l 131072 zeros", "zeros: holes (none), but [0..131072)", "a hole" },
        { "head -c 1048576 holes > x; touch -r holes x; mv x holes", "holes: holes [65536..1048576), but (none)", "a filled hole" },
        { "printf 'ODD\\n' > $'odd\\xff\\nname'", "odd\\xFF\\nname: bytes differ", "bytes of a file whose name is not text" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Each_kind_of_difference_is_seen(string change, string expected, string what)
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();
        using TemporaryFolder other = TestVolumes.Btrfs.Folder();
        MakeOriginal(folder["a"]);
        SystemProgram.Run("cp", "-a", "--sparse=always", folder["a"] + "/.", other.MakeFolder("b"));
        SystemProgram.Run("bash", "-c", $"cd '{other["b"]}'; fallocate -l 131072 zeros; dd if=/dev/zero of=zeros bs=131072 count=1 conv=notrunc status=none; touch -r '{folder["a"]}/zeros' zeros; touch -r '{folder["a"]}' .");
        TreeComparison.AssertEqual(folder["a"], other["b"]);

        SystemProgram.Run("bash", "-c", $"cd '{other["b"]}' && {change}");

        string[] differences = [.. TreeComparison.Differences(TreeSnapshot.Take(folder["a"]), TreeSnapshot.Take(other["b"]))];
        Assert.True(Array.Exists(differences, difference => difference.StartsWith(expected, StringComparison.Ordinal)),
            $"{what} was not seen, only: {string.Join(" | ", differences)}");
        FailException failure = Assert.Throws<FailException>(() => TreeComparison.AssertEqual(folder["a"], other["b"]));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TreeParts.Content, "printf 'TEXT\\n' > file; touch -d 2020-01-01Z file")]
    [InlineData(TreeParts.Mode, "chmod 600 file")]
    [InlineData(TreeParts.Times, "touch file folder link .; touch -h link")]
    [InlineData(TreeParts.LinkTargets, "ln -sfn other link; touch -h -d 2020-01-01Z link; touch -d 2020-01-01Z .")]
    [InlineData(TreeParts.Xattrs, "setfattr -n user.a -v 2 file")]
    [InlineData(TreeParts.HardLinks, "cp -a one x; mv x one; touch -d 2020-01-01Z .")]
    [InlineData(TreeParts.Holes, "head -c 1048576 holes > x; mv x holes; touch -d 2020-01-01Z holes .")]
    public void What_is_left_out_is_not_seen_and_everything_else_is(TreeParts part, string change)
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();
        MakeOriginal(folder["a"]);
        SystemProgram.Run("cp", "-a", folder["a"], folder["b"]);
        SystemProgram.Run("bash", "-c", $"cd '{folder["b"]}' && {change}");

        TreeComparison.AssertEqual(folder["a"], folder["b"], TreeComparisonOptions.Without(part));
        Assert.Throws<FailException>(() => TreeComparison.AssertEqual(folder["a"], folder["b"], new TreeComparisonOptions { Parts = part }));
    }

    [Fact]
    public void Owners_are_compared_when_asked_for()
    {
        Unprivileged.Run(() => { });
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();
        MakeOriginal(folder["a"]);
        SystemProgram.Run("cp", "-a", folder["a"], folder["b"]);
        SystemProgram.Run("chown", "1:2", folder["b/file"]);

        TreeComparison.AssertEqual(folder["a"], folder["b"]);
        string difference = Assert.Single(TreeComparison.Differences(
            TreeSnapshot.Take(folder["a"]), TreeSnapshot.Take(folder["b"]), new TreeComparisonOptions { Parts = TreeParts.Owner }));
        Assert.Equal("file: owner 0:0, but 1:2", difference);
    }

    [Fact]
    public void A_path_left_out_leaves_out_what_is_below_it()
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();
        MakeOriginal(folder["a"]);
        SystemProgram.Run("cp", "-a", folder["a"], folder["b"]);
        File.WriteAllText(folder["b/folder/inner"], "other");

        Assert.Throws<FailException>(() => TreeComparison.AssertEqual(folder["a"], folder["b"]));
        TreeComparison.AssertEqual(folder["a"], folder["b"], new TreeComparisonOptions { Except = path => path == "folder" });
    }

    [Fact]
    public void A_hard_link_to_a_name_outside_of_the_tree_does_not_count()
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();
        MakeOriginal(folder["a"]);
        SystemProgram.Run("cp", "-a", folder["a"], folder["b"]);
        SystemProgram.Run("ln", folder["b/file"], folder["outside"]);

        TreeComparison.AssertEqual(folder["a"], folder["b"]);
    }

    [Fact]
    public void A_snapshot_shows_that_a_tree_was_left_alone()
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();
        MakeOriginal(folder["a"]);
        TreeSnapshot before = TreeSnapshot.Take(folder["a"]);
        TreeComparison.AssertEqual(before, folder["a"]);

        File.AppendAllText(folder["a/file"], "more");

        Assert.Throws<FailException>(() => TreeComparison.AssertEqual(before, folder["a"]));
    }

    [Fact]
    public void The_message_shows_the_first_differences_and_counts_the_rest()
    {
        using TemporaryFolder folder = TestVolumes.Ext4.Folder();
        for (int index = 0; index < 30; index++) folder.Write($"a/{index:D2}", "text");
        folder.MakeFolder("b");

        FailException failure = Assert.Throws<FailException>(() => TreeComparison.AssertEqual(
            folder["a"], folder["b"], new TreeComparisonOptions { Parts = TreeParts.None, Shown = 5 }));

        Assert.StartsWith($"30 differences between {folder["a"]} and {folder["b"]}:\n  00: missing\n", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("\n  04: missing\n  and 25 more", failure.Message, StringComparison.Ordinal);
    }

    private static void MakeOriginal(string path) => SystemProgram.Run("bash", "-c", $$"""
        set -e
        mkdir -m 755 '{{path}}'; cd '{{path}}'
        echo text > file; echo other > other; setfattr -n user.a -v 1 file
        mkdir -m 755 folder; echo inner > folder/inner
        ln -s file link
        echo one > one; ln one two
        head -c 131072 /dev/zero > zeros
        head -c 65536 /dev/urandom > holes; truncate -s 1M holes
        echo odd > $'odd\xff\nname'
        chmod 644 file other folder/inner one zeros holes $'odd\xff\nname'
        find . -depth -exec touch -h -d 2020-01-01Z {} +
        """);
}
