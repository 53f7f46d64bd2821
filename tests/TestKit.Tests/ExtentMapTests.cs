using Xunit;
using Xunit.Sdk;

namespace TestKit.Tests;

public sealed class ExtentMapTests
{
    [Theory]
    [MemberData(nameof(TestVolumes.Reflinking), MemberType = typeof(TestVolumes))]
    public void A_copy_is_told_from_a_clone(string volume)
    {
        using TemporaryFolder folder = TestVolumes.Get(volume).Folder();
        string source = folder.WriteRandom("source", 300_000);

        SystemProgram.Run("cp", "--reflink=never", source, folder["copy"]);

        Assert.Equal(Sharing.Apart, ExtentMap.Of(source));
        ExtentMap.AssertApart(source, folder["copy"]);
        Assert.Throws<TrueException>(() => ExtentMap.AssertShared(source, folder["copy"]));
    }

    [Theory]
    [MemberData(nameof(TestVolumes.Reflinking), MemberType = typeof(TestVolumes))]
    public void A_write_parts_what_it_touches_and_nothing_else(string volume)
    {
        using TemporaryFolder folder = TestVolumes.Get(volume).Folder();
        string source = folder.WriteRandom("source", 1 << 20), clone = folder["clone"];
        SystemProgram.Run("cp", "--reflink=always", source, clone);
        ExtentMap.AssertShared(source, clone);

        using (FileStream file = File.OpenWrite(clone))
        {
            file.Position = 1 << 19;
            file.Write(new byte[4096]);
        }

        ExtentMap.AssertApart(source, clone, 1 << 19, 4096);
        Assert.Throws<FalseException>(() => ExtentMap.AssertApart(source, clone));
        Assert.Throws<TrueException>(() => ExtentMap.AssertShared(source, clone));
        Assert.Equal(Sharing.Partly, ExtentMap.Of(clone));
    }

    [Theory]
    [MemberData(nameof(TestVolumes.Reflinking), MemberType = typeof(TestVolumes))]
    public void Being_shared_with_a_third_file_does_not_pass_for_being_shared_with_this_one(string volume)
    {
        using TemporaryFolder folder = TestVolumes.Get(volume).Folder();
        string one = folder.WriteRandom("one", 100_000), other = folder.WriteRandom("other", 100_000);
        SystemProgram.Run("cp", "--reflink=always", one, folder["clone of one"]);
        SystemProgram.Run("cp", "--reflink=always", other, folder["clone of other"]);

        Assert.True(ExtentMap.IsShared(one) && ExtentMap.IsShared(other));
        Assert.Throws<TrueException>(() => ExtentMap.AssertShared(one, other));
    }

    [Fact]
    public void A_small_file_lies_inline_on_btrfs()
    {
        using TemporaryFolder folder = TestVolumes.Btrfs.Folder();
        string source = folder.WriteRandom("source", 500);
        SystemProgram.Run("cp", "--reflink=always", source, folder["clone"]);

        Assert.Equal(Sharing.Inline, ExtentMap.AssertShared(source, folder["clone"]));
        Assert.False(ExtentMap.IsShared(source));
    }

    [Fact]
    public void A_small_file_has_a_block_on_xfs()
    {
        using TemporaryFolder folder = TestVolumes.Xfs.Folder();
        string source = folder.WriteRandom("source", 500);
        SystemProgram.Run("cp", "--reflink=always", source, folder["clone"]);

        Assert.Equal(Sharing.Shared, ExtentMap.AssertShared(source, folder["clone"]));
    }

    [Theory]
    [MemberData(nameof(TestVolumes.Reflinking), MemberType = typeof(TestVolumes))]
    public void Nothing_is_shared_by_files_without_data(string volume)
    {
        using TemporaryFolder folder = TestVolumes.Get(volume).Folder();
        string empty = folder.Write("empty", ""), holes = folder.Write("holes", "");
        using (FileStream file = File.OpenWrite(holes)) file.SetLength(1 << 20);

        Assert.Equal(Sharing.NoData, ExtentMap.Of(empty));
        Assert.Equal(Sharing.NoData, ExtentMap.Of(holes));
        Assert.Throws<TrueException>(() => ExtentMap.AssertShared(empty, holes));
    }

    [Fact]
    public void A_file_of_very_many_extents_is_read_to_its_end()
    {
        using TemporaryFolder folder = TestVolumes.Xfs.Folder();
        string path = folder["holes and data"];
        using (FileStream file = File.OpenWrite(path))
            for (int block = 0; block < 2000; block++)
            {
                file.Position = block * 8192L;
                file.Write(new byte[4096].AsSpan());
            }

        IReadOnlyList<Extent> extents = ExtentMap.Read(path);

        Assert.Equal(2000, extents.Count);
        Assert.Equal(1999 * 8192L, extents[^1].Logical);
    }

    [Fact]
    public void Preallocated_space_is_not_data()
    {
        using TemporaryFolder folder = TestVolumes.Xfs.Folder();
        string path = folder.Write("file", "");
        SystemProgram.Run("fallocate", "-l", "1M", path);

        Assert.Empty(ExtentMap.Read(path));
    }

    [Fact]
    public void Compressed_clones_share()
    {
        using TemporaryFolder folder = TestVolumes.Btrfs.Folder();
        SystemProgram.Run("chattr", "+c", folder.Path);
        string source = folder.Write("source", new byte[1 << 20]);
        SystemProgram.Run("cp", "--reflink=always", source, folder["clone"]);

        ExtentMap.AssertShared(source, folder["clone"]);
        Assert.All(ExtentMap.Read(source), extent => Assert.True(extent.Flags.HasFlag(ExtentMarks.Encoded)));
    }

    [Theory]
    [MemberData(nameof(TestVolumes.Reflinking), MemberType = typeof(TestVolumes))]
    public void One_copied_file_in_a_cloned_tree_is_found(string volume)
    {
        using TemporaryFolder folder = TestVolumes.Get(volume).Folder();
        folder.WriteRandom("tree/a", 10_000, seed: 1);
        folder.WriteRandom("tree/deep/er/b", 10_000, seed: 2);
        folder.Write("tree/empty", "");
        SystemProgram.Run("cp", "-a", "--reflink=always", folder["tree"], folder["clone"]);
        Assert.Equal((2, 0), ExtentMap.AssertTreesShared(folder["tree"], folder["clone"]));

        File.Delete(folder["clone/deep/er/b"]);
        SystemProgram.Run("cp", "-a", "--reflink=never", folder["tree/deep/er/b"], folder["clone/deep/er/b"]);

        TrueException failure = Assert.Throws<TrueException>(() => ExtentMap.AssertTreesShared(folder["tree"], folder["clone"]));
        Assert.Contains("deep/er/b", failure.Message, StringComparison.Ordinal);
    }
}
