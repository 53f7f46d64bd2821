using System.Globalization;
using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Tests.Staging;
using Reflinks.Files;

namespace Holotree.Tests.Recording;

/// <summary>What a recording stores, and what it leaves alone.</summary>
[SupportedOSPlatform("linux")]
public sealed class RecordTests
{
    [Theory]
    [MemberData(nameof(TestVolumes.All), MemberType = typeof(TestVolumes))]
    public void Tree_becomes_objects_that_are_named_by_their_content_and_sealed(string volume)
    {
        using var site = new Site(volume);
        TreeSnapshot source = site.MakeSample(SampleParts.All | SampleParts.BeyondPathMax);

        RecordReport report = site.Record();

        TreeComparison.AssertEqual(source, site.Source);
        Assert.Equal((source.Files, source.Folders, source.Links), (report.Files, report.Directories, report.Symlinks));
        Assert.Equal(site.SourceBytes(), report.LogicalBytes);
        Assert.Equal(("env", site.Source), (report.Name, report.Prefix));
        string[] objects = site.Objects();
        Assert.Equal(report.ObjectsAdded, objects.Length);
        Assert.Equal(0, report.ObjectsKnown);
        Assert.Equal(report.AddedBytes, objects.Sum(path => new FileInfo(path).Length));
        AssertSound(objects);
        Assert.Equal(report.Catalog, Path.GetFileNameWithoutExtension(Assert.Single(Directory.GetFiles(site.Home.CatalogsPath, "*.catalog"))));
        site.AssertNothingLeft();
    }

    [Theory]
    [MemberData(nameof(TestVolumes.Reflinking), MemberType = typeof(TestVolumes))]
    public void Objects_share_the_blocks_of_the_source_where_the_filesystem_can(string volume)
    {
        using var site = new Site(volume);
        site.MakeSample(SampleParts.Holes | SampleParts.OddNames);

        RecordReport report = site.Record();

        Assert.Equal(report.ObjectsAdded, report.Mechanisms[Mechanism.Reflink]);
        Assert.Empty(report.Fallbacks);
        int shared = 0;
        foreach (string file in Directory.EnumerateFiles(Path.Join(site.Source, "package-000")).Where(file => new FileInfo(file).Length > 0))
            if (ExtentMap.AssertShared(file, site.ObjectOf(file)) == Sharing.Shared) shared++;
        Assert.InRange(shared, 10, 25);
    }

    [Theory]
    [MemberData(nameof(TestVolumes.NotReflinking), MemberType = typeof(TestVolumes))]
    public void Elsewhere_objects_are_copies_and_the_reason_is_counted(string volume)
    {
        using var site = new Site(volume);
        site.MakeSample();

        RecordReport report = site.Record();

        Assert.Equal(report.ObjectsAdded, report.Mechanisms[Mechanism.KernelCopy]);
        FallbackOf(report, "EOPNOTSUPP", report.ObjectsAdded);
    }

    [Theory]
    [InlineData("btrfs", "ext4")]
    [InlineData("ext4", "xfs")]
    [InlineData("btrfs", "btrfs2")]
    public void Library_may_be_on_another_filesystem(string volume, string libraryVolume)
    {
        using var site = new Site(volume, libraryVolume);
        site.MakeSample();

        RecordReport report = site.Record();

        AssertSound(site.Objects());
        Assert.Equal(0, report.Mechanisms[Mechanism.Reflink]);
        FallbackOf(report, "EXDEV", report.ObjectsAdded);
    }

    static void FallbackOf(RecordReport report, string errno, long files)
    {
        var fallback = Assert.Single(report.Fallbacks, left => left.From == Mechanism.Reflink);
        Assert.Equal((errno, files), (fallback.Error.Name, fallback.Files));
        Assert.False(string.IsNullOrEmpty(fallback.Example));
    }

    [Fact]
    public void Same_content_is_one_object_whatever_its_name_and_executables_have_their_own()
    {
        using var site = new Site("btrfs");
        byte[] content = [.. Enumerable.Repeat((byte)'c', 10_000)];
        foreach (string name in new[] { "source/a", "source/b", "source/x/c" }) site.Folder.Write(name, content);
        string tool = site.Folder.Write("source/tool", content);
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.GroupExecute);

        RecordReport report = site.Record();

        Assert.Equal([site.ObjectOf(tool), site.ObjectOf(tool, executable: true)], site.Objects());
        Assert.Equal((2, 0, 4, 20_000L, 40_000L), (report.ObjectsAdded, report.ObjectsKnown, report.Hashed, report.AddedBytes, report.LogicalBytes));
        AssertSound(site.Objects());
    }

    [Fact]
    public void Empty_file_has_no_object()
    {
        using var site = new Site("xfs");
        site.Folder.Write("source/empty", "");

        RecordReport report = site.Record();

        Assert.Equal((1, 0, 0L), (report.Files, report.ObjectsAdded, report.LogicalBytes));
        Assert.Empty(site.Objects());
    }

    [Fact]
    public void Empty_folder_can_be_recorded()
    {
        using var site = new Site("tmpfs");
        site.Folder.MakeFolder("source");

        RecordReport report = site.Record();

        Assert.Equal((0, 0, 0), (report.Files, report.Directories, report.Symlinks));
        Assert.Equal("env", site.Catalogs.Find("env").Name);
    }

    [Fact]
    public void Hard_links_are_read_once_and_stay_one_file()
    {
        using var site = new Site("ext4");
        string one = site.Folder.WriteRandom("source/one", 50_000);
        Tool.Run("ln", one, site.Folder["source/two"]);

        RecordReport report = site.Record();

        Assert.Equal((2, 1, 1), (report.Files, report.Hashed, report.ObjectsAdded));
        Catalog catalog = site.Catalogs.Load(report.Catalog);
        Assert.Equal([-1, 0], catalog.Listing.Files.ToArray().Select(file => file.LinkedTo));
    }

    [Fact]
    public void Sockets_and_FIFOs_are_left_out_and_named()
    {
        using var site = new Site("xfs");
        site.MakeSample(SampleParts.Special, files: 5);

        RecordReport report = site.Record();

        Assert.Equal(["special/fifo: fifo", "special/socket: socket"], report.Skipped.Select(left => $"{left.Path}: {left.Reason}").Order());
    }

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    [InlineData("ext4")]
    public void Attributes_of_symbolic_links_are_not_kept_but_named(string volume)
    {
        using var site = new Site(volume);
        site.Folder.Write("source/lib/file", "file");
        File.CreateSymbolicLink(site.Folder["source/lib/link"], "file");
        File.CreateSymbolicLink(site.Folder["source/lib/plain"], "file");
        Tool.Run("setfattr", "--no-dereference", "-n", "trusted.note", "-v", "text", site.Folder["source/lib/link"]);

        RecordReport recorded = site.Record();
        Reflinks.Trees.TreeReport cloned = Reflinks.Trees.TreeCloner.Clone(site.Source, site.Folder["clone"]);

        foreach (NotPreserved lost in (NotPreserved[])[Assert.Single(recorded.NotPreserved), Assert.Single(cloned.NotPreserved)])
            Assert.Equal(("lib/link", "trusted.note", "EOPNOTSUPP"), (lost.Path, lost.What, lost.Error.Name));
    }

    [Fact]
    public void Places_of_the_prefix_are_counted()
    {
        using var site = new Site("btrfs");
        site.Folder.Write("source/a", $"{site.Source}/bin:{site.Source}\n");
        site.Folder.Write("source/b", $"\0{site.Source}/lib\0");
        site.Folder.Write("source/c", $"{site.Source}2");

        RecordReport report = site.Record();

        Assert.Equal((2, 3), (report.RelocatedFiles, report.Relocations));
        Assert.Equal((2, 3), (site.Catalogs.Find("env").RelocatedFiles, site.Catalogs.Find("env").Relocations));
    }

    [Fact]
    public void Equal_attributes_are_kept_once_and_in_one_order()
    {
        using var site = new Site("btrfs");
        string a = site.Folder.Write("source/a", "a"), b = site.Folder.Write("source/b", "b"), c = site.Folder.Write("source/c", "c");
        foreach (string name in new[] { "user.one", "user.two", "user.three" }) Tool.Run("setfattr", "-n", name, "-v", "x", a);
        foreach (string name in new[] { "user.three", "user.two", "user.one" }) Tool.Run("setfattr", "-n", name, "-v", "x", b);
        Tool.Run("setfattr", "-n", "user.one", "-v", "x", c);

        Catalog catalog = site.Catalogs.Load(site.Record().Catalog);

        int[] sets = [.. catalog.Listing.Files.ToArray().Select(file => file.Attributes)];
        Assert.Equal(2, catalog.AttributeSets.Length);
        Assert.Equal(sets[0], sets[1]);
        Assert.NotEqual(sets[0], sets[2]);
        Assert.Equal(["user.one", "user.three", "user.two"], catalog.AttributeSets[sets[0]].Select(pair => System.Text.Encoding.ASCII.GetString(pair.Name)));
    }

    [Fact]
    public void Folder_gives_the_catalog_its_name_where_none_is_asked_for()
    {
        using var site = new Site("tmpfs");
        site.Folder.Write(".my env/file", "x");

        Assert.Equal("my-env", site.Record(name: null, site.Folder[".my env"]).Name);
        Assert.Equal(site.Folder[".my env"], site.Catalogs.Find("my-env").Prefix);
    }

    [Fact]
    public void Path_goes_up_from_where_a_link_leads()
    {
        using var site = new Site("tmpfs");
        site.Folder.Write("one/source/right", "x");
        site.Folder.MakeFolder("one/two");
        site.Folder.Write("source/wrong", "x");
        Directory.CreateSymbolicLink(site.Folder["link"], site.Folder["one/two"]);

        RecordReport report = site.Record(source: site.Folder["link/../source"]);

        Assert.Equal(site.Folder["one/source"], report.Prefix);
    }

    [Fact]
    public void Catalog_tells_when_and_where_it_was_recorded()
    {
        using var site = new Site("tmpfs");
        site.MakeSample(SampleParts.Links);
        DateTimeOffset before = DateTimeOffset.UtcNow;

        RecordReport report = site.Record();

        CatalogInfo info = Assert.Single(site.Catalogs.List());
        Assert.Equal((report.Catalog, "env", 1, site.Source), (info.Id, info.Name, info.Generation, info.Prefix));
        Assert.Equal((report.Files, report.Directories, report.Symlinks, report.LogicalBytes), (info.Files, info.Directories, info.Symlinks, info.Bytes));
        Assert.InRange(info.Created, before, DateTimeOffset.UtcNow);
        Assert.StartsWith("linux-", info.Platform, StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_goes_up_to_all_files()
    {
        using var site = new Site("tmpfs");
        TreeSnapshot source = site.MakeSample(SampleParts.None);
        long files = 0, bytes = 0;

        new Recorder(site.Home).Record(site.Source, new RecordOptions { Workers = 1 }, new Told(now =>
        {
            Assert.InRange(now.FilesDone, files, source.Files);
            Assert.Equal((source.Files, source.Bytes), (now.FilesTotal, now.BytesTotal));
            (files, bytes) = (now.FilesDone, now.BytesDone);
        }));

        Assert.Equal((source.Files, source.Bytes), (files, bytes));
    }

    /// <summary>Names by sha256sum(1), modes and times by stat(1).</summary>
    static void AssertSound(string[] objects)
    {
        Assert.NotEmpty(objects);
        string sums = Tool.Run("sha256sum", ["--", .. objects]);
        Assert.Equal(objects.Length, sums.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        foreach (string line in sums.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string digest = line[..64], path = line[66..];
            Assert.Equal(digest, Path.GetFileName(path).Split('.')[0]);
            Assert.Equal(digest[..2], Path.GetFileName(Path.GetDirectoryName(path)));
        }
        foreach (string line in Tool.Run("stat", ["--format=%n %a %.9Y %F", "--", .. objects]).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Assert.EndsWith(string.Create(CultureInfo.InvariantCulture, $"{(line.Split(' ')[0].EndsWith(".x", StringComparison.Ordinal) ? 555 : 444)} 1000000000.000000000 regular file"), line, StringComparison.Ordinal);
    }
}
