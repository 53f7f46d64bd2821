using System.Runtime.Versioning;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.Linux;
using Reflinks.Tests.Staging;
using Reflinks.Trees;

namespace Reflinks.Tests.Trees;

/// <summary>Everything below a path goes, and nothing that only a link leads to.</summary>
[SupportedOSPlatform("linux")]
public sealed class TreeRemoverTests
{
    const SampleParts Everything = SampleParts.All | SampleParts.BeyondPathMax | SampleParts.Special;

    [Theory]
    [MemberData(nameof(TestVolumes.All), MemberType = typeof(TestVolumes))]
    public void Whole_tree_goes_with_all_its_oddities(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        SampleTree.Make(place["tree"], Everything, files: 50);
        place.Write("stays", "stays");

        TreeRemover.Remove(place["tree"]);

        Assert.Equal(["stays"], place.Names());
    }

    [Theory]
    [MemberData(nameof(TestVolumes.All), MemberType = typeof(TestVolumes))]
    public void Two_at_once_leave_no_more_than_one(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        for (int i = 0; i < 10; i++)
        {
            SampleTree.Make(place["tree/odd"], Everything, files: 50);
            for (int file = 0; file < 1500; file++) place.Write($"tree/many/{file % 40}/{file % 7}/{file}", "");
            place.Write("stays", "stays");

            TreeRemover.Remove(place["tree"], workers: 2);

            Assert.Equal(["stays"], place.Names());
        }
    }

    [Fact]
    public void Two_at_once_tell_what_cannot_be_deleted()
    {
        Root.IsNeededToRun("chattr", "+i");
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        for (int file = 0; file < 200; file++) place.Write($"tree/{file % 10}/{file}", "");
        Tool.Run("chattr", "+i", place["tree/3/3"]);

        try
        {
            UnauthorizedAccessException refused = Assert.Throws<UnauthorizedAccessException>(() => TreeRemover.Remove(place["tree"], workers: 2));
            Assert.Contains("tree/3/3", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Tool.Run("chattr", "-i", place["tree/3/3"]);
        }
        TreeRemover.Remove(place["tree"], workers: 2);
        Assert.Empty(place.Names());
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("ext4")]
    public void Ordinary_user_can_remove_what_is_locked_but_his_own(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        place.GiveToUnprivileged();

        Unprivileged.Run(() =>
        {
            SampleTree.Make(place["tree"], Everything, files: 50);
            for (int mode = 0; mode < 8; mode++)
            {
                string folder = Directory.CreateDirectory(place[$"tree/locked/{mode}/below"]).FullName;
                File.WriteAllText(Path.Combine(folder, "file"), "file");
                File.SetUnixFileMode(folder, (UnixFileMode)(mode << 6));
                File.SetUnixFileMode(place[$"tree/locked/{mode}"], (UnixFileMode)(mode << 6));
            }
            File.SetUnixFileMode(place["tree/locked"], 0);
            File.SetUnixFileMode(place["tree"], 0);

            TreeRemover.Remove(place["tree"]);
        });

        Assert.Empty(place.Names());
    }

    [Fact]
    public void Links_go_and_what_they_lead_to_stays()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.Write("elsewhere/file", "untouched");
        place.MakeFolder("tree/below");
        File.CreateSymbolicLink(place["tree/folder"], place["elsewhere"]);
        File.CreateSymbolicLink(place["tree/below/folder"], "../../elsewhere");
        File.CreateSymbolicLink(place["tree/file"], place["elsewhere/file"]);
        File.CreateSymbolicLink(place["link"], "elsewhere");
        File.CreateSymbolicLink(place["dangling"], "nowhere");
        var before = TreeSnapshot.Take(place["elsewhere"]);

        foreach (string name in (string[])["tree", "link", "dangling"]) TreeRemover.Remove(place[name]);

        Assert.Equal(["elsewhere"], place.Names());
        TreeComparison.AssertEqual(before, place["elsewhere"]);
    }

    [Theory]
    [InlineData("link/")]
    [InlineData("link//")]
    [InlineData("link///")]
    public void Slash_at_the_end_does_not_make_a_link_followed(string path)
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        place.Write("elsewhere/file", "untouched");
        File.CreateSymbolicLink(place["link"], "elsewhere");

        TreeRemover.Remove(place[path]);

        Assert.Equal(["elsewhere"], place.Names());
        Assert.Equal("untouched", File.ReadAllText(place["elsewhere/file"]));
    }

    [Theory]
    [InlineData("t/.")]
    [InlineData("t/./")]
    [InlineData("t/..")]
    [InlineData("t/..//")]
    public void Path_that_ends_in_no_name_is_refused_before_anything_is_gone(string path)
    {
        using TemporaryFolder place = TestVolumes.Tmpfs.Folder();
        place.Write("t/file", "untouched");

        Assert.Throws<ArgumentException>(() => TreeRemover.Remove(place[path]));

        Assert.Equal("untouched", File.ReadAllText(place["t/file"]));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("missing/below")]
    [InlineData("file/below")]
    [InlineData("dangling/below")]
    public void Nothing_happens_where_there_is_nothing(string path)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.Write("file", "file");
        File.CreateSymbolicLink(place["dangling"], "nowhere");

        TreeRemover.Remove(place[path]);

        Assert.Equal(["dangling", "file"], place.Names());
    }

    [Fact]
    public void File_fifo_and_empty_folder_go_as_well()
    {
        using TemporaryFolder place = TestVolumes.Xfs.Folder();
        place.Write("file", "file");
        place.MakeFolder("folder");
        Tool.Run("mkfifo", place["fifo"]);
        Tool.Run("mknod", place["device"], "c", "1", "3");

        foreach (string name in place.Names()) TreeRemover.Remove(place[name]);

        Assert.Empty(place.Names());
    }

    [Fact]
    public void Subvolumes_inside_go_with_the_tree()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.MakeFolder("tree");
        string subvolume = BtrfsTool.Create(place["tree/subvolume"]);
        File.WriteAllText(Path.Combine(subvolume, "file"), "file");

        TreeRemover.Remove(place["tree"]);

        Assert.Empty(place.Names());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Subvolume_of_root_goes_in_one_call_however_much_is_in_it(bool readOnly)
    {
        Root.IsNeededFor("destroying a subvolume");
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        BtrfsTool.Create(place["tree"]);
        SampleTree.Make(place["tree/sample"], Everything, files: 50);
        if (readOnly) Tool.Run("btrfs", "property", "set", place["tree"], "ro", "true");

        // Who empties it step by step is stopped by this before the first entry.
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        TreeRemover.Remove(place["tree"], cancelled.Token);

        Assert.Empty(place.Names());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Subvolume_of_an_ordinary_user_is_emptied_and_goes(bool readOnly)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.GiveToUnprivileged();

        Unprivileged.Run(() =>
        {
            Assert.Equal(Errno.None, Subvolume.Create(place["tree"]));
            SampleTree.Make(place["tree/sample"], Everything, files: 50);
            File.WriteAllText(place["tree/file"], "file");
            if (readOnly) Assert.Equal(Errno.None, Subvolume.SetReadOnly(place["tree"], readOnly: true));

            TreeRemover.Remove(place["tree"]);
        });

        Assert.Empty(place.Names());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Subvolumes_within_subvolumes_go_also_read_only_ones(bool asUser, bool readOnly)
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        if (asUser) place.GiveToUnprivileged();
        Action<Action> run = asUser ? Unprivileged.Run : static body => body();

        run(() =>
        {
            string[] nested = ["tree", "tree/inner", "tree/folder/deep/deeper/below", "tree/inner/innermost", "tree/empty"];
            foreach (string name in nested)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(place[name])!);
                Assert.Equal(Errno.None, Subvolume.Create(place[name]));
            }
            foreach (string name in nested[..^1]) Directory.CreateDirectory(place[$"{name}/of its own/folder"]);
            foreach (string name in nested[..^1]) File.WriteAllText(place[$"{name}/of its own/folder/file"], "file");
            foreach (string name in nested.Reverse())
            {
                if (readOnly) Assert.Equal(Errno.None, Subvolume.SetReadOnly(place[name], readOnly: true));
            }

            TreeRemover.Remove(place["tree"]);
        });

        Assert.Empty(place.Names());
    }

    [Fact]
    public void User_who_may_destroy_his_subvolumes_does_so_in_one_call()
    {
        Root.IsNeededFor("mounting");
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        using (FileStream image = File.Create(place["image"])) image.SetLength(128 << 20);
        Tool.Run("mkfs.btrfs", "-q", "-K", place["image"]);
        using Mount mount = Mount.Loop(place["image"], place["volume"], "user_subvol_rm_allowed");
        place.GiveToUnprivileged("volume");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Unprivileged.Run(() =>
        {
            foreach (bool readOnly in (bool[])[false, true])
            {
                string tree = place["volume/tree"];
                Assert.Equal(Errno.None, Subvolume.Create(tree));
                File.WriteAllText(Path.Join(tree, "file"), "file");
                Assert.Equal(Errno.None, Subvolume.SetReadOnly(tree, readOnly));

                TreeRemover.Remove(tree, cancelled.Token);

                Assert.False(Directory.Exists(tree));
            }
        });
    }

    [Fact]
    public void Subvolume_of_another_user_stays_whole()
    {
        Root.IsNeededFor("making what belongs to another user");
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        BtrfsTool.Create(place["tree"]);
        place.Write("tree/file", "untouched");
        place.GiveToUnprivileged();

        Unprivileged.Run(() => Assert.Throws<UnauthorizedAccessException>(() => TreeRemover.Remove(place["tree"])));

        Assert.Equal("untouched", File.ReadAllText(place["tree/file"]));
    }

    [Fact]
    public void Other_mount_inside_is_an_error_and_keeps_what_it_holds()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        place.Write("tree/a/file", "file");
        place.Write("elsewhere/file", "untouched");
        using Mount mount = Mount.Bind(place["elsewhere"], place["tree/mount"]);

        var exception = Assert.Throws<IOException>(() => TreeRemover.Remove(place["tree"]));

        Assert.Equal("EBUSY", NativeError.Of(exception)?.Name);
        Assert.Contains(place["tree/mount"], exception.Message, StringComparison.Ordinal);
        Assert.Equal("untouched", File.ReadAllText(place["elsewhere/file"]));
    }

    [Fact]
    public void What_may_not_be_deleted_is_named()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        place.Write("tree/below/file", "file");
        Tool.Run("chattr", "+i", place["tree/below/file"]);

        var immutable = Assert.Throws<UnauthorizedAccessException>(() => TreeRemover.Remove(place["tree"]));
        var itself = Assert.Throws<UnauthorizedAccessException>(() => TreeRemover.Remove(place["tree/below/file"]));
        Tool.Run("chattr", "-i", place["tree/below/file"]);
        Exception? foreign = null, foreignFile = null;
        Unprivileged.Run(() =>
        {
            foreign = Record.Exception(() => TreeRemover.Remove(place["tree"]));
            foreignFile = Record.Exception(() => TreeRemover.Remove(place["tree/below/file"]));
        });

        Assert.Equal(["EPERM", "EPERM", "EACCES", "EACCES"], new[] { immutable, itself, foreign, foreignFile }.Select(failure => NativeError.Of(failure!)?.Name));
        Assert.Contains(place["tree/below/file"], immutable.Message, StringComparison.Ordinal);
        Assert.Contains(place["tree/below/file"], itself.Message, StringComparison.Ordinal);
        Assert.Contains(place["tree/below"], foreign!.Message, StringComparison.Ordinal);
        Assert.Equal("file", File.ReadAllText(place["tree/below/file"]));
    }

    [Fact]
    public void Cancelled_removal_can_be_taken_up_again()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        SampleTree.Make(place["tree"], SampleParts.None, files: 500);

        Assert.Throws<OperationCanceledException>(() => TreeRemover.Remove(place["tree"], new CancellationToken(canceled: true)));
        Assert.True(Directory.Exists(place["tree/package-000"]));
        TreeRemover.Remove(place["tree"]);

        Assert.Empty(place.Names());
    }
}
