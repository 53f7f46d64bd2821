using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Platform.Windows;
using Reflinks.Trees;
using Reflinks.Volumes;

namespace Windows.Tests;

public sealed unsafe class TreeTests : IDisposable
{
    readonly Place place = new();

    string Source => Path.Combine(place.Path, "source");

    string Copy => Path.Combine(place.Path, "copy");

    public void Dispose() => place.Dispose();

    void MakeSource()
    {
        Directory.CreateDirectory(Path.Combine(Source, "folder", "below", "empty"));
        Write("small.txt", 5);
        Write("nothing", 0);
        Write(@"folder\large.bin", 3_000_000);
        Write(@"folder\below\Grüße 日本 😀.txt", 70_000);
        Write(@"folder\below\.hidden name", 9);
        Write("read-only.txt", 12);
        Link("small.txt", @"folder\second name.txt");
        Link("small.txt", @"folder\below\third name.txt");
        File.SetAttributes(Path.Combine(Source, "read-only.txt"), FileAttributes.ReadOnly);
        var time = new DateTime(2024, 2, 29, 12, 34, 56, DateTimeKind.Utc);
        foreach (string file in Directory.EnumerateFiles(Source, "*", SearchOption.AllDirectories))
        {
            time += TimeSpan.FromTicks(36_000_000_007);
            FileAttributes kept = File.GetAttributes(file);
            File.SetAttributes(file, FileAttributes.Normal);
            File.SetLastWriteTimeUtc(file, time);
            File.SetAttributes(file, kept);
        }
        File.SetLastWriteTimeUtc(Path.Combine(Source, "nothing"), new DateTime(1980, 1, 1, 0, 0, 1, DateTimeKind.Utc));
        Directory.SetLastWriteTimeUtc(Path.Combine(Source, "folder", "below"), time.AddYears(20));
        Directory.SetLastWriteTimeUtc(Path.Combine(Source, "folder"), time.AddTicks(1));
    }

    void Write(string name, int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(Path.Combine(Source, name), bytes);
    }

    void Link(string name, string further)
    {
        fixed (byte* from = Place.Bytes(Path.Combine(Source, name)), to = Place.Bytes(Path.Combine(Source, further)))
            Place.Must(WindowsKernel.linkat(Kernel.AT_FDCWD, from, Kernel.AT_FDCWD, to, 0), "link");
    }

    string[] Names() => [.. Directory.EnumerateFileSystemEntries(place.Path).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Fact]
    public void A_clone_of_a_tree_has_its_names_bytes_times_attributes_and_hard_links()
    {
        MakeSource();

        TreeReport report = TreeCloner.Clone(Source, Copy);

        Assert.Equal(TreeState.Of(Source), TreeState.Of(Copy));
        Assert.Equal((8, 3, 0), (report.Files, report.Directories, report.Symlinks));
        Assert.DoesNotContain(report.NotPreserved, static lost => lost.What is "modification time" or "hard link");
        File.AppendAllText(Path.Combine(Copy, "small.txt"), "more");
        Assert.EndsWith("more", File.ReadAllText(Path.Combine(Copy, "folder", "below", "third name.txt")), StringComparison.Ordinal);
        Assert.Equal(5, new FileInfo(Path.Combine(Source, "small.txt")).Length);
    }

    [Fact]
    public void What_could_not_be_cloned_and_was_copied_is_told_in_the_words_of_Windows()
    {
        MakeSource();

        TreeReport report = TreeCloner.Clone(Source, Copy);
        if (report.Mechanisms[Mechanism.Reflink] > 0) Assert.Skip("This volume clones blocks.");

        FallbackCount first = Assert.Single(report.Fallbacks, static fallback => fallback.From == Mechanism.Reflink);
        Assert.Equal(("ERROR_NOT_SUPPORTED", 50), (first.Error.Name, first.Error.Code));
        CloneException refused = Assert.Throws<CloneException>(() => TreeCloner.Clone(Source, Path.Combine(place.Path, "other"), new TreeCloneOptions { Strategy = TreeStrategy.Reflink }));
        Assert.Contains("ERROR_NOT_SUPPORTED", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["copy", "source"], Names());
    }

    [Fact]
    public void Trees_behind_a_path_longer_than_260_characters_are_cloned_listed_and_deleted()
    {
        MakeSource();
        string far = place.Path;
        for (int i = 0; i < 12; i++) far = Path.Combine(far, new string((char)('a' + i), 40));
        Directory.CreateDirectory(far);

        string copy = Path.Combine(far, "copy"), again = Path.Combine(far, "again");
        TreeCloner.Clone(Source, copy);
        TreeCloner.Clone(copy, again);

        Assert.Equal(TreeState.Of(Source), TreeState.Of(again));
        TreeRemover.Remove(copy);
        Assert.False(Directory.Exists(copy));
        Assert.True(Directory.Exists(again));
    }

    [Fact]
    public void A_tree_of_140_levels_is_listed_cloned_and_deleted()
    {
        const int levels = 140;     // more than twice as many as stay open while it is deleted
        string folder = Source;
        for (int i = 0; i < levels; i++)
        {
            folder = Path.Combine(folder, $"in {i}");
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "file.txt"), folder);
        }

        TreeListing listing = TreeScanner.Scan(Source, filter: null, workers: 2, CancellationToken.None).Listing;
        Assert.Equal((levels + 1, levels), (listing.Directories.Length, listing.Files.Length));
        Assert.StartsWith("in 0/in 1/in 2/", listing.DisplayDirectory(levels), StringComparison.Ordinal);
        TreeCloner.Clone(Source, Copy);
        Assert.Equal(TreeState.Of(Source), TreeState.Of(Copy));
        TreeRemover.Remove(Source + @"\");
        TreeRemover.Remove(Copy, workers: 2);
        Assert.Empty(Names());
    }

    [Fact]
    public void A_file_that_others_read_and_write_is_cloned_and_one_that_they_lock_is_named()
    {
        MakeSource();
        string file = Path.Combine(Source, "folder", "large.bin");
        using (new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
        {
            TreeCloner.Clone(Source, Copy);
            Assert.Equal(3_000_000, new FileInfo(Path.Combine(Copy, "folder", "large.bin")).Length);
        }

        using (new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.None))
        {
            IOException refused = Assert.ThrowsAny<IOException>(() => TreeCloner.Clone(Source, Path.Combine(place.Path, "other")));
            Assert.Contains("ERROR_SHARING_VIOLATION", refused.Message, StringComparison.Ordinal);
            Assert.Contains("large.bin", refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal(["copy", "source"], Names());
    }

    [Fact]
    public void A_clone_that_is_cancelled_leaves_nothing()
    {
        MakeSource();
        using var stop = new CancellationTokenSource();
        var onFirst = new Stopping(stop);

        Assert.ThrowsAny<OperationCanceledException>(() => TreeCloner.Clone(Source, Copy, null, onFirst, stop.Token));

        Assert.Equal(["source"], Names());
    }

    sealed class Stopping(CancellationTokenSource stop) : IProgress<TreeProgress>
    {
        public void Report(TreeProgress value) => stop.Cancel();
    }

    [Fact]
    public void An_existing_tree_gives_way_as_a_whole_where_that_is_asked_for()
    {
        MakeSource();
        Directory.CreateDirectory(Path.Combine(Copy, "old folder"));
        File.WriteAllText(Path.Combine(Copy, "old folder", "old"), "old");

        IOException refused = Assert.ThrowsAny<IOException>(() => TreeCloner.Clone(Source, Copy));
        Assert.Contains(Copy, refused.Message, StringComparison.Ordinal);
        TreeCloner.Clone(Source, Copy, new TreeCloneOptions { Overwrite = true });

        Assert.Equal(TreeState.Of(Source), TreeState.Of(Copy));
        Assert.Equal(["copy", "source"], Names());
    }

    [Fact]
    public void A_tree_is_not_cloned_into_itself_however_its_name_is_written()
    {
        MakeSource();

        foreach (string into in (string[])[@"source\folder\copy", @"SOURCE\copy", @"source\folder\..\copy"])
            Assert.Throws<ArgumentException>(() => TreeCloner.Clone(Source, Path.Combine(place.Path, into)));

        Assert.Equal(["source"], Names());
    }

    [Fact]
    public void Removing_takes_read_only_files_and_refuses_a_drive()
    {
        MakeSource();

        Assert.Throws<ArgumentException>(() => TreeRemover.Remove(@"Q:\"));
        TreeRemover.Remove(Source.Replace('\\', '/') + "/");

        Assert.Empty(Names());
        TreeRemover.Remove(Source);
    }

    [Fact]
    public void A_volume_is_tried_and_nothing_is_left_there()
    {
        VolumeCapabilities found = VolumeProbe.Probe(place.Path);

        Assert.True(found.HardLink);
        Assert.NotEmpty(found.FileSystem);
        Assert.Matches(@"^[A-Z]:\\", found.MountPoint);
        if (Place.IsWine) Assert.Equal((false, 50), (found.Reflink, found.Refusals["Reflink"].Code));
        Assert.Empty(Names());
    }

    [Fact]
    public void A_file_is_copied_with_its_time_where_it_cannot_be_cloned()
    {
        MakeSource();
        string from = Path.Combine(Source, "folder", "large.bin"), to = Path.Combine(place.Path, "one.bin");

        CopyOutcome outcome = Reflink.CloneOrCopy(from, to);

        Assert.Equal(File.ReadAllBytes(from), File.ReadAllBytes(to));
        Assert.Equal(File.GetLastWriteTimeUtc(from), File.GetLastWriteTimeUtc(to));
        if (outcome.Mechanism == Mechanism.Reflink) return;
        CloneException refused = Assert.Throws<CloneException>(() => Reflink.Clone(from, Path.Combine(place.Path, "two.bin")));
        Assert.Contains("ERROR_NOT_SUPPORTED", refused.Message, StringComparison.Ordinal);
        Assert.Equal(["one.bin", "source"], Names());
    }
}
