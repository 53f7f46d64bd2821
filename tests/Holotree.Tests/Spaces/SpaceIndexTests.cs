using System.Buffers.Binary;
using System.Runtime.Versioning;
using Holotree.Catalogs;
using Holotree.Library;
using Holotree.Spaces;
using Holotree.Tests.Staging;
using Reflinks.Files;
using Reflinks.Platform;
using Reflinks.Trees;

namespace Holotree.Tests.Spaces;

/// <summary>What an index vouches for, and that one with the right checksum is not believed because of that alone.</summary>
[SupportedOSPlatform("linux")]
public sealed class SpaceIndexTests : IDisposable
{
    const int Header = 8 + 16 + Digest.Bytes + 16;

    Site site = new("xfs");

    public void Dispose() => site.Dispose();

    byte[] Made(out string id, out Catalog catalog, Strategy strategy = Strategy.Smart)
    {
        site.MakeSample(SampleParts.None, files: 10);
        id = site.Record().Catalog;
        catalog = site.Catalogs.Load(id);
        site.Restore(strategy: strategy);
        return File.ReadAllBytes(SpaceIndex.PathOf(site.Home, "space"));
    }

    static byte[] Changed(byte[] index, int at, int value, int length)
    {
        byte[] changed = [.. index];
        BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(at), value);
        ClosingChecksum.Write(changed.AsSpan(0, length));
        return changed;
    }

    [Theory]
    [InlineData(0, 0x4F4C4F49)]         // the magic
    [InlineData(8, 0)]                  // the version
    [InlineData(8, 1)]
    [InlineData(8, 3)]
    [InlineData(12, 9)]                 // the number of files
    [InlineData(16, 0)]                 // that of directories
    [InlineData(24, 0)]                 // the catalog's id
    public void Index_that_does_not_agree_with_version_or_catalog_is_not_used(int at, int value)
    {
        byte[] index = Made(out string id, out Catalog catalog);
        Assert.NotNull(SpaceIndex.Parse(index, id, catalog));
        byte[] changed = Changed(index, at, value, index.Length);

        Assert.Null(SpaceIndex.Parse(changed, id, catalog));

        File.WriteAllBytes(SpaceIndex.PathOf(site.Home, "space"), changed);
        Assert.Equal(0, site.Restore().Mechanisms[Mechanism.Unchanged]);
    }

    [Fact]
    public void Index_of_another_catalog_than_the_state_names_is_not_used()
    {
        byte[] index = Made(out string id, out Catalog catalog);
        File.AppendAllText(Path.Join(site.Source, "package-000/file-00001.js"), "more");
        string other = site.Record("other").Catalog;

        Assert.Null(SpaceIndex.Parse(index, other, site.Catalogs.Load(other)));
        Assert.NotNull(SpaceIndex.Parse(index, id, catalog));
    }

    [Theory]
    [InlineData(Strategy.Reflink, false)]
    [InlineData(Strategy.HardLink, true)]
    public void Change_time_counts_but_for_hard_links(Strategy strategy, bool vouches)
    {
        byte[] bytes = Made(out string id, out Catalog catalog, strategy);
        SpaceIndex index = SpaceIndex.Parse(bytes, id, catalog)!;
        int file = Array.IndexOf(index.MadeBy, strategy == Strategy.HardLink ? Mechanism.HardLink : Mechanism.Reflink);
        FileStamp made = index.Stamps.Files[file];

        Assert.True(index.Vouches(file, made));
        Assert.Equal(vouches, index.Vouches(file, made with { ChangedNanoseconds = made.ChangedNanoseconds ^ 1 }));
        Assert.False(index.Vouches(file, made with { Size = made.Size + 1 }));
        Assert.False(index.Vouches(file, made with { Inode = made.Inode + 1 }));
        Assert.False(index.Vouches(file, made with { ModifiedNanoseconds = made.ModifiedNanoseconds ^ 1 }));
    }

    [Fact]
    public void What_changed_at_the_moment_at_which_all_had_settled_or_later_is_not_vouched_for()
    {
        byte[] bytes = Made(out string id, out Catalog catalog, Strategy.Reflink);
        SpaceIndex index = SpaceIndex.Parse(bytes, id, catalog)!;
        FileStamp made = index.Stamps.Files[0];

        Assert.True((index with { Settled = new Moment(made.ChangedSeconds, made.ChangedNanoseconds + 1) }).Vouches(0, made));
        Assert.False((index with { Settled = new Moment(made.ChangedSeconds, made.ChangedNanoseconds) }).Vouches(0, made));
        Assert.False((index with { Settled = new Moment(made.ChangedSeconds - 1, 999_999_999) }).Vouches(0, made));
    }

    [Theory]
    [InlineData(-1_000_000, 0)]
    [InlineData(1_000_000, 0)]
    [InlineData(0, 6)]
    [InlineData(0, -1)]
    public void Amendments_to_entries_that_there_are_not_are_not_used_nor_the_index_before_them(int entry, int madeBy)
    {
        site.Dispose();
        site = new Site("btrfs");
        byte[] bytes = Made(out string id, out Catalog catalog, Strategy.Snapshot);
        Assert.NotNull(SpaceIndex.Parse(bytes, id, catalog));
        int ready = bytes.AsSpan().LastIndexOf("HOLOAMND"u8), first = ready + 8 + 4 + 4 + 16;
        Assert.True(ready > Header);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(first), entry);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(first + 44), madeBy);
        ClosingChecksum.Write(bytes.AsSpan(ready));

        Assert.Null(SpaceIndex.Parse(bytes, id, catalog));
    }
}
