using Xunit;

namespace TestKit.Tests;

public sealed class TemporaryFolderTests
{
    [Theory]
    [InlineData("mkdir -p a/b; chmod 000 a/b; chmod 555 a")]
    [InlineData("mkdir a; touch a/f; chattr +i a/f a")]
    [InlineData("mkdir a; touch a/f; chattr +a a/f a")]
    [InlineData("mkdir a; printf x > $'a/\\xff\\n'; ln -s / a/root; mkfifo a/fifo")]
    [InlineData("btrfs subvolume create a; touch a/f; btrfs subvolume snapshot -r a b")]
    [InlineData("mkdir a; mount -t tmpfs none a; touch a/f")]
    public void Whatever_is_in_it_goes(string make)
    {
        string path;
        using (TemporaryFolder folder = TestVolumes.Btrfs.Folder())
        {
            path = folder.Path;
            SystemProgram.Run("bash", "-ec", $"cd '{path}'; {make}");
        }

        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void A_link_in_it_is_not_followed()
    {
        using TemporaryFolder outside = TestVolumes.Btrfs.Folder();
        outside.Write("file", "text");
        using (TemporaryFolder folder = TestVolumes.Btrfs.Folder()) File.CreateSymbolicLink(folder["link"], outside.Path);

        Assert.True(File.Exists(outside["file"]));
    }

    [Fact]
    public void It_works_without_test_volumes()
    {
        string path;
        using (var folder = new TemporaryFolder())
        {
            path = folder.Path;
            Assert.Equal("text", File.ReadAllText(folder.Write("a/b/file", "text")));
        }

        Assert.False(Directory.Exists(path));
    }
}
