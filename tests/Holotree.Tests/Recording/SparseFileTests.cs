using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Recording;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Microsoft.Win32.SafeHandles;
using Reflinks.Files;
using Reflinks.Trees;

namespace Holotree.Tests.Recording;

/// <summary>Files of a terabyte, nearly all of it holes: nobody waits for their zeros, and the holes stay.</summary>
[SupportedOSPlatform("linux")]
public sealed class SparseFileTests
{
    const long Gibibyte = 1L << 30, Tebibyte = 1L << 40;

    /// <summary>Hashing a terabyte takes ten minutes; what is measured here takes a tenth of a second on an idle machine.</summary>
    static readonly TimeSpan Seconds = TimeSpan.FromSeconds(60);

    public static TheoryData<string, Strategy> VolumesAndStrategies()
    {
        var data = new TheoryData<string, Strategy>();
        foreach (string volume in (string[])["btrfs", "xfs"])
            foreach (Strategy strategy in (Strategy[])[Strategy.Reflink, Strategy.HardLink, Strategy.Copy]) data.Add(volume, strategy);
        foreach (Strategy strategy in (Strategy[])[Strategy.Smart, Strategy.Copy]) data.Add("ext4", strategy);
        return data;
    }

    [Theory]
    [MemberData(nameof(VolumesAndStrategies))]
    public void Terabyte_is_recorded_and_restored_with_its_holes(string volume, Strategy strategy)
    {
        using var site = new Site(volume);
        site.Folder.MakeFolder("source");
        MakeSparse(site.Folder["source/image"], Tebibyte, (0, "head"), (Tebibyte / 2 + 12_345, "middle"), (Tebibyte - 4, "tail"));
        MakeSparse(site.Folder["source/relocated"], Tebibyte, (100, "head"), (Tebibyte / 2, $"{site.Source}/lib\0"));
        MakeSparse(site.Folder["source/nothing"], Tebibyte);
        TreeSnapshot source = TreeSnapshot.Take(site.Source);
        var watch = Stopwatch.StartNew();

        RecordReport recorded = site.Record();
        RestoreReport restored = site.Restore("space", strategy, options: new RestoreOptions { Destination = site.Folder["spaces"] });

        Assert.True(watch.Elapsed < Seconds, $"It took {watch.Elapsed}.");
        Assert.Equal((3, 3, 1), (recorded.Hashed, recorded.ObjectsAdded, recorded.Relocations));
        string space = restored.Path;
        TreeParts linked = restored.Mechanisms[Mechanism.HardLink] > 0 ? TreeParts.Times | TreeParts.Mode : 0;
        TreeComparison.AssertEqual(source, space, TreeComparisonOptions.Without(linked) with { Except = static path => path is "relocated" });
        Assert.Equal(space, ReadText($"{space}/relocated", Tebibyte / 2, space.Length));
        Assert.Equal("head", ReadText($"{space}/relocated", 100, 4));
        Assert.Equal(Tebibyte, new FileInfo($"{space}/relocated").Length);
        Assert.All((string[])["image", "relocated", "nothing"], name => Assert.InRange(AllocatedBytes($"{space}/{name}"), 0, 1 << 20));
        Assert.All(site.Objects(), path => Assert.Contains("/sparse-sha256/", path, StringComparison.Ordinal));
        Assert.All(site.Objects(), path => Assert.InRange(AllocatedBytes(path), 0, 1 << 20));
        if (strategy == Strategy.Reflink) ExtentMap.AssertShared(site.Objects().Single(path => ReadText(path, 0, 4) == "head"), $"{space}/image");
    }

    [Theory]
    [InlineData("btrfs", TreeStrategy.Reflink)]
    [InlineData("xfs", TreeStrategy.Reflink)]
    [InlineData("btrfs", TreeStrategy.Copy)]
    [InlineData("xfs", TreeStrategy.Copy)]
    [InlineData("ext4", TreeStrategy.ReflinkOrCopy)]
    public void Terabyte_is_cloned_with_its_holes(string volume, TreeStrategy strategy)
    {
        using TemporaryFolder folder = TestVolumes.Get(volume).Folder();
        folder.MakeFolder("source");
        MakeSparse(folder["source/image"], Tebibyte, (0, "head"), (Tebibyte / 2 + 12_345, "middle"), (Tebibyte - 4, "tail"));
        var watch = Stopwatch.StartNew();

        TreeCloner.Clone(folder["source"], folder["clone"], new TreeCloneOptions { Strategy = strategy });

        Assert.True(watch.Elapsed < Seconds, $"It took {watch.Elapsed}.");
        TreeComparison.AssertEqual(folder["source"], folder["clone"]);
        Assert.InRange(AllocatedBytes(folder["clone/image"]), 1, 1 << 20);
    }

    [Fact]
    public void Catalog_has_the_second_version_only_for_sparse_objects()
    {
        using var site = new Site("xfs");
        site.Folder.Write("source/plain", "text");
        RecordReport plain = site.Record();
        MakeSparse(site.Folder["source/image"], 2 * Gibibyte, (5, "data"));
        RecordReport sparse = site.Record();

        Assert.Equal(1, Version(plain));
        Assert.Equal(2, Version(sparse));
        ObjectEntry entry = Assert.Single(site.Catalogs.Load(sparse.Catalog).Objects, static entry => entry.IsSparse);
        Assert.Equal(2 * Gibibyte, entry.Size);

        int Version(RecordReport report) => BitConverter.ToInt32(File.ReadAllBytes($"{site.Home.CatalogsPath}/{report.Catalog}.catalog"), 8);
    }

    [Fact]
    public void Recorded_again_it_is_not_read_and_is_the_same_catalog()
    {
        using var site = new Site("xfs");
        MakeSparse(site.Folder["source/image"], 2 * Gibibyte, (5, "data"));
        RecordReport first = site.Record("one");
        Thread.Sleep(100);
        site.Record("one");

        RecordReport again = site.Record("one");

        Assert.Equal((0, 1), (again.Hashed, again.ObjectsKnown));
        Assert.Equal(first.Catalog, again.Catalog);
    }

    [Theory]
    [InlineData("a byte changed")]
    [InlineData("a byte in a hole")]
    [InlineData("cut within the last hole")]
    [InlineData("longer by a hole")]
    public void Damage_is_found_and_filled_holes_are_none(string kind)
    {
        using var site = new Site("xfs");
        MakeSparse(site.Folder["source/image"], 2 * Gibibyte, (5, "data"));
        site.Record();
        // From a whole copy it would be healed.
        File.Delete(site.Folder["source/image"]);
        string path = Assert.Single(site.Objects());
        // An object is read-only; a disk that goes bad asks nobody, an ordinary user has to.
        if (!Root.IsHere) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite))
        {
            switch (kind)
            {
                case "a byte changed": RandomAccess.Write(file, "D"u8, 5); break;
                case "a byte in a hole": RandomAccess.Write(file, "x"u8, Gibibyte); break;
                case "cut within the last hole": RandomAccess.SetLength(file, Gibibyte); break;
                default: RandomAccess.SetLength(file, 3 * Gibibyte); break;
            }
        }

        var exception = Assert.Throws<HolotreeException>(() => site.Restore());

        Assert.Equal("object-damaged", exception.Code);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Filled_holes_are_no_damage()
    {
        using var site = new Site("xfs");
        MakeSparse(site.Folder["source/image"], 2 * Gibibyte, (5, "data"));
        site.Record();
        string path = Assert.Single(site.Objects());
        // An object is read-only; a disk that goes bad asks nobody, an ordinary user has to.
        if (!Root.IsHere) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.Write(file, new byte[1 << 20], 1000);

        site.Restore();

        Assert.Equal("data", ReadText($"{site.PathOf("space")}/image", 5, 4));
    }

    static void MakeSparse(string path, long length, params (long At, string Text)[] data)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        RandomAccess.SetLength(file, length);
        foreach ((long at, string text) in data) RandomAccess.Write(file, Encoding.UTF8.GetBytes(text), at);
    }

    static string ReadText(string path, long at, int length)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        byte[] bytes = new byte[length];
        return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file, bytes, at));
    }

    static long AllocatedBytes(string path) => long.Parse(Tool.Run("stat", "--format=%b", path), System.Globalization.CultureInfo.InvariantCulture) * 512;
}
