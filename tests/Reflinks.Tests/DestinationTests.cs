using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Tests.Staging;

namespace Reflinks.Tests;

/// <summary>What stands at the destination: it is refused, or replaced in one step, and links are not walked through.</summary>
[SupportedOSPlatform("linux")]
public sealed class DestinationTests
{
    static readonly CloneOptions Overwriting = new() { Overwrite = true };

    static readonly byte[] New = Content.Random(70_000), Old = Content.Random(90_000, seed: 5);

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs overlay")]
    public void Existing_file_is_refused_and_keeps_its_content(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", New), destination = place.Write("destination", Old);

        foreach (Action attempt in (Action[])[() => Reflink.Clone(source, destination), () => Reflink.CloneOrCopy(source, destination)])
        {
            var exception = Assert.Throws<IOException>(attempt);
            Assert.Equal("EEXIST", NativeError.Of(exception)?.Name);
            Assert.Contains(destination, exception.Message, StringComparison.Ordinal);
            Assert.Contains("overwrit", exception.Message, StringComparison.OrdinalIgnoreCase);
        }
        Assert.Equal(Old, File.ReadAllBytes(destination));
        Assert.Equal(["destination", "source"], place.Names());
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4 tmpfs overlay")]
    public void Overwriting_replaces_the_name_and_leaves_the_old_file_to_who_has_it_open(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", New), destination = place.Write("destination", Old);
        using SafeFileHandle open = Handles.Read(destination);
        ulong oldInode = Handles.Stat(destination).stx_ino;

        Reflink.CloneOrCopy(source, destination, Overwriting);

        Assert.Equal(New, File.ReadAllBytes(destination));
        Assert.NotEqual(oldInode, Handles.Stat(destination).stx_ino);
        byte[] seen = new byte[Old.Length];
        Assert.Equal(Old.Length, RandomAccess.Read(open, seen, 0));
        Assert.Equal(Old, seen);
        Assert.Equal(["destination", "source"], place.Names());
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs")]
    public async Task Overwriting_is_one_step_for_a_reader(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string one = place.Write("one", Content.Random(20_000, 1)), two = place.Write("two", Content.Random(30_000, 2));
        string destination = place["destination"];
        Reflink.Clone(one, destination);
        byte[][] whole = [await File.ReadAllBytesAsync(one), await File.ReadAllBytesAsync(two)];

        using var done = new CancellationTokenSource();
        Task writing = Task.Run(() =>
        {
            for (int round = 0; round < 200; round++) Reflink.Clone(round % 2 == 0 ? two : one, destination, Overwriting);
            done.Cancel();
        });
        int readings = 0;
        do
        {
            byte[] seen = await File.ReadAllBytesAsync(destination);
            Assert.True(seen.AsSpan().SequenceEqual(whole[0]) || seen.AsSpan().SequenceEqual(whole[1]), $"A reader saw {seen.Length} bytes that are neither file.");
            readings++;
        }
        while (!done.IsCancellationRequested);
        await writing;
        Assert.True(readings > 0);
    }

    [Fact]
    public void Overwriting_a_file_with_itself_keeps_its_content()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string path = place.Write("file", New);

        Reflink.CloneOrCopy(path, path, Overwriting);

        Assert.Equal(New, File.ReadAllBytes(path));
    }

    [Fact]
    public void Failed_clone_keeps_the_file_that_was_to_be_overwritten()
    {
        using TemporaryFolder place = TestVolumes.Ext4.Folder();
        string source = place.Write("source", New), destination = place.Write("destination", Old);

        Assert.Throws<CloneException>(() => Reflink.Clone(source, destination, Overwriting));

        Assert.Equal(Old, File.ReadAllBytes(destination));
        Assert.Equal(["destination", "source"], place.Names());
    }

    [Fact]
    public void Link_at_the_destination_counts_as_existing()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", New), target = place.Write("target", Old);
        File.CreateSymbolicLink(place["link"], "target");
        File.CreateSymbolicLink(place["dangling"], "nowhere");
        File.CreateSymbolicLink(place["loop"], "loop");
        string[] before = place.Names();

        foreach (string name in (string[])["link", "dangling", "loop"])
        {
            var exception = Assert.Throws<IOException>(() => Reflink.Clone(source, place[name]));
            Assert.Equal("EEXIST", NativeError.Of(exception)?.Name);
        }
        Assert.Equal(Old, File.ReadAllBytes(target));
        Assert.Equal(before, place.Names());
    }

    [Fact]
    public void Overwriting_replaces_the_link_and_not_what_it_points_to()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", New), target = place.Write("target", Old);
        File.CreateSymbolicLink(place["link"], "target");
        File.CreateSymbolicLink(place["dangling"], "nowhere");

        foreach (string name in (string[])["link", "dangling"])
        {
            Reflink.Clone(source, place[name], Overwriting);
            Assert.Null(new FileInfo(place[name]).LinkTarget);
            Assert.Equal(New, File.ReadAllBytes(place[name]));
        }
        Assert.Equal(Old, File.ReadAllBytes(target));
        Assert.Equal(["dangling", "link", "source", "target"], place.Names());
    }

    [Fact]
    public void Link_is_followed_where_that_is_asked_for()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", New);
        Directory.CreateDirectory(place["folder"]);
        string target = place.Write("folder/target", Old);
        File.CreateSymbolicLink(place["first"], "folder/second");
        File.CreateSymbolicLink(place["folder/second"], target);
        var following = new CloneOptions { FollowDestinationLink = true };

        Assert.Throws<IOException>(() => Reflink.Clone(source, place["first"], following));
        Assert.Equal(Old, File.ReadAllBytes(target));

        Reflink.Clone(source, place["first"], following with { Overwrite = true });

        Assert.Equal(New, File.ReadAllBytes(target));
        Assert.Equal("folder/second", new FileInfo(place["first"]).LinkTarget);
        Assert.Equal(target, new FileInfo(place["folder/second"]).LinkTarget);
        Assert.Equal(["second", "target"], Directory.GetFileSystemEntries(place["folder"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Dangling_link_that_is_followed_has_its_file_made()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", New);
        Directory.CreateDirectory(place["folder"]);
        File.CreateSymbolicLink(place["link"], "folder/../folder/made");

        Reflink.Clone(source, place["link"], new CloneOptions { FollowDestinationLink = true });

        ExtentMap.AssertShared(source, place["folder/made"]);
        Assert.NotNull(new FileInfo(place["link"]).LinkTarget);
    }

    [Fact]
    public void Circle_of_links_cannot_be_followed()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", New);
        File.CreateSymbolicLink(place["one"], "two");
        File.CreateSymbolicLink(place["two"], "one");

        var exception = Assert.Throws<IOException>(() =>
            Reflink.Clone(source, place["one"], new CloneOptions { FollowDestinationLink = true, Overwrite = true }));

        Assert.Equal("ELOOP", NativeError.Of(exception)?.Name);
        Assert.Equal(["one", "source", "two"], place.Names());
    }

    [Fact]
    public void Link_whose_target_no_string_can_name_is_not_followed_to_another_file()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", New);
        SymbolicLink([(byte)'a', 0xFF, 0], place["link"]);

        var exception = Assert.Throws<IOException>(() => Reflink.Clone(source, place["link"], new CloneOptions { FollowDestinationLink = true }));

        Assert.Equal("EILSEQ", NativeError.Of(exception)?.Name);
        Assert.Equal(["link", "source"], place.Names());
    }

    [Fact]
    public void Folder_is_never_replaced()
    {
        using TemporaryFolder place = TestVolumes.Btrfs.Folder();
        string source = place.Write("source", New);
        Directory.CreateDirectory(place["folder"]);

        Assert.Equal("EEXIST", NameOf(() => Reflink.Clone(source, place["folder"])));
        Assert.Equal("EISDIR", NameOf(() => Reflink.Clone(source, place["folder"], Overwriting)));
        foreach (string name in (string[])["folder/", "folder/.", "folder/..", "/"])
            Assert.Equal("EISDIR", NameOf(() => Reflink.Clone(source, Path.Join(place.Path, name), Overwriting)));

        Assert.Empty(Directory.GetFileSystemEntries(place["folder"]));
        Assert.Equal(["folder", "source"], place.Names());
    }

    [Theory]
    [CombinatorialVolumes("btrfs xfs ext4")]
    public void Immutable_file_is_not_replaced_and_nothing_is_left(string volume)
    {
        using TemporaryFolder place = TestVolumes.Get(volume).Folder();
        string source = place.Write("source", New), destination = place.Write("destination", Old);
        Tool.Run("chattr", "+i", destination);
        try
        {
            var exception = Assert.Throws<UnauthorizedAccessException>(() => Reflink.CloneOrCopy(source, destination, Overwriting));
            Assert.Equal("EPERM", NativeError.Of(exception)?.Name);
            Assert.Equal(Old, File.ReadAllBytes(destination));
            Assert.Equal(["destination", "source"], place.Names());
        }
        finally
        {
            Tool.Run("chattr", "-i", destination);
        }
    }

    [Fact]
    [OnLinux("the program that this starts")]
    public void Bare_name_is_made_in_the_current_folder()
    {
        // In a process of its own: the current folder belongs to all tests together.
        using var place = new TemporaryFolder();
        string source = place.Write("source", New);
        var start = new ProcessStartInfo(InjectedHost.Program, [source, "", "copy"]) { WorkingDirectory = place.Path, RedirectStandardOutput = true };

        using (Process host = Process.Start(start)!) host.WaitForExit();

        Assert.Equal(New, File.ReadAllBytes(place["copy"]));
    }

    static string? NameOf(Action action) => NativeError.Of(Assert.ThrowsAny<IOException>(action))?.Name;

    static unsafe void SymbolicLink(byte[] target, string path)
    {
        fixed (byte* to = target, at = Encoding.UTF8.GetBytes(path + '\0'))
            Assert.Equal(0, Kernel.symlinkat(to, Kernel.AT_FDCWD, at));
    }
}
