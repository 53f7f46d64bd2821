using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>Cloning by path, where it works: the blocks are one until somebody writes.</summary>
[SupportedOSPlatform("linux")]
public sealed class CloneByPathTests
{
    [Theory]
    [InlineData("btrfs")]
    [InlineData("nocow")]
    [InlineData("xfs")]
    [InlineData("bind")]
    [InlineData("overlay")]
    public void Clone_shares_every_block_until_one_side_is_written(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        byte[] content = Content.Random(200_000);
        string source = place.Write("source", content), clone = place["clone"];

        CopyOutcome outcome = Reflink.Clone(source, clone);

        Assert.Equal(Mechanism.Reflink, outcome.Mechanism);
        Assert.Equal(content.Length, outcome.LengthBytes);
        Assert.Empty(outcome.Fallbacks);
        Assert.Empty(outcome.NotPreserved);
        Assert.Equal(content, File.ReadAllBytes(clone));
        ExtentMap.AssertShared(source, clone);

        Handles.WriteAt(clone, 3 * Block.Bytes, Content.Random(Block.Bytes, seed: 2));
        Assert.Equal(content, File.ReadAllBytes(source));
        Assert.False(Block.IsSame(source, 3 * Block.Bytes, clone, 3 * Block.Bytes));
        Assert.True(Block.IsSame(source, 20 * Block.Bytes, clone, 20 * Block.Bytes));

        Handles.WriteAt(source, 0, Content.Random(content.Length, seed: 3));
        Assert.Equal(content.AsSpan(0, 3 * Block.Bytes), File.ReadAllBytes(clone).AsSpan(0, 3 * Block.Bytes));
        ExtentMap.AssertApart(source, clone);
    }

    [Theory]
    [CombinatorialVolumes("btrfs nocow xfs bind overlay", 1, 100, 2048, 4095, 4096, 4097, 65_537)]
    public void Any_size_can_be_cloned(string volume, int size)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        byte[] content = Content.Random(size);
        string source = place.Write("source", content), clone = place["clone"];

        CopyOutcome outcome = Reflink.Clone(source, clone);

        Assert.Equal(Mechanism.Reflink, outcome.Mechanism);
        Assert.Equal(size, outcome.LengthBytes);
        Assert.Equal(content, File.ReadAllBytes(clone));
        // Up to 2 KiB btrfs keeps the bytes among its metadata: there is no block to share.
        Assert.Equal(volume == "btrfs" && size <= 2048 ? Sharing.Inline : Sharing.Shared, ExtentMap.AssertShared(source, clone));
    }

    [Fact]
    public void Small_file_on_btrfs_is_inline_and_never_marked_as_shared()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Content.Random(500)), clone = place["clone"];

        Assert.Equal(Mechanism.Reflink, Reflink.Clone(source, clone).Mechanism);

        foreach (string path in (string[])[source, clone])
        {
            Extent only = Assert.Single(ExtentMap.Read(path));
            Assert.Equal(ExtentMarks.Inline | ExtentMarks.NotAligned | ExtentMarks.Last, only.Flags);
        }
        Handles.WriteAt(clone, 0, [1, 2, 3]);
        Assert.Equal(Content.Random(500), File.ReadAllBytes(source));
    }

    [Theory]
    [CombinatorialVolumes("btrfs nocow xfs xfs-noreflink ext4 tmpfs overlay bind")]
    public void Empty_file_needs_no_sharing_and_is_made_anywhere(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", []);

        Assert.Equal((Mechanism.Empty, 0), Summary(Reflink.Clone(source, place["strict"])));
        Assert.Equal((Mechanism.Empty, 0), Summary(Reflink.CloneOrCopy(source, place["lenient"])));

        Assert.Equal(0, new FileInfo(place["strict"]).Length);
        Assert.Equal(0, new FileInfo(place["lenient"]).Length);

        static (Mechanism, long) Summary(CopyOutcome outcome) => (outcome.Mechanism, outcome.LengthBytes);
    }

    [Fact]
    public void Subvolume_to_subvolume_is_cloned_though_the_devices_differ_and_no_link_is_possible()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string one = BtrfsTool.Create(place["one"]), two = BtrfsTool.Create(place["two"]);
        string source = Path.Combine(one, "source"), clone = Path.Combine(two, "clone");
        File.WriteAllBytes(source, Content.Random(100_000));

        Assert.Equal(Mechanism.Reflink, Reflink.Clone(source, clone).Mechanism);

        ExtentMap.AssertShared(source, clone);
        Assert.NotEqual(NativeFile.Device(Handles.Stat(source)), NativeFile.Device(Handles.Stat(clone)));
        Assert.Equal(Errno.EXDEV, Link(source, Path.Combine(two, "link")));
    }

    [Fact]
    public void Two_mounts_of_one_filesystem_are_one_place()
    {
        using TemporaryFolder here = TestVolumes.Xfs.Folder();
        using TemporaryFolder there = TestVolumes.Bind.Folder();
        string source = here.Write("source", Content.Random(100_000)), clone = there["clone"];
        Assert.NotEqual(Handles.Stat(here.Path).stx_mnt_id, Handles.Stat(there.Path).stx_mnt_id);

        Assert.Equal(Mechanism.Reflink, Reflink.Clone(source, clone).Mechanism);
        Assert.Equal(Mechanism.Reflink, Reflink.Clone(clone, here["back"]).Mechanism);

        ExtentMap.AssertShared(source, clone);
        ExtentMap.AssertShared(source, here["back"]);
    }

    [Fact]
    public void Read_only_snapshot_is_a_good_source_and_no_destination()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string original = BtrfsTool.Create(place["original"]);
        string inside = Path.Combine(original, "file");
        File.WriteAllBytes(inside, Content.Random(100_000));
        string snapshot = BtrfsTool.Freeze(original, place["snapshot"]);
        string source = Path.Combine(snapshot, "file");

        Assert.Equal(Mechanism.Reflink, Reflink.Clone(source, place["clone"]).Mechanism);
        ExtentMap.AssertShared(source, place["clone"]);

        var refused = Assert.Throws<IOException>(() => Reflink.CloneOrCopy(source, Path.Combine(snapshot, "new")));
        Assert.Equal("EROFS", NativeError.Of(refused)?.Name);
    }

    [Fact]
    public void File_of_a_lower_layer_is_cloned_without_being_copied_up()
    {
        using TemporaryFolder place = TestVolumes.Overlay.Folder();
        string layers = Path.Combine(TestVolumes.Xfs.Path, ".overlay"), lower = Path.Combine(TestVolumes.Overlay.Path, "below", "file");

        Assert.Equal(Mechanism.Reflink, Reflink.Clone(lower, place["clone"]).Mechanism);

        ExtentMap.AssertShared(Path.Combine(layers, "lower", "below", "file"), place["clone"]);
        Assert.False(File.Exists(Path.Combine(layers, "upper", "below", "file")));
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    public void Running_program_is_a_good_source(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string program = place.Write("program", File.ReadAllBytes("/bin/sleep"));
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using Process running = Tool.Start(program, "60");
        try
        {
            var busy = Assert.Throws<IOException>(() => Handles.Open(program, Kernel.O_WRONLY));
            Assert.Equal("ETXTBSY", NativeError.Of(busy)?.Name);

            Assert.Equal(Mechanism.Reflink, Reflink.Clone(program, place["clone"]).Mechanism);

            ExtentMap.AssertShared(program, place["clone"]);
            Tool.Run(place["clone"], "0");
        }
        finally
        {
            running.Kill();
            running.WaitForExit();
        }
    }

    [Fact]
    public void Link_at_the_source_is_followed()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Content.Random(100_000));
        File.CreateSymbolicLink(place["link"], "source");

        Reflink.Clone(place["link"], place["clone"]);

        Assert.Null(new FileInfo(place["clone"]).LinkTarget);
        ExtentMap.AssertShared(source, place["clone"]);
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs")]
    public void Odd_names_are_names(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        byte[] content = Content.Random(5000);
        foreach (string name in (string[])["two words", "line\nbreak", "-n", "ünïcödé 雪", "'\"$(x)*?", ".reflink-mine", new string('n', 255)])
        {
            string source = place.Write(name, content);
            string destination = Path.Combine(Directory.CreateDirectory(place["made\n here"]).FullName, name);

            Reflink.CloneOrCopy(source, destination);

            Assert.Equal(content, File.ReadAllBytes(destination));
        }
        Assert.Equal(7, Directory.GetFiles(place["made\n here"]).Length);
    }

    [Fact]
    public void Two_dots_after_a_link_mean_what_they_mean_to_the_system()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        Directory.CreateDirectory(place["deep/below"]);
        Directory.CreateSymbolicLink(place["link"], "deep/below");
        string source = place.Write("source", Content.Random(100));

        Reflink.Clone(source, place["link/../made"]);

        Assert.True(File.Exists(place["deep/made"]));
        Assert.False(File.Exists(place["made"]));
    }

    [Fact]
    public void Many_threads_may_clone_one_source()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", Content.Random(1_000_000));

        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, number => Reflink.Clone(source, place[$"clone{number}"]));

        for (int number = 0; number < 64; number++) ExtentMap.AssertShared(source, place[$"clone{number}"]);
    }

    static unsafe Errno Link(string existing, string name)
    {
        fixed (byte* from = NativeFile.Terminated(existing), to = NativeFile.Terminated(name))
            return Kernel.linkat(Kernel.AT_FDCWD, from, Kernel.AT_FDCWD, to, 0) == 0 ? Errno.None : NativeErrors.Last;
    }
}
