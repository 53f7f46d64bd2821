using Xunit;

namespace TestKit.Tests;

public sealed class TestVolumesTests
{
    [Theory]
    [MemberData(nameof(TestVolumes.Reflinking), MemberType = typeof(TestVolumes))]
    public void Cp_clones_on_a_reflinking_volume(string name)
    {
        using TemporaryFolder folder = TestVolumes.Get(name).Folder();
        string source = folder.WriteRandom("source", 100_000);

        SystemProgram.Run("cp", "--reflink=always", source, folder["copy"]);

        Assert.Equal(Sharing.Shared, ExtentMap.AssertShared(source, folder["copy"]));
    }

    [Theory]
    [MemberData(nameof(TestVolumes.NotReflinking), MemberType = typeof(TestVolumes))]
    public void Cp_cannot_clone_on_the_others(string name)
    {
        using TemporaryFolder folder = TestVolumes.Get(name).Folder();
        string source = folder.WriteRandom("source", 100_000);

        Assert.NotEqual(0, SystemProgram.ExitCode("cp", "--reflink=always", source, folder["copy"]));
    }

    [Fact]
    public void Every_volume_is_there_and_what_it_says()
    {
        Volume[] volumes =
        [
            TestVolumes.Btrfs, TestVolumes.Btrfs2, TestVolumes.Xfs, TestVolumes.XfsWithoutReflink, TestVolumes.Ext4, TestVolumes.Tmpfs,
            TestVolumes.NoCow, TestVolumes.Overlay, TestVolumes.Bind, TestVolumes.Small, TestVolumes.SmallXfs, TestVolumes.SmallBtrfs,
        ];

        Assert.Equal(volumes.Length, volumes.Select(volume => volume.Path).Distinct().Count());
        Assert.Equal(8, volumes.Count(volume => volume.CanReflink));
    }

    [Fact]
    public void The_lists_for_theories_say_what_the_volumes_say()
    {
        foreach (string name in TestVolumes.Reflinking().Select(row => row.Data)) Assert.True(TestVolumes.Get(name).CanReflink, name);
        foreach (string name in TestVolumes.NotReflinking().Select(row => row.Data)) Assert.False(TestVolumes.Get(name).CanReflink, name);
    }

    [Fact]
    public void Files_made_in_the_nocow_folder_are_not_copy_on_write()
    {
        using TemporaryFolder folder = TestVolumes.NoCow.Folder();
        string file = folder.Write("file", "text");

        Assert.Contains('C', SystemProgram.Run("lsattr", file).Split(' ')[0]);
    }

    [Fact]
    public void The_bind_mount_is_the_same_filesystem_and_link_does_not_cross_it()
    {
        using TemporaryFolder inside = TestVolumes.Bind.Folder();
        using TemporaryFolder outside = TestVolumes.Xfs.Folder();
        string file = outside.Write("file", "text");

        Assert.Equal(SystemProgram.Run("stat", "-c", "%d", outside.Path), SystemProgram.Run("stat", "-c", "%d", inside.Path));
        Assert.NotEqual(0, SystemProgram.ExitCode("ln", file, inside["link"]));
    }

    [Fact]
    public void The_overlay_shows_its_lower_folder_through()
    {
        Assert.Equal("from below\n", File.ReadAllText(Path.Combine(TestVolumes.Overlay.Path, "below", "file")));
    }

    [Fact]
    public void The_small_volume_fills_up()
    {
        using TemporaryFolder folder = TestVolumes.Small.Folder();

        IOException failure = Assert.Throws<IOException>(() => folder.Write("file", new byte[20_000_000]));

        Assert.Contains("No space left", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ordinary_user_may_write_to_every_volume()
    {
        foreach (string name in TestVolumes.All().Select(row => row.Data))
        {
            string path = Path.Combine(TestVolumes.Get(name).Path, $"of-nobody-{Guid.NewGuid():N}");
            Unprivileged.Run(() => File.WriteAllText(path, "text"));
            Assert.Equal($"{Unprivileged.UserId}\n", SystemProgram.Run("stat", "-c", "%u", path));
            File.Delete(path);
        }
    }

    [Fact]
    public void A_name_that_is_not_known_is_a_mistake_in_the_test()
    {
        Assert.Throws<ArgumentException>(() => TestVolumes.Get("zfs"));
    }
}
